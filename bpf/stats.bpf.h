/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Statistics: how long woken tasks wait for a CPU, and what the scheduler knows about one task.
 * Included once.
 */
#pragma once

#include "bandwidth.bpf.h"
#include "group.bpf.h"
#include "state.bpf.h"

/* Whether this kernel keeps the account of waits that latency_settle() reads. */
static __always_inline bool latency_known(void)
{
	return bpf_core_field_exists(struct task_struct, sched_info.run_delay);
}

/* For latency_bucket(): how many bits a number below 256 has. */
#define BITS_4(n) n, n, n, n
#define BITS_16(n) BITS_4(n), BITS_4(n), BITS_4(n), BITS_4(n)
#define BITS_64(n) BITS_16(n), BITS_16(n), BITS_16(n), BITS_16(n)
static const u8 bits_of[256] = {
	0, 1, 2, 2, BITS_4(3), BITS_4(4), BITS_4(4), BITS_16(5), BITS_16(6), BITS_16(6),
	BITS_64(7), BITS_64(8), BITS_64(8),
};

/*
 * The bucket of a wait: the number of its bits, in µs. Multiplied by 2^32 / 1000, rounded up,
 * instead of divided; that is too much by less than one in a million.
 */
static __always_inline u32 latency_bucket(u64 ns)
{
	u32 us = (policy_min(ns, BPFLAND_LATENCY_MAX_NS) * 4294968) >> 32, bucket;

	if (us < 1 << 8)
		bucket = bits_of[us];
	else if (us < 1 << 16)
		bucket = bits_of[(us >> 8) & 0xff] + 8;
	else
		bucket = bits_of[(us >> 16) & 0xff] + 16;
	return bucket < BPFLAND_LATENCY_BUCKETS ? bucket : BPFLAND_LATENCY_BUCKETS - 1;
}

static __always_inline void latency_count(struct bpfland_cpu *me, struct task_struct *p,
					  const struct task_state *s, u64 ns)
{
	u32 class = s->policy.interactive ? BPFLAND_CLASS_INTERACTIVE : BPFLAND_CLASS_OTHER;
	struct bpfland_latency *l;

	if (p->policy != SCHED_NORMAL && p->policy != SCHED_EXT)
		class = BPFLAND_CLASS_BACKGROUND;
	l = &me->latency[class];
	l->bucket[latency_bucket(ns)]++;
	l->sum_ns += ns;
	if (ns > l->max_ns)
		l->max_ns = ns;
}

/*
 * @p ran since it was settled last, and is ready again. If it had been woken for that run, what it
 * waited is counted, by the class that it woke up as. Neither end of the wait needs a timestamp or
 * a callback of ours: the kernel adds up for each task how long it was ready and did not run, so
 * its sum when the task wakes up and its sum the next time that we see it tell.
 */
static __always_inline void latency_settle(struct bpfland_cpu *me, struct task_struct *p,
					   struct task_state *s, bool wakes)
{
	u64 waited;

	if (!latency_known())
		return;
	waited = p->sched_info.run_delay;
	if (s->woke_at)
		latency_count(me, p, s, waited + 1 - s->woke_at);
	s->woke_at = wakes ? waited + 1 : 0;
}

/* In hundredths of nice 0, rounded; of who runs at all, not 0. */
static __always_inline u32 weight_shown(u32 weight)
{
	u32 shown = (weight + (1U << (POLICY_WEIGHT_SHIFT - 1))) >> POLICY_WEIGHT_SHIFT;

	return shown ? shown : 1;
}

/* Results of describe_task(), for user space; the last one is for the kernel's debug dump. */
struct bpfland_task described[BPFLAND_DESCRIBED];

/* As of now, for tasks in any state: writes described[@slot]; 0 if the task is none of ours. */
__noinline int describe_task(struct task_struct *p __arg_trusted, u32 slot)
{
	struct bpfland_task *d = &described[slot & (BPFLAND_DESCRIBED - 1)];
	struct bpfland_tunables t = {};
	struct task_state *s = task_state(p);
	struct policy_task copy;
	bool clamped;
	u64 clock;

	d->pid = p->pid;
	d->policy = p->policy;
	bpf_probe_read_kernel_str(d->name, sizeof(d->name), p->comm);
	if (!s)
		return 0;
	/* A copy of our own: the one of this CPU belongs to callbacks, which may interrupt this. */
	if (!live_refresh(&live, &t))
		return -11;	/* EAGAIN */
	copy = s->policy;
	clock = queue_clock(queue_of(s));
	d->queue = s->queue;
	d->cpu = p->thread_info.cpu;
	d->weight = weight_shown(task_weight(s));
	d->interactive = copy.interactive;
	d->running = scx_bpf_task_running(p);
	d->ready = (p->scx.flags & SCX_TASK_QUEUED) != 0;
	d->rate = copy.rate;
	d->avg_rate = queue_of(s)->policy.avg_rate;
	d->threshold = policy_threshold(&queue_of(s)->policy, &t);
	d->avg_run_ns = copy.avg_run_ns;
	d->run_ns = copy.run_ns;
	d->recent_ns = policy_recent(&copy);
	d->lag_ns = clock - copy.vruntime;
	d->deadline_ns = policy_deadline(&copy, clock, &t, &clamped) - clock;
	d->slice_ns = p->scx.slice;
	d->ran_ns = p->se.sum_exec_runtime;
	d->waited_ns = latency_known() ? p->sched_info.run_delay : 0;
	d->voluntary_switches = p->nvcsw;
	return 1;
}

