/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The arithmetic of the policy, at its extremes and in general.
 */
#include <stdint.h>

#include "bpf/balance.h"
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

/* Both ends of every range in the table of tunables. */
static const struct bpfland_tunables extremes[] = {
	{ .slice_max_ns = MSEC / 10, .slice_min_ns = MSEC / 20, .starvation_ns = MSEC },
	{ .slice_max_ns = 1000 * MSEC, .slice_min_ns = 100 * MSEC, .slice_lag_ns = 1000 * MSEC,
	  .starvation_ns = 5000 * MSEC, .interactive_threshold = 10000 },
	{ .slice_max_ns = MSEC, .slice_min_ns = MSEC, .slice_lag_ns = MSEC,
	  .starvation_ns = MSEC, .interactive_threshold = 1 },
};

/* Clocks right at and around the wrap. */
static const u64 clocks[] = { 0, 1, 1ULL << 40, 1ULL << 63, ~0ULL - 5, ~0ULL };

#define N(a) (sizeof(a) / sizeof((a)[0]))

/* A small generator with a fixed seed: the same numbers in every run. */
static u64 random_state = 20240627;

static u64 random_below(u64 n)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state % n;
}

/* How far ahead of the clock a task may be. */
static u64 reach(const struct bpfland_tunables *t)
{
	return POLICY_REACH * t->starvation_ns;
}

/* A weight of the kernel's, in the policy's unit. */
static u32 units(u32 weight)
{
	return weight << POLICY_WEIGHT_SHIFT;
}

static void test_before_wraps(void)
{
	CHECK(policy_before(1, 2));
	CHECK(!policy_before(2, 2));
	CHECK(policy_before(~0ULL, 0));
	CHECK(!policy_before(0, ~0ULL));
	CHECK_EQ(policy_later(~0ULL, 3), 3);
	CHECK(policy_earlier(~0ULL, 3) == ~0ULL);
}

static void test_scale(void)
{
	CHECK_EQ(policy_scale(MSEC, units(100)), MSEC);
	CHECK_EQ(policy_scale(MSEC, units(200)), MSEC / 2);
	CHECK_EQ(policy_scale(MSEC, units(1)), 100 * MSEC);
	CHECK_EQ(policy_scale(MSEC, units(10000)), MSEC / 100);
	/* Weights that the kernel never gives are taken for the nearest one that it does. */
	CHECK_EQ(policy_scale(MSEC, 0), units(100) * MSEC);
	CHECK_EQ(policy_scale(MSEC, UINT32_MAX), MSEC / 100);
	/* Impossibly long runs are cut, and nothing overflows. */
	CHECK_EQ(policy_scale(UINT64_MAX, units(100)), POLICY_RAN_MAX);
	CHECK_EQ(policy_scale(UINT64_MAX, units(1)), 100 * POLICY_RAN_MAX);
	CHECK_EQ(policy_scale(0, units(1)), 0);
}

static void test_scale_is_monotonic(void)
{
	for (int i = 0; i < 100000; i++) {
		u64 ns = random_below(1ULL << 37), more = ns + random_below(MSEC);
		u32 weight = 1 + (u32)random_below(units(10000)), heavier = weight + 1;

		if (policy_scale(ns, weight) > policy_scale(more, weight) ||
		    policy_scale(ns, weight) < policy_scale(ns, heavier)) {
			CHECK(false);
			return;
		}
	}
}

/* Wherever the clock stands: a burst that took it far ahead does not let it stand still later. */
static void test_clock_goes_at_an_eighth_of_real_time_at_least(void)
{
	for (size_t i = 0; i < N(clocks); i++) {
		struct policy_queue q = { .origin = clocks[i] - 5 * (4 * MSEC / POLICY_FLOOR) };

		CHECK_EQ(policy_clock(&q, 5, 4 * MSEC) - clocks[i], 0);
		CHECK_EQ(policy_clock(&q, 255, 4 * MSEC) - clocks[i], 125 * MSEC);
		CHECK_EQ(policy_clock(&q, 1005, 1 * MSEC) - policy_clock(&q, 5, 1 * MSEC),
			 125 * MSEC);

		policy_advance(&q, clocks[i] + 1000 * MSEC, 255, 4 * MSEC);
		CHECK_EQ(policy_clock(&q, 255, 4 * MSEC) - clocks[i], 1000 * MSEC);
		CHECK_EQ(policy_clock(&q, 505, 4 * MSEC) - clocks[i], 1125 * MSEC);
		policy_advance(&q, clocks[i] + 1124 * MSEC, 505, 4 * MSEC);
		CHECK_EQ(policy_clock(&q, 505, 4 * MSEC) - clocks[i], 1125 * MSEC);
	}
}

