/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Random machines, tunables and loads.
 */
#include "tests/sim/random-load.h"

#include <stdarg.h>
#include <string.h>

#include "daemon/tunables.h"
#include "tests/sim/host.h"
#include "tests/sim/memory.h"
#include "tests/sim/workload.h"
#include "tests/test.h"

#define US NSEC_PER_USEC
#define MS NSEC_PER_MSEC

static u64 between(struct random *r, u64 min, u64 max)
{
	return min + random_below(r, max - min + 1);
}

/* Room in @text for a description; what it says is noted for people, too. */
static const char *note(struct random_load *l, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static const char *note(struct random_load *l, const char *format, ...)
{
	size_t n = strlen(l->text);
	va_list ap;

	if (n)
		l->text[n++] = ' ';
	va_start(ap, format);
	vsnprintf(l->text + n, sizeof(l->text) - n, format, ap);
	va_end(ap);
	return l->text + n;
}

static const char *random_shape(struct random_load *l, struct random *r)
{
	/* At most so many sockets, caches, cores, slow cores: few, a server, all there may be. */
	static const u32 most[][4] = { { 2, 2, 4, 4 }, { 2, 2, 4, 4 }, { 4, 4, 4, 16 },
				       { 8, 8, 8, 0 } };
	u64 size = random_below(r, 40), which = size < 36 ? size / 18 : size < 39 ? 2 : 3;
	uint64_t sockets = between(r, 1, most[which][0]), llcs = between(r, 1, most[which][1]);
	uint64_t cores = between(r, 1, most[which][2]), threads = between(r, 1, 2);
	uint64_t capacity = between(r, 128, 1024), little = random_below(r, most[which][3] + 1);

	note(l, "--topology");
	if (size < 16)
		return note(l, "%" PRIu64, cores);
	return note(l, "sockets=%" PRIu64 ",llcs=%" PRIu64 ",cores=%" PRIu64 ",threads=%" PRIu64
		    ",little=%" PRIu64 ",capacity=%" PRIu64,
		    sockets, llcs, cores, threads, random_below(r, 2) ? little : 0, capacity);
}

static void start(struct random_load *l, struct random *r, const char *shape,
		  const struct bpfland_tunables *t)
{
	const u64 ns[] = { t->slice_max_ns, t->slice_min_ns, t->slice_lag_ns, t->starvation_ns };
	struct topology topology;

	CHECK_EQ(topology_parse(&topology, shape, NULL), 0);
	for (int i = TUNABLE_SLICE_MAX; i <= TUNABLE_STARVATION; i++)
		note(l, "--%s %" PRIu64, tunable_table[i].name, (uint64_t)(ns[i] / US));
	note(l, "--InteractiveThreshold %" PRIu64 " (flags 0x%" PRIx64 ")",
	     (uint64_t)t->interactive_threshold, (uint64_t)t->flags);
	sim_init(&l->sim, &topology, t, random_next(r));
}

static void random_machine(struct random_load *l, struct random *r)
{
	const char *shape = random_shape(l, r);
	/* For half of them the bound on waiting is so short that a load lasts for longer. */
	bool soon = random_below(r, 2);
	struct bpfland_tunables t = {
		.generation = 1,
		.slice_max_ns = between(r, 100, soon ? 2000 : 6000) * US,
		.slice_lag_ns = between(r, 0, soon ? 2000 : 12000) * US,
		.starvation_ns = between(r, 500, soon ? 2000 : 30000) * US,
		.interactive_threshold = random_below(r, 3) ? between(r, 1, 100) : 0,
		.flags = random_below(r, BPFLAND_SMT_AWARE * 2),
	};

	t.slice_min_ns = between(r, 50 * US, policy_min(t.slice_max_ns, 1000 * US));
	start(l, r, shape, &t);
}

static u32 slowest(const struct sim *sim)
{
	u32 capacity = TOPOLOGY_CAPACITY;

	for (u32 i = 0; i < sim->topology.nr_cpus; i++)
		if (sim->topology.cpu[i].capacity < capacity)
			capacity = sim->topology.cpu[i].capacity;
	return capacity;
}

static void random_group(struct random_load *l, struct random *r)
{
	static const char *const kinds[] = { "hog", "hog", "timer", "frame", "pipe", "server",
					     "fork", "random", "random", "spin", "yield", "rt",
					     "messages" };
	static const char *const classes[] = { "normal", "normal", "normal", "batch", "idle" };
	const char *kind = kinds[random_below(r, sizeof(kinds) / sizeof(kinds[0]))], *text;
	uint64_t n = 2 * between(r, 1, 4) * (l->sim.topology.nr_cpus / 16 + 1);
	uint64_t begin = random_below(r, l->length_ns / MS / 8 + 1);
	uint64_t work = between(r, 100, 10000), move = between(r, 100, 20000);
	int nice = (int)between(r, 0, 39) - 20;
	const char *class = classes[random_below(r, sizeof(classes) / sizeof(classes[0]))];
	const char *each = random_below(r, 4) ? "" : ",each=1";
	const char *kthread = random_below(r, 8) ? "" : ",kthread=1";

	if (!strcmp(kind, "rt") && l->rt)
		kind = "random";
	l->pins = l->pins || *each;
	if (!strcmp(kind, "rt")) {
		/*
		 * Half of a CPU at most: what RT takes, nobody can give to others. Also of the
		 * slowest, for it may be all that hotplug leaves.
		 */
		l->rt = true;
		work = work * slowest(&l->sim) / TOPOLOGY_CAPACITY + 1;
		text = note(l, "rt:work=%" PRIu64 "us,period=20ms,start=%" PRIu64 "ms",
			    work, begin);
	} else {
		text = note(l, "%s*%" PRIu64 ":nice=%d,class=%s,start=%" PRIu64 "ms%s%s", kind, n,
			    nice, class, begin, each, kthread);
		if (l->sim.topology.nr_cpus > 1 && !random_below(r, 8)) {
			l->moves = true;
			snprintf(l->text + strlen(l->text), sizeof(l->text) - strlen(l->text),
				 ",move=%" PRIu64 "us", move);
		}
	}
	CHECK_EQ(workload_add(&l->sim, text, NULL), 0);
}

static void random_hotplug(struct random_load *l, struct random *r)
{
	u32 n = l->sim.topology.nr_cpus;

	if (n == 1 || random_below(r, 3))
		return;
	l->unplugs = true;
	for (u32 i = 0; i < 1 + random_below(r, 4); i++) {
		uint64_t off = between(r, 1, l->length_ns / MS / 2), cpu = random_below(r, n);
		uint64_t on = between(r, off + 1, l->length_ns / MS);
		const char *text;

		note(l, "--hotplug");
		text = note(l, "%" PRIu64 "@%" PRIu64 "ms-%" PRIu64 "ms", cpu, off, on);
		CHECK_EQ(hotplug_add(&l->sim, &l->hotplug[i], text, NULL), 0);
	}
}

/* Some CPUs in a row. */
static struct cpuset random_domain(struct random_load *l, struct random *r, const char *option)
{
	u32 n = l->sim.topology.nr_cpus, first = (u32)random_below(r, n);
	u32 last = (u32)between(r, first, n - 1);
	struct cpuset s = {};

	note(l, "%s %" PRIu32 "-%" PRIu32, option, first, last);
	for (u32 i = first; i <= last; i++)
		cpuset_add(&s, i);
	return s;
}

static void random_domains(struct random_load *l, struct random *r)
{
	struct cpuset primary, interactive;

	if (l->sim.topology.nr_cpus == 1 || random_below(r, 3))
		return;
	primary = random_domain(l, r, "--primary");
	interactive = random_domain(l, r, "--interactive");
	host_set_domains(&l->sim, &primary, &interactive);
}

struct random_load *random_load_new(u64 seed)
{
	struct random_load *l = memory_new(1, sizeof(*l));
	struct random r = { seed };
	u64 groups;

	random_machine(l, &r);
	/* Long on small machines, where much happens to few. */
	l->length_ns = between(&r, 100, 500) * 16 / (16 + l->sim.topology.nr_cpus) * MS + 10 * MS;
	groups = between(&r, 1, 5);
	for (u64 i = 0; i < groups; i++)
		random_group(l, &r);
	random_hotplug(l, &r);
	random_domains(l, &r);
	l->sim.watch = &l->watch;
	return l;
}

/* One cache of 1 to 8 cores, where turns are short beside what SliceLagUSec and a load are. */
static void even_machine(struct random_load *l, struct random *r, u64 lag_min_us)
{
	uint64_t cores = between(r, 1, 8), threads = between(r, 1, 2);
	struct bpfland_tunables t = {
		.generation = 1,
		.slice_max_ns = between(r, 1000, 6000) * US,
		.slice_lag_ns = between(r, lag_min_us, 20000) * US,
		.starvation_ns = 100 * MS,
		.interactive_threshold = random_below(r, 2) ? 10 : 0,
		.flags = random_below(r, BPFLAND_SMT_AWARE * 2),
	};

	t.slice_min_ns = between(r, 100 * US, 1000 * US);
	l->length_ns = 4 * NSEC_PER_SEC;
	note(l, "--topology");
	start(l, r, note(l, "cores=%" PRIu64 ",threads=%" PRIu64, cores, threads), &t);
	l->sim.watch = &l->watch;
}

struct random_load *random_load_fair_new(u64 seed)
{
	struct random_load *l = memory_new(1, sizeof(*l));
	struct random r = { seed };
	u64 cpus, groups;

	even_machine(l, &r, 10000);
	cpus = l->sim.topology.nr_cpus;
	groups = between(&r, 1, cpus < 3 ? cpus : 3);
	for (u64 i = 0; i < groups; i++) {
		/* Nice -5 weighs three times as much as nice 0, nice 5 a third. */
		int nice = (int)between(&r, 0, 10) - 5;
		uint64_t most = (nice < 0 ? 5 : 8) * cpus / groups / 2;
		const char *text = note(l, "hog*%" PRIu64 ":nice=%d",
					(uint64_t)between(&r, most / 2 + 1, most), nice);

		CHECK_EQ(workload_add(&l->sim, text, NULL), 0);
	}
	return l;
}

/* In a control group of its own, or in the root. */
static void random_bursts(struct random_load *l, struct random *r, bool grouped, u64 tasks)
{
	uint64_t period = between(r, 300, 1500), sleep = between(r, 20, 80) * period / 100;
	uint64_t after = random_below(r, 1000), first = random_below(r, 500);
	uint64_t together = random_below(r, 2), n = between(r, 1, tasks);
	u64 weight = between(r, 50, 200);
	int nice = (int)between(r, 0, 6) - 3;
	const char *text;

	/* Some never sleep. */
	if (random_below(r, 4))
		text = note(l, "burst*%" PRIu64 ":nice=%d,period=%" PRIu64 "ms,sleep=%" PRIu64
			    "ms,work=%" PRIu64 "us,start=%" PRIu64 "ms,sync=%" PRIu64,
			    n, nice, period, sleep, after + 1, first, together);
	else
		text = note(l, "hog*%" PRIu64 ":nice=%d", n, nice);
	CHECK_EQ(workload_add(&l->sim, text, NULL), 0);
	if (!grouped)
		return;
	note(l, "(cpu.weight %" PRIu64 ")", (uint64_t)weight);
	l->sim.group[l->sim.nr_groups - 1]->cgroup = host_group(&l->sim, 0, (u32)weight);
}

struct random_load *random_load_rested_new(u64 seed)
{
	struct random_load *l = memory_new(1, sizeof(*l));
	struct random r = { seed };
	bool grouped;
	u64 loads;

	even_machine(l, &r, 1000);
	grouped = random_below(&r, 2);
	loads = between(&r, 2, 4);
	for (u64 i = 0; i < loads; i++)
		random_bursts(l, &r, grouped, 8 * l->sim.topology.nr_cpus / loads);
	return l;
}

void random_load_free(struct random_load *l)
{
	sim_done(&l->sim);
	free(l);
}

void random_load_run(struct random_load *l)
{
	sim_run(&l->sim, l->length_ns);
}
