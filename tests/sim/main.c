/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bpfland-sim: what the scheduler would do with a load, on a machine of any shape.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "daemon/cleanup.h"
#include "daemon/cpulist.h"
#include "daemon/tunables.h"
#include "tests/sim/host.h"
#include "tests/sim/hotplug.h"
#include "tests/sim/memory.h"
#include "tests/sim/report.h"
#include "tests/sim/trace.h"
#include "tests/sim/workload.h"

enum { OPTION_TUNABLE = 256 };	/* and one for each tunable */

struct arguments {
	u64 seed, length_ns;
	bool json;
	const char *topology, *primary, *interactive, *trace;
	struct tunable_set tunables;
	const char *hotplug[64];
	u32 nr_hotplug;
};

static void usage(void)
{
	puts("usage: bpfland-sim [OPTION…] WORKLOAD…\n"
	     "\n"
	     "  --topology TEXT   sockets=2,llcs=2,cores=4,threads=2,little=4,capacity=512, or a\n"
	     "                    number of CPUs (1)\n"
	     "  --primary CPUS, --interactive CPUS    the domains, as in 0-3,8 (all)\n"
	     "  --seconds TIME    how long (10s)\n"
	     "  --seed N          of what is random (1)\n"
	     "  --hotplug CPU@OFF-ON    takes a CPU away and brings it back: 3@1s-2.5s\n"
	     "  --trace FILE      replays the text of 'perf sched script' or of tracefs\n"
	     "  --json            for scripts\n"
	     "  --TUNABLE VALUE   by its name on the bus: --SliceMaxUSec 1000\n"
	     "\n"
	     "WORKLOAD is KIND[*N][:KEY=VALUE,…], as in hog*4:nice=5 timer:period=1ms pipe*2");
	workload_help();
}

static int die(const struct error *err)
{
	fprintf(stderr, "bpfland-sim: %s\n", err->message);
	return 2;
}

static int parse_tunable(struct arguments *a, enum tunable t, const char *text, struct error *err)
{
	const struct tunable_info *info = &tunable_table[t];
	int64_t value;
	u64 n;

	if (info->type == TUNABLE_TYPE_WORD)
		return tunable_set_add_word(&a->tunables, t, text, ~0U, err);
	if (info->type == TUNABLE_TYPE_BOOL && (!strcmp(text, "true") || !strcmp(text, "false")))
		value = !strcmp(text, "true");
	else if (text_number(text, &n) && n <= INT64_MAX)
		value = (int64_t)n;
	else
		return error_set(err, ERROR_INVALID_ARGS, EINVAL, "%s: '%s' is not understood",
				 info->name, text);
	return tunable_set_add(&a->tunables, t, value, ~0U, err);
}

static int parse_option(struct arguments *a, int c, struct error *err)
{
	u64 n;

	switch (c) {
	case 't':
		a->topology = optarg;
		return 0;
	case 's':
		if (!text_time(optarg, &a->length_ns) || !a->length_ns)
			return error_set(err, ERROR_INVALID_ARGS, EINVAL,
					 "--seconds: '%s' is no time", optarg);
		return 0;
	case 'S':
		if (!text_number(optarg, &n))
			return error_set(err, ERROR_INVALID_ARGS, EINVAL,
					 "--seed: '%s' is no number", optarg);
		a->seed = n;
		return 0;
	case 'H':
		if (a->nr_hotplug == sizeof(a->hotplug) / sizeof(a->hotplug[0]))
			return error_set(err, ERROR_OUT_OF_RANGE, ERANGE,
					 "--hotplug: at most %u times", a->nr_hotplug);
		a->hotplug[a->nr_hotplug++] = optarg;
		return 0;
	case 'p':
		a->primary = optarg;
		return 0;
	case 'i':
		a->interactive = optarg;
		return 0;
	case 'T':
		a->trace = optarg;
		return 0;
	case 'j':
		a->json = true;
		return 0;
	default:
		return parse_tunable(a, c - OPTION_TUNABLE, optarg, err);
	}
}

