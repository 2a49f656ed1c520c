/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What must hold for any load: random machines, tunables and mixes of tasks, each from a seed.
 *
 * test-properties starvation|order [COUNT [FIRST-SEED]]; a failure names its seed.
 */
#include <stdlib.h>

#include "daemon/tunables.h"
#include "tests/sim/hotplug.h"
#include "tests/sim/memory.h"
#include "tests/sim/watch.h"
#include "tests/sim/workload.h"
#include "tests/test.h"

#define US NSEC_PER_USEC
#define MS NSEC_PER_MSEC

/*
 * A CPU that is idle learns of a task after an interrupt of another CPU, and may find that somebody
 * else has taken it: a few times in a row, when tasks come as fast as interrupts.
 */
#define IDLE_MAX_NS (10 * SIM_IPI_NS)

struct load {
	struct sim sim;
	struct watch watch;
	struct hotplug hotplug[4];
	bool rt, unplugs;
	u64 length_ns;
	char text[1024];	/* what is random about it, for people */
};

static u64 between(struct random *r, u64 min, u64 max)
{
	return min + random_below(r, max - min + 1);
}

static void note(struct load *l, const char *text)
{
	size_t n = strlen(l->text);

	snprintf(l->text + n, sizeof(l->text) - n, "%s ", text);
}

static void random_machine(struct load *l, struct random *r)
{
	static const char *const shapes[] = {
		"1", "1", "2", "3", "4", "8", "cores=2,threads=2", "llcs=2,cores=2",
		"sockets=2,llcs=2,cores=2,threads=2", "cores=2,threads=2,little=2", "llcs=4",
		"sockets=2,cores=3,little=1",
	};
	const char *shape = shapes[random_below(r, sizeof(shapes) / sizeof(shapes[0]))];
	struct bpfland_tunables t = {
		.generation = 1,
		.slice_max_ns = between(r, 100, 6000) * US,
		.slice_lag_ns = between(r, 0, 12000) * US,
		.starvation_ns = between(r, 1000, 30000) * US,
		.interactive_threshold = random_below(r, 3) ? between(r, 1, 100) : 0,
		.flags = random_below(r, BPFLAND_SMT_AWARE * 2),
	};
	struct topology topology;
	char text[128];

	t.slice_min_ns = between(r, 50 * US, policy_min(t.slice_max_ns, 1000 * US));
	CHECK_EQ(topology_parse(&topology, shape, NULL), 0);
	snprintf(text, sizeof(text), "--topology %s", shape);
	note(l, text);
	for (int i = TUNABLE_SLICE_MAX; i <= TUNABLE_STARVATION; i++) {
		const u64 ns[] = { t.slice_max_ns, t.slice_min_ns, t.slice_lag_ns,
				   t.starvation_ns };

		snprintf(text, sizeof(text), "--%s %" PRIu64, tunable_table[i].name,
			 (uint64_t)(ns[i] / US));
		note(l, text);
	}
	snprintf(text, sizeof(text), "--InteractiveThreshold %" PRIu64 " (flags %#" PRIx64 ")",
		 (uint64_t)t.interactive_threshold, (uint64_t)t.flags);
	note(l, text);
	sim_init(&l->sim, &topology, &t, random_next(r));
}

static void random_group(struct load *l, struct random *r)
{
	static const char *const kinds[] = { "hog", "hog", "timer", "frame", "pipe", "server",
					     "fork", "random", "random", "random", "yield", "rt" };
	static const char *const classes[] = { "normal", "normal", "normal", "batch", "idle" };
	const char *kind = kinds[random_below(r, sizeof(kinds) / sizeof(kinds[0]))];
	u64 n = 2 * between(r, 1, 4), start = random_below(r, 20);
	char text[128];

	if (!strcmp(kind, "rt")) {
		/* Half of a CPU at most: what RT takes, nobody can give to others. */
		l->rt = true;
		snprintf(text, sizeof(text),
			 "rt:work=%" PRIu64 "us,period=20ms,start=%" PRIu64 "ms",
			 (uint64_t)between(r, 100, 10000), (uint64_t)start);
	} else {
		snprintf(text, sizeof(text),
			 "%s*%" PRIu64 ":nice=%d,class=%s,start=%" PRIu64 "ms%s%s",
			 kind, (uint64_t)n, (int)between(r, 0, 39) - 20,
			 classes[random_below(r, sizeof(classes) / sizeof(classes[0]))],
			 (uint64_t)start, random_below(r, 4) ? "" : ",each=1",
			 random_below(r, 8) ? "" : ",kthread=1");
	}
	note(l, text);
	CHECK_EQ(workload_add(&l->sim, text, NULL), 0);
}

