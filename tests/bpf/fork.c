/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a new task gets: a place at the clock of its queue, an idle CPU if there is one, and no way
 * for those who start many to have more than their share.
 */
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "tests/bpf/child.h"
#include "tests/bpf/guest.h"

#define CPU 1

static struct sched *s;

static pid_t make(void)
{
	pid_t pid = fork();

	if (pid < 0)
		exit(1);
	if (!pid)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	return pid;
}

/* On a CPU with others: neither credit nor debt, and not before those who slept a moment ago. */
static void test_starts_at_the_clock(void)
{
	pid_t hogs[] = { guest_hog(CPU, 0), guest_hog(CPU, 0) }, pid;
	struct bpfland_task d = {};
	struct error err = {};
	unsigned seen = 0;

	guest_pass(500 * MSEC);
	guest_pin(CPU);
	for (int i = 0; i < 50 && seen < 10; i++) {
		/* With a new turn to look at it before it runs. */
		guest_pass(20 * MSEC);
		pid = make();
		if (!pid)
			_exit(0);
		CHECK_EQ(sched_task(s, (uint32_t)pid, &d, &err), 0);
		guest_wait(pid);
		if (d.ran_ns)
			continue;
		seen++;
		printf("lag %" PRId64 " us, recent %" PRIu64 " us, deadline %" PRId64 " us\n",
		       (int64_t)d.lag_ns / 1000, (uint64_t)d.recent_ns / 1000,
		       (int64_t)d.deadline_ns / 1000);
		CHECK(d.ready && !d.running && !d.interactive);
		/* The clock has gone on by what others were charged meanwhile. */
		CHECK(d.lag_ns >= 0 && d.lag_ns <= (int64_t)(4 * MSEC));
		CHECK_EQ(d.recent_ns, guest_tunables.slice_lag_ns);
		CHECK(d.deadline_ns + d.lag_ns == (int64_t)guest_tunables.slice_lag_ns);
	}
	CHECK(seen >= 10);
	guest_pin(0);
	guest_kill(hogs[0]);
	guest_kill(hogs[1]);
}

static _Noreturn void fork_for_ever(void)
{
	for (;;) {
		uint64_t end;
		pid_t pid = make();

		if (pid) {
			guest_wait(pid);
			continue;
		}
		for (end = guest_now() + 2 * MSEC; guest_now() < end;)
			;
		_exit(0);
	}
}

/* Of a hog's CPU, one that starts a task after the other has half, and so has the hog. */
static void test_forks_have_the_share_of_one(void)
{
	pid_t hog = guest_hog(CPU, 0), forks;
	uint64_t had, start;
	unsigned share;

	guest_pin(CPU);
	forks = make();
	if (!forks)
		fork_for_ever();
	guest_pin(0);
	guest_pass(SEC);
	had = guest_cpu_time(hog);
	start = guest_now();
	guest_pass(5 * SEC);
	share = (unsigned)((guest_cpu_time(hog) - had) * 100 / (guest_now() - start));
	printf("beside one that forks all the time a hog had %u %%\n", share);
	CHECK(share >= 40 && share <= 60);
	guest_kill(forks);
	guest_kill(hog);
}

/* Its parent computes and does not let go of its CPU until the new task has run: on the other. */
static void test_goes_to_an_idle_cpu(void)
{
	volatile int *ran_on = mmap(NULL, sizeof(*ran_on), PROT_READ | PROT_WRITE,
				    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	unsigned elsewhere = 0;

	CHECK(ran_on != MAP_FAILED);
	child_allow(0, 3);
	for (int i = 0; i < 20; i++) {
		uint64_t before, start;
		pid_t pid;

		guest_pass(20 * MSEC);
		*ran_on = -1;
		before = guest_involuntary_switches(getpid());
		pid = make();
		if (!pid) {
			*ran_on = sched_getcpu();
			_exit(0);
		}
		for (start = guest_now(); *ran_on < 0 && guest_now() - start < 10 * SEC;)
			;
		elsewhere += *ran_on >= 0 && *ran_on != sched_getcpu() &&
			     guest_involuntary_switches(getpid()) == before;
		guest_wait(pid);
	}
	guest_pin(0);
	printf("%u of 20 new tasks went to the idle CPU\n", elsewhere);
	/* A kernel thread may have been there at the moment. */
	CHECK(elsewhere >= 12);
	munmap((void *)ran_on, sizeof(*ran_on));
}

int main(void)
{
	guest_require(2);
	guest_pin(0);
	s = guest_start(0);
	RUN(test_starts_at_the_clock);
	RUN(test_forks_have_the_share_of_one);
	RUN(test_goes_to_an_idle_cpu);
	CHECK_EQ(sched_ended(s, NULL), 0);
	sched_free(s);
	return TEST_RESULT();
}
