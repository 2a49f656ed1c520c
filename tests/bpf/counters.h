/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the tests of the counters share: how one is read, and the list of what moves each.
 *
 * Wants four CPUs in two caches: 0 and 1, 2 and 3. The test itself is bound to CPU 0. A counter is
 * read of the CPUs where the test makes it move, so that what the rest of the machine does in that
 * time (its kernel threads; a wake-up of the test itself) adds a few at most.
 */
#pragma once

#include <stdint.h>
#include <sys/types.h>

#include "tests/bpf/child.h"
#include "tests/bpf/guest.h"

#define CPUS 4
#define ALL_CPUS 0xfU
#define TIMES CHILD_TIMES

extern struct sched *counters_sched;

/* How far a counter moved, and how far it shall have. */
struct span {
	uint64_t moved, least, most;
};

/* The sum over the CPUs of a mask. */
uint64_t counted(enum bpfland_counter c, unsigned cpus);

/*
 * What @n events may add up to. A tenth may be missing: a timer was late, a task was where it
 * was to go before anybody sent it. The rest of the machine adds a few.
 */
struct span span_of(uint64_t moved, uint64_t n);

/* How far the counter moves on these CPUs while the child does its act; it is ended. */
uint64_t count_child(enum bpfland_counter c, unsigned cpus, struct child child);

void wait_on_cpu(pid_t pid, int cpu);	/* until it is there; at most a minute */
/* The CPUs that all tasks, and interactive ones, prefer; none: no preference. */
void set_domains(unsigned primary, unsigned interactive);

/* For each counter a function that makes it move. One that is missing does not link. */
#define X(symbol, name, meaning) struct span move_##symbol(enum bpfland_counter c);
BPFLAND_COUNTERS(X)
#undef X

/* And what does not move the counter of that name. */
struct span move_no_rescues(enum bpfland_counter c);
struct span move_no_overflows(enum bpfland_counter c);
