/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The arithmetic of weights: of nice values, and what is left of a task's weight when all groups
 * above it have shared.
 */
#include <stdint.h>

#include "bpf/policy.h"
#include "tests/test.h"

#define NORMAL POLICY_WEIGHT_NORMAL

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
	return (u32)((u64)policy_weight(NORMAL, scale) * 1000 / NORMAL);
}

static u32 nice(int value)
{
	return policy_task_weight((u32)(120 + value), false);
}

/* The kernel's own ratios, and not those of the rounded weights that it gives to schedulers. */
static void test_nice_values(void)
{
	CHECK_EQ(nice(0), NORMAL);
	CHECK_EQ(nice(19) * 1024ULL, NORMAL * 15ULL);
	CHECK_EQ(nice(5) * 1024ULL, NORMAL * 335ULL);
	CHECK_EQ(nice(-20) * 1024ULL, NORMAL * 88761ULL);
	CHECK(nice(-20) <= POLICY_WEIGHT_MAX);
	/* A step is a quarter, or as near to that as whole numbers come. */
	for (int i = -20; i < 19; i++) {
		u32 heavier = nice(i), lighter = nice(i + 1);

		CHECK(heavier * 100ULL >= lighter * 119ULL);
		CHECK(heavier * 100ULL <= lighter * 130ULL);
	}
	CHECK_EQ(policy_task_weight(120, true) * 100, NORMAL);
	CHECK_EQ(policy_task_weight(100, true) * 100, NORMAL);
	CHECK(policy_task_weight(139, true) < nice(19));
	/* Nobody has these. */
	CHECK_EQ(policy_task_weight(99, false), NORMAL);
	CHECK_EQ(policy_task_weight(140, false), NORMAL);
}

/* Three of them fill their group's weight, however little that is: each to a unit. */
static void test_nice_in_groups(void)
{
	static const int values[] = { -20, 0, 19 };
	u64 total = nice(-20) + nice(0) + nice(19), root = policy_root_scale(4, 101ULL * NORMAL);

	for (u32 weight = 1; weight <= 10000; weight *= 10) {
		u64 scale = policy_group_scale(weight, root, total);

		for (int i = 0; i < 3; i++) {
			u64 exact = 4096ULL * weight * nice(values[i]) / total / 101;
			u64 is = policy_weight(nice(values[i]), scale);

			CHECK(is <= exact + 1 && is + 1 >= exact);
		}
	}
}

/* Two groups, 300 to 100, with one task and with three; in the second a group. */
static void test_groups_share_by_weight(void)
{
	u64 root = policy_root_scale(4, 4 * NORMAL);
	u64 a = policy_group_scale(300, root, NORMAL);
	u64 b = policy_group_scale(100, root, 3 * NORMAL);
	u64 inner;

	CHECK_EQ(permille(root), 1000);
	CHECK_EQ(permille(a), 3000);
	CHECK_EQ(permille(b), 333);
	/* In b, one task beside a group of weight 200 with two tasks. */
	inner = policy_group_scale(200, b, 2 * NORMAL);
	CHECK_EQ(permille(b) + 2 * permille(inner), 999);
}

/* A hundred groups inside each other, or extreme weights: never nothing, and nothing wraps. */
static void test_groups_at_their_extremes(void)
{
	u64 scale = policy_root_scale(1, NORMAL), heavy = scale;

	for (int i = 0; i < 100; i++) {
		scale = policy_group_scale(1, scale, 10000ULL * NORMAL);
		heavy = policy_group_scale(10000, heavy, 1);
	}
	CHECK_EQ(policy_weight(nice(19), scale), 1);
	CHECK_EQ(policy_weight(nice(-20), heavy), POLICY_WEIGHT_MAX);
	CHECK_EQ(policy_weight(UINT32_MAX, UINT64_MAX), POLICY_WEIGHT_MAX);
	CHECK_EQ(policy_group_scale(0, UINT64_MAX, 0), 1);
	CHECK_EQ(policy_group_scale(10000, UINT64_MAX, UINT64_MAX), 10000ULL << 8);
	CHECK_EQ(policy_root_scale(0, NORMAL), 1ULL << POLICY_SCALE_SHIFT);
	CHECK_EQ(policy_root_scale(1, 0), 1ULL << POLICY_SCALE_SHIFT);
	CHECK(policy_root_scale(UINT64_MAX, 1) <= POLICY_SCALE_MAX);
}

/* Of a task of nice 0 in a group. */
static u64 weight_in(u32 weight, u64 parent, u64 total)
{
	return policy_weight(NORMAL, policy_group_scale(weight, parent, total));
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
			total += (u64)weight[g] << POLICY_WEIGHT_SHIFT;
			n += tasks[g];
		}
		root = policy_root_scale(n, total);
		for (int g = 0; g < 4; g++)
			sum += tasks[g] * weight_in(weight[g], root, (u64)NORMAL * tasks[g]);
		n *= NORMAL;
		if (sum > n || sum + 64 < n) {
			CHECK(false);
			return;
		}
	}
}

int main(void)
{
	RUN(test_nice_values);
	RUN(test_nice_in_groups);
	RUN(test_groups_share_by_weight);
	RUN(test_groups_at_their_extremes);
	RUN(test_groups_keep_the_average);
	return TEST_RESULT();
}
