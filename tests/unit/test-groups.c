/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The arithmetic of groups: what is left of a task's weight when all groups above it have shared.
 */
#include <stdint.h>

#include "bpf/policy.h"
#include "tests/test.h"

/* A small generator with a fixed seed: the same numbers in every run. */
static u64 random_below(u64 n)
{
	static u64 state = 20240627;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state % n;
}

/* The weight of a task of nice 0 in a group of this scale, in thousandths of 100. */
static u32 permille(u64 scale)
{
	return (u32)((u64)policy_weight(100, scale) * 1000 / POLICY_WEIGHT_NORMAL);
}

/* Two groups, 300 to 100, with one task and with three; in the second a group. */
static void test_groups_share_by_weight(void)
{
	u64 root = policy_root_scale(4, 400);
	u64 a = policy_group_scale(300, root, 100), b = policy_group_scale(100, root, 300);
	u64 inner;

	CHECK_EQ(permille(root), 1000);
	CHECK_EQ(permille(a), 3000);
	CHECK_EQ(permille(b), 333);
	/* In b, one task beside a group of weight 200 with two tasks. */
	inner = policy_group_scale(200, b, 200);
	CHECK_EQ(permille(b) + 2 * permille(inner), 999);
}

/* A hundred groups inside each other, or extreme weights: never nothing, and nothing wraps. */
static void test_groups_at_their_extremes(void)
{
	u64 scale = policy_root_scale(1, 100), heavy = scale;

	for (int i = 0; i < 100; i++) {
		scale = policy_group_scale(1, scale, 1000000);
		heavy = policy_group_scale(10000, heavy, 1);
	}
	CHECK_EQ(policy_weight(1, scale), 1);
	CHECK_EQ(policy_weight(10000, heavy), POLICY_WEIGHT_MAX);
	CHECK_EQ(policy_weight(UINT32_MAX, UINT64_MAX), POLICY_WEIGHT_MAX);
	CHECK_EQ(policy_group_scale(0, UINT64_MAX, 0), 1);
	CHECK_EQ(policy_root_scale(0, 100), 1ULL << POLICY_SCALE_SHIFT);
	CHECK_EQ(policy_root_scale(1, 0), 1ULL << POLICY_SCALE_SHIFT);
	CHECK(policy_root_scale(UINT64_MAX, 1) <= POLICY_SCALE_MAX);
}

/* Of a task of nice 0 in a group. */
static u64 weight_in(u32 weight, u64 parent, u64 total)
{
	return policy_weight(100, policy_group_scale(weight, parent, total));
}

/* Whatever the weights of groups and tasks, an average task weighs what it does without any. */
static void test_groups_keep_the_average(void)
{
	for (int i = 0; i < 1000; i++) {
		u32 weight[4], tasks[4];
		u64 total = 0, n = 0, sum = 0, root;

		for (int g = 0; g < 4; g++) {
			weight[g] = 1 + (u32)random_below(1000);
			tasks[g] = 1 + (u32)random_below(8);
			total += weight[g];
			n += tasks[g];
		}
		root = policy_root_scale(n, total);
		for (int g = 0; g < 4; g++)
			sum += tasks[g] * weight_in(weight[g], root, 100 * tasks[g]);
		n *= POLICY_WEIGHT_NORMAL;
		if (sum > n || sum + 64 < n) {
			CHECK(false);
			return;
		}
	}
}

int main(void)
{
	RUN(test_groups_share_by_weight);
	RUN(test_groups_at_their_extremes);
	RUN(test_groups_keep_the_average);
	return TEST_RESULT();
}
