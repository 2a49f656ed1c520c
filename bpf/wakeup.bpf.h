/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A task woke up and no CPU was idle: does it take one from another task, and which? Called from
 * enqueue(), by whoever makes the wake-up, with the lock of the task's CPU held. Included once.
 */
#pragma once

#include "domains.bpf.h"
#include "group.bpf.h"
#include "state.bpf.h"

/* How many CPUs are looked at to find one to preempt. */
#define SCAN_CPUS 8

/*
 * The task of ours that runs on @cpu; NULL if it is idle or runs something else. From another CPU
 * that can be told since 6.18.
 */
static __always_inline struct task_struct *occupant(u32 cpu)
{
	struct task_struct *p = NULL;

	if (cpu == bpf_get_smp_processor_id())
		p = bpf_get_current_task_btf();
	else if (bpf_ksym_exists(scx_bpf_cpu_curr))
		p = scx_bpf_cpu_curr(cpu);
	return p && p->pid && p->prio >= MAX_RT_PRIO ? p : NULL;
}

/*
 * What @p, which runs on @cpu, has run since it was charged last. The clock is that CPU's: exact if
 * its lock is held (it is for the CPU that a task wakes on), else not older than a tick.
 */
static __always_inline u64 uncharged(struct task_struct *p, const struct task_state *s, u32 cpu)
{
	const struct rq *rq = bpf_per_cpu_ptr(&runqueues, cpu);
	u64 since = rq ? rq->clock_task - p->se.exec_start : 0;

	if ((s64)since < 0)
		since = 0;
	return p->se.sum_exec_runtime + since - s->exec_ns;
}

/* As of now, the deadline of @p, which runs and has @ran since it was charged. */
static __always_inline u64 running_deadline(struct task_struct *p, const struct task_state *s,
					    u64 ran, u64 earliest)
{
	return policy_running_deadline(s->policy.vruntime + policy_recent(&s->policy), earliest,
				       ran, task_weight(p, s));
}

/* Whether the woken task @p takes @cpu from @running. */
static __always_inline bool may_preempt(struct task_struct *p, u64 deadline, u32 cpu,
					struct task_struct *running, enum policy_waker waker)
{
	const struct bpfland_tunables *t = &cpu_at(bpf_get_smp_processor_id())->tunables;
	u64 earliest = queue_clock(queue_at(cpu_at(cpu)->queue)) - t->slice_lag_ns, ran;
	struct policy_wakeup w = {
		.deadline = deadline,
		.waker = waker,
	};
	struct task_state *s;

	/* Asked first, for it is the common case and needs nothing. */
	if (waker == POLICY_WAKER_RUNNING)
		return false;
	s = task_state(running);
	if (!s)
		return false;
	ran = uncharged(running, s, cpu);
	w.batch = task_patient(p);
	w.running_lowly = task_lowly(running, s);
	w.ran_ns = s->policy.run_ns + ran;
	w.running_deadline = running_deadline(running, s, ran, earliest);
	return policy_preempts(&w);
}

/* A task that may run on one CPU only and, by a tunable, goes ahead of the shared queue there. */
static __always_inline bool is_local(struct task_struct *p, const struct bpfland_tunables *t)
{
	u64 local = 0;

	if (p->nr_cpus_allowed != 1)
		return false;
	/* With one CPU everything is bound to it, which would make a rule of the exception. */
	if (!alone)
		local |= BPFLAND_LOCAL_PER_CPU;
	if (p->flags & PF_KTHREAD)
		local |= BPFLAND_LOCAL_KTHREADS;
	return t->flags & local;
}

/*
 * A woken task and the CPU that it wakes on: 1 if it goes straight there. If it preempts, it goes
 * to the head of the local queue, and the kernel ends the running task's slice: no second
 * interrupt, no way through the shared queue.
 *
 * This and wake_elsewhere() are global functions, so that the verifier looks at each of them once
 * and not in every state of their caller.
 */
