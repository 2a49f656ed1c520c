/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For tests: a machine with the default tunables. Here because test.h counts by file.
 */
#pragma once

#include "daemon/tunables.h"
#include "tests/sim/sim.h"
#include "tests/test.h"

static inline void usual_machine(struct sim *sim, const char *shape, u64 seed)
{
	struct topology topology;
	struct bpfland_tunables t;
	struct tunables all;

	tunables_compute(&all, NULL, NULL);
	tunables_to_abi(&all, &t);
	CHECK_EQ(topology_parse(&topology, shape, NULL), 0);
	sim_init(sim, &topology, &t, seed);
}
