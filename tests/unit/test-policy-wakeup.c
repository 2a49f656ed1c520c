/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The policy's answers to a wake-up: who takes a CPU, who follows, who goes past the line.
 */
#include <stdint.h>

#include "bpf/policy.h"
#include "tests/test.h"

#define MSEC 1000000ULL

static const struct bpfland_tunables usual = {
	.slice_max_ns = 3 * MSEC,
	.slice_min_ns = MSEC / 2,
	.slice_lag_ns = 10 * MSEC,
	.starvation_ns = 100 * MSEC,
	.interactive_threshold = 10,
};

/* Clocks right at and around the wrap. */
static const u64 clocks[] = { 0, 1, 1ULL << 40, 1ULL << 63, ~0ULL - 5, ~0ULL };

#define N(a) (sizeof(a) / sizeof((a)[0]))

static void test_preempts(void)
{
	const u64 margin = usual.slice_min_ns;
	static const struct policy_wakeup yes = {
		.deadline = 10 * MSEC,
		.running_deadline = 12 * MSEC,
		.ran_ns = MSEC,
	};
	struct policy_wakeup w = yes;

	CHECK(policy_preempts(&w, &usual));
	w.waker = POLICY_WAKER_RUNNING;
	CHECK(!policy_preempts(&w, &usual));
	w.running_lowly = true;
	CHECK(!policy_preempts(&w, &usual));

	w = yes;
	w.batch = true;
	CHECK(!policy_preempts(&w, &usual));

	w = yes;
	w.ran_ns = POLICY_RAN_MIN_NS - 1;
	CHECK(!policy_preempts(&w, &usual));
	w.running_lowly = true;
	CHECK(policy_preempts(&w, &usual));

	w = yes;
	w.waker = POLICY_WAKER_UNKNOWN;
	CHECK(policy_preempts(&w, &usual));
	w.ran_ns = POLICY_RAN_MIN_UNKNOWN_NS - 1;
	CHECK(!policy_preempts(&w, &usual));

	w = yes;
	w.deadline = w.running_deadline - margin;
	CHECK(!policy_preempts(&w, &usual));
	w.deadline--;
	CHECK(policy_preempts(&w, &usual));
	/* Across the wrap. */
	w.running_deadline = 5;
	w.deadline = 5 - margin - 1;
	CHECK(policy_preempts(&w, &usual));
}

/* A timer's short work does not wait for the end of what has only just begun; all else does. */
static void test_brief_work_preempts_at_once(void)
{
	struct policy_wakeup w = {
		.deadline = 10 * MSEC,
		.running_deadline = 10 * MSEC + 1,
		.brief = true,
		.waker = POLICY_WAKER_INTERRUPT,
	};

	CHECK(policy_preempts(&w, &usual));
	w.deadline = w.running_deadline;
	CHECK(!policy_preempts(&w, &usual));
	w.deadline--;
	w.waker = POLICY_WAKER_OTHER;
	CHECK(!policy_preempts(&w, &usual));
	w.waker = POLICY_WAKER_INTERRUPT;
	w.brief = false;
	CHECK(!policy_preempts(&w, &usual));
}

static void test_brief_is_short_and_interactive(void)
{
	struct policy_task task = { .avg_run_ns = POLICY_SHORT_RUN_NS - 1, .interactive = true };

	CHECK(policy_is_short(&task) && policy_is_brief(&task, 5, 5));
	CHECK(!policy_is_brief(&task, 6, 5));
	task.interactive = false;
	CHECK(policy_is_short(&task) && !policy_is_brief(&task, 5, 5));
	task = (struct policy_task){ .avg_run_ns = POLICY_SHORT_RUN_NS, .interactive = true };
	CHECK(!policy_is_short(&task) && !policy_is_brief(&task, 5, 5));
	/* Nothing is known of it yet. */
	task.avg_run_ns = 0;
	CHECK(!policy_is_short(&task) && !policy_is_brief(&task, 5, 5));
}

static void test_nobody_far_ahead_follows_at_once(void)
{
	for (size_t i = 0; i < N(clocks); i++) {
		u64 c = clocks[i];

		CHECK(policy_may_follow(c - 10 * MSEC, c, &usual));
		CHECK(policy_may_follow(c + usual.slice_min_ns, c, &usual));
		CHECK(!policy_may_follow(c + usual.slice_min_ns + 1, c, &usual));
	}
}

static void test_running_deadline(void)
{
	CHECK_EQ(policy_running_deadline(100, 0, 50, POLICY_WEIGHT_NORMAL), 150);
	CHECK_EQ(policy_running_deadline(100, 0, 50, POLICY_WEIGHT_NORMAL / 100), 5100);
	/* A long sleeper that was put straight on an idle CPU counts from the earliest there is. */
	CHECK_EQ(policy_running_deadline(100, 1000, 50, POLICY_WEIGHT_NORMAL), 1050);
	CHECK(policy_keeps_running(100, 101));
	CHECK(!policy_keeps_running(101, 101));
	CHECK(policy_keeps_running(~0ULL, 0));
}

static void test_bypass_ends_with_the_share(void)
{
	struct policy_task task = {};

	CHECK(policy_may_bypass(&task, 100, 100, 100));
	CHECK(policy_may_bypass(&task, ~0ULL, 5, 0));
	CHECK(!policy_may_bypass(&task, 101, 100, 101));
	/* Somebody in the shared queue is due earlier. */
	CHECK(!policy_may_bypass(&task, 50, 100, 49));
	CHECK(policy_may_bypass(&task, 50, 100, 51));
	task.run_ns = 1;
	CHECK(!policy_may_bypass(&task, 50, 100, 50));
}

int main(void)
{
	RUN(test_preempts);
	RUN(test_brief_work_preempts_at_once);
	RUN(test_brief_is_short_and_interactive);
	RUN(test_nobody_far_ahead_follows_at_once);
	RUN(test_running_deadline);
	RUN(test_bypass_ends_with_the_share);
	return TEST_RESULT();
}
