/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The manager and statistics. Every scheduler counts from zero; the manager adds up, so that a
 * restart of the scheduler does not set back what clients have seen.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/waits.h"
#include "daemon/manager-internal.h"
#include "daemon/text.h"

static void add_attached(struct manager *m, uint64_t counter[_BPFLAND_COUNTER_MAX],
			 struct bpfland_latency latency[_BPFLAND_CLASS_MAX])
{
	struct bpfland_latency waited[_BPFLAND_CLASS_MAX];
	uint64_t counted[_BPFLAND_COUNTER_MAX];

	if (!m->sched)
		return;
	sched_counters(m->sched, counted);
	sched_latency(m->sched, waited);
	for (int c = 0; c < _BPFLAND_COUNTER_MAX; c++)
		counter[c] += counted[c];
	for (int class = 0; class < _BPFLAND_CLASS_MAX; class++)
		waits_add(&latency[class], &waited[class]);
}

void manager_keep_statistics(struct manager *m)
{
	add_attached(m, m->counted, m->waited);
}

void manager_statistics(struct manager *m, struct manager_statistics *ret)
{
	*ret = (struct manager_statistics){
		.since_usec = m->counting_since_usec,
		.time_usec = manager_now_realtime(),
		.generation = manager_generation(m),
	};
	memcpy(ret->counter, m->counted, sizeof(m->counted));
	memcpy(ret->latency, m->waited, sizeof(m->waited));
	add_attached(m, ret->counter, ret->latency);
	if (m->sched) {
		ret->uptime_usec = manager_now() - m->life.attached_usec;
		ret->n_cpus = sched_cpus(m->sched);
	}
}

unsigned manager_queued(struct manager *m)
{
	return m->sched ? sched_queued(m->sched) : 0;
}

uint64_t manager_cpu_generation(struct manager *m, unsigned cpu)
{
	return m->sched ? sched_cpu_generation(m->sched, cpu) : 0;
}

int manager_task(struct manager *m, uint32_t tid, struct bpfland_task *ret, struct error *err)
{
	if (!tid)
		return error_set(err, ERROR_INVALID_ARGS, EINVAL,
				 "task 0 is the kernel's idle task of each CPU, which nobody "
				 "schedules; allowed: the id of a thread, from 1");
	if (!m->sched)
		return error_set(err, ERROR_FAILED, ENOTCONN,
				 "bpfland is not attached, so it knows nothing about task %u; "
				 "the state is %s", tid, lifecycle_state_name(m->life.state));
	return sched_task(m->sched, tid, ret, err);
}

int manager_dump(struct manager *m, char **ret, struct error *err)
{
	char *text;
	int r;

	if (m->sched) {
		r = sched_dump(m->sched, &text, err);
		if (r < 0)
			return r;
	} else {
		text = strdup(m->last_exit.dump ? m->last_exit.dump : "");
		if (!text)
			return error_set(err, ERROR_FAILED, ENOMEM, "no memory for the dump");
	}
	text_clean(text);
	*ret = text;
	return 0;
}
