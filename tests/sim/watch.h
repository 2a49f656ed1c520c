/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Somebody who watches the machine for what must never happen. It is measured here, and judged by
 * who asked. Nobody watches (sim->watch is NULL) unless asked to.
 */
#pragma once

#include "tests/sim/sim.h"

struct watch {
	/* What one task in front may cost one that waits; to be set before the run. */
	u64 turn_ns;

	/* The longest wait of a ready task: as it was, and less a turn for each task in front. */
	u64 waited_ns, excess_ns;
	const struct group *waited_group;

	/*
	 * The longest time that a CPU was idle while a task that may run there waited: in a shared
	 * queue, or behind another one on its CPU.
	 */
	u64 idle_shared_ns, idle_local_ns;

	/* Places in line outside of clock - SliceLagUSec … clock + StarvationUSec. */
	u64 outside;

	/* Ticks at which a ready task was in no queue, or in that of a CPU which is away. */
	u64 lost;
};

void watch_ready(struct sim *sim, struct task *t);
void watch_queued(struct sim *sim, struct task *t, bool shared);
void watch_running(struct sim *sim, struct task *t);
void watch_deadline(struct sim *sim, const struct task *p, u64 deadline, u64 clock);

/* Looks at everything that waits now. */
void watch_tick(struct sim *sim);
