/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Two tasks that wake each other through a pipe hand one CPU to and fro while another is idle. Who
 * is bound to that CPU gets it nevertheless.
 */
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "tests/bpf/guest.h"

/* One end: passes on each byte that comes. The first sends one before. */
static pid_t end_of_pipe(int from, int to, bool first)
{
	pid_t pid = fork();
	char byte = 0;

	if (pid < 0)
		exit(1);
	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	guest_pin(0);
	if (first && write(to, &byte, 1) != 1)
		_exit(1);
	while (read(from, &byte, 1) == 1 && write(to, &byte, 1) == 1)
		;
	_exit(1);
}

static void unpin(pid_t pid)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(0, &set);
	CPU_SET(1, &set);
	CHECK_EQ(sched_setaffinity(pid, sizeof(set), &set), 0);
}

static void test_bound_task_beside_a_pair(void)
{
	int there[2], back[2];
	pid_t pair[2], hog;
	uint64_t before;

	CHECK(!pipe(there) && !pipe(back));
	pair[0] = end_of_pipe(back[0], there[1], true);
	pair[1] = end_of_pipe(there[0], back[1], false);
	guest_pin(1);
	guest_pass(20 * MSEC);
	/* Both are on CPU 0 now, and free to go. */
	unpin(pair[0]);
	unpin(pair[1]);
	hog = guest_hog(0, 0);
	before = guest_cpu_time(hog);
	guest_pass(SEC);
	before = guest_cpu_time(hog) - before;
	printf("the bound task had %.3f s of one second\n", (double)before / 1e9);
	CHECK(before > SEC / 10);
	guest_kill(hog);
	guest_kill(pair[0]);
	guest_kill(pair[1]);
}

int main(void)
{
	struct sched *s;

	guest_require(2);
	s = guest_start(0);
	RUN(test_bound_task_beside_a_pair);
	CHECK_EQ(sched_ended(s, NULL), 0);
	sched_free(s);
	return TEST_RESULT();
}
