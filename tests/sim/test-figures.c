/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What people would notice, on known loads: latency beside hogs, fair shares, weights; that a run
 * can be repeated; and that RT and hotplug lose nobody. Figures measured in a guest with the same
 * policy: timers beside hogs 57 / 82 µs (p50 / p99), a frame's 2.3 ms of work in 2.31, a pipe's
 * round trip 12 to 15 µs.
 */
#include <stdlib.h>

#include "daemon/cleanup.h"
#include "tests/sim/host.h"
#include "tests/sim/hotplug.h"
#include "tests/sim/report.h"
#include "tests/sim/usual.h"
#include "tests/sim/watch.h"
#include "tests/sim/workload.h"

#define US NSEC_PER_USEC
#define MS NSEC_PER_MSEC

static struct sim sim;
static struct watch watch;

/* A machine with the default tunables and the loads given, NULL at the end. */
static void prepare(const char *shape, u64 seed, const char *const *loads)
{
	usual_machine(&sim, shape, seed);
	watch = (struct watch){ .turn_ns = sim.tunables.slice_max_ns + SIM_TICK_NS };
	for (; *loads; loads++)
		CHECK_EQ(workload_add(&sim, *loads, NULL), 0);
}

#define PREPARE(shape, seed, ...)                                                                \
	prepare(shape, seed, (const char *const[]){ __VA_ARGS__, NULL })

static void check_between(const char *what, u64 is, u64 least, u64 most)
{
	if (is >= least && is <= most)
		return;
	fprintf(stderr, "%s: %" PRIu64 ", expected %" PRIu64 " to %" PRIu64 "\n", what,
		(uint64_t)is, (uint64_t)least, (uint64_t)most);
	test_failures++;
}

static void check_timers(const char *hogs)
{
	PREPARE("1", 1, hogs, "timer");
	sim_run(&sim, 10 * NSEC_PER_SEC);
	check_between("timer p50", histogram_quantile(&sim.group[1]->wake, 500), 50 * US, 60 * US);
	check_between("timer p99", histogram_quantile(&sim.group[1]->wake, 990), 50 * US, 100 * US);
	sim_done(&sim);
}

static void test_timers_beside_hogs(void)
{
	check_timers("hog*2");
	check_timers("hog*2:nice=19");
}

static void test_frames_beside_hogs(void)
{
	PREPARE("1", 1, "hog*2", "frame");
	sim_run(&sim, 10 * NSEC_PER_SEC);
	CHECK(sim.group[1]->frames > 590);
	CHECK_EQ(sim.group[1]->missed, 0);
	check_between("frame p99", histogram_quantile(&sim.group[1]->done, 990), 2300 * US,
		      2350 * US);
	sim_done(&sim);
}

/* Three that compute; one of them by starting a task after the other. */
static void test_forks_take_the_share_of_one(void)
{
	PREPARE("1", 1, "hog*2", "fork:limit=1,work=1ms");
	sim_run(&sim, 10 * NSEC_PER_SEC);
	check_between("two hogs' share", group_share(&sim, sim.group[0]), 640000, 690000);
	CHECK(group_fairness(sim.group[0]) > 980000);
	sim_done(&sim);
}

/* Who slept for 6 s and wakes on an idle CPU is owed a moment of it, not all of it. */
static void test_sleep_gives_no_credit_without_bound(void)
{
	PREPARE("2", 1, "hog", "timer*1:period=12s,work=6s", "hog:start=12100ms");
	sim_run(&sim, 18 * NSEC_PER_SEC);
	check_between("ns of 5.9 s for the last of three on two CPUs", sim.group[2]->run_ns,
		      3800 * MS, 4000 * MS);
	sim_done(&sim);
}

