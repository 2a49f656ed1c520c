/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The scheduler that is none: sched.h for tests. It does what it is told here, counts what is asked
 * of it, and, like the kernel, shows in sysfs what is attached.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "daemon/sched.h"

struct fake_sched {
	/* What to do; fake_sched_reset() sets what works. */
	const char *sysfs;		/* root of a tree whose root/ops shall follow; NULL: none */
	uint32_t supported;		/* what sched_probe() says; 0: it fails with `error` */
	const char *const *features;
	unsigned fail;			/* this many starts fail … */
	struct error error;		/* … with this … */
	int error_number;		/* … and this errno */
	struct sched_exit exit_at_start;/* a start that fails has this exit, if it has a kind */

	/* What happened */
	unsigned n_probes, n_starts, n_stops, n_publishes;
	bool attached;
	struct bpfland_tunables tunables;	/* as BPF would read them */
	struct sched_domains domains;		/* likewise */
	unsigned n_domains;		/* changes of them, but for the first */
	int fail_domains;		/* what sched_set_domains() returns, if not 0 */

	/* What it says of itself; counters and waits are 0 after each start. */
	unsigned n_cpus, n_queued;
	uint64_t counter[_BPFLAND_COUNTER_MAX];
	struct bpfland_latency latency[_BPFLAND_CLASS_MAX];
	struct bpfland_task task;	/* the only one there is */
	const char *dump;

	struct bpfland_power power;	/* as BPF was told last */
	int power_error;		/* what it answers to that */
};

extern struct fake_sched fake_sched;

void fake_sched_reset(void);

/* The next @times starts fail. */
void fake_sched_fail(unsigned times, enum error_kind kind, int error_number, const char *message);

/* The attached scheduler ends by itself: its file descriptor becomes readable. */
void fake_sched_end(uint64_t kind, int64_t code, const char *reason, const char *message,
		    const char *dump);

/* Somebody else's scheduler, seen in sysfs; NULL: it leaves. Sends no event. */
void fake_sched_foreign(const char *name);