/* Whatever a task did before, it gets in line between clock - lag and clock + 4 * starvation. */
static void test_place_is_bounded(void)
{
	for (size_t i = 0; i < N(clocks); i++)
		for (size_t j = 0; j < N(extremes); j++) {
			const struct bpfland_tunables *t = &extremes[j];
			u64 c = clocks[i], far = 1ULL << 60;

			CHECK(policy_place(c - far, c, t) == c - t->slice_lag_ns);
			CHECK(policy_place(c + far, c, t) == c + reach(t));
			CHECK(policy_place(c, c, t) == c);
			CHECK(policy_place(c - t->slice_lag_ns, c, t) == c - t->slice_lag_ns);
			CHECK(policy_place(c + reach(t), c, t) == c + reach(t));
		}
}

/* Before a hog that is owed as much, and behind whoever sleeps; by the clock if all is fair. */
static void test_deadline_of_a_new_task(void)
{
	struct bpfland_tunables fair = usual;

	fair.interactive_threshold = 0;
	for (size_t i = 0; i < N(clocks); i++) {
		struct policy_task task = {}, hog = { .vruntime = clocks[i] };
		bool clamped = true;
		u64 new;

		policy_enter(&task, clocks[i], &usual);
		policy_charge(&hog, 1000 * MSEC, units(100), &usual);
		hog.vruntime = clocks[i];
		new = policy_deadline(&task, clocks[i], &usual, &clamped);
		CHECK(!clamped);
		CHECK(policy_before(new, policy_deadline(&hog, clocks[i], &usual, &clamped)));
		CHECK(policy_before(clocks[i], new));

		policy_enter(&task, clocks[i], &fair);
		CHECK(policy_deadline(&task, clocks[i], &fair, &clamped) == clocks[i]);
	}
}

/* A hog that waits behind sleepers is due before it is further behind than what it keeps. */
static void test_without_classes_nobody_loses(void)
{
	struct bpfland_tunables fair = usual;
	struct policy_task hog = { .vruntime = 1000 * MSEC };
	u64 clock = 1000 * MSEC + fair.slice_lag_ns;
	bool clamped;

	fair.interactive_threshold = 0;
	policy_charge(&hog, 1000 * MSEC, units(100), &fair);
	hog.vruntime = 1000 * MSEC;
	CHECK_EQ(policy_deadline(&hog, clock, &fair, &clamped), clock);
	CHECK_EQ(hog.vruntime, 1000 * MSEC);
}

static void test_deadline_counts_recent_run(void)
{
	struct policy_task task = { .vruntime = 500 * MSEC, .awake = 8 * MSEC };
	bool clamped;

	CHECK_EQ(policy_deadline(&task, 500 * MSEC, &usual, &clamped), 508 * MSEC);
	task.waits = false;
	task.interactive = true;
	CHECK_EQ(policy_deadline(&task, 500 * MSEC, &usual, &clamped), 502 * MSEC);
	CHECK(!clamped);
}

/* The bound on starvation rests on this: no deadline is later than clock + 4 * StarvationUSec. */
static void test_deadline_is_bounded(void)
{
	for (int i = 0; i < 200000; i++) {
		const struct bpfland_tunables *t =
			i % 4 ? &extremes[random_below(N(extremes))] : &usual;
		u64 clock = clocks[random_below(N(clocks))];
		struct policy_task task = {
			.vruntime = clock + random_below(20000 * MSEC) - 10000 * MSEC,
			.awake = random_below(2 * t->slice_lag_ns + 1),
			.interactive = random_below(2),
		};
		bool clamped, late = policy_before(clock + reach(t),
						   task.vruntime + policy_recent(&task));
		u64 d = policy_deadline(&task, clock, t, &clamped);

		if (policy_before(clock + reach(t), d) ||
		    policy_before(d, clock - t->slice_lag_ns) || clamped != late) {
			CHECK(false);
			return;
		}
	}
}

/*
 * The claim on top of policy.h: whoever comes 8 * (4 * StarvationUSec + SliceLagUSec) later can not
 * get in front of somebody who waits, not even the greediest sleeper.
 */
