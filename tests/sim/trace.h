/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A recorded load, to be done again with other tunables or on another machine.
 *
 * Read from the text of `perf sched script` or of tracefs (events sched_switch, sched_wakeup and
 * sched_wakeup_new). What is taken from it: for each task, how long it ran between two sleeps, and
 * how long it slept. A wait for a CPU, in the recording, counts as neither; how long tasks waited
 * after a wake-up is kept to compare with. Not taken: who woke whom, and where a task was allowed
 * to run. A replayed task sleeps as long as it did, whatever others do meanwhile.
 */
#pragma once

#include <stdio.h>

#include "tests/sim/sim.h"

struct recorded {
	u64 run_ns, sleep_ns;
};

struct recording {
	u32 pid;
	int prio;
	char name[16];
	u64 start_ns;			/* since the first event */
	struct recorded *piece;
	size_t n, capacity;

	/* while reading */
	u64 on_at, off_at, woken_at, run_ns;
	bool on, slept;
};

struct trace {
	struct recording **task;
	size_t n, capacity;
	u64 first, last;
	struct histogram wake;		/* as recorded: from a wake-up to the CPU */
};

/* The caller owns *@ret: trace_done(), not before the simulator that replays it is done. */
int trace_read(struct trace *ret, FILE *file, const char *name, struct error *err);
void trace_done(struct trace *t);

/* Adds a group that replays everything from the beginning on. */
void trace_add(struct sim *sim, const struct trace *t);
