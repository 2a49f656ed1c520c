/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Children that do something each time that they are told to.
 */
#include "tests/bpf/child.h"

#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "tests/bpf/guest.h"

/* The child's side; returns when nobody can tell it anything more. */
static void serve(int cpu, int policy, void (*act)(void), int from, int to)
{
	struct sched_param param = {};
	char byte;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (cpu >= 0)
		guest_pin(cpu);
	if (sched_setscheduler(0, policy, &param) || write(to, "", 1) != 1)
		_exit(1);
	while (read(from, &byte, 1) == 1) {
		act();
		if (write(to, "", 1) != 1)
			_exit(1);
	}
}

struct child child_make(int cpu, int policy, void (*act)(void))
{
	struct child child;
	int go[2], done[2];

	if (pipe(go) || pipe(done) || (child.pid = fork()) < 0)
		exit(1);
	child.go = go[1];
	child.done = done[0];
	if (!child.pid) {
		close(go[1]);
		close(done[0]);
		serve(cpu, policy, act, go[0], done[1]);
		_exit(0);
	}
	close(go[0]);
	close(done[1]);
	child_wait(&child);
	guest_pass(MSEC);	/* a moment for it to be asleep */
	return child;
}

void child_start(const struct child *child)
{
	if (write(child->go, "", 1) != 1)
		exit(1);
}

void child_wait(const struct child *child)
{
	char byte;

	if (read(child->done, &byte, 1) != 1)
		exit(1);
}

void child_do(const struct child *child)
{
	child_start(child);
	child_wait(child);
}

void child_end(struct child *child)
{
	guest_kill(child->pid);
	close(child->go);
	close(child->done);
}

void act_nothing(void)
{
}

void act_sleep(void)
{
	for (int i = 0; i < CHILD_TIMES; i++)
		guest_pass(2 * MSEC);
}

void act_yield(void)
{
	for (int i = 0; i < CHILD_TIMES; i++)
		sched_yield();
}

void child_allow(pid_t pid, unsigned mask)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	for (unsigned cpu = 0; cpu < 8 * sizeof(mask); cpu++)
		if (mask & 1U << cpu)
			CPU_SET(cpu, &set);
	if (sched_setaffinity(pid, sizeof(set), &set))
		exit(1);
}