static void test_nobody_overtakes_for_ever(void)
{
	for (size_t j = 0; j < N(extremes); j++) {
		const struct bpfland_tunables *t = &extremes[j];
		struct policy_queue q = { .origin = 1ULL << 40 };
		u64 tick = 4 * MSEC;
		u64 wait = POLICY_FLOOR * (reach(t) + t->slice_lag_ns) / tick + 1;
		struct policy_task unlucky = { .vruntime = ~0ULL >> 2 };
		struct policy_task sleeper = { .vruntime = 0, .interactive = true };
		bool clamped;
		u64 waits, comes;

		waits = policy_deadline(&unlucky, policy_clock(&q, 0, tick), t, &clamped);
		comes = policy_deadline(&sleeper, policy_clock(&q, wait, tick), t, &clamped);
		CHECK(!policy_before(comes, waits));
	}
}

/* Queued again without having run, however often and however late: the same place. */
static void test_waiting_keeps_the_place(void)
{
	struct policy_task task = { .vruntime = 50 * MSEC, .awake = 5 * MSEC };
	bool clamped;
	u64 first = policy_deadline(&task, 50 * MSEC, &usual, &clamped);

	CHECK_EQ(policy_deadline(&task, 500 * MSEC, &usual, &clamped), first);
	policy_move(&task, 500 * MSEC, 600 * MSEC);
	CHECK_EQ(policy_deadline(&task, 700 * MSEC, &usual, &clamped), first + 100 * MSEC);
	policy_charge(&task, 0, 100, &usual);
	CHECK_EQ(policy_deadline(&task, 700 * MSEC, &usual, &clamped), first + 100 * MSEC);
	policy_charge(&task, MSEC, 100, &usual);
	CHECK(policy_deadline(&task, 700 * MSEC, &usual, &clamped) > first + 100 * MSEC);
}

/* One wake-up in a whole turn is waiting for it; several are work, and so is sleeping. */
static void test_who_makes_one_wakeup_a_turn_spins(void)
{
	struct policy_task task = {};

	CHECK(!policy_end_turn(&task, usual.slice_min_ns - 1, 1, &usual));
	CHECK(!policy_end_turn(&task, usual.slice_min_ns, 0, &usual));
	CHECK(policy_end_turn(&task, usual.slice_min_ns, 1, &usual));
	CHECK(policy_end_turn(&task, usual.slice_min_ns - 1, 1, &usual));
	CHECK(!policy_end_turn(&task, usual.slice_min_ns, 2, &usual));
	CHECK(policy_end_turn(&task, usual.slice_min_ns, 1, &usual));
	policy_sleep(&task);
	CHECK(!task.spins);
}

static void test_charge(void)
{
	struct policy_task task = { .vruntime = ~0ULL };

	policy_charge(&task, 4 * MSEC, units(100), &usual);
	CHECK_EQ(task.vruntime, 4 * MSEC - 1);
	CHECK_EQ(task.awake, 4 * MSEC);
	CHECK_EQ(task.run_ns, 4 * MSEC);
	policy_charge(&task, 4 * MSEC, units(1), &usual);
	CHECK_EQ(task.awake, 2 * usual.slice_lag_ns);
	CHECK_EQ(task.run_ns, 8 * MSEC);
	for (int i = 0; i < 100; i++)
		policy_charge(&task, UINT64_MAX, units(10000), &usual);
	CHECK_EQ(task.run_ns, UINT32_MAX);
	CHECK_EQ(task.awake, 2 * usual.slice_lag_ns);
	policy_sleep(&task);
	CHECK_EQ(task.awake, 0);
	CHECK_EQ(task.run_ns, 0);
	CHECK_EQ(task.avg_run_ns, UINT32_MAX);

	/* Nobody else wanted that CPU: what was owed is paid then, and nothing beyond. */
	task = (struct policy_task){ .vruntime = 50 * MSEC };
	policy_charge_free(&task, 8 * MSEC, units(100), 55 * MSEC, &usual);
	CHECK_EQ(task.vruntime, 55 * MSEC);
	policy_charge_free(&task, 8 * MSEC, units(100), 54 * MSEC, &usual);
	CHECK_EQ(task.vruntime, 55 * MSEC);
}

