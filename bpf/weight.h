/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a task weighs beside all others: a part of the policy (policy.h), and like it pure.
 */
#pragma once

#include "vtime.h"

/* nice 0. The kernel's weights go from 1 (nice 19) to 10000; ours have ten more bits below that. */
#define POLICY_WEIGHT_SHIFT 10
#define POLICY_WEIGHT_NORMAL (100U << POLICY_WEIGHT_SHIFT)
#define POLICY_WEIGHT_MAX (10000U << POLICY_WEIGHT_SHIFT)
#define POLICY_SCALE_SHIFT 32	/* of what a group leaves of a weight: 1.0 is 1 << 32 */
#define POLICY_SCALE_MAX (1ULL << (POLICY_SCALE_SHIFT + 14))

/* One charge covers at most this much: the products below then fit with room to spare. */
#define POLICY_RAN_MAX (1ULL << 36)	/* 68 s */

/* Real run time to virtual: twice the weight pays half. Nearly everybody: no division. */
static inline u64 policy_scale(u64 ns, u32 weight)
{
	ns = policy_min(ns, POLICY_RAN_MAX);
	if (weight == POLICY_WEIGHT_NORMAL)
		return ns;
	if (weight < 1)
		weight = 1;
	if (weight > POLICY_WEIGHT_MAX)
		weight = POLICY_WEIGHT_MAX;
	return ns * POLICY_WEIGHT_NORMAL / weight;
}

/*
 * Groups (cgroups) share by weight, and what a group gets, its tasks and subgroups share by weight.
 * That comes out if each task weighs what all this leaves of its own weight: that times the *scale*
 * of its group. @weight is the group's, @total that of all that is ready in it.
 */
static inline u64 policy_group_scale(u32 weight, u64 parent_scale, u64 total)
{
	u64 scale = policy_min(parent_scale, POLICY_SCALE_MAX) * policy_min(weight, 10000);

	scale /= total ? total : 1;
	return policy_min(scale ? scale : 1, POLICY_SCALE_MAX);
}

/* That of the root: @n ready tasks weigh 100 on average, so credit and bounds mean the same. */
static inline u64 policy_root_scale(u64 n, u64 total)
{
	u64 wanted = (100 * policy_min(n, 1 << 20)) << (POLICY_SCALE_SHIFT - 4);

	if (!n || !total)
		return 1ULL << POLICY_SCALE_SHIFT;
	return policy_min((wanted / total) << 4, POLICY_SCALE_MAX);
}

/* The weight of a task, of the kernel's @weight, in a group of this scale. */
static inline u32 policy_weight(u32 weight, u64 scale)
{
	u64 w = policy_min(scale, POLICY_SCALE_MAX) * policy_min(weight, 10000);

	/* The upper bound first: the other way round, the verifier of 6.18 contradicts itself. */
	w = policy_min(w >> (POLICY_SCALE_SHIFT - POLICY_WEIGHT_SHIFT), POLICY_WEIGHT_MAX);
	return w ? w : 1;
}