static void random_hotplug(struct load *l, struct random *r)
{
	u32 n = l->sim.topology.nr_cpus;
	char text[64];

	if (n == 1 || random_below(r, 3))
		return;
	l->unplugs = true;
	for (u32 i = 0; i < 1 + random_below(r, 4); i++) {
		u64 off = between(r, 1, l->length_ns / MS / 2);

		snprintf(text, sizeof(text), "%" PRIu64 "@%" PRIu64 "ms-%" PRIu64 "ms",
			 (uint64_t)random_below(r, n), (uint64_t)off,
			 (uint64_t)between(r, off + 1, l->length_ns / MS));
		note(l, "--hotplug");
		note(l, text);
		CHECK_EQ(hotplug_add(&l->sim, &l->hotplug[i], text, NULL), 0);
	}
}

static void report(const struct load *l, u64 seed, const char *what, u64 is, u64 allowed)
{
	if (is <= allowed)
		return;
	fprintf(stderr, "seed %" PRIu64 ": %s: %" PRIu64 ", allowed: %" PRIu64 "\n  %s\n",
		(uint64_t)seed, what, (uint64_t)is, (uint64_t)allowed, l->text);
	test_failures++;
}

/*
 * policy.h: after 8 * (StarvationUSec + SliceLagUSec) nobody who comes can get in front any more;
 * then a slice for each in front. What the kernel adds: time goes on in ticks, and a slice ends on
 * one.
 */
static u64 starvation_bound(const struct load *l)
{
	const struct bpfland_tunables *t = &l->sim.tunables;

	return POLICY_FLOOR * (t->starvation_ns + t->slice_lag_ns) + SIM_TICK_NS;
}

static u64 turn(const struct load *l)
{
	/* RT may have half of the time, and 10 ms at once. */
	return (l->sim.tunables.slice_max_ns + SIM_TICK_NS) * (l->rt ? 2 : 1) +
	       (l->rt ? 10 * MS : 0);
}

/*
 * A task that lost its only CPU gets another without the scheduler being asked which; until that
 * one has left idle, a second task may be sent to it, past others. One turn later it moves on.
 */
static u64 idle_bound(const struct load *l)
{
	return l->unplugs ? turn(l) : IDLE_MAX_NS;
}

static void load_run(struct load *l, u64 seed)
{
	struct random r = { seed };
	u64 groups;

	l->length_ns = between(&r, 100, 500) * MS;
	random_machine(l, &r);
	groups = between(&r, 1, 5);
	for (u64 i = 0; i < groups; i++)
		random_group(l, &r);
	random_hotplug(l, &r);
	l->sim.watch = &l->watch;
	l->watch.turn_ns = turn(l);
	sim_run(&l->sim, l->length_ns);
}

static void check_load(u64 seed, bool starvation)
{
	struct load *l = memory_new(1, sizeof(*l));

	load_run(l, seed);
	if (starvation) {
		report(l, seed, "ns of waiting, less a turn for each in front",
		       l->watch.excess_ns, starvation_bound(l));
	} else {
		report(l, seed, "ticks at which a task was lost", l->watch.lost, 0);
		report(l, seed, "places in line out of bounds", l->watch.outside, 0);
		report(l, seed, "ns of an idle CPU beside a task in a shared queue",
		       l->watch.idle_shared_ns, idle_bound(l));
	}
	sim_done(&l->sim);
	free(l);
}

int main(int argc, char **argv)
{
	bool starvation = argc > 1 && !strcmp(argv[1], "starvation");
	u64 count = 1000, first = 1;

	if (argc < 2 || (!starvation && strcmp(argv[1], "order") != 0) ||
	    (argc > 2 && !text_number(argv[2], &count)) ||
	    (argc > 3 && !text_number(argv[3], &first))) {
		fputs("usage: test-properties starvation|order [COUNT [FIRST-SEED]]\n", stderr);
		return 2;
	}
	for (u64 seed = first; seed < first + count; seed++)
		check_load(seed, starvation);
	printf("%s %" PRIu64 " random loads\n", test_failures ? "FAILED" : "ok    ",
	       (uint64_t)count);
	return TEST_RESULT();
}