/* Two tasks, one of weight 300: over time it gets three times as much. */
static void test_weights_become_shares(void)
{
	struct policy_task task[2] = {};
	static const u32 weight[2] = { 300, 100 };
	u64 got[2] = {}, clock = 0;
	bool clamped;

	for (int i = 0; i < 100000; i++) {
		int next = policy_before(policy_deadline(&task[1], clock, &usual, &clamped),
					 policy_deadline(&task[0], clock, &usual, &clamped));

		clock = policy_later(clock, task[next].vruntime);
		policy_charge(&task[next], 3 * MSEC, units(weight[next]), &usual);
		got[next] += 3 * MSEC;
	}
	CHECK(got[0] > got[1] * 295 / 100);
	CHECK(got[0] < got[1] * 305 / 100);
}

static void test_slice(void)
{
	struct bpfland_tunables t = { .slice_max_ns = 3 * MSEC, .slice_min_ns = MSEC };

	CHECK_EQ(policy_slice(0, &t), 3 * MSEC);
	CHECK_EQ(policy_slice(1, &t), 3 * MSEC);
	CHECK_EQ(policy_slice(2, &t), 3 * MSEC / 2);
	CHECK_EQ(policy_slice(3, &t), MSEC);
	CHECK_EQ(policy_slice(UINT32_MAX, &t), MSEC);
	t.slice_min_ns = t.slice_max_ns;
	for (u32 n = 0; n < 100; n++)
		CHECK_EQ(policy_slice(n, &t), 3 * MSEC);
}

static void test_classify(void)
{
	struct policy_task task = {}, hog = {};
	struct policy_queue q = {};
	u64 now = 0, switches = 0;
	bool became = false;

	/* 60 switches per second: interactive within a second. */
	for (int i = 0; i < 4; i++) {
		now += POLICY_WINDOW_NS;
		switches += 15;
		became |= policy_classify(&task, &q, now, switches, &usual);
		policy_classify(&hog, &q, now, 0, &usual);
	}
	CHECK(became);
	CHECK(task.interactive);
	CHECK(!hog.interactive);
	CHECK(task.rate > 30 && task.rate <= 60);
	/* Within a window nothing changes. */
	CHECK(!policy_classify(&task, &q, now + POLICY_WINDOW_NS - 1, switches + 1000, &usual));
	CHECK(task.rate <= 60);
	/* It becomes a hog: no longer interactive after a few seconds. */
	for (int i = 0; i < 40; i++) {
		now += POLICY_WINDOW_NS;
		policy_classify(&task, &q, now, switches, &usual);
	}
	CHECK(!task.interactive);
	CHECK_EQ(task.rate, 0);
}

static void test_classify_extremes(void)
{
	struct bpfland_tunables off = usual;
	struct policy_task task = { .interactive = true };
	struct policy_queue q = {};

	off.interactive_threshold = 0;
	CHECK(!policy_classify(&task, &q, POLICY_WINDOW_NS, 1000000, &off));
	CHECK(!task.interactive);
	CHECK(!policy_promote(&task, &off));
	CHECK(policy_promote(&task, &usual));
	CHECK(!policy_promote(&task, &usual));

	/* A clock that went back, or that stood still for years: no nonsense, a new window. */
	task = (struct policy_task){ .window_at = 1000 * MSEC, .window_switches = 5, .rate = 7 };
	policy_classify(&task, &q, 10, 9, &usual);
	CHECK_EQ(task.rate, 7);
	CHECK_EQ(task.window_at, 10);
	policy_classify(&task, &q, 1ULL << 62, ~0ULL, &usual);
	CHECK(task.rate <= POLICY_RATE_MAX);
	CHECK(q.avg_rate <= POLICY_RATE_MAX);

	/* However busy the machine, the threshold suffices; however idle, 1 is needed. */
	q.avg_rate = POLICY_RATE_MAX;
	task = (struct policy_task){ .rate = 10 };
	policy_classify(&task, &q, POLICY_WINDOW_NS, 3, &usual);
	CHECK(task.interactive);
	q.avg_rate = 0;
	task = (struct policy_task){};
	policy_classify(&task, &q, POLICY_WINDOW_NS, 0, &usual);
	CHECK(!task.interactive);
}

static void test_sticky(void)
{
	struct policy_task task = {};

	CHECK(!policy_sticky(&task));
	for (int i = 0; i < 10; i++) {
		policy_charge(&task, 5000, units(100), &usual);
		policy_sleep(&task);
	}
	CHECK(policy_sticky(&task));
	for (int i = 0; i < 20; i++) {
		policy_charge(&task, 50000, units(100), &usual);
		policy_sleep(&task);
	}
	CHECK(!policy_sticky(&task));
}

