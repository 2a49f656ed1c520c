/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What must hold for any load: random machines, tunables and mixes of tasks, each from a seed.
 *
 *   any     nobody starves, nobody gets lost, places in line are bounded, no CPU is idle beside a
 *           task that waits
 *   fair    shares are those of the weights, and nobody is ever far from its share
 *   rested  nobody gets much more than its share for having slept
 *   same    a seed is a run: the same one every time, and another one for another seed
 *
 * test-sim-properties any|fair|rested|same [COUNT [FIRST-SEED]]; a failure names its seed.
 */
#include <math.h>
#include <stdlib.h>

#include "tests/sim/fluid.h"
#include "tests/sim/host.h"
#include "tests/sim/random-load.h"
#include "tests/sim/workload.h"
#include "tests/test.h"

#define MS NSEC_PER_MSEC

/*
 * A CPU that is idle learns of a task after an interrupt of another CPU, and may find that somebody
 * else has taken it: a few times in a row, when tasks come as fast as interrupts.
 */
#define IDLE_MAX_NS (20 * SIM_IPI_NS)

/*
 * Of tasks that compute only: how far from its share a task may ever be, in turns beside the credit
 * of SliceLagUSec; and after 4 s. policy.h promises shares by weight for so many as these.
 */
#define LAG_TURNS 8
#define SHARE_PPM 50000

/* Who has just slept may be taken for interactive until its window of a quarter second ends. */
#define LAG_TURNS_CLASS 16

/* How often those are looked at who sleep and compute in turns. */
#define STEP_NS MS
#define RESTED_START_NS (500 * MS)

static void report(const struct random_load *l, u64 seed, const char *what, u64 is, u64 allowed)
{
	if (is <= allowed)
		return;
	fprintf(stderr, "seed %" PRIu64 ": %s: %" PRIu64 ", allowed: %" PRIu64 "\n  %s\n",
		(uint64_t)seed, what, (uint64_t)is, (uint64_t)allowed, l->text);
	test_failures++;
}

/*
 * policy.h: after 8 * (4 * StarvationUSec + SliceLagUSec) nobody who comes can get in front any
 * more; then a slice for each in front. What the kernel adds: time goes on in ticks, and a slice
 * ends on one.
 */
static u64 starvation_bound(const struct random_load *l)
{
	const struct bpfland_tunables *t = &l->sim.tunables;

	return POLICY_FLOOR * (POLICY_REACH * t->starvation_ns + t->slice_lag_ns) +
	       SIM_TICK_NS;
}

static u64 turn(const struct random_load *l)
{
	/* RT may have half of the time, and 10 ms at once. */
	return (l->sim.tunables.slice_max_ns + SIM_TICK_NS) * (l->rt ? 2 : 1) +
	       (l->rt ? 10 * MS : 0);
}

/*
 * A task that lost its only CPU, or may not be there any more, gets another without the scheduler
 * being asked which; until that one has left idle, a second task may be sent to it, past others.
 * And a CPU that is woken for one task may find another that is bound to it. One turn later the
 * first moves on.
 */
static u64 idle_bound(const struct random_load *l)
{
	return l->unplugs || l->moves || l->pins ? turn(l) : IDLE_MAX_NS;
}

static void check_any(u64 seed)
{
	struct random_load *l = random_load_new(seed);

	l->watch.turn_ns = turn(l);
	random_load_run(l);
	report(l, seed, "ns of waiting, less a turn for each in front", l->watch.excess_ns,
	       starvation_bound(l));
	report(l, seed, "ticks at which a task was lost", l->watch.lost, 0);
	report(l, seed, "places in line out of bounds", l->watch.outside, 0);
	report(l, seed, "ns of an idle CPU beside a task in a shared queue",
	       l->watch.idle_shared_ns, idle_bound(l));
	random_load_free(l);
}

static u64 hash_of(u64 seed)
{
	struct random_load *l = random_load_new(seed);
	u64 hash;

	random_load_run(l);
	hash = l->sim.hash;
	random_load_free(l);
	return hash;
}

