/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the scheduler's callbacks share: bpf/state.bpf.h and the small ones of bpf/wakeup.bpf.h.
 */
#pragma once

#include "tests/sim/place.h"

#define SCAN_CPUS 8
#define SCAN_TASKS 4
#define SPIN_WAKEUPS 1024

static inline u64 queue_clock(const struct sim *sim, const struct host_queue *q)
{
	return policy_clock(&q->policy, jiffies(sim), SIM_TICK_NS);
}

static inline struct task *occupant(const struct sim *sim, u32 cpu)
{
	struct task *p = sim->cpu[cpu].curr;

	return p && p->class != TASK_RT ? p : NULL;
}

static inline u64 uncharged(const struct sim *sim, const struct task *p, u32 cpu)
{
	u64 since = sim->cpu[cpu].clock - p->exec_start;

	if ((s64)since < 0)
		since = 0;
	return p->sum_exec + since - p->exec_ns;
}

static inline u32 task_weight(const struct sim *sim, const struct task *p)
{
	return policy_weight(p->weight, sim->host->groups[p->cgroup].scale);
}

static inline void change_queue(const struct sim *sim, struct task *p, u32 queue)
{
	if (p->queue == queue)
		return;
	policy_move(&p->policy, queue_clock(sim, queue_at(sim, p->queue)),
		    queue_clock(sim, queue_at(sim, queue)));
	p->queue = queue;
}

static inline u64 running_deadline(const struct sim *sim, const struct task *p, u32 cpu, u64 ran)
{
	u64 clock = queue_clock(sim, queue_at(sim, cpu_at(sim, cpu)->queue));
	u64 deadline = p->policy.vruntime + policy_recent(&p->policy);

	if (p->queue != cpu_at(sim, cpu)->queue)
		deadline += clock - queue_clock(sim, queue_at(sim, p->queue));
	return policy_running_deadline(deadline, clock - sim->tunables.slice_lag_ns, ran,
				       task_weight(sim, p));
}

static inline bool queue_head(struct sim *sim, u32 queue, u32 cpu, u64 *ret)
{
	int n = 0;

	for (struct queue_node *node = sim->dsq[queue].first; node; node = queue_next(node)) {
		if (cpuset_has(&task_of_node(node)->allowed, cpu)) {
			*ret = node->deadline;
			return true;
		}
		if (++n >= SCAN_TASKS)
			break;
	}
	return false;
}

/* @p, ready on @cpu, where nothing of ours runs: true if that CPU is now for it alone. */
bool host_start_on(struct sim *sim, struct task *p, u32 cpu, unsigned enq_flags);
/* A woken task, to be placed on @cpu: true if it does not have to get in line. */
bool host_wake(struct sim *sim, struct task *p, u32 cpu, u64 clock, u64 deadline,
	       unsigned enq_flags, struct policy_wakeup *w);
/* No CPU was idle, and the task's own has better to do: does it take another? */
bool host_wake_elsewhere(struct sim *sim, struct task *p, u32 cpu, struct policy_wakeup *w);
