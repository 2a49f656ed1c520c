/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tunables change under load, take effect, and nothing is detached.
 */
#include "tests/bpf/guest.h"

static struct sched *sched;

static void test_generation_follows(void)
{
	struct bpfland_tunables t = guest_tunables;
	uint64_t generation = 0;

	for (uint64_t i = 2; i <= 100; i++) {
		t.slice_max_ns = (4 + i % 2) * MSEC;
		sched_publish(sched, &t);
		CHECK_EQ(sched_generation(sched, &generation), 0);
		CHECK_EQ(generation, i);
	}
}

static void test_no_change_writes_nothing(void)
{
	uint64_t before = 0, after = 0;

	sched_publish(sched, &guest_tunables);
	CHECK_EQ(sched_generation(sched, &before), 0);
	for (int i = 0; i < 10; i++)
		sched_publish(sched, &guest_tunables);
	CHECK_EQ(sched_generation(sched, &after), 0);
	CHECK_EQ(before, after);
}

/* The callbacks use what the program that we ask reads. */
static void test_cpus_follow(void)
{
	struct bpfland_tunables t = guest_tunables;
	uint64_t generation = 0;

	t.slice_min_ns *= 2;
	sched_publish(sched, &t);
	CHECK_EQ(sched_generation(sched, &generation), 0);
	guest_pin(0);
	guest_pass(MSEC);
	CHECK_EQ(sched_cpu_generation(sched, 0), generation);
}

static uint64_t switches_per_second(uint64_t slice_ns)
{
	struct bpfland_tunables t = guest_tunables;
	pid_t a = guest_hog(0, 0), b = guest_hog(0, 0);
	uint64_t n;

	t.slice_max_ns = slice_ns;
	sched_publish(sched, &t);
	n = guest_involuntary_switches(a) + guest_involuntary_switches(b);
	guest_pass(SEC);
	n = guest_involuntary_switches(a) + guest_involuntary_switches(b) - n;
	guest_kill(a);
	guest_kill(b);
	return n;
}

/* Two tasks on one CPU: long slices switch less often. */
static void test_slice_has_an_effect(void)
{
	uint64_t seldom = switches_per_second(40 * MSEC), often = switches_per_second(MSEC);

	printf("switches per second: %" PRIu64 " with 40 ms, %" PRIu64 " with 1 ms\n", seldom,
	       often);
	CHECK(seldom > 0);
	CHECK(often > 3 * seldom);
}

int main(void)
{
	uint64_t seq;

	guest_require(1);
	sched = guest_start(0);
	seq = guest_kernel().enable_seq;
	RUN(test_generation_follows);
	RUN(test_no_change_writes_nothing);
	RUN(test_cpus_follow);
	RUN(test_slice_has_an_effect);
	CHECK_EQ(guest_kernel().enable_seq, seq);
	CHECK_EQ(sched_ended(sched, NULL), 0);
	sched_free(sched);
	return TEST_RESULT();
}