__noinline int wake_here(struct task_struct *p __arg_trusted, u32 cpu, u64 deadline, u64 enq_flags)
{
	struct bpfland_cpu *me = cpu_at(bpf_get_smp_processor_id()), *c = cpu_at(cpu);
	const struct bpfland_tunables *t = &me->tunables;
	struct task_struct *running = occupant(cpu);
	enum policy_waker waker = POLICY_WAKER_OTHER;
	u64 head = deadline;
	struct task_state *s;

	if (!running) {
		/* For the tasks that select_cpu() does not see. */
		if (scx_bpf_test_and_clear_cpu_idle(cpu)) {
			scx_bpf_dsq_insert(p, SCX_DSQ_LOCAL, t->slice_max_ns, enq_flags);
			me->counter[BPFLAND_COUNTER_DIRECT_DISPATCHES]++;
			return 1;
		}
	} else if (!c->preempting) {
		/* One at a time: who comes next meanwhile is sorted by deadline. */
		if (me == c) {
			int hard = in_hard_interrupt();

			if (hard <= 0)
				waker = hard ? POLICY_WAKER_UNKNOWN : POLICY_WAKER_RUNNING;
		}
		if (may_preempt(p, deadline, cpu, running, waker)) {
			c->preempting = true;
			scx_bpf_dsq_insert(p, SCX_DSQ_LOCAL, t->slice_max_ns,
					   enq_flags | SCX_ENQ_PREEMPT);
			me->counter[BPFLAND_COUNTER_PREEMPTIONS]++;
			return 1;
		}
	}
	if (!is_local(p, t) && !(t->flags & BPFLAND_STICKY_TASKS))
		return 0;
	s = task_state(p);
	/* Behind a real-time task a sticky one would wait, though it may run elsewhere. */
	if (!s || !(is_local(p, t) || (running && policy_sticky(&s->policy))))
		return 0;
	if (!queue_head(c->queue, cpu, &head) && scx_bpf_dsq_nr_queued(c->queue) > 0)
		return 0;
	if (policy_may_bypass(&s->policy, deadline, queue_clock(queue_at(c->queue)), head)) {
		scx_bpf_dsq_insert(p, SCX_DSQ_LOCAL, t->slice_min_ns, enq_flags);
		me->counter[BPFLAND_COUNTER_LOCAL_DISPATCHES]++;
		return 1;
	}
	return 0;
}

/*
 * What wake_elsewhere() on each CPU has found so far. In memory, because the verifier follows every
 * value that a loop keeps in registers or on the stack, and this loop keeps too many.
 */
static struct victim {
	u64 deadline;
	u64 ran_ns;
	u32 cpu;
	u32 lowly;
} victims[BPFLAND_MAX_CPUS];

/*
 * No CPU was idle and the task's own has better to do: of the CPUs near it, the one whose task has
 * the latest deadline, if the woken task may take it. It waits in the queue that this CPU serves.
 * An interactive task bothers only those of its domain.
 */
__noinline int wake_elsewhere(struct task_struct *p __arg_trusted, u32 cpu, u64 deadline)
{
	u32 here = bpf_get_smp_processor_id(), n = nr_cpus, i;
	struct victim *v = &victims[here & (BPFLAND_MAX_CPUS - 1)];
	struct bpfland_cpu *me = cpu_at(here);
	u32 queue = cpu_at(cpu)->queue;
	u64 earliest = queue_clock(queue_at(queue)) - me->tunables.slice_lag_ns;
	u32 now = (u8)tiers_now ? tiers_of(tiers_now, task_state(p), &me->tunables) : 0;
	const struct cpumask *domain = tier_cpus(now, BPFLAND_TIER_INTERACTIVE);
	struct policy_wakeup w = {
		.deadline = deadline,
		.waker = POLICY_WAKER_OTHER,
		.batch = task_patient(p),
	};

	v->deadline = deadline;
	v->cpu = n;
	bpf_for(i, 1, n < SCAN_CPUS ? n : SCAN_CPUS) {
		u32 other = (cpu + i) % n;
		struct task_struct *running;
		struct task_state *s;
		u64 ran, d;

		if (other == here || cpu_at(other)->queue != queue || cpu_at(other)->preempting ||
		    !bpf_cpumask_test_cpu(other, p->cpus_ptr) ||
		    (domain && !bpf_cpumask_test_cpu(other, domain)))
			continue;
		running = occupant(other);
		s = running ? task_state(running) : NULL;
		if (!s)
			continue;
		ran = uncharged(running, s, other);
		d = running_deadline(running, s, ran, earliest);
		if (policy_before(v->deadline, d)) {
			v->deadline = d;
			v->ran_ns = s->policy.run_ns + ran;
			v->cpu = other;
			v->lowly = task_lowly(running, s);
		}
	}
	if (v->cpu == n)
		return 0;
	w.running_deadline = v->deadline;
	w.ran_ns = v->ran_ns;
	w.running_lowly = v->lowly;
	if (!policy_preempts(&w))
		return 0;
	cpu_at(v->cpu)->preempting = true;
	scx_bpf_kick_cpu(v->cpu, SCX_KICK_PREEMPT);
	me->counter[BPFLAND_COUNTER_REMOTE_PREEMPTIONS]++;
	return 1;
}
