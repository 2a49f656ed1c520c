/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Random machines, tunables and loads, each from a seed, and somebody who watches them.
 */
#pragma once

#include "tests/sim/hotplug.h"
#include "tests/sim/watch.h"

struct random_load {
	struct sim sim;
	struct watch watch;
	struct hotplug hotplug[4];
	bool rt, unplugs, moves, pins;	/* what there is in it */
	u64 length_ns;
	char text[1024];		/* what is random about it, for people */
};

/*
 * Anything: 1 to 1,024 CPUs of any shape, tunables from their whole range, tasks of all kinds,
 * classes and weights, with hotplug and affinities that change in some. Ready to run.
 * The caller owns it: random_load_free().
 */
struct random_load *random_load_new(u64 seed);

/*
 * One cache, and tasks that only compute, with weights that differ by up to nine times. Together
 * they weigh at most POLICY_FLOOR times as much as one of nice 0 per CPU.
 */
struct random_load *random_load_fair_new(u64 seed);

/*
 * The same, but most of the tasks sleep for a good part of a second and then compute for as long,
 * as many at once or nearly so; half of the loads in control groups. At most POLICY_FLOOR tasks for
 * each CPU, and weights that differ by up to four times.
 */
struct random_load *random_load_rested_new(u64 seed);

void random_load_free(struct random_load *l);
void random_load_run(struct random_load *l);