/* New tasks, that have had no time to show how often they sleep, do not lower the average. */
static void test_forks_make_nobody_interactive(void)
{
	PREPARE("2", 1, "timer*4:period=2ms", "fork*2:work=1ms", "timer*1:period=200ms,work=50ms");
	sim_run(&sim, 5 * NSEC_PER_SEC);
	CHECK(sim.group[0]->task[0]->policy.interactive);
	CHECK(!sim.group[2]->task[0]->policy.interactive);
	sim_done(&sim);
}

/* What two hogs keep beside a server that sleeps between requests and could use all of a CPU. */
static u64 hogs_beside_server(bool fair)
{
	u64 share;

	PREPARE("1", 1, "hog*2", "server*2:clients=2,sleep=20us");
	if (fair)
		sim.tunables.interactive_threshold = 0;
	sim_run(&sim, 10 * NSEC_PER_SEC);
	share = group_share(&sim, sim.group[0]);
	sim_done(&sim);
	return share;
}

static void test_hogs_keep_what_the_class_may_not_have(void)
{
	const struct tunable_info *min = &tunable_table[TUNABLE_SLICE_MIN];
	const struct tunable_info *lag = &tunable_table[TUNABLE_SLICE_LAG];

	check_between("hogs beside a server", hogs_beside_server(false),
		      1000000 * (u64)min->def / (u64)(min->def + lag->def), 400000);
	check_between("the same without classes", hogs_beside_server(true), 490000, 510000);
}

static void test_pipe(void)
{
	PREPARE("1", 1, "pipe");
	sim_run(&sim, NSEC_PER_SEC);
	check_between("round trip", histogram_quantile(&sim.group[0]->done, 500), 9 * US, 15 * US);
	sim_done(&sim);
}

/* Who spins until another sleeps does not keep it from getting there; nor from its share. */
static void test_spinning_waker_lets_the_woken_one_run(void)
{
	PREPARE("1", 1, "spin", "spin:work=10us", "hog");
	sim_run(&sim, 2 * NSEC_PER_SEC);
	CHECK(sim.group[0]->done.n > 20000);
	CHECK(sim.group[1]->done.n > 10000);
	check_between("a hog's share", group_share(&sim, sim.group[2]), 150000, 400000);
	sim_done(&sim);
}

static void test_every_message_is_read(void)
{
	PREPARE("1", 1, "messages*40:limit=100");
	sim_run(&sim, NSEC_PER_SEC);
	CHECK_EQ(sim.group[0]->done.n, 20);
	CHECK_EQ(sim.nr_runnable, 0);
	check_between("40000 messages", sim.group[0]->done.max, 150 * MS, 300 * MS);
	sim_done(&sim);
}

/* Eight clients, each with at most one request under way: there is no queue without bound. */
static void test_clients_wait_for_their_answers(void)
{
	struct group *g;

	PREPARE("2", 1, "server*2:clients=8,work=100us", "hog*4");
	sim_run(&sim, 2 * NSEC_PER_SEC);
	g = sim.group[0];
	check_between("requests", g->done.n, 10000, 40000);
	CHECK(g->nr_requests - g->first_request + g->thinking <= 8);
	sim_done(&sim);
}

static void check_fair(const char *shape, const char *hogs, u64 least)
{
	PREPARE(shape, 1, hogs);
	sim_run(&sim, 10 * NSEC_PER_SEC);
	check_between(hogs, group_fairness(sim.group[0]), least, 1000000);
	check_between("share", group_share(&sim, sim.group[0]), 999990, 1000000);
	sim_done(&sim);
}

static void test_equal_hogs_are_equal(void)
{
	check_fair("1", "hog*4", 995000);
	check_fair("1", "hog*7:nice=-3", 995000);
	check_fair("2", "hog*5", 995000);
	check_fair("4", "hog*7", 995000);
}