static void test_yield_gives_up_credit(void)
{
	struct policy_task task = { .vruntime = 5 * MSEC, .interactive = false };
	bool clamped;

	policy_yield(&task, 10 * MSEC, &usual);
	CHECK_EQ(policy_deadline(&task, 10 * MSEC, &usual, &clamped), 30 * MSEC);
}

static void test_move_keeps_the_distance(void)
{
	for (size_t i = 0; i < N(clocks); i++) {
		struct policy_task task = { .vruntime = 1000 - 7 };

		policy_move(&task, 1000, clocks[i]);
		CHECK(task.vruntime == clocks[i] - 7);
	}
}

/* The faster of two queues takes one task in each measurement, if the difference is worth it. */
static void test_faster_queue_takes_from_slower(void)
{
	struct policy_balance fast = {}, slow = {};
	u64 ticks = POLICY_BALANCE_TICKS;

	policy_measure(&fast, 16 * ticks, ticks);
	policy_measure(&slow, 15 * ticks, ticks);
	CHECK_EQ(fast.speed, 16);
	CHECK(policy_lags(&slow, &fast));
	CHECK(!policy_lags(&fast, &slow));
	fast.moved = true;
	policy_measure(&fast, 100 * ticks, 2 * ticks - 1);
	CHECK(fast.moved && fast.speed == 16);
	policy_measure(&fast, 32 * ticks, 2 * ticks);
	CHECK(!fast.moved && fast.speed == 16);
	slow.speed++;
	CHECK(!policy_lags(&slow, &fast));
}

/* A task moves only if that does not make its new queue the more crowded one. */
static void test_crowded_queue_gives(void)
{
	struct policy_balance small = { .cpus = 1 }, large = { .cpus = 4 };

	CHECK(!policy_crowded(&small, 2, &small, 0));
	CHECK(policy_crowded(&small, 3, &small, 0));
	CHECK(!policy_crowded(&large, 14, &large, 12));
	CHECK(policy_crowded(&large, 15, &large, 12));
	CHECK(!policy_crowded(&small, 4, &large, 11));
	CHECK(policy_crowded(&small, 4, &large, 10));
	CHECK(policy_crowded(&small, UINT32_MAX, &large, UINT32_MAX));
	CHECK(!policy_crowded(&large, UINT32_MAX, &small, UINT32_MAX));
	small.bound = true;
	CHECK(!policy_crowded(&small, UINT32_MAX, &large, 0));
	policy_measure(&small, 0, POLICY_BALANCE_TICKS);
	CHECK(policy_crowded(&small, UINT32_MAX, &large, 0));
}

static void test_overdue(void)
{
	CHECK(!policy_overdue(1000, 1000, 4 * MSEC, &usual));
	CHECK(!policy_overdue(1025, 1000, 4 * MSEC, &usual));
	CHECK(policy_overdue(1026, 1000, 4 * MSEC, &usual));
	/* Served by another CPU, a tick ahead of this one. */
	CHECK(!policy_overdue(1000, 1001, 4 * MSEC, &usual));
	/* One tick says nothing: it may have been a nanosecond. */
	CHECK(!policy_overdue(1001, 1000, 4 * MSEC, &extremes[0]));
}

int main(void)
{
	RUN(test_before_wraps);
	RUN(test_scale);
	RUN(test_scale_is_monotonic);
	RUN(test_clock_goes_at_an_eighth_of_real_time_at_least);
	RUN(test_place_is_bounded);
	RUN(test_deadline_of_a_new_task);
	RUN(test_without_classes_nobody_loses);
	RUN(test_deadline_counts_recent_run);
	RUN(test_deadline_is_bounded);
	RUN(test_nobody_overtakes_for_ever);
	RUN(test_waiting_keeps_the_place);
	RUN(test_who_makes_one_wakeup_a_turn_spins);
	RUN(test_charge);
	RUN(test_weights_become_shares);
	RUN(test_slice);
	RUN(test_classify);
	RUN(test_classify_extremes);
	RUN(test_sticky);
	RUN(test_yield_gives_up_credit);
	RUN(test_move_keeps_the_distance);
	RUN(test_overdue);
	RUN(test_faster_queue_takes_from_slower);
	RUN(test_crowded_queue_gives);
	return TEST_RESULT();
}
