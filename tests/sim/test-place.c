/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where tasks run on machines whose CPUs are not all alike: fast cores first, the own memory node
 * first, and all queues emptied however many there are.
 */
#include "tests/sim/host.h"
#include "tests/sim/kernel.h"
#include "tests/sim/report.h"
#include "tests/sim/usual.h"
#include "tests/sim/workload.h"

static struct sim sim;

static const struct cpuset unset;

/* A machine of @shape on which nothing runs, with the tunables @flags_off turned off. */
static void start(const char *shape, u64 flags_off)
{
	usual_machine(&sim, shape, 1);
	sim.tunables.flags &= ~flags_off;
}

/* One on which @load has run for @seconds. */
static void run(const char *shape, const char *load, u64 flags_off, u64 seconds)
{
	start(shape, flags_off);
	CHECK_EQ(workload_add(&sim, load, NULL), 0);
	sim_run(&sim, seconds * NSEC_PER_SEC);
}

/* How many of the load's tasks are on a CPU of full speed. */
static u32 on_fast(void)
{
	u32 n = 0;

	for (u32 i = 0; i < sim.group[0]->nr_tasks; i++)
		n += sim.topology.cpu[sim.group[0]->task[i]->cpu].capacity == TOPOLOGY_CAPACITY;
	return n;
}

static void test_fast_cores_come_first(void)
{
	/* Eight slow cores are idle all the time; hogs fill the four fast ones, and no more. */
	run("cores=4,little=8", "hog*4", 0, 1);
	CHECK_EQ(on_fast(), 4);
	CHECK(host_counter(sim.host, BPFLAND_COUNTER_DOMAIN_PLACEMENTS) >= 4);
	sim_done(&sim);
	/* More than fit in: nobody waits. */
	run("cores=4,little=8", "hog*12", 0, 1);
	CHECK_EQ(on_fast(), 4);
	CHECK(group_share(&sim, sim.group[0]) > 990000);
	sim_done(&sim);
	run("cores=4,little=8", "timer*4", 0, 1);
	CHECK_EQ(on_fast(), 4);
	sim_done(&sim);
	run("cores=4,little=8", "timer*4", BPFLAND_PREFERRED_CORES, 1);
	CHECK_EQ(host_counter(sim.host, BPFLAND_COUNTER_DOMAIN_PLACEMENTS), 0);
	sim_done(&sim);
}

/* A fast core that is back is no use if those who run on slow ones never sleep: they are moved. */
static void test_hogs_come_back(void)
{
	u64 returns;

	run("cores=2,little=2", "hog*2", 0, 1);
	CHECK_EQ(on_fast(), 2);
	sim.context = 0;
	kernel_offline(&sim, 0);
	sim_run(&sim, 2 * NSEC_PER_SEC);
	CHECK_EQ(on_fast(), 1);
	returns = host_counter(sim.host, BPFLAND_COUNTER_DOMAIN_RETURNS);
	kernel_online(&sim, 0);
	sim_run(&sim, 3 * NSEC_PER_SEC);
	CHECK_EQ(on_fast(), 2);
	CHECK(host_counter(sim.host, BPFLAND_COUNTER_DOMAIN_RETURNS) > returns);
	sim_done(&sim);
}

/* Six tasks that sleep a lot find themselves on one node: how many are there a second later? */
static u32 stay_on_node(u64 flags_off)
{
	static const u32 threads[] = { 0, 1, 2, 6, 7, 8 };	/* of node 0: three cores */
	u32 n = 0;

	run("sockets=2,cores=3,threads=2", "timer*6:period=10ms,work=100us", flags_off, 1);
	for (u32 i = 0; i < 6; i++)
		if (sim.group[0]->task[i]->state == TASK_SLEEPING)
			sim.group[0]->task[i]->cpu = threads[i];
	sim_run(&sim, 2 * NSEC_PER_SEC);
	for (u32 i = 0; i < 6; i++)
		n += sim.topology.cpu[sim.group[0]->task[i]->cpu].node == 0;
	sim_done(&sim);
	return n;
}

/* Hogs keep one thread of each core of node 0 busy, and node 1 is wholly idle. */
static u32 stay_beside_hogs(u64 flags_off)
{
	struct error err;
	u32 n = 0;

	run("sockets=2,cores=3,threads=2", "timer*3:period=10ms,work=100us", flags_off, 1);
	CHECK_EQ(workload_add(&sim, "hog:cpu=0", &err), 0);
	CHECK_EQ(workload_add(&sim, "hog:cpu=1", &err), 0);
	CHECK_EQ(workload_add(&sim, "hog:cpu=2", &err), 0);
	for (u32 i = 0; i < 3; i++)
		if (sim.group[0]->task[i]->state == TASK_SLEEPING)
			sim.group[0]->task[i]->cpu = 6 + i;
	sim_run(&sim, 2 * NSEC_PER_SEC);
	for (u32 i = 0; i < 3; i++)
		n += sim.topology.cpu[sim.group[0]->task[i]->cpu].node == 0;
	sim_done(&sim);
	return n;
}

/* A node with an idle thread has room, though another one has cores that are wholly idle. */
static void test_nodes_are_filled_first(void)
{
	CHECK_EQ(stay_on_node(0), 6);
	CHECK_EQ(stay_beside_hogs(0), 3);
	CHECK_EQ(stay_beside_hogs(BPFLAND_NUMA_AWARE), 0);
}