/* Also where they wait in several queues, and numbers do not come out even; without many moves. */
static void test_equal_hogs_are_equal_across_caches(void)
{
	check_fair("sockets=2,cores=2", "hog*9", 950000);
	check_fair("sockets=2,llcs=2,cores=4", "hog*20", 980000);
	check_fair("sockets=4,llcs=4,cores=2", "hog*75", 930000);
	/* All started on one CPU, as a build's jobs are; so many that clocks go at their floor. */
	check_fair("sockets=2,llcs=2,cores=4", "hog*200:from=0", 900000);

	PREPARE("sockets=2,cores=4", 1, "hog*9:nice=5", "hog*16:nice=-5");
	sim_run(&sim, 10 * NSEC_PER_SEC);
	CHECK(group_fairness(sim.group[0]) > 950000);
	CHECK(group_fairness(sim.group[1]) > 950000);
	CHECK(host_counter(sim.host, BPFLAND_COUNTER_STOLEN_DISPATCHES) < 200);
	sim_done(&sim);
}

/* The ratio of two hogs' work, in thousandths of that of their weights. */
static u32 ratio(const char *shape, const char *a, const char *b)
{
	u64 weights, ran;

	PREPARE(shape, 1, a, b);
	sim_run(&sim, 10 * NSEC_PER_SEC);
	weights = 1000 * (u64)sim.group[0]->task[0]->weight / sim.group[1]->task[0]->weight;
	ran = 1000 * sim.group[0]->run_ns / sim.group[1]->run_ns;
	sim_done(&sim);
	return (u32)(ran * 1000 / weights);
}

static void test_weights(void)
{
	check_between("nice 0 / 5", ratio("1", "hog", "hog:nice=5"), 950, 1050);
	check_between("nice -5 / 0", ratio("1", "hog:nice=-5", "hog"), 950, 1050);
	check_between("nice 0 / 5 on 2 CPUs", ratio("2", "hog*4", "hog*4:nice=5"), 950, 1050);
}

/* A run as text; the caller frees it. */
static char *text_of_run(u64 seed)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	PREPARE("sockets=2,cores=2,threads=2", seed, "hog*8", "random*8", "server", "fork",
		"pipe*4");
	sim_run(&sim, NSEC_PER_SEC);
	report_json(&sim, f);
	fclose(f);
	sim_done(&sim);
	return text;
}

static void test_same_seed_same_run(void)
{
	_cleanup_free_ char *a = text_of_run(7), *b = text_of_run(7), *c = text_of_run(8);

	CHECK_STR(a, b);
	CHECK(strcmp(a, c) != 0);
}

static void test_rt_loses_nobody(void)
{
	PREPARE("2", 1, "rt:work=950ms,period=1s", "hog*4:start=1ms", "timer:start=1ms",
		"hog:cpu=0,start=1ms");
	sim.watch = &watch;
	sim_run(&sim, 10 * NSEC_PER_SEC);
	CHECK_EQ(watch.lost, 0);
	check_between("RT's share", group_share(&sim, sim.group[0]), 470000, 480000);
	/* What may run elsewhere does; what is bound there has what RT leaves. */
	CHECK(sim.group[1]->waited_ns < 200 * MS);
	CHECK(sim.group[2]->waited_ns < 20 * MS);
	CHECK(sim.group[3]->waited_ns > 900 * MS && sim.group[3]->run_ns > 10 * MS);
	CHECK(host_counter(sim.host, BPFLAND_COUNTER_RT_REENQUEUES) > 0);
	sim_done(&sim);
}

static void test_hotplug_loses_nobody(void)
{
	static struct hotplug h[6];

	PREPARE("3", 1, "hog*5", "hog*3:each=1", "random*9:each=1", "pipe", "timer");
	sim.watch = &watch;
	for (u32 i = 0; i < 6; i++) {
		char text[32];

		snprintf(text, sizeof(text), "%" PRIu32 "@%" PRIu32 "ms-%" PRIu32 "ms", i % 3,
			 300 + i * 431, 700 + i * 431);
		CHECK_EQ(hotplug_add(&sim, &h[i], text, NULL), 0);
	}
	sim_run(&sim, 5 * NSEC_PER_SEC);
	CHECK_EQ(watch.lost, 0);
	CHECK_EQ(host_counter(sim.host, BPFLAND_COUNTER_HOTPLUGS), 12);
	for (size_t i = 0; i < sim.nr_groups; i++)
		CHECK(sim.group[i]->waited_ns < NSEC_PER_SEC);
	sim_done(&sim);
}

