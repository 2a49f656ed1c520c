/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What each task would have got by now from a machine that serves all who are ready at once, by
 * weight, and who got how much more. One step after the other; between two, nobody is looked at.
 */
#pragma once

#include "tests/sim/sim.h"

struct fluid {
	const struct sim *sim;
	u64 at;			/* of the last step */
	struct fluid_task {
		double share;	/* of a CPU, as of the last step; 0: it sleeps */
		double ahead;	/* ns that it got beyond its share since it woke up */
		u64 sum_exec, nvcsw;
		bool ready;
	} *task;
	size_t nr_tasks;
};

/* Of the tasks that @sim has, from now on; there must be no more later. */
void fluid_init(struct fluid *f, const struct sim *sim);
void fluid_step(struct fluid *f);
void fluid_done(struct fluid *f);
