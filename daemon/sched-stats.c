/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The door to BPF, for those who want to know: counters, waits, and the state of a task, a queue, a
 * CPU. Counters are read from shared memory while they are being counted; the rest is asked of
 * programs of the loaded object, because it is the kernel's, and changes under a lock.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/cleanup.h"
#include "daemon/waits.h"
#include "daemon/sched-internal.h"

/* Of these, one program fills as many as its answer says; the last is the kernel's own. */
#define ASKED_MAX (BPFLAND_DESCRIBED - 1)

unsigned sched_cpus(struct sched *s)
{
	uint32_t n = s->skel->bss->nr_cpus;

	return n < BPFLAND_MAX_CPUS ? n : BPFLAND_MAX_CPUS;
}

void sched_counters(struct sched *s, uint64_t ret[_BPFLAND_COUNTER_MAX])
{
	unsigned n = sched_cpus(s);

	memset(ret, 0, _BPFLAND_COUNTER_MAX * sizeof(*ret));
	for (unsigned cpu = 0; cpu < n; cpu++)
		for (int i = 0; i < _BPFLAND_COUNTER_MAX; i++)
			ret[i] += live_load(&s->skel->bss->cpus[cpu].counter[i]);
}

uint64_t sched_cpu_generation(struct sched *s, unsigned cpu)
{
	return cpu < sched_cpus(s) ? live_load(&s->skel->bss->cpus[cpu].tunables.generation) : 0;
}

void sched_latency(struct sched *s, struct bpfland_latency ret[_BPFLAND_CLASS_MAX])
{
	unsigned n = sched_cpus(s);

	memset(ret, 0, _BPFLAND_CLASS_MAX * sizeof(*ret));
	for (unsigned cpu = 0; cpu < n; cpu++) {
		for (int class = 0; class < _BPFLAND_CLASS_MAX; class++) {
			const struct bpfland_latency *l = &s->skel->bss->cpus[cpu].latency[class];
			struct bpfland_latency copy;

			for (unsigned b = 0; b < BPFLAND_LATENCY_BUCKETS; b++)
				copy.bucket[b] = live_load(&l->bucket[b]);
			copy.sum_ns = live_load(&l->sum_ns);
			copy.max_ns = live_load(&l->max_ns);
			waits_add(&ret[class], &copy);
		}
	}
}

unsigned sched_queued(struct sched *s)
{
	struct bpfland_query query = {};
	int n = sched_run(s->skel->progs.count_queued, &query, sizeof(query));

	return n > 0 ? (unsigned)n : 0;
}

/* What the kernel calls the classes that it serves before ours. */
static const char *policy_name(uint32_t policy)
{
	static const char *const names[] = { [1] = "SCHED_FIFO", [2] = "SCHED_RR",
					     [6] = "SCHED_DEADLINE" };

	return policy < sizeof(names) / sizeof(*names) ? names[policy] : NULL;
}

int sched_task(struct sched *s, uint32_t tid, struct bpfland_task *ret, struct error *err)
{
	struct bpfland_query query = { .id = tid };
	const struct bpfland_task *d = &s->skel->bss->described[0];
	int r = sched_run(s->skel->progs.read_task, &query, sizeof(query));

	if (r == -ESRCH)
		return error_set(err, ERROR_NO_SUCH_TASK, ESRCH, "there is no task %u", tid);
	if (r >= 0 && policy_name(d->policy))
		return error_set(err, ERROR_NOT_SUPPORTED, EOPNOTSUPP,
				 "task %u (%.16s) is of %s, which the kernel runs before all that "
				 "bpfland schedules", tid, d->name, policy_name(d->policy));
	if (r < 0)
		return error_set(err, ERROR_FAILED, r, "task %u: the scheduler cannot be asked: %s",
				 tid, strerror(-r));
	if (!r)
		return error_set(err, ERROR_FAILED, ENOENT,
				 "task %u (%.16s) is not known to the scheduler", tid, d->name);
	*ret = *d;
	return 0;
}

static void dump_task(FILE *out, const char *where, const struct bpfland_task *d)
{
	fprintf(out,
		"%s%s[%u]: %s, %u switches/s, weight %u, cpu %u, deadline %+.3f ms, lag %+.3f ms, "
		"run %.3f ms since it slept, average %.3f ms\n",
		where, d->name, d->pid, d->interactive ? "interactive" : "other", d->rate,
		d->weight, d->cpu, (double)d->deadline_ns / 1e6, (double)d->lag_ns / 1e6,
		(double)d->run_ns / 1e6, (double)d->avg_run_ns / 1e6);
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
		"served %llu ticks ago\n", queue, query.cpus, (double)query.clock_ns / 1e6,
		query.waiting, query.avg_rate, (unsigned long long)query.served_ticks);
	for (int i = 0; i < n && i < ASKED_MAX; i++)
		dump_task(out, "  waits: ", &s->skel->bss->described[i]);
	if (query.waiting > (unsigned)n)
		fprintf(out, "  and %u more\n", query.waiting - (unsigned)n);
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
		"from %llu switches/s, flags 0x%llx\n", (double)t->slice_min_ns / 1e6,
		(double)t->slice_max_ns / 1e6, (double)t->slice_lag_ns / 1e6,
		(double)t->starvation_ns / 1e6, (unsigned long long)t->interactive_threshold,
		(unsigned long long)t->flags);
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
	for (unsigned queue = 0; queue < s->skel->bss->nr_queues; queue++)
		dump_queue(out, s, queue);
	for (unsigned cpu = 0; cpu < n; cpu++)
		dump_cpu(out, s, cpu);
	if (fclose(out))
		return error_set(err, ERROR_FAILED, ENOMEM, "no memory for the dump");
	*ret = TAKE_PTR(text);
	return 0;
}
