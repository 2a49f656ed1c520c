/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Counters of where a ready task goes: straight to a CPU, into a queue, to a CPU of its domain, or
 * from one queue's CPUs to another's.
 */
#include "tests/bpf/counters.h"

#include <sched.h>

/* A child on CPU 2 that may run on these CPUs. */
static struct child free_child(unsigned cpus)
{
	struct child child = child_make(2, SCHED_OTHER, act_sleep);

	child_allow(child.pid, cpus);
	return child;
}

/* Each wake-up finds an idle CPU: with two to choose from, and bound to one. */
struct span move_DIRECT_DISPATCHES(enum bpfland_counter c)
{
	uint64_t moved = count_child(c, 0xc, free_child(0xc));

	moved += count_child(c, 1 << 3, child_make(3, SCHED_OTHER, act_sleep));
	return span_of(moved, 2 * TIMES);
}

/* SCHED_BATCH takes the CPU from nobody, so all that it gets is a place at the front. */
struct span move_LOCAL_DISPATCHES(enum bpfland_counter c)
{
	struct bpfland_tunables t = guest_tunables;
	pid_t hog = guest_hog(3, 0);
	uint64_t moved;

	t.flags |= BPFLAND_LOCAL_PER_CPU;
	sched_publish(counters_sched, &t);
	moved = count_child(c, 1 << 3, child_make(3, SCHED_BATCH, act_sleep));
	sched_publish(counters_sched, &guest_tunables);
	guest_kill(hog);
	return span_of(moved, TIMES);
}

/*
 * Both CPUs are busy and it takes none of them: once for each time that it wakes up, and once for
 * the hog that makes way in the end.
 */
struct span move_SHARED_DISPATCHES(enum bpfland_counter c)
{
	pid_t hog[] = { guest_hog(2, 0), guest_hog(3, 0) };
	struct child child = child_make(2, SCHED_BATCH, act_sleep);
	uint64_t moved;

	child_allow(child.pid, 0xc);
	moved = count_child(c, 0xc, child);
	guest_kill(hog[0]);
	guest_kill(hog[1]);
	return span_of(moved, 2 * TIMES);
}

/* This program never runs for long, and sleeps right after it has written; nobody else wakes it. */
struct span move_HANDOVERS(enum bpfland_counter c)
{
	struct child child = child_make(0, SCHED_OTHER, act_nothing);
	uint64_t before;

	child_allow(child.pid, 3);
	/* Not known before: that this program runs for a moment only. */
	act_sleep();
	before = counted(c, 1 << 0);
	for (int i = 0; i < TIMES; i++) {
		child_start(&child);
		guest_pass(MSEC);
	}
	before = counted(c, 1 << 0) - before;
	for (int i = 0; i < TIMES; i++)
		child_wait(&child);
	child_end(&child);
	return span_of(before, TIMES);
}

/*
 * One of two hogs of CPU 1 is allowed to go to CPU 2, of the other cache, and goes. It does not
 * wake up, so nobody looks for an idle CPU before it is put into the queue.
 */
static uint64_t count_moves(enum bpfland_counter c, unsigned cpus)
{
	pid_t stays = guest_hog(1, 0), goes = guest_hog(1, 0);
	uint64_t before = counted(c, cpus);

	for (int i = 0; i < TIMES; i++) {
		child_allow(goes, 1 << 1 | 1 << 2);
		wait_on_cpu(goes, 2);
		child_allow(goes, 1 << 1);
		wait_on_cpu(goes, 1);
	}
	before = counted(c, cpus) - before;
	guest_kill(goes);
	guest_kill(stays);
	return before;
}

struct span move_STOLEN_DISPATCHES(enum bpfland_counter c)
{
	return span_of(count_moves(c, 1 << 2), TIMES);
}

/* CPU 2 is woken where the task is queued: here on CPU 0, or on CPU 1 at the end of its slice. */
struct span move_IDLE_KICKS(enum bpfland_counter c)
{
	return span_of(count_moves(c, 1 << 0 | 1 << 1), TIMES);
}

struct span move_DOMAIN_PLACEMENTS(enum bpfland_counter c)
{
	uint64_t moved;

	set_domains(0xc, 0);
	moved = count_child(c, 0xe, free_child(0xe));
	set_domains(0, 0);
	return span_of(moved, TIMES);
}

/* The only CPU of the domain is taken, so it is CPU 2 each time. */
static uint64_t count_outside(enum bpfland_counter c, unsigned primary, unsigned interactive)
{
	struct child child = free_child(0xc);
	pid_t hog = guest_hog(3, 0);
	uint64_t moved;

	set_domains(primary, interactive);
	moved = count_child(c, 1 << 2, child);
	set_domains(0, 0);
	guest_kill(hog);
	return moved;
}

struct span move_DOMAIN_OVERFLOWS(enum bpfland_counter c)
{
	return span_of(count_outside(c, 1 << 3, 0), TIMES);
}

/*
 * A domain for interactive tasks is none of those that are not. Kernel threads that were, and have
 * not slept since the class was switched off, are until they do.
 */
struct span move_no_overflows(enum bpfland_counter c)
{
	struct bpfland_tunables t = guest_tunables;
	uint64_t moved;

	t.interactive_threshold = 0;
	sched_publish(counters_sched, &t);
	moved = count_outside(c, 0, 1 << 3);
	sched_publish(counters_sched, &guest_tunables);
	return (struct span){ moved, 0, TIMES / 4 };
}

/* Ten times the only CPU of the domain becomes idle, and the hog comes back to it from CPU 2. */
struct span move_DOMAIN_RETURNS(enum bpfland_counter c)
{
	pid_t hog = guest_hog(2, 0), in_the_way;
	uint64_t before = counted(c, 1 << 2);

	set_domains(1 << 3, 0);
	for (int i = 0; i < 10; i++) {
		in_the_way = guest_hog(3, 0);
		child_allow(hog, 1 << 2);
		wait_on_cpu(hog, 2);
		child_allow(hog, ALL_CPUS);
		guest_kill(in_the_way);
		wait_on_cpu(hog, 3);
	}
	before = counted(c, 1 << 2) - before;
	set_domains(0, 0);
	guest_kill(hog);
	return span_of(before, 10);
}