static void check_same(u64 seed)
{
	u64 hash = hash_of(seed);

	if (hash_of(seed) != hash || hash_of(seed + 1) == hash) {
		fprintf(stderr, "seed %" PRIu64 " is not one run, or not its own\n",
			(uint64_t)seed);
		test_failures++;
	}
}

/* How far the furthest of all is from its share, in proportion to it. */
static double worst_share(const struct fluid *f)
{
	double worst = 0;

	for (size_t i = 0; i < f->nr_tasks; i++)
		worst = fmax(worst, fabs(f->task[i].ahead) / f->task[i].share);
	return worst / (double)f->at;
}

static void check_fair(u64 seed)
{
	struct random_load *l = random_load_fair_new(seed);
	struct sim *sim = &l->sim;
	double credit, most = 0;
	struct fluid f;

	l->watch.turn_ns = turn(l);
	/* All of them are there from the first moment on. */
	sim_run(sim, 0);
	fluid_init(&f, sim);
	for (u64 at = SIM_TICK_NS; at <= l->length_ns; at += SIM_TICK_NS) {
		sim_run(sim, at);
		fluid_step(&f);
		for (size_t i = 0; i < f.nr_tasks; i++)
			most = fmax(most, fabs(f.task[i].ahead));
	}
	/* Of virtual time; nice -5 weighs three times as much as nice 0. */
	credit = 3.05 * (double)sim->tunables.slice_lag_ns;
	most -= fmin(most, credit);
	report(l, seed, "ns ahead of or behind the share, less the credit", (u64)most,
	       LAG_TURNS * turn(l));
	report(l, seed, "ppm off the share in the end", (u64)(worst_share(&f) * 1e6), SHARE_PPM);
	fluid_done(&f);
	random_load_free(l);
}

/*
 * What one who slept may get in ns before others get anything: of virtual time, the SliceLagUSec
 * that it may be behind, and what counts as the recent run of those who did not sleep.
 */
static double credit(const struct sim *sim, const struct task *t)
{
	u32 weight = policy_weight(t->weight, sim->host->groups[t->cgroup].scale);

	return (double)(sim->tunables.slice_lag_ns + policy_recent_max(&sim->tunables)) * weight /
	       POLICY_WEIGHT_NORMAL;
}

static void check_rested(u64 seed)
{
	struct random_load *l = random_load_rested_new(seed);
	bool class = l->sim.tunables.interactive_threshold;
	struct sim *sim = &l->sim;
	double most = 0;
	struct fluid f;

	/* By then all of them are there. */
	sim_run(sim, RESTED_START_NS);
	fluid_init(&f, sim);
	for (u64 at = sim->now; at <= l->length_ns; at += STEP_NS) {
		sim_run(sim, at);
		fluid_step(&f);
		/* Of those who never sleep: others lose what is owed to them, and they gain it. */
		for (size_t i = 0; i < f.nr_tasks; i++)
			if (f.task[i].nvcsw)
				most = fmax(most, f.task[i].ahead - credit(sim, sim->task[i]));
	}
	report(l, seed, "ns that one who slept is ahead of its share, less the credit",
	       (u64)most, (class ? LAG_TURNS_CLASS : LAG_TURNS) * turn(l));
	fluid_done(&f);
	random_load_free(l);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*check)(u64 seed);
	} kinds[] = { { "any", check_any }, { "fair", check_fair },
		      { "rested", check_rested }, { "same", check_same } };
	void (*check)(u64 seed) = NULL;
	u64 count = 1000, first = 1;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]) && argc > 1; i++)
		if (!strcmp(argv[1], kinds[i].name))
			check = kinds[i].check;
	if (!check || (argc > 2 && !text_number(argv[2], &count)) ||
	    (argc > 3 && !text_number(argv[3], &first))) {
		fputs("usage: test-sim-properties any|fair|rested|same [COUNT [FIRST-SEED]]\n",
		      stderr);
		return 2;
	}
	for (u64 seed = first; seed < first + count; seed++)
		check(seed);
	printf("%s %" PRIu64 " random loads\n", test_failures ? "FAILED" : "ok    ",
	       (uint64_t)count);
	return TEST_RESULT();
}
