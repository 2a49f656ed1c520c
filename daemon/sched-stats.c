/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The door to BPF, for those who want to know: counters, waits, and the state of a task. Counters
 * are read from shared memory while they are being counted; the rest is asked of programs of the
 * loaded object, because it is the kernel's, and changes under a lock.
 */
#include <errno.h>
#include <string.h>

#include "daemon/waits.h"
#include "daemon/sched-internal.h"

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
