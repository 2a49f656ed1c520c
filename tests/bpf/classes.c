/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who is interactive, by which numbers, and as what its waits are counted: one task whose wake-ups
 * are known, bound to CPU 1, in each class. What kernel threads of that CPU add is little.
 */
#include <sched.h>

#include "daemon/sched-internal.h"
#include "daemon/waits.h"
#include "tests/bpf/child.h"
#include "tests/bpf/guest.h"

#define CPU 1
#define FEW 40

static struct sched *s;

/* Those of wake-ups that were made on that CPU. */
static struct bpfland_latency waits(enum bpfland_class class)
{
	return *(volatile struct bpfland_latency *)&s->skel->bss->cpus[CPU].latency[class];
}

static struct bpfland_task task(const struct child *child)
{
	struct bpfland_task d = {};
	struct error err = {};

	CHECK_EQ(sched_task(s, (uint32_t)child->pid, &d, &err), 0);
	printf("%s, %u switches/s, threshold %u\n", d.interactive ? "interactive" : "other", d.rate,
	       d.threshold);
	return d;
}

/*
 * The child sleeps: each wake-up is counted in its class when it next wakes up, and nearly none in
 * the other. Nobody else wants its CPU, so it waits for less than a tenth of a millisecond.
 */
static void check_class(const struct child *child, enum bpfland_class class)
{
	enum bpfland_class other = BPFLAND_CLASS_INTERACTIVE + BPFLAND_CLASS_OTHER - class;
	struct bpfland_latency before = waits(class), others = waits(other), now;
	uint64_t n, not_its, quick = 0;

	child_do(child);
	now = waits(class);
	n = waits_count(&now) - waits_count(&before);
	for (int b = 0; waits_bound_usec(b) <= 128; b++)
		quick += now.bucket[b] - before.bucket[b];
	now = waits(other);
	not_its = waits_count(&now) - waits_count(&others);
	printf("%s: %" PRIu64 " waits, %" PRIu64 " below 128 us; of the other: %" PRIu64 "\n",
	       bpfland_class_name(class), n, quick, not_its);
	CHECK(n >= CHILD_TIMES);
	CHECK(quick >= CHILD_TIMES * 9 / 10 || !guest_is_exact());
	if (guest_is_exact())
		CHECK(n <= CHILD_TIMES + FEW && not_its <= FEW);
}

/* A quarter of a second, in which nobody is judged, and more. */
static void live_on(const struct child *child)
{
	child_do(child);
	child_do(child);
}

static void test_classes(void)
{
	struct bpfland_tunables t = guest_tunables;
	struct child child = child_make(CPU, SCHED_OTHER, act_sleep);
	uint64_t promotions;
	struct bpfland_task d;

	/* A new task is not yet. */
	CHECK(!task(&child).interactive);
	check_class(&child, BPFLAND_CLASS_OTHER);
	live_on(&child);
	d = task(&child);
	CHECK(d.interactive);
	CHECK(d.threshold >= 1 && d.threshold <= guest_tunables.interactive_threshold);
	CHECK(d.rate >= d.threshold);
	check_class(&child, BPFLAND_CLASS_INTERACTIVE);

	/* Switched off: nobody is, however often it sleeps. */
	t.interactive_threshold = 0;
	sched_publish(s, &t);
	live_on(&child);
	promotions = guest_counter(s, BPFLAND_COUNTER_INTERACTIVE_PROMOTIONS);
	d = task(&child);
	CHECK(!d.interactive);
	CHECK_EQ(d.threshold, 0);
	CHECK(d.rate > guest_tunables.interactive_threshold);
	check_class(&child, BPFLAND_CLASS_OTHER);
	live_on(&child);
	CHECK_EQ(guest_counter(s, BPFLAND_COUNTER_INTERACTIVE_PROMOTIONS), promotions);
	sched_publish(s, &guest_tunables);
	live_on(&child);
	CHECK(task(&child).interactive);
	child_end(&child);
}

static void test_hog(void)
{
	pid_t hog = guest_hog(CPU, 0);
	struct bpfland_task d = {};
	struct error err = {};

	guest_pass(SEC);
	CHECK_EQ(sched_task(s, (uint32_t)hog, &d, &err), 0);
	printf("hog: %u switches/s, threshold %u\n", d.rate, d.threshold);
	CHECK(!d.interactive);
	CHECK(d.rate < d.threshold);
	guest_kill(hog);
}

static void act_doze(void)
{
	guest_pass(20 * MSEC);
}

/* Ten times a real-time task has the CPU for another 30 to 50 ms when the child wakes up. */
static void test_long_waits(void)
{
	struct child child = child_make(CPU, SCHED_OTHER, act_doze);
	struct bpfland_tunables t = guest_tunables;
	struct bpfland_latency before, now;
	uint64_t longer = 0;
	pid_t rt;

	t.interactive_threshold = 0;
	sched_publish(s, &t);
	guest_pass(MSEC);
	child_do(&child);
	before = waits(BPFLAND_CLASS_OTHER);
	for (int i = 0; i < 10; i++) {
		child_start(&child);
		rt = guest_rt(CPU, 60 * MSEC);
		child_wait(&child);
		guest_wait(rt);
	}
	child_do(&child);
	now = waits(BPFLAND_CLASS_OTHER);
	for (int b = 0; b < BPFLAND_LATENCY_BUCKETS; b++) {
		uint64_t n = now.bucket[b] - before.bucket[b];

		if (n && waits_bound_usec(b) > 1024)
			printf("  %" PRIu64 " waits below %" PRIu64 " us\n", n,
			       waits_bound_usec(b));
		if (waits_bound_usec(b) > 16384)
			longer += n;
	}
	/* Kernel threads of that CPU wake up then, too, and wait as long. */
	CHECK(longer >= 10);
	if (guest_is_exact())
		CHECK(longer <= 10 + FEW);
	CHECK(now.max_ns >= 16 * MSEC);
	sched_publish(s, &guest_tunables);
	child_end(&child);
}

int main(void)
{
	guest_require(2);
	guest_pin(0);
	s = guest_start(0);
	RUN(test_classes);
	RUN(test_hog);
	RUN(test_long_waits);
	CHECK_EQ(sched_ended(s, NULL), 0);
	sched_free(s);
	return TEST_RESULT();
}
