/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is told from buckets: never less than it was, and not more than twice.
 */
#include "daemon/waits.h"

#include "tests/test.h"

static void test_nothing(void)
{
	const struct bpfland_latency l = {};

	CHECK_EQ(waits_count(&l), 0);
	CHECK_EQ(waits_max_usec(&l), 0);
	CHECK_EQ(waits_percentile_usec(&l, 500), 0);
	CHECK_EQ(waits_percentile_usec(&l, 999), 0);
}

static void test_bounds(void)
{
	CHECK_EQ(waits_bound_usec(0), 1);
	CHECK_EQ(waits_bound_usec(1), 2);
	CHECK_EQ(waits_bound_usec(10), 1024);
	CHECK_EQ(waits_bound_usec(BPFLAND_LATENCY_BUCKETS - 2), 1 << 22);
	CHECK(waits_bound_usec(BPFLAND_LATENCY_BUCKETS - 1) == UINT64_MAX);
	/* The longest that is told apart is in the last bucket, and is no whole one longer. */
	CHECK(BPFLAND_LATENCY_MAX_NS / 1000 >= 1 << 22);
	CHECK(BPFLAND_LATENCY_MAX_NS / 1000 < 1 << 23);
}

/* 1,000 waits: 500 of 3 µs, 490 of 100 µs, 9 of 5,000 µs, one of 10 s. */
static void test_percentiles(void)
{
	const struct bpfland_latency l = {
		.bucket = { [2] = 500, [7] = 490, [13] = 9, [23] = 1 },
		.sum_ns = 10094500000, .max_ns = 10000000001,
	};

	CHECK_EQ(waits_count(&l), 1000);
	CHECK_EQ(waits_percentile_usec(&l, 500), 4);
	CHECK_EQ(waits_percentile_usec(&l, 501), 128);
	CHECK_EQ(waits_percentile_usec(&l, 990), 128);
	CHECK_EQ(waits_percentile_usec(&l, 999), 8192);
	CHECK_EQ(waits_percentile_usec(&l, 1000), 10000001);
	CHECK_EQ(waits_max_usec(&l), 10000001);
}

static void test_one(void)
{
	const struct bpfland_latency l = { .bucket = { [7] = 1 }, .max_ns = 70500 };

	/* The bound of its bucket is 128, but none was longer than this. */
	CHECK_EQ(waits_percentile_usec(&l, 500), 71);
	CHECK_EQ(waits_percentile_usec(&l, 999), 71);
}

static void test_many(void)
{
	const struct bpfland_latency l = {
		.bucket = { [4] = UINT64_MAX / 2, [5] = UINT64_MAX / 2 }, .max_ns = 30000,
	};

	CHECK_EQ(waits_percentile_usec(&l, 500), 16);
	CHECK_EQ(waits_percentile_usec(&l, 501), 30);
}

static void test_sum(void)
{
	struct bpfland_latency to = { .bucket = { [3] = 2 }, .sum_ns = 10, .max_ns = 7 };
	const struct bpfland_latency from = { .bucket = { [3] = 1, [4] = 5 }, .sum_ns = 5,
					      .max_ns = 3 };

	waits_add(&to, &from);
	CHECK_EQ(to.bucket[3], 3);
	CHECK_EQ(to.bucket[4], 5);
	CHECK_EQ(to.sum_ns, 15);
	CHECK_EQ(to.max_ns, 7);
	waits_add(&to, &(struct bpfland_latency){ .max_ns = 9 });
	CHECK_EQ(to.max_ns, 9);
}

int main(void)
{
	RUN(test_nothing);
	RUN(test_bounds);
	RUN(test_percentiles);
	RUN(test_one);
	RUN(test_many);
	RUN(test_sum);
	return TEST_RESULT();
}
