/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The door to BPF, for those who want to see all of it: the scheduler's state as text for people.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/cleanup.h"
#include "daemon/cpulist.h"
#include "daemon/sched-internal.h"
#include "daemon/tunable-table.h"

/* Of these, one program fills as many as its answer says; the last is the kernel's own. */
#define ASKED_MAX (BPFLAND_DESCRIBED - 1)

static double msec(uint64_t ns)
{
	return (double)(int64_t)ns / 1e6;
}

static void dump_task(FILE *out, const char *where, const struct bpfland_task *d)
{
	fprintf(out,
		"%s%s[%u]: %s, %u switches/s, weight %u, cpu %u, deadline %+.3f ms, lag %+.3f ms, "
		"run %.3f ms since it slept, average %.3f ms\n",
		where, d->name, d->pid, d->interactive ? "interactive" : "other", d->rate,
		d->weight, d->cpu, (double)d->deadline_ns / 1e6, (double)d->lag_ns / 1e6,
		msec(d->run_ns), msec(d->avg_run_ns));
}

/* The @n of those who are @waiting that were described. */
static void dump_tasks(FILE *out, struct sched *s, const char *where, int n, unsigned waiting)
{
	for (int i = 0; i < n && i < ASKED_MAX; i++)
		dump_task(out, where, &s->skel->bss->described[i]);
	if (waiting > (unsigned)n)
		fprintf(out, "  and %u more\n", waiting - (unsigned)n);
}

static void dump_queue(FILE *out, struct sched *s, unsigned queue)
{
	struct bpfland_query query = { .id = queue };
	int n = sched_run(s->skel->progs.read_queue, &query, sizeof(query));

	if (n < 0) {
		fprintf(out, "queue %u: cannot be read: %s\n", queue, strerror(-n));
		return;
	}
	fprintf(out, "queue %u: %u CPUs, clock %.3f ms, %u waiting, %u switches/s on average, "
		"served %llu ticks ago\n", queue, query.cpus, msec(query.clock_ns), query.waiting,
		query.avg_rate, (unsigned long long)query.served_ticks);
	dump_tasks(out, s, "  waits: ", n, query.waiting);
}

static void dump_limit(FILE *out, const struct bpfland_group *g, unsigned waiting)
{
	fprintf(out, "  limit: %.3f ms of every %.3f ms, %.3f ms left, %s, %u held\n",
		msec(g->quota_ns), msec(g->period_ns), msec(g->budget_ns),
		g->held ? "used up" : "not used up", waiting);
}

/* A slot may be empty: groups come and go. */
static void dump_group(FILE *out, struct sched *s, unsigned slot)
{
	const struct bpfland_group *g = &s->skel->bss->described_group;
	struct bpfland_query query = { .id = slot };
	int n = sched_run(s->skel->progs.read_group, &query, sizeof(query));

	if (n < 0)
		return;
	fprintf(out, "group %u (%s, id %llu): below %u, weight %u%s, a task of nice 0 weighs %.2f, "
		"%.2f ready\n", slot, g->name, (unsigned long long)g->cgroup, g->parent, g->weight,
		g->idle ? ", idle" : "", g->task_weight / 1000.0, g->ready_weight / 1000.0);
	if (g->period_ns || query.waiting)
		dump_limit(out, g, query.waiting);
	dump_tasks(out, s, "  held: ", n, query.waiting);
}

static void dump_cpu(FILE *out, struct sched *s, unsigned cpu)
{
	const struct bpfland_cpu *c = &s->skel->bss->cpus[cpu];
	struct bpfland_query query = { .id = cpu };
	int r = sched_run(s->skel->progs.read_cpu, &query, sizeof(query));

	fprintf(out, "cpu %u: serves queue %u, used generation %llu, frequency %u of 1024%s\n", cpu,
		c->queue, (unsigned long long)live_load(&c->tunables.generation), query.frequency,
		c->preempting ? ", being preempted" : "");
	if (r > 0)
		dump_task(out, "  runs: ", &s->skel->bss->described[0]);
}

static void dump_tunables(FILE *out, const struct bpfland_tunables *t)
{
	fprintf(out, "bpfland: slice %.3f to %.3f ms, lag %.3f ms, starvation %.3f ms, interactive "
		"from %llu switches/s, flags 0x%llx\n", msec(t->slice_min_ns),
		msec(t->slice_max_ns), msec(t->slice_lag_ns), msec(t->starvation_ns),
		(unsigned long long)t->interactive_threshold, (unsigned long long)t->flags);
}

static void dump_power(FILE *out, struct sched *s)
{
	const char *const *words = tunable_table[TUNABLE_CPU_FREQUENCY].words;

	fprintf(out, "power: frequency %s, ", words[s->power.frequency]);
	if (s->power.throttle_ns)
		fprintf(out, "%.3f ms of rest after each %.3f ms, ", msec(s->power.throttle_ns),
			msec(s->power.run_ns));
	fprintf(out, "all CPUs %s now\n", s->skel->bss->resting ? "rest" : "may run");
}

/* In the order in which a task looks for an idle CPU in them. */
static void dump_domains(FILE *out, struct sched *s)
{
	static const char *const names[_BPFLAND_TIER_MAX] = {
		[BPFLAND_TIER_INTERACTIVE_FAST] = "faster CPUs of Interactive",
		[BPFLAND_TIER_INTERACTIVE] = "Interactive",
		[BPFLAND_TIER_PRIMARY_FAST] = "faster CPUs of Primary",
		[BPFLAND_TIER_PRIMARY] = "Primary",
		[BPFLAND_TIER_FAST] = "faster CPUs",
	};
	char list[CPULIST_MAX];

	for (int i = 0; i < _BPFLAND_TIER_MAX; i++)
		if (!cpus_empty(&s->tiers.cpus[i]))
			fprintf(out, "preferred: %s, %s\n",
				cpulist_format(&s->tiers.cpus[i], list), names[i]);
}

int sched_dump(struct sched *s, char **ret, struct error *err)
{
	_cleanup_free_ char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	unsigned n = sched_cpus(s);

	if (!out)
		return error_set(err, ERROR_FAILED, errno, "no memory for the dump");
	dump_tunables(out, &s->published);
	dump_power(out, s);
	dump_domains(out, s);
	for (unsigned queue = 0; queue < s->skel->bss->nr_queues; queue++)
		dump_queue(out, s, queue);
	for (unsigned slot = 1; slot < s->skel->bss->nr_groups; slot++)
		dump_group(out, s, slot);
	for (unsigned cpu = 0; cpu < n; cpu++)
		dump_cpu(out, s, cpu);
	if (fclose(out))
		return error_set(err, ERROR_FAILED, ENOMEM, "no memory for the dump");
	*ret = TAKE_PTR(text);
	return 0;
}