/* Whose affinity changes while it waits keeps its place in line, however low its class. */
static void test_affinity_storm_starves_nobody(void)
{
	const struct bpfland_tunables *t = &sim.tunables;

	PREPARE("2", 1, "hog*4:class=idle,move=1ms", "hog*4:nice=-14");
	sim.watch = &watch;
	sim_run(&sim, 10 * NSEC_PER_SEC);
	CHECK_EQ(watch.lost, 0);
	CHECK(watch.excess_ns <= POLICY_FLOOR * (POLICY_REACH * t->starvation_ns +
						t->slice_lag_ns));
	for (u32 i = 0; i < 4; i++)
		CHECK(sim.group[0]->task[i]->sum_exec > 0);
	sim_done(&sim);
}

/*
 * Two that wake each other with WF_SYNC stay on one CPU while another is idle; who is bound to that
 * one must get it, too.
 */
static void test_sync_pair_starves_nobody(void)
{
	PREPARE("3", 1, "pipe*2", "hog:cpu=0,start=10ms", "hog:cpu=1,start=10ms", "hog:cpu=0");
	sim.watch = &watch;
	sim_run(&sim, 2 * NSEC_PER_SEC);
	CHECK_EQ(watch.lost, 0);
	for (u32 i = 1; i < 4; i++)
		CHECK(sim.group[i]->run_ns > 500 * MS);
	sim_done(&sim);
}

/* A thousand CPUs in 32 caches, more tasks than CPUs: timers are about as quick as on one. */
static void test_big_machine(void)
{
	PREPARE("sockets=4,llcs=8,cores=16,threads=2", 1, "hog*1500", "timer*500", "frame*100");
	sim_run(&sim, 200 * MS);
	CHECK_EQ(sim.topology.nr_cpus, 1024);
	CHECK_EQ(sim.host->nr_queues, 32);
	check_between("timer p99", histogram_quantile(&sim.group[1]->wake, 990), 50 * US, 300 * US);
	sim_done(&sim);
}

static void test_nonsense_is_refused(void)
{
	static const char *const wrong[] = {
		"", "hgo", "hog*0", "hog*x", "hog:nice=20", "timer:period=0s", "pipe*3", "spin*3",
		"messages*3", "messages:limit=0", "hog:cpu=1", "rt:class=idle", "random:sleep=0s",
		"server:rate=0", "replay",
	};
	struct error err;

	PREPARE("1", 1, "hog");
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		CHECK(workload_add(&sim, wrong[i], &err) < 0);
		CHECK_NAMES(err.message, wrong[i]);
	}
	CHECK_EQ(sim.nr_groups, 1);
	sim_done(&sim);
}

int main(void)
{
	RUN(test_timers_beside_hogs);
	RUN(test_frames_beside_hogs);
	RUN(test_forks_take_the_share_of_one);
	RUN(test_sleep_gives_no_credit_without_bound);
	RUN(test_forks_make_nobody_interactive);
	RUN(test_hogs_keep_what_the_class_may_not_have);
	RUN(test_pipe);
	RUN(test_spinning_waker_lets_the_woken_one_run);
	RUN(test_every_message_is_read);
	RUN(test_clients_wait_for_their_answers);
	RUN(test_equal_hogs_are_equal);
	RUN(test_equal_hogs_are_equal_across_caches);
	RUN(test_weights);
	RUN(test_same_seed_same_run);
	RUN(test_rt_loses_nobody);
	RUN(test_hotplug_loses_nobody);
	RUN(test_affinity_storm_starves_nobody);
	RUN(test_sync_pair_starves_nobody);
	RUN(test_big_machine);
	RUN(test_nonsense_is_refused);
	return TEST_RESULT();
}