/* 32 queues, all of the load in one of them: others look at three, and yet find it. */
static void test_many_queues_are_emptied(void)
{
	run("llcs=32,cores=2", "hog*64", 0, 2);
	CHECK_EQ(sim.host->nr_queues, 32);
	CHECK(group_share(&sim, sim.group[0]) > 980000);
	sim_done(&sim);
	/* More caches than queues: each node has one. */
	run("sockets=4,llcs=16,cores=2", "hog*128", 0, 2);
	CHECK_EQ(sim.host->nr_queues, 4);
	CHECK(group_share(&sim, sim.group[0]) > 980000);
	sim_done(&sim);
	/* Caches without company: a queue per node as well. */
	run("sockets=2,llcs=4", "hog*8", 0, 1);
	CHECK_EQ(sim.host->nr_queues, 2);
	sim_done(&sim);
}

/* The CPUs from @first to @last. */
static struct cpuset cpus(u32 first, u32 last)
{
	struct cpuset s = {};

	for (u32 i = first; i <= last; i++)
		cpuset_add(&s, i);
	return s;
}

/* How many tasks of the first load are on CPUs of @s. */
static u32 on(struct cpuset s)
{
	u32 n = 0;

	for (u32 i = 0; i < sim.group[0]->nr_tasks; i++)
		n += cpuset_has(&s, sim.group[0]->task[i]->cpu);
	return n;
}

/* @load, with the CPUs 4 to 7 of eight as the domain Primary. */
static void run_in_primary(const char *shape, const char *load)
{
	struct cpuset primary = cpus(4, 7);

	start(shape, 0);
	host_set_domains(&sim, &primary, &unset);
	CHECK_EQ(workload_add(&sim, load, NULL), 0);
	sim_run(&sim, NSEC_PER_SEC);
}

static void test_primary_comes_first(void)
{
	run_in_primary("8", "hog*4");
	CHECK_EQ(on(cpus(4, 7)), 4);
	CHECK_EQ(host_counter(sim.host, BPFLAND_COUNTER_DOMAIN_OVERFLOWS), 0);
	sim_done(&sim);
	/* In another queue than where all begins. */
	run_in_primary("llcs=2,cores=4", "timer*4");
	CHECK_EQ(on(cpus(4, 7)), 4);
	sim_done(&sim);
	/* It is full: nobody waits. */
	run_in_primary("8", "hog*8");
	CHECK_EQ(on(cpus(0, 3)), 4);
	CHECK(host_counter(sim.host, BPFLAND_COUNTER_DOMAIN_OVERFLOWS) >= 4);
	CHECK(group_share(&sim, sim.group[0]) > 990000);
	sim_done(&sim);
	/* Of its own CPUs the faster ones come first. */
	run_in_primary("cores=6,little=2", "hog*2");
	CHECK_EQ(on(cpus(4, 5)), 2);
	sim_done(&sim);
}

/* Who had no room there comes back when there is some, though it never sleeps. */
static void test_primary_is_returned_to(void)
{
	u64 returns;

	run_in_primary("8", "hog*4");
	sim.context = 4;
	kernel_offline(&sim, 4);
	sim_run(&sim, 2 * NSEC_PER_SEC);
	CHECK_EQ(on(cpus(4, 7)), 3);
	returns = host_counter(sim.host, BPFLAND_COUNTER_DOMAIN_RETURNS);
	kernel_online(&sim, 4);
	sim_run(&sim, 3 * NSEC_PER_SEC);
	CHECK_EQ(on(cpus(4, 7)), 4);
	CHECK(host_counter(sim.host, BPFLAND_COUNTER_DOMAIN_RETURNS) > returns);
	sim_done(&sim);
}

/* A timer's task beside more hogs than CPUs: of a hundred looks, how many find it on the last? */
static u32 interactive_run_on_last(u32 threshold)
{
	struct cpuset interactive = cpus(3, 3);
	u32 n = 0;

	start("4", 0);
	sim.tunables.interactive_threshold = threshold;
	host_set_domains(&sim, &unset, &interactive);
	CHECK_EQ(workload_add(&sim, "timer*1:period=3ms,work=30us", NULL), 0);
	CHECK_EQ(workload_add(&sim, "hog*8", NULL), 0);
	sim_run(&sim, NSEC_PER_SEC);
	for (u32 i = 1; i <= 100; i++) {
		sim_run(&sim, NSEC_PER_SEC + i * 10 * NSEC_PER_MSEC);
		n += on(interactive);
	}
	sim_done(&sim);
	return n;
}

/* All its CPUs are busy, and an interactive task waits there all the same; others do not. */
static void test_interactive_has_its_own(void)
{
	CHECK_EQ(interactive_run_on_last(10), 100);
	CHECK(interactive_run_on_last(0) < 80);
}

int main(void)
{
	RUN(test_fast_cores_come_first);
	RUN(test_hogs_come_back);
	RUN(test_nodes_are_filled_first);
	RUN(test_many_queues_are_emptied);
	RUN(test_primary_comes_first);
	RUN(test_primary_is_returned_to);
	RUN(test_interactive_has_its_own);
	return TEST_RESULT();
}
