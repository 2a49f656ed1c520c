/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every number that the scheduler exports is really counted: for each counter there is a move_…()
 * that makes it move by a known amount. The list comes from BPFLAND_COUNTERS, so a counter without
 * one does not link.
 */
#include <sched.h>
#include <stdlib.h>

#include "daemon/sched-internal.h"
#include "tests/bpf/counters.h"

struct sched *counters_sched;

uint64_t counted(enum bpfland_counter c, unsigned cpus)
{
	uint64_t sum = 0;

	for (int cpu = 0; cpu < CPUS; cpu++)
		if (cpus & 1U << cpu)
			sum += __atomic_load_n(&counters_sched->skel->bss->cpus[cpu].counter[c],
					       __ATOMIC_RELAXED);
	return sum;
}

uint64_t count_child(enum bpfland_counter c, unsigned cpus, struct child child)
{
	uint64_t before = counted(c, cpus);

	child_do(&child);
	before = counted(c, cpus) - before;
	child_end(&child);
	return before;
}

struct span span_of(uint64_t moved, uint64_t n)
{
	/* In real time a guest may be stopped for any time, and timers come together. */
	if (!guest_is_exact())
		return (struct span){ moved, n / 2, 2 * n + 60 };
	return (struct span){ moved, n - n / 10, n + n / 4 + 5 };
}

void wait_on_cpu(pid_t pid, int cpu)
{
	struct bpfland_task d = {};
	struct error err = {};

	for (int i = 0; i < 60000; i++) {
		guest_pass(MSEC);
		if (!sched_task(counters_sched, (uint32_t)pid, &d, &err) && d.running &&
		    d.cpu == (uint32_t)cpu)
			return;
	}
	fprintf(stderr, "a task did not come to CPU %d\n", cpu);
	exit(1);
}

void set_domains(unsigned primary, unsigned interactive)
{
	struct sched_domains d = {
		.primary.word[0] = primary,
		.interactive.word[0] = interactive,
	};

	CHECK_EQ(sched_set_domains(counters_sched, &d), 0);
}

/* They are bound to CPU 3, so it is there that their sleeps are looked at. */
struct span move_INTERACTIVE_PROMOTIONS(enum bpfland_counter c)
{
	uint64_t before = counted(c, 1 << 3);
	struct child child[10];

	for (int i = 0; i < 10; i++) {
		child[i] = child_make(3, SCHED_OTHER, act_sleep);
		child_start(&child[i]);
	}
	for (int i = 0; i < 10; i++) {
		child_wait(&child[i]);
		/* A quarter of a second is over only now, and the next sleep decides. */
		child_do(&child[i]);
	}
	before = counted(c, 1 << 3) - before;
	for (int i = 0; i < 10; i++)
		child_end(&child[i]);
	return span_of(before, 10);
}

/* This program is interactive; it writes into a pipe and is about to sleep. */
struct span move_SYNC_PROMOTIONS(enum bpfland_counter c)
{
	struct child child[10];
	uint64_t before;

	for (int i = 0; i < 10; i++) {
		child[i] = child_make(-1, SCHED_OTHER, act_nothing);
		child_allow(child[i].pid, ALL_CPUS);
	}
	for (int i = 0; i < 500; i++)
		guest_pass(MSEC);
	before = counted(c, 1 << 0);
	for (int i = 0; i < 10; i++) {
		child_do(&child[i]);
	}
	before = counted(c, 1 << 0) - before;
	for (int i = 0; i < 10; i++)
		child_end(&child[i]);
	return span_of(before, 10);
}

struct span move_HOTPLUGS(enum bpfland_counter c)
{
	uint64_t before = counted(c, ALL_CPUS);

	CHECK(guest_set_online(3, false));
	CHECK(guest_set_online(3, true));
	return (struct span){ counted(c, ALL_CPUS) - before, 2, 2 };
}

/*
 * The writer has said that there is a new set, and is stopped before it is whole. Meanwhile a task
 * yields: that is one callback, and one more that asks what to run instead.
 */
struct span move_STALE_TUNABLES(enum bpfland_counter c)
{
	struct bpfland_live *live = &counters_sched->skel->bss->live;
	uint64_t g = __atomic_load_n(&live->current, __ATOMIC_RELAXED) + 1, moved;

	__atomic_store_n(&live->slot[g % LIVE_SLOTS].seq, 2 * g - 1, __ATOMIC_SEQ_CST);
	__atomic_store_n(&live->current, g, __ATOMIC_SEQ_CST);
	moved = count_child(c, 1 << 3, child_make(3, SCHED_OTHER, act_yield));
	__atomic_store_n(&live->current, g - 1, __ATOMIC_SEQ_CST);
	return span_of(moved, 2 * TIMES);
}

static void check_counter(const char *name, enum bpfland_counter c,
			  struct span (*move)(enum bpfland_counter c))
{
	struct span span = move(c);

	printf("%-24s %6" PRIu64 " (%" PRIu64 " to %" PRIu64 ")\n", name, span.moved, span.least,
	       span.most);
	if (span.moved < span.least || span.moved > span.most) {
		fprintf(stderr, "%s moved by %" PRIu64 "\n", name, span.moved);
		CHECK(span.moved >= span.least);
		CHECK(span.moved <= span.most);
	}
}

int main(void)
{
	struct error err = {};
	char *dump;

	guest_require(CPUS);
	guest_pin(0);
	counters_sched = guest_start(0);
	if (sched_dump(counters_sched, &dump, &err) < 0 || !strstr(dump, "queue 1: ")) {
		printf("skipped: all CPUs share one cache here\n");
		return 77;
	}
	free(dump);
#define X(symbol, name, meaning)                                                                 \
	check_counter(name, BPFLAND_COUNTER_##symbol, move_##symbol);
	BPFLAND_COUNTERS(X)
#undef X
	check_counter("no DomainOverflows", BPFLAND_COUNTER_DOMAIN_OVERFLOWS, move_no_overflows);
	check_counter("no StarvationRescues", BPFLAND_COUNTER_STARVATION_RESCUES, move_no_rescues);
	CHECK_EQ(sched_ended(counters_sched, NULL), 0);
	sched_free(counters_sched);
	return TEST_RESULT();
}
