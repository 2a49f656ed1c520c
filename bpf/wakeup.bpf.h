/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A task woke up and no CPU was idle: does it take one from another task, and which? Called from
 * enqueue(), by whoever makes the wake-up, with the lock of the task's CPU held. Included once.
 */
#pragma once

#include "group.bpf.h"
#include "idle.bpf.h"
#include "state.bpf.h"

/* How many CPUs are looked at to find one to preempt. */
#define SCAN_CPUS 8

/*
 * So many wake-ups on a CPU may be taken for those of a task that spins, then it has to be seen to
 * spin again: what that costs is little, and so is the harm of a mistake.
 */
#define SPIN_WAKEUPS 1024

/*
 * The task of ours that runs on @cpu; NULL if it is idle or runs something else. From another CPU
 * that can be told since 6.18.
 */
static __always_inline struct task_struct *occupant(u32 cpu)
{
	struct task_struct *p = NULL;

	if (cpu == bpf_get_smp_processor_id())
		p = bpf_get_current_task_btf();
	else if (kfunc_exists(scx_bpf_cpu_curr))
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

/*
 * As of now, the deadline of @p, which runs on @cpu and has @ran since it was charged. It is on the
 * clock of that CPU's queue: else who waits there might do so for ever, if @p was stolen.
 */
static __always_inline u64 running_deadline(struct task_struct *p, const struct task_state *s,
					    u32 cpu, u64 ran, const struct bpfland_tunables *t)
{
	u32 queue = alone ? 0 : cpu_at(cpu)->queue;
	u64 clock = queue_clock(queue_at(queue));
	u64 deadline = s->policy.vruntime + policy_recent(&s->policy);

	if (several_queues() && s->queue != queue)
		deadline += clock - queue_clock(queue_of(s));
	return policy_running_deadline(deadline, clock - t->slice_lag_ns, ran, task_weight(s));
}

/*
 * Whether somebody is about to take the CPU from @running already, be it by a kick that has yet to
 * arrive. One at a time: who comes next meanwhile is sorted by deadline.
 */
static __always_inline bool on_its_way(const struct bpfland_cpu *c,
				       const struct task_struct *running)
{
	return c->preempting || !running->scx.slice;
}

/* Whether a woken task takes @cpu from @running. */
static __always_inline bool may_preempt(struct policy_wakeup *w, u32 cpu,
					struct task_struct *running,
					const struct bpfland_tunables *t)
{
	struct task_state *s;
	u64 ran;

	/* Asked first, for it is the common case and needs nothing. */
	if (w->waker == POLICY_WAKER_RUNNING || w->batch)
		return false;
	s = task_state(running);
	if (!s)
		return false;
	ran = uncharged(running, s, cpu);
	w->ran_ns = s->policy.run_ns + ran;
	w->running_deadline = running_deadline(running, s, cpu, ran, t);
	w->running_lowly = task_lowly(running, s);
	return policy_preempts(w, t);
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
 * A CPU that is on its way out of idle to take a task from @queue gets another one, which may run
 * nowhere else: the next idle CPU shall come.
 */
static __always_inline void pass_on(struct bpfland_cpu *me, u32 queue)
{
	struct task_struct *p;

	bpf_for_each(scx_dsq, p, queue, 0) {
		s32 idle = pick_idle(task_cpus(p), p->thread_info.cpu);

		if (idle >= 0) {
			scx_bpf_kick_cpu(idle, SCX_KICK_IDLE);
			me->counter[BPFLAND_COUNTER_IDLE_KICKS]++;
		}
		break;
	}
}

/*
 * Nothing of ours runs on @cpu, where @p is ready: 1 if that CPU was idle, nobody else had claimed
 * it, and it is now for @p alone. For the tasks that select_cpu() does not see: a CPU that is sent
 * to the shared queue for one of them may find another there, and leave this one to others.
 */
__noinline int start_on(struct task_struct *p __arg_trusted, u32 cpu, u64 enq_flags)
{
	struct bpfland_cpu *me = cpu_at(bpf_get_smp_processor_id());

	if (scx_bpf_test_and_clear_cpu_idle(cpu)) {
		struct task_state *s = task_state(p);

		if (s)
			s->policy.unopposed = !alone;
		scx_bpf_dsq_insert(p, SCX_DSQ_LOCAL, me->tunables.slice_max_ns, enq_flags);
		me->counter[BPFLAND_COUNTER_DIRECT_DISPATCHES]++;
		return 1;
	}
	if (!alone)
		pass_on(me, cpu_at(cpu)->errand);
	return 0;
}

/*
 * A woken task and the CPU that it wakes on: 1 if it goes straight there. If it preempts, it goes
 * to the head of the local queue, and the kernel ends the running task's slice: no second
 * interrupt, no way through the shared queue.
 *
 * This and wake_elsewhere() are global functions, so that the verifier looks at each of them once
 * and not in every state of their caller.
 */
__noinline int wake_here(struct task_struct *p __arg_trusted, u32 cpu,
			 struct policy_wakeup *w __arg_nonnull, u64 enq_flags)
{
	struct bpfland_cpu *me = cpu_at(bpf_get_smp_processor_id()), *c = cpu_at(cpu);
	const struct bpfland_tunables *t = &me->tunables;
	struct task_struct *running = occupant(cpu);
	u64 head = w->deadline;
	struct task_state *s;

	if (!running) {
		if (start_on(p, cpu, enq_flags))
			return 1;
	} else if (!on_its_way(c, running)) {
		if (may_preempt(w, cpu, running, t)) {
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
	if (policy_may_bypass(&s->policy, w->deadline, queue_clock(queue_at(c->queue)), head)) {
		scx_bpf_dsq_insert(p, SCX_DSQ_LOCAL, t->slice_min_ns, enq_flags);
		me->counter[BPFLAND_COUNTER_LOCAL_DISPATCHES]++;
		return 1;
	}
	return 0;
}

/* Who makes a wake-up; @here: on the CPU of the woken task. */
static __always_inline enum policy_waker who_wakes(bool here)
{
	int hard = in_hard_interrupt();

	if (hard > 0)
		return POLICY_WAKER_INTERRUPT;
	if (!here)
		return POLICY_WAKER_OTHER;
	return hard ? POLICY_WAKER_UNKNOWN : POLICY_WAKER_RUNNING;
}

/* @p did not stop by its own will: does it spin? */
static __always_inline void end_turn(struct bpfland_cpu *me, const struct task_struct *p,
				     struct task_state *s)
{
	if (policy_end_turn(&s->policy, p->se.sum_exec_runtime - s->exec_ns, me->wakeups,
			    &me->tunables)) {
		me->spinners |= 1ULL << (p->pid & 63);
		me->spins = SPIN_WAKEUPS;
	}
	me->wakeups = 0;
}

/*
 * The running task makes a wake-up: does it spin? Only the first one of its turn may be that, and
 * only where somebody was seen to: so that nearly everybody does without the look.
 */
static __always_inline bool waker_spins(struct bpfland_cpu *me)
{
	struct task_struct *current;
	const struct task_state *s;

	if (me->wakeups++ || !me->spins)
		return false;
	current = bpf_get_current_task_btf();
	if (!(me->spinners >> (current->pid & 63) & 1))
		return false;
	if (!--me->spins)
		me->spinners = 0;
	s = task_state(current);
	return s && s->policy.spins;
}

/*
 * Whether nobody waits in @q, which is @me's. To ask the kernel is a search, so who gets in line
 * leaves a note. Two CPUs may write it at the same moment: then a task waits that is not noted.
 */
static __always_inline bool queue_empty(const struct bpfland_cpu *me, struct queue *q)
{
	if (!q->policy.waiting)
		return true;
	if (scx_bpf_dsq_nr_queued(me->queue) > 0)
		return false;
	q->policy.waiting = 0;
	return true;
}

/*
 * Whether nobody but the running task and @p, which wakes up @here, is ready for this CPU, and @p
 * is for no other. Once per tick it gets in line all the same: on a CPU that never asks for
 * the next task nobody would notice who is not noted, nor help another queue.
 */
static __always_inline bool is_next(const struct bpfland_cpu *me, const struct task_struct *p,
				    struct queue *q, bool here)
{
	const struct rq *rq = bpf_this_cpu_ptr(&runqueues);

	if (!here || rq->scx.nr_running != 2)
		return false;
	return alone || (p->nr_cpus_allowed == 1 && me->asked_tick == (u32)bpf_jiffies64() &&
			 queue_empty(me, q));
}

/* The running task made the wake-up: it goes on, and the woken one has no way of its own. */
static __always_inline bool goes_on(const struct policy_wakeup *w, struct task_struct *p,
				    const struct bpfland_tunables *t)
{
	return w->waker == POLICY_WAKER_RUNNING && !is_local(p, t) &&
	       !(t->flags & BPFLAND_STICKY_TASKS);
}

/*
 * The woken task @p, to be placed on @cpu, in whose queue @q it is at @clock: true if it does not
 * have to get in line. Leaves in *@w what is known of the wake-up.
 */
static __always_inline bool wake(struct bpfland_cpu *me, struct task_struct *p,
				 const struct task_state *s, u32 cpu, struct queue *q, u64 clock,
				 u64 deadline, u64 enq_flags, struct policy_wakeup *w)
{
	const struct bpfland_tunables *t = &me->tunables;
	bool here = alone || cpu == bpf_get_smp_processor_id();
	bool follows = is_next(me, p, q, here) && policy_may_follow(deadline, clock, t);

	w->deadline = deadline;
	w->waker = who_wakes(here);
	if (w->waker == POLICY_WAKER_RUNNING && waker_spins(me))
		w->waker = POLICY_WAKER_OTHER;
	if (!((alone || follows) && goes_on(w, p, t))) {
		w->brief = policy_is_brief(&s->policy, deadline, clock);
		w->batch = task_patient(p);
		if (wake_here(p, cpu, w, enq_flags))
			return true;
	}
	if (!follows)
		return false;
	scx_bpf_dsq_insert(p, SCX_DSQ_LOCAL, t->slice_max_ns, enq_flags);
	me->counter[BPFLAND_COUNTER_HANDOVERS]++;
	return true;
}

/* What wake_elsewhere() on each CPU has found so far; a cache line for each. */
static struct victim {
	u64 deadline;
	u64 ran_ns;
	u32 cpu;
	u32 lowly;
} __attribute__((aligned(64))) victims[BPFLAND_MAX_CPUS];

/*
 * If what runs on @cpu may be preempted and its deadline is later than what was found so far, it
 * is what was found. A global function, with what it finds in memory, so that the verifier looks at
 * it once: in the loop it would follow every value, and took a hundred thousand steps.
 */
__noinline int look_for_victim(u32 cpu)
{
	u32 here = bpf_get_smp_processor_id();
	struct victim *v = &victims[here & (BPFLAND_MAX_CPUS - 1)];
	struct task_struct *running = occupant(cpu);
	struct task_state *s;
	u64 ran, deadline;

	if (!running || on_its_way(cpu_at(cpu), running))
		return 0;
	s = task_state(running);
	if (!s)
		return 0;
	ran = uncharged(running, s, cpu);
	deadline = running_deadline(running, s, cpu, ran, &cpu_at(here)->tunables);
	if (!policy_before(v->deadline, deadline))
		return 0;
	v->deadline = deadline;
	v->ran_ns = s->policy.run_ns + ran;
	v->cpu = cpu;
	v->lowly = task_lowly(running, s);
	return 1;
}

/*
 * No CPU was idle and the task's own has better to do: of the CPUs near it, the one whose task has
 * the latest deadline, if the woken task may take it. It waits in the queue that this CPU serves.
 * An interactive task bothers only those of its domain.
 */
__noinline int wake_elsewhere(struct task_struct *p __arg_trusted, u32 cpu,
			      struct policy_wakeup *w __arg_nonnull)
{
	u32 here = bpf_get_smp_processor_id(), n = nr_cpus, i;
	struct victim *v = &victims[here & (BPFLAND_MAX_CPUS - 1)];
	struct bpfland_cpu *me = cpu_at(here);
	u32 queue = cpu_at(cpu)->queue;
	u32 now = (u8)tiers_now ? tiers_of(tiers_now, task_state(p), &me->tunables) : 0;
	const struct cpumask *domain = tier_cpus(now, BPFLAND_TIER_INTERACTIVE);
	const struct bpfland_tunables *t = &me->tunables;

	v->deadline = w->deadline;
	v->cpu = n;
	bpf_for(i, 1, n < SCAN_CPUS ? n : SCAN_CPUS) {
		u32 other = (cpu + i) % n;

		if (other == here || cpu_at(other)->queue != queue ||
		    !bpf_cpumask_test_cpu(other, task_cpus(p)) ||
		    (domain && !bpf_cpumask_test_cpu(other, domain)))
			continue;
		look_for_victim(other);
	}
	if (v->cpu == n)
		return 0;
	/* Whoever made the wake-up, that CPU's task did not. */
	if (w->waker != POLICY_WAKER_INTERRUPT)
		w->waker = POLICY_WAKER_OTHER;
	w->running_deadline = v->deadline;
	w->ran_ns = v->ran_ns;
	w->running_lowly = v->lowly;
	if (!policy_preempts(w, t))
		return 0;
	cpu_at(v->cpu)->preempting = true;
	scx_bpf_kick_cpu(v->cpu, SCX_KICK_PREEMPT);
	me->counter[BPFLAND_COUNTER_REMOTE_PREEMPTIONS]++;
	return 1;
}
