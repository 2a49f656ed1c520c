/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The simulator's own parts: order of events and of queues, histograms, topology, words.
 */
#include "tests/sim/event.h"
#include "tests/sim/histogram.h"
#include "tests/sim/queue.h"
#include "tests/sim/random.h"
#include "tests/sim/text.h"
#include "tests/sim/topology.h"
#include "tests/test.h"

#define COUNT 200

/* Inserts and removes at random, across the wrap of virtual time; the order holds throughout. */
static void test_queue_is_sorted(void)
{
	static struct queue_node nodes[COUNT];
	struct random r = { 1 };
	struct queue q = {};
	u32 queued = 0;

	for (int step = 0; step < 20000; step++) {
		struct queue_node *node = &nodes[random_below(&r, COUNT)];
		u32 n = 0;

		if (node->queued) {
			queue_remove(&q, node);
			queued--;
		} else {
			queue_insert(&q, node, ~0ULL - 500 + random_below(&r, 1000));
			queued++;
		}
		if (step % 50)
			continue;
		for (struct queue_node *a = q.first, *b; a; a = b) {
			b = queue_next(a);
			n++;
			CHECK(!b || (s64)(a->deadline - b->deadline) < 0 ||
			      (a->deadline == b->deadline && a->seq < b->seq));
		}
		CHECK_EQ(n, queued);
		CHECK_EQ(q.n, queued);
	}
}

static void test_events_are_sorted(void)
{
	static struct event events[COUNT];
	struct random r = { 2 };
	struct events s = {};
	u64 last = 0, seq = 0;

	for (int step = 0; step < 20000; step++) {
		struct event *e = &events[random_below(&r, COUNT)];

		if (random_below(&r, 4))
			event_set(&s, e, random_below(&r, 300));
		else
			event_cancel(&s, e);
	}
	CHECK(s.n > 0);
	while (s.n) {
		struct event *e = events_first(&s);

		CHECK(e->at > last || (e->at == last && (e->seq > seq || !last)));
		last = e->at;
		seq = e->seq;
		event_cancel(&s, e);
		CHECK_EQ(e->index, 0);
	}
	events_done(&s);
}

static void test_quantiles(void)
{
	static struct histogram h;

	CHECK_EQ(histogram_quantile(&h, 500), 0);
	for (u64 i = 1; i <= 1000; i++)
		histogram_add(&h, i * 1000);
	CHECK(histogram_quantile(&h, 500) >= 500000 && histogram_quantile(&h, 500) < 508000);
	CHECK(histogram_quantile(&h, 990) >= 990000 && histogram_quantile(&h, 990) < 1006000);
	CHECK_EQ(histogram_quantile(&h, 1000), 1000000);
	histogram_add(&h, ~0ULL);
	CHECK(histogram_quantile(&h, 1000) == ~0ULL);
}

static void test_topology(void)
{
	struct topology t;
	struct error err;

	CHECK_EQ(topology_parse(&t, "sockets=2,llcs=2,cores=4,threads=2,little=3,capacity=600",
				NULL), 0);
	CHECK_EQ(t.nr_cpus, 35);
	CHECK_EQ(t.nr_llcs, 5);
	CHECK_EQ(t.nr_nodes, 2);
	CHECK(t.smt);
	CHECK_EQ(t.cpu[0].core, t.cpu[16].core);
	CHECK_EQ(cpuset_count(&t.llc[0]), 8);
	CHECK_EQ(cpuset_count(&t.node[1]), 19);
	CHECK_EQ(t.cpu[34].capacity, 600);
	CHECK_EQ(t.cpu[34].llc, 4);
	topology_done(&t);

	CHECK_EQ(topology_parse(&t, "1024", NULL), 0);
	CHECK_EQ(t.nr_cpus, 1024);
	topology_done(&t);
	CHECK(topology_parse(&t, "1025", &err) < 0);
	CHECK_NAMES(err.message, "1025");
	CHECK(topology_parse(&t, "cores=2,treads=2", &err) < 0);
	CHECK_NAMES(err.message, "treads=2");
	CHECK(topology_parse(&t, "", &err) == 0);
	CHECK_EQ(t.nr_cpus, 1);
	topology_done(&t);
}

static void test_words(void)
{
	struct cpuset s;
	u64 ns;

	CHECK(text_time("2.5ms", &ns) && ns == 2500000);
	CHECK(text_time("30us", &ns) && ns == 30000);
	CHECK(text_time("3", &ns) && ns == 3 * NSEC_PER_SEC);
	CHECK(!text_time("3h", &ns));
	CHECK(!text_time("-1s", &ns));
	CHECK(!text_time("9999999999s", &ns));
	CHECK(text_cpus("0+4-7", 8, &s) && cpuset_count(&s) == 5 && cpuset_has(&s, 7));
	CHECK(!text_cpus("0-8", 8, &s));
	CHECK(!text_cpus("3-1", 8, &s));
	CHECK(!text_cpus("", 8, &s));
	CHECK(!text_cpus("1x", 8, &s));
}

int main(void)
{
	RUN(test_queue_is_sorted);
	RUN(test_events_are_sorted);
	RUN(test_quantiles);
	RUN(test_topology);
	RUN(test_words);
	return TEST_RESULT();
}
