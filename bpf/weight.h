/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a task weighs beside all others: a part of the policy (policy.h), and like it pure.
 */
#pragma once

#include "vtime.h"

/* nice 0. What sched_ext tells goes from 1 to 10000; ours have ten more bits below that. */
#define POLICY_WEIGHT_SHIFT 10
#define POLICY_WEIGHT_NORMAL (100U << POLICY_WEIGHT_SHIFT)
#define POLICY_WEIGHT_MAX (10000U << POLICY_WEIGHT_SHIFT)
#define POLICY_SCALE_SHIFT 32	/* of what a group leaves of a weight: 1.0 is 1 << 32 */
#define POLICY_SCALE_MAX (1ULL << (POLICY_SCALE_SHIFT + 14))

/* One charge covers at most this much: the products below then fit with room to spare. */
#define POLICY_RAN_MAX (1ULL << 36)	/* 68 s */

/*
 * What a task weighs by itself. @static_prio: the kernel's, 100 to 139 for nice -20 to 19; whoever
 * it boosts keeps it. The numbers are its sched_prio_to_weight[], in 1024ths of nice 0: a step is
 * 1.25. A scheduler is told hundredths of nice 0, rounded, one at least: of nice 19 that would
 * leave 1, and not 1.46. For SCHED_IDLE, where the kernel has 3 of 1024, it is that 1 that counts.
 */
static inline u32 policy_task_weight(u32 static_prio, bool idle)
{
	static const u32 weights[40] = {
		88761, 71755, 56483, 46273, 36291,	/* nice -20 and on */
		29154, 23254, 18705, 14949, 11916,
		9548, 7620, 6100, 4904, 3906,		/* -10 */
		3121, 2501, 1991, 1586, 1277,
		1024, 820, 655, 526, 423,		/* 0 */
		335, 272, 215, 172, 137,
		110, 87, 70, 56, 45,			/* 10 */
		36, 29, 23, 18, 15,
	};
	u32 nice = static_prio - 100;

	if (idle)
		return POLICY_WEIGHT_NORMAL / 100;
	return nice < 40 ? weights[nice] * (POLICY_WEIGHT_NORMAL / 1024) : POLICY_WEIGHT_NORMAL;
}

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
 * of its group. @weight is the group's, 1 to 10000; @total is that of all that is ready in it, in
 * the unit of tasks.
 */
static inline u64 policy_group_scale(u32 weight, u64 parent_scale, u64 total)
{
	u64 share = policy_min(parent_scale, POLICY_SCALE_MAX) * policy_min(weight, 10000);
	u64 scale;

	total = policy_min(total ? total : 1, 1ULL << 48);
	/* Multiplied after the division, or it might not fit; and no bit is lost. */
	scale = policy_min(share / total, POLICY_SCALE_MAX) << POLICY_WEIGHT_SHIFT;
	scale += ((share % total) << POLICY_WEIGHT_SHIFT) / total;
	return policy_min(scale ? scale : 1, POLICY_SCALE_MAX);
}

/* That of the root: @n ready tasks weigh as nice 0 on average: credit and bounds mean the same. */
static inline u64 policy_root_scale(u64 n, u64 total)
{
	u64 wanted = (POLICY_WEIGHT_NORMAL * policy_min(n, 1 << 20)) << (POLICY_SCALE_SHIFT - 5);

	if (!n || !total)
		return 1ULL << POLICY_SCALE_SHIFT;
	return policy_min(policy_min(wanted / total, POLICY_SCALE_MAX) << 5, POLICY_SCALE_MAX);
}

/* The weight of a task, of this @weight by itself, in a group of this scale. */
static inline u32 policy_weight(u32 weight, u64 scale)
{
	u64 w = policy_min(scale, POLICY_SCALE_MAX) >> 6;	/* for the product to fit */

	w *= policy_min(weight, POLICY_WEIGHT_MAX);
	/* The upper bound first: the other way round, the verifier of 6.18 contradicts itself. */
	w = policy_min(w >> (POLICY_SCALE_SHIFT - 6), POLICY_WEIGHT_MAX);
	return w ? w : 1;
}
