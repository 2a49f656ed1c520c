/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What both sides of the test for torn reads agree on: the fields of every generation.
 */
#pragma once

#include "bpf/abi.h"

struct tear_cpu {
	struct bpfland_tunables copy;
	u64 reads;	/* sets that were looked at */
	u64 changes;	/* of these: new ones */
	u64 stale;	/* times that an old set had to do */
	u64 torn;	/* sets with a field of another generation */
} __attribute__((aligned(128)));

static inline struct bpfland_tunables tear_expect(u64 g)
{
	return (struct bpfland_tunables){
		.generation = g,
		.slice_max_ns = g * 3,
		.slice_min_ns = g * 5 + 1,
		.slice_lag_ns = g * 7 + 2,
		.starvation_ns = g * 11 + 3,
		.interactive_threshold = g * 13 + 4,
		.flags = ~g,
	};
}

static inline bool tear_matches(const struct bpfland_tunables *t)
{
	struct bpfland_tunables e = tear_expect(t->generation);

	return t->slice_max_ns == e.slice_max_ns && t->slice_min_ns == e.slice_min_ns &&
	       t->slice_lag_ns == e.slice_lag_ns && t->starvation_ns == e.starvation_ns &&
	       t->interactive_threshold == e.interactive_threshold && t->flags == e.flags;
}
