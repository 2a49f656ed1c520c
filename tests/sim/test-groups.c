/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Weights over time: what tasks get by nice value, and groups by cpu.weight, flat and nested, in
 * ratios up to a hundred; and that the last of them still runs.
 */
#include <stdlib.h>

#include "tests/sim/host.h"
#include "tests/sim/usual.h"
#include "tests/sim/workload.h"

/* New tasks start even; what that is worth is over by then. */
#define SETTLED (2 * NSEC_PER_SEC)

static struct sim sim;
static u64 before[8];

/* Tasks in a cgroup; returns their place among sim.group[]. */
static u32 load(const char *text, u32 cgroup)
{
	CHECK_EQ(workload_add(&sim, text, NULL), 0);
	sim.group[sim.nr_groups - 1]->cgroup = cgroup;
	return (u32)sim.nr_groups - 1;
}

/* What each load runs in so many seconds. */
static void run(u64 seconds)
{
	sim_run(&sim, SETTLED);
	for (size_t i = 0; i < sim.nr_groups; i++)
		before[i] = sim.group[i]->run_ns;
	sim_run(&sim, SETTLED + seconds * NSEC_PER_SEC);
}

/* @a got @permille thousandths of what @b did, within 5 %. Both have run to the end. */
static void check_ratio(const char *what, u64 a, u64 b, u64 permille)
{
	u64 is = a * 1000 / (b ? b : 1);

	printf("%-44s %8.2f, expected %.2f\n", what, (double)is / 1000, (double)permille / 1000);
	if (is >= permille * 95 / 100 && is <= permille * 105 / 100)
		return;
	fprintf(stderr, "%s: %.2f, expected %.2f\n", what, (double)is / 1000,
		(double)permille / 1000);
	test_failures++;
}

static u64 ran(u32 i)
{
	return sim.group[i]->run_ns - before[i];
}

static void check_nice(const char *shape, const char *a, const char *b)
{
	char what[64];
	u64 weights;

	usual_machine(&sim, shape, 1);
	load(a, 0);
	load(b, 0);
	run(10);
	snprintf(what, sizeof(what), "%s to %s on %s", a, b, shape);
	weights = 1000 * (u64)sim.group[0]->task[0]->weight / sim.group[1]->task[0]->weight;
	check_ratio(what, ran(0), ran(1), weights);
	sim_done(&sim);
}

/* Every nice value beside the usual one, and the next, and those that are ten away. */
static void test_nice(void)
{
	for (int i = -20; i < 20; i++) {
		char a[16], b[16];

		snprintf(a, sizeof(a), "hog:nice=%d", i);
		check_nice("1", i < 0 ? a : "hog", i < 0 ? "hog" : a);
		for (int j = i + 1; j <= i + 10 && j < 20; j += 9) {
			snprintf(b, sizeof(b), "hog:nice=%d", j);
			check_nice("1", a, b);
		}
	}
	check_nice("1", "hog:nice=7", "hog:nice=7,class=batch");
	check_nice("2", "hog*2:nice=-20", "hog*2");
	check_nice("2", "hog*2", "hog*2:nice=19");
	check_nice("1", "hog", "hog:class=idle");
}

static void check_flat(const char *shape, u32 weight, const char *a, const char *b)
{
	char what[64];

	usual_machine(&sim, shape, 1);
	load(a, host_group(&sim, 0, weight));
	load(b, host_group(&sim, 0, 100));
	run(10);
	snprintf(what, sizeof(what), "%u to 100, %s to %s on %s", weight, a, b, shape);
	check_ratio(what, ran(0), ran(1), weight * 10);
	sim_done(&sim);
}

static void test_flat(void)
{
	static const u32 weights[] = { 100, 300, 1000, 3000, 10000 };

	for (size_t i = 0; i < sizeof(weights) / sizeof(weights[0]); i++) {
		check_flat("1", weights[i], "hog", "hog");
		check_flat("2", weights[i], "hog*2", "hog*2");
		check_flat("4", weights[i], "hog*4", "hog*5");
	}
	check_flat("1", 100, "hog", "hog*7");
	check_flat("1", 10000, "hog*4", "hog");
	check_flat("1", 10000, "hog", "hog*4");
	check_flat("2", 300, "hog*2", "hog*8");
}