/* What is known about the task ctx->pid: 1 and described[0], 0 if it is not ours, else -errno. */
SEC("syscall")
int read_task(struct bpfland_query *ctx)
{
	struct task_struct *p = bpf_task_from_pid(ctx->id);
	int r;

	if (!p)
		return -3;	/* ESRCH */
	r = describe_task(p, 0);
	bpf_task_release(p);
	return r;
}

/* The first of those who wait in @dsq: how many are in described[]. */
static __always_inline u32 describe_waiting(u64 dsq)
{
	struct task_struct *p;
	u32 n = 0;

	bpf_rcu_read_lock();
	bpf_for_each(scx_dsq, p, dsq, 0) {
		if (n >= BPFLAND_DESCRIBED - 1)
			break;
		describe_task(p, n++);
	}
	bpf_rcu_read_unlock();
	return n;
}

/* The queue ctx->id and the first of those who wait in it: how many are in described[]. */
SEC("syscall")
int read_queue(struct bpfland_query *ctx)
{
	const struct queue *q = queue_at(ctx->id);

	if (ctx->id >= nr_queues)
		return -2;	/* ENOENT */
	ctx->clock_ns = queue_clock(q);
	ctx->avg_rate = q->policy.avg_rate;
	ctx->cpus = q->balance.cpus;
	ctx->served_ticks = bpf_jiffies64() - q->served;
	ctx->waiting = scx_bpf_dsq_nr_queued(ctx->id);
	return describe_waiting(ctx->id);
}

/* Result of read_group(). */
struct bpfland_group described_group;

/* The group in the slot ctx->id, and the first of those it makes wait, as read_queue() does. */
SEC("syscall")
int read_group(struct bpfland_query *ctx)
{
	struct bpfland_group *d = &described_group;
	const struct group *g = group_at(ctx->id);
	struct cgroup *cgrp = (struct cgroup *)g->cgroup;

	if (ctx->id >= MAX_GROUPS || !g->used)
		return -2;	/* ENOENT */
	d->cgroup = BPF_CORE_READ(cgrp, kn, id);
	bpf_probe_read_kernel_str(d->name, sizeof(d->name), BPF_CORE_READ(cgrp, kn, name));
	d->task_weight = g->scale * 1000 / ((1ULL << POLICY_SCALE_SHIFT) / 100);
	d->ready_weight = g->total * 1000 >> POLICY_WEIGHT_SHIFT;
	d->quota_ns = g->limit.quota_ns;
	d->period_ns = g->limit.period_ns;
	d->budget_ns = g->limit.budget;
	d->parent = g->parent;
	d->weight = g->weight;
	d->idle = g->idle;
	d->held = g->limit.held;
	if (!bandwidth || !g->queue)
		return 0;
	ctx->waiting = scx_bpf_dsq_nr_queued(HELD_QUEUE + ctx->id);
	return describe_waiting(HELD_QUEUE + ctx->id);
}

/* How many tasks wait in all queues. */
SEC("syscall")
int count_queued(struct bpfland_query *ctx)
{
	u32 n = nr_queues, sum = 0, i;

	bpf_for(i, 0, n)
		sum += scx_bpf_dsq_nr_queued(i);
	return sum;
}

/*
 * The CPU ctx->id: 1 and described[0] if a task of ours runs there, 0 if none does or, below 6.18,
 * nobody can tell.
 */
SEC("syscall")
int read_cpu(struct bpfland_query *ctx)
{
	const struct rq *rq = bpf_per_cpu_ptr(&runqueues, ctx->id);
	struct task_struct *p = NULL;
	int r = 0;

	if (!rq)
		return -2;	/* ENOENT */
	ctx->frequency = rq->scx.cpuperf_target;
	if (!kfunc_exists(scx_bpf_cpu_curr))
		return 0;
	bpf_rcu_read_lock();
	p = scx_bpf_cpu_curr(ctx->id);
	if (p && p->pid)
		r = describe_task(p, 0);
	bpf_rcu_read_unlock();
	return r;
}
