/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The protocol of live tunables: one writer, several readers at full speed, and readers that are
 * stopped in the middle. No set may ever be seen that is of two generations.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

#include "bpf/live.h"
#include "tests/bpf/tear.h"
#include "tests/test.h"

#define CHANGES 1000000
#define READERS 3

static bool is_whole(const struct bpfland_tunables *t)
{
	struct bpfland_tunables e = tear_expect(t->generation);

	return !memcmp(&e, t, sizeof(e));
}

static void publish(struct bpfland_live *live, u64 g)
{
	struct bpfland_tunables t = tear_expect(g);

	live_publish(live, &t);
}

static void test_generations_count(void)
{
	struct bpfland_live live = {};
	struct bpfland_tunables copy = {};

	for (u64 g = 1; g < 20; g++) {
		struct bpfland_tunables t = tear_expect(g);

		CHECK_EQ(live_publish(&live, &t), g);
		CHECK(!live_fresh(&live, &copy));
		CHECK(live_refresh(&live, &copy));
		CHECK(live_fresh(&live, &copy));
		CHECK_EQ(copy.generation, g);
		CHECK(is_whole(&copy));
	}
}

/*
 * A reader that stops at any point: one that has looked at `current` (and more) before any number
 * of changes finds out by the sequence number. The steps are those of live_try().
 */
static void test_stalled_reader_notices(void)
{
	for (u64 asleep = 1; asleep <= 3 * LIVE_SLOTS; asleep++) {
		struct bpfland_live live = {};
		struct bpfland_tunables seen;
		struct bpfland_slot *slot;
		u64 g;
		bool before, after;

		publish(&live, 1);
		g = live_look(&live.current);
		slot = &live.slot[g % LIVE_SLOTS];
		before = live_look(&slot->seq) == 2 * g;
		for (u64 i = 1; i <= asleep; i++)
			publish(&live, 1 + i);
		live_copy_slot(&seen, &slot->tunables);
		after = live_look(&slot->seq) == 2 * g;
		CHECK(before);
		/* The slot is as it was, or the reader knows that it is not. */
		CHECK_EQ(after, asleep < LIVE_SLOTS);
		CHECK(!after || is_whole(&seen));
	}
}

/* The writer stops in the middle: readers go on, with the old set, and do not wait. */
static void test_stalled_writer_does_no_harm(void)
{
	struct bpfland_live live = {};
	struct bpfland_tunables copy = {}, fresh = {};

	publish(&live, 1);
	CHECK(live_refresh(&live, &copy));
	live.slot[2 % LIVE_SLOTS].seq = 2 * 2 - 1;
	live.slot[2 % LIVE_SLOTS].tunables.slice_max_ns = 99;
	CHECK(live_fresh(&live, &copy));
	CHECK(live_refresh(&live, &fresh));
	CHECK_EQ(fresh.generation, 1);
	CHECK(is_whole(&fresh));
}

/* Every attempt fails: the copy stays what it was. */
static void test_copy_is_kept_when_all_tries_fail(void)
{
	struct bpfland_live live = {};
	struct bpfland_tunables copy = tear_expect(7);

	publish(&live, 1);
	live.slot[1].seq++;
	CHECK(!live_refresh(&live, &copy));
	CHECK_EQ(copy.generation, 7);
	CHECK(is_whole(&copy));
}

static struct bpfland_live shared;
static atomic_bool over;
static pthread_barrier_t ready;

struct reader {
	pthread_t thread;
	u64 changes, backwards, torn, last;
};

static void *read_on(void *userdata)
{
	struct reader *r = userdata;
	struct bpfland_tunables copy = {};

	live_refresh(&shared, &copy);
	pthread_barrier_wait(&ready);
	while (!atomic_load(&over)) {
		u64 had = copy.generation;

		if (live_fresh(&shared, &copy) || !live_refresh(&shared, &copy))
			continue;
		r->changes++;
		r->backwards += copy.generation < had;
		r->torn += !is_whole(&copy);
	}
	live_refresh(&shared, &copy);
	r->last = copy.generation;
	return NULL;
}

static void test_a_million_changes(void)
{
	struct reader readers[READERS] = {};

	publish(&shared, 1);
	pthread_barrier_init(&ready, NULL, READERS + 1);
	for (int i = 0; i < READERS; i++)
		CHECK_EQ(pthread_create(&readers[i].thread, NULL, read_on, &readers[i]), 0);
	pthread_barrier_wait(&ready);
	for (u64 g = 2; g <= CHANGES; g++)
		publish(&shared, g);
	atomic_store(&over, true);
	for (int i = 0; i < READERS; i++) {
		pthread_join(readers[i].thread, NULL);
		CHECK_EQ(readers[i].torn, 0);
		CHECK_EQ(readers[i].backwards, 0);
		CHECK_EQ(readers[i].last, CHANGES);
	}
	pthread_barrier_destroy(&ready);
	/* A reader may sleep through it all; that they all do would be a test of nothing. */
	CHECK(readers[0].changes + readers[1].changes + readers[2].changes > 0);
}

int main(void)
{
	RUN(test_generations_count);
	RUN(test_stalled_reader_notices);
	RUN(test_stalled_writer_does_no_harm);
	RUN(test_copy_is_kept_when_all_tries_fail);
	RUN(test_a_million_changes);
	return TEST_RESULT();
}