/* Bound to one CPU, beside others who are busy on another: those have nothing to do with it. */
static void check_beside(const char *others, const char *more)
{
	char what[64];

	usual_machine(&sim, "2", 1);
	load("hog:cpu=0", host_group(&sim, 0, 10000));
	load("hog:cpu=0", host_group(&sim, 0, 100));
	load(others, 0);
	if (more)
		load(more, 0);
	run(10);
	snprintf(what, sizeof(what), "10000 to 100 beside %s%s", others, more ? " and more" : "");
	check_ratio(what, ran(0), ran(1), 100000);
	sim_done(&sim);
}

static void test_beside(void)
{
	check_beside("hog:cpu=1", NULL);
	check_beside("hog:cpu=1", "timer*1:period=7ms,work=30us,cpu=1");
	check_beside("timer*1:period=7ms,work=30us,cpu=1", NULL);
	check_beside("timer*1:period=7ms,work=3ms,cpu=1", NULL);
	check_beside("timer*1:period=7ms,work=3ms", NULL);
}

/* Three levels; beside the inner groups, tasks that are in no group. */
static void test_nested(void)
{
	u32 a, b, x, y, z;

	usual_machine(&sim, "1", 1);
	a = host_group(&sim, 0, 300);
	b = host_group(&sim, 0, 100);
	x = host_group(&sim, a, 100);
	y = host_group(&sim, a, 200);
	z = host_group(&sim, y, 1);
	load("hog", x);
	load("hog*2", z);
	load("hog", b);
	load("hog", 0);
	run(10);
	check_ratio("a to b", ran(0) + ran(1), ran(2), 3000);
	check_ratio("a/y/z to a/x", ran(1), ran(0), 2000);
	check_ratio("b to a task in the root", ran(2), ran(3), 1000);
	sim_done(&sim);

	usual_machine(&sim, "1", 1);
	a = host_group(&sim, 0, 100);
	b = host_group(&sim, 0, 10);
	x = host_group(&sim, b, 100);
	y = host_group(&sim, b, 10);
	load("hog", a);
	load("hog", x);
	load("hog", y);
	run(10);
	check_ratio("a hundred to one over two levels: a to b", ran(0), ran(1) + ran(2), 10000);
	check_ratio("b/x to b/y", ran(1), ran(2), 10000);
	sim_done(&sim);
}

/* A group that mostly sleeps gets what it wants, and costs the others no more than that. */
static void test_sleepers(void)
{
	usual_machine(&sim, "1", 1);
	load("hog*3", host_group(&sim, 0, 100));
	load("timer:work=1ms,period=10ms", host_group(&sim, 0, 100));
	run(10);
	check_ratio("a sleeper's work beside hogs", ran(1), 4 * NSEC_PER_SEC, 1000);
	sim_done(&sim);
}

/* policy.h's bound: the one that is owed the least, beside those that are owed the most. */
static void test_the_last_one_runs(void)
{
	const struct bpfland_tunables *t = &sim.tunables;
	u32 rich, poor;
	u64 bound;

	usual_machine(&sim, "1", 1);
	rich = host_group(&sim, 0, 10000);
	poor = host_group(&sim, host_group(&sim, 0, 1), 1);
	load("hog*4:nice=-20", rich);
	load("hog:nice=19", poor);
	load("random*4", 0);
	sim_run(&sim, 20 * NSEC_PER_SEC);
	bound = POLICY_FLOOR * (POLICY_REACH * t->starvation_ns + t->slice_lag_ns) +
		9 * (t->slice_max_ns + SIM_TICK_NS);
	printf("the longest wait: %.0f ms, bound %.0f ms\n", (double)sim.group[1]->waited_ns / 1e6,
	       (double)bound / 1e6);
	CHECK(sim.group[1]->run_ns > 0);
	CHECK(sim.group[1]->waited_ns <= bound);
	sim_done(&sim);
}

int main(void)
{
	RUN(test_nice);
	RUN(test_flat);
	RUN(test_beside);
	RUN(test_nested);
	RUN(test_sleepers);
	RUN(test_the_last_one_runs);
	return TEST_RESULT();
}
