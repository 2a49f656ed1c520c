/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Counters of turns: who takes a CPU from whom, who goes on, who gives it away, and who waited for
 * too long.
 */
#include "tests/bpf/counters.h"

#include <sched.h>

/* A timer wakes the child; it sleeps most of the time, so each time it is due before the hog. */
struct span move_PREEMPTIONS(enum bpfland_counter c)
{
	pid_t hog = guest_hog(3, 0);
	uint64_t moved = count_child(c, 1 << 3, child_make(3, SCHED_OTHER, act_sleep));

	guest_kill(hog);
	return span_of(moved, TIMES);
}

/* It goes to CPU 0 and may run on CPU 1 as well. */
static void act_move_to_0(void)
{
	child_allow(0, 1);
	child_allow(0, 3);
}

/*
 * The child was on CPU 0, where who wakes it up, this program, goes on; there are no idle CPUs for
 * it, and the hog on CPU 1 makes way.
 */
struct span move_REMOTE_PREEMPTIONS(enum bpfland_counter c)
{
	pid_t hog[] = { guest_hog(0, 0), guest_hog(1, 0) };
	struct child child = child_make(0, SCHED_OTHER, act_move_to_0);
	uint64_t before;

	child_allow(child.pid, 3);
	before = counted(c, 1 << 0);
	for (int i = 0; i < TIMES; i++) {
		child_do(&child);
		guest_pass(3 * MSEC);
	}
	before = counted(c, 1 << 0) - before;
	child_end(&child);
	guest_kill(hog[0]);
	guest_kill(hog[1]);
	return span_of(before, TIMES);
}

struct span move_KEPT_RUNNING(enum bpfland_counter c)
{
	pid_t hog = guest_hog(3, 0);
	uint64_t before = counted(c, 1 << 3);

	/* A slice is 3 ms, and ends with a tick of 4 ms. */
	guest_pass(400 * MSEC);
	before = counted(c, 1 << 3) - before;
	guest_kill(hog);
	return span_of(before, 100);
}

struct span move_RT_REENQUEUES(enum bpfland_counter c)
{
	pid_t hog = guest_hog(3, 0);
	uint64_t before = counted(c, 1 << 3);

	for (int i = 0; i < 20; i++) {
		guest_pass(2 * MSEC);
		guest_wait(guest_rt(3, MSEC));
	}
	before = counted(c, 1 << 3) - before;
	guest_kill(hog);
	return span_of(before, 20);
}

/*
 * Whenever a task of least weight gets in line after a turn, that turn has put it ahead of the
 * clock by more than it may be: half a millisecond counts as 50, and with this StarvationUSec 40
 * are allowed. The kernel counts those turns, too.
 */
struct span move_DEADLINE_CLAMPS(enum bpfland_counter c)
{
	struct bpfland_tunables t = guest_tunables;
	pid_t light[2], normal;
	uint64_t before, turns = 0;

	t.starvation_ns = 10 * MSEC;
	sched_publish(counters_sched, &t);
	light[0] = guest_hog(3, 19);
	light[1] = guest_hog(3, 19);
	normal = guest_hog(3, 0);
	guest_pass(100 * MSEC);
	before = counted(c, 1 << 3);
	for (int i = 0; i < 2; i++)
		turns -= guest_involuntary_switches(light[i]);
	guest_pass(2 * SEC);
	before = counted(c, 1 << 3) - before;
	for (int i = 0; i < 2; i++)
		turns += guest_involuntary_switches(light[i]);
	guest_kill(light[0]);
	guest_kill(light[1]);
	guest_kill(normal);
	sched_publish(counters_sched, &guest_tunables);
	printf("%" PRIu64 " turns of those of least weight\n", turns);
	CHECK(turns >= 20);
	return span_of(before, turns);
}

/*
 * Real-time tasks have CPUs 0 and 1, and four who wait there may run on the others. Those are busy
 * with tasks of so much weight that both clocks go at their slowest: nobody comes for the sake of
 * fair shares, but each time that the queue was left alone for 100 ms, somebody takes one.
 */
struct span move_STARVATION_RESCUES(enum bpfland_counter c)
{
	pid_t near[4], far[4], rt[2];
	uint64_t before;

	guest_pin(2);
	for (int i = 0; i < 4; i++) {
		far[i] = guest_hog(2 + i % 2, -20);
		near[i] = guest_hog(i % 2, 0);
	}
	before = counted(c, 0xc);
	for (int i = 0; i < 2; i++)
		rt[i] = guest_rt(i, 800 * MSEC);
	for (int i = 0; i < 4; i++)
		child_allow(near[i], ALL_CPUS);
	guest_wait(rt[0]);
	guest_wait(rt[1]);
	before = counted(c, 0xc) - before;
	for (int i = 0; i < 4; i++) {
		guest_kill(near[i]);
		guest_kill(far[i]);
	}
	guest_pin(0);
	return span_of(before, 4);
}

static void act_compute(void)
{
	for (uint64_t end = guest_now() + 10 * MSEC; guest_now() < end;)
		;
}

/* A queue where nobody was for long has neglected nobody when somebody comes. */
struct span move_no_rescues(enum bpfland_counter c)
{
	uint64_t before = counted(c, ALL_CPUS);
	struct child near[4];
	pid_t far[4];

	guest_pin(2);
	for (int i = 0; i < 4; i++) {
		far[i] = guest_hog(2 + i % 2, 0);
		near[i] = child_make(i % 2, SCHED_OTHER, act_compute);
		child_allow(near[i].pid, ALL_CPUS);
	}
	for (int round = 0; round < 20; round++) {
		guest_pass(2 * guest_tunables.starvation_ns);
		for (int i = 0; i < 4; i++)
			child_start(&near[i]);
		for (int i = 0; i < 4; i++)
			child_wait(&near[i]);
	}
	for (int i = 0; i < 4; i++) {
		child_end(&near[i]);
		guest_kill(far[i]);
	}
	guest_pin(0);
	/* In real time, the machine that emulates this one may have kept a CPU for so long. */
	return (struct span){ counted(c, ALL_CPUS) - before, 0, guest_is_exact() ? 0 : 20 };
}

struct span move_YIELDS(enum bpfland_counter c)
{
	uint64_t moved = count_child(c, 1 << 3, child_make(3, SCHED_OTHER, act_yield));

	return (struct span){ moved, TIMES, TIMES };
}
