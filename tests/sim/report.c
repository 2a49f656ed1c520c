/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What came out.
 */
#include "tests/sim/report.h"

#include <inttypes.h>

#include "tests/sim/host.h"

#define MILLION 1000000U

u32 group_fairness(const struct group *g)
{
	u64 least = ~0ULL, most = 0;

	for (u32 i = 0; i < g->nr_tasks; i++) {
		u64 ran = g->task[i]->sum_exec;

		least = ran < least ? ran : least;
		most = ran > most ? ran : most;
	}
	/* Of runs of hours in ns there is room for a factor of a million. */
	return most ? (u32)(least * MILLION / most) : 0;
}

u32 group_share(const struct sim *sim, const struct group *g)
{
	u64 all = sim->now * sim->topology.nr_cpus;

	return all ? (u32)((double)g->run_ns * MILLION / (double)all) : 0;
}

static u32 idle_share(const struct sim *sim)
{
	u64 idle = 0, all = sim->now * sim->topology.nr_cpus;

	for (u32 i = 0; i < sim->topology.nr_cpus; i++)
		idle += sim->cpu[i].idle_ns;
	return all ? (u32)((double)idle * MILLION / (double)all) : 0;
}

static void print_times(const struct histogram *h, FILE *f)
{
	if (!h->n) {
		fprintf(f, "%9s %9s %9s ", "-", "-", "-");
		return;
	}
	fprintf(f, "%9.1f %9.1f %9.1f ", (double)histogram_quantile(h, 500) / 1000,
		(double)histogram_quantile(h, 990) / 1000, (double)h->max / 1000);
}

void report_table(const struct sim *sim, FILE *f)
{
	fprintf(f, "%-28s %6s %7s %9s %9s %9s %9s %9s %9s %9s %9s %7s %7s\n", "", "tasks",
		"share %", "wait ms", "wake p50", "p99", "max µs", "done p50", "p99", "max µs",
		"per s", "missed", "fair");
	for (size_t i = 0; i < sim->nr_groups; i++) {
		const struct group *g = sim->group[i];

		fprintf(f, "%-28.28s %6" PRIu32 " %7.2f %9.2f ", g->name, g->nr_tasks,
			group_share(sim, g) / 1e4, (double)g->waited_ns / 1e6);
		print_times(&g->wake, f);
		print_times(&g->done, f);
		fprintf(f, "%9.1f ", sim->now ? (double)g->done.n * 1e9 / (double)sim->now : 0);
		if (g->frames)
			fprintf(f, "%6.2f%% ", 100.0 * (double)g->missed / (double)g->frames);
		else
			fprintf(f, "%7s ", "-");
		fprintf(f, "%7.4f\n", group_fairness(g) / 1e6);
		if (g->recorded) {
			fprintf(f, "%-28s %6s %7s %9s ", "  as recorded", "", "", "");
			print_times(g->recorded, f);
			fputc('\n', f);
		}
	}
	fprintf(f, "\nidle %.2f %%, %" PRIu64 " switches, %" PRIu64 " of them involuntary\n",
		idle_share(sim) / 1e4, (uint64_t)sim->switches, (uint64_t)sim->involuntary);
	for (int c = 0; c < _BPFLAND_COUNTER_MAX; c++) {
		u64 n = host_counter(sim->host, c);

		if (n)
			fprintf(f, "%s %" PRIu64 "\n", bpfland_counter_name(c), (uint64_t)n);
	}
}

static void json_times(const char *name, const struct histogram *h, FILE *f)
{
	fprintf(f, ",\"%s\":{\"n\":%" PRIu64 ",\"p50_ns\":%" PRIu64 ",\"p99_ns\":%" PRIu64
		",\"max_ns\":%" PRIu64 "}", name, (uint64_t)h->n,
		(uint64_t)histogram_quantile(h, 500), (uint64_t)histogram_quantile(h, 990),
		(uint64_t)h->max);
}

static void json_group(const struct sim *sim, const struct group *g, FILE *f)
{
	/* A name is what was given on the command line and understood: nothing to be quoted. */
	fprintf(f, "{\"name\":\"%s\",\"tasks\":%" PRIu32 ",\"run_ns\":%" PRIu64
		",\"waited_max_ns\":%" PRIu64 ",\"share_ppm\":%" PRIu32
		",\"fairness_ppm\":%" PRIu32,
		g->name, g->nr_tasks, (uint64_t)g->run_ns, (uint64_t)g->waited_ns,
		group_share(sim, g), group_fairness(g));
	json_times("wake", &g->wake, f);
	json_times("done", &g->done, f);
	if (g->recorded)
		json_times("recorded_wake", g->recorded, f);
	fprintf(f, ",\"frames\":%" PRIu64 ",\"missed\":%" PRIu64 "}", (uint64_t)g->frames,
		(uint64_t)g->missed);
}

void report_json(const struct sim *sim, FILE *f)
{
	fprintf(f, "{\"length_ns\":%" PRIu64 ",\"cpus\":%" PRIu32 ",\"idle_ppm\":%" PRIu32
		",\"switches\":%" PRIu64 ",\"involuntary\":%" PRIu64 ",\"groups\":[",
		(uint64_t)sim->now, sim->topology.nr_cpus, idle_share(sim),
		(uint64_t)sim->switches, (uint64_t)sim->involuntary);
	for (size_t i = 0; i < sim->nr_groups; i++) {
		if (i)
			fputc(',', f);
		json_group(sim, sim->group[i], f);
	}
	fputs("],\"counters\":{", f);
	for (int c = 0; c < _BPFLAND_COUNTER_MAX; c++)
		fprintf(f, "%s\"%s\":%" PRIu64, c ? "," : "", bpfland_counter_name(c),
			(uint64_t)host_counter(sim->host, c));
	fputs("}}\n", f);
}