/* Returns 1 when there is nothing to do. */
static int parse(struct arguments *a, int argc, char **argv, struct error *err)
{
	struct option options[9 + _TUNABLE_MAX + 1] = {
		{ "topology", required_argument, NULL, 't' },
		{ "primary", required_argument, NULL, 'p' },
		{ "interactive", required_argument, NULL, 'i' },
		{ "seconds", required_argument, NULL, 's' },
		{ "seed", required_argument, NULL, 'S' },
		{ "hotplug", required_argument, NULL, 'H' },
		{ "trace", required_argument, NULL, 'T' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
	};
	int c, r;

	for (int t = 0; t < _TUNABLE_MAX; t++)
		options[9 + t] = (struct option){ tunable_table[t].name, required_argument, NULL,
						  OPTION_TUNABLE + t };
	while ((c = getopt_long(argc, argv, "", options, NULL)) >= 0) {
		if (c == 'h') {
			usage();
			return 1;
		}
		if (c == '?')
			return error_set(err, ERROR_INVALID_ARGS, EINVAL,
					 "an option is not understood; --help lists them");
		r = parse_option(a, c, err);
		if (r < 0)
			return r;
	}
	if (optind == argc && !a->trace)
		return error_set(err, ERROR_INVALID_ARGS, EINVAL,
				 "no workload is given; --help lists them");
	return 0;
}

/* The CPUs of @text that the machine has; none for NULL. */
static int parse_domain(struct cpuset *ret, const char *text, const char *option,
			const struct topology *t, struct error *err)
{
	struct bpfland_cpus cpus = CPUS_NONE;
	int r = text ? cpulist_parse(text, option, &cpus, err) : 0;

	if (r < 0)
		return r;
	for (u32 i = 0; i < t->nr_cpus; i++)
		if (cpus_has(&cpus, i))
			cpuset_add(ret, i);
	return 0;
}

static int add_domains(struct sim *sim, const struct arguments *a, struct error *err)
{
	struct cpuset primary = {}, interactive = {};
	int r;

	r = parse_domain(&primary, a->primary, "--primary", &sim->topology, err);
	if (r >= 0)
		r = parse_domain(&interactive, a->interactive, "--interactive", &sim->topology,
				 err);
	if (r >= 0)
		host_set_domains(sim, &primary, &interactive);
	return r;
}

static int load_trace(struct trace *ret, const char *path, struct error *err)
{
	FILE *f = fopen(path, "re");
	int r;

	if (!f)
		return error_set(err, ERROR_FAILED, errno, "%s: %s", path, strerror(errno));
	r = trace_read(ret, f, path, err);
	fclose(f);
	return r;
}

static int add_load(struct sim *sim, const struct arguments *a, char **workloads,
		    struct trace *trace, struct hotplug *hotplug, struct error *err)
{
	int r = 0;

	for (; *workloads && r >= 0; workloads++)
		r = workload_add(sim, *workloads, err);
	if (r >= 0 && a->trace) {
		r = load_trace(trace, a->trace, err);
		if (r >= 0)
			trace_add(sim, trace);
	}
	for (u32 i = 0; i < a->nr_hotplug && r >= 0; i++)
		r = hotplug_add(sim, &hotplug[i], a->hotplug[i], err);
	return r;
}

static int simulate(const struct arguments *a, char **workloads, struct error *err)
{
	_cleanup_(trace_done) struct trace trace = {};
	_cleanup_(sim_done) struct sim sim = {};
	struct hotplug hotplug[64] = {};
	struct tunables tunables;
	struct bpfland_tunables t;
	struct topology topology;
	int r;

	tunables_compute(&tunables, &(struct tunable_set){}, &a->tunables);
	r = tunables_check(&tunables, err);
	if (r < 0)
		return r;
	tunables_to_abi(&tunables, &t);
	r = topology_parse(&topology, a->topology, err);
	if (r < 0)
		return r;
	sim_init(&sim, &topology, &t, a->seed);
	r = add_domains(&sim, a, err);
	if (r >= 0)
		r = add_load(&sim, a, workloads, &trace, hotplug, err);
	if (r < 0)
		return r;
	sim_run(&sim, a->length_ns);
	(a->json ? report_json : report_table)(&sim, stdout);
	return 0;
}

int main(int argc, char **argv)
{
	struct arguments a = { .seed = 1, .length_ns = 10 * NSEC_PER_SEC, .topology = "1" };
	struct error err;
	int r;

	r = parse(&a, argc, argv, &err);
	if (r > 0)
		return 0;
	if (r >= 0)
		r = simulate(&a, argv + optind, &err);
	return r < 0 ? die(&err) : 0;
}
