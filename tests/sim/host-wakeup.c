/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a woken task does when no CPU is idle: bpf/wakeup.bpf.h, hosted by the simulator.
 */
#include "tests/sim/host-internal.h"
#include "tests/sim/idle.h"
#include "tests/sim/kernel.h"

static bool is_batch(const struct task *p)
{
	return p->class == TASK_BATCH || p->class == TASK_IDLE;
}

static bool on_its_way(const struct bpfland_cpu *c, const struct task *running)
{
	return c->preempting || !running->slice;
}

static bool may_preempt(const struct sim *sim, struct policy_wakeup *w, u32 cpu,
			const struct task *running)
{
	u64 ran;

	if (w->waker == POLICY_WAKER_RUNNING || w->batch)
		return false;
	ran = uncharged(sim, running, cpu);
	w->ran_ns = running->policy.run_ns + ran;
	w->running_deadline = running_deadline(sim, running, cpu, ran);
	w->running_lowly = running->class == TASK_IDLE;
	return policy_preempts(w, &sim->tunables);
}

static bool is_local(const struct sim *sim, const struct task *p)
{
	const struct bpfland_tunables *t = &sim->tunables;

	u64 local = 0;

	if (p->nr_allowed != 1)
		return false;
	if (sim->host->nr_cpus > 1)
		local |= BPFLAND_LOCAL_PER_CPU;
	if (p->kthread)
		local |= BPFLAND_LOCAL_KTHREADS;
	return t->flags & local;
}

static void pass_on(struct sim *sim, u32 queue)
{
	struct queue_node *first = sim->dsq[queue].first;
	s32 idle = first ? idle_pick(sim, &task_of_node(first)->allowed, false) : -1;

	if (idle >= 0) {
		kick_cpu(sim, (u32)idle, KICK_IDLE);
		count(this_cpu(sim), BPFLAND_COUNTER_IDLE_KICKS);
	}
}

bool host_start_on(struct sim *sim, struct task *p, u32 cpu, unsigned enq_flags)
{
	if (idle_test_and_clear(sim, cpu)) {
		p->policy.unopposed = true;
		dsq_insert_local(sim, p, sim->tunables.slice_max_ns, enq_flags);
		count(this_cpu(sim), BPFLAND_COUNTER_DIRECT_DISPATCHES);
		return true;
	}
	pass_on(sim, cpu_at(sim, cpu)->errand);
	return false;
}

static bool wake_here(struct sim *sim, struct task *p, u32 cpu, struct policy_wakeup *w,
		      unsigned enq_flags)
{
	struct bpfland_cpu *me = this_cpu(sim), *c = cpu_at(sim, cpu);
	const struct bpfland_tunables *t = &sim->tunables;
	struct task *running = occupant(sim, cpu);
	u64 head = w->deadline;

	if (!running) {
		if (host_start_on(sim, p, cpu, enq_flags))
			return true;
	} else if (!on_its_way(c, running)) {
		if (may_preempt(sim, w, cpu, running)) {
			dsq_insert_local(sim, p, t->slice_max_ns, enq_flags | ENQ_PREEMPT);
			count(me, BPFLAND_COUNTER_PREEMPTIONS);
			return true;
		}
	}
	if (!is_local(sim, p) &&
	    !((t->flags & BPFLAND_STICKY_TASKS) && running && policy_sticky(&p->policy)))
		return false;
	if (!queue_head(sim, c->queue, cpu, &head) && sim->dsq[c->queue].n)
		return false;
	if (policy_may_bypass(&p->policy, w->deadline, queue_clock(sim, queue_at(sim, c->queue)),
			      head)) {
		dsq_insert_local(sim, p, t->slice_min_ns, enq_flags);
		count(me, BPFLAND_COUNTER_LOCAL_DISPATCHES);
		return true;
	}
	return false;
}

static enum policy_waker who_wakes(const struct sim *sim, u32 cpu)
{
	if (sim->interrupt)
		return POLICY_WAKER_INTERRUPT;
	return cpu == sim->context ? POLICY_WAKER_RUNNING : POLICY_WAKER_OTHER;
}

static bool waker_spins(const struct sim *sim, struct bpfland_cpu *me)
{
	const struct task *waker = sim->cpu[sim->context].curr;

	if (me->wakeups++ || !me->spins || !waker || !(me->spinners >> (waker->id & 63) & 1))
		return false;
	if (!--me->spins)
		me->spinners = 0;
	return waker->policy.spins;
}

static bool is_next(const struct sim *sim, const struct bpfland_cpu *me, const struct task *p,
		    u32 cpu)
{
	const struct task *current = sim->cpu[sim->context].curr;

	if (cpu != sim->context || !current || current->class == TASK_RT ||
	    sim->cpu[cpu].nr_running != 2)
		return false;
	if (sim->host->nr_cpus == 1)
		return true;
	return p->nr_allowed == 1 && me->asked_tick == (u32)jiffies(sim) &&
	       !sim->dsq[me->queue].n;
}

static bool goes_on(const struct sim *sim, const struct policy_wakeup *w, const struct task *p)
{
	return w->waker == POLICY_WAKER_RUNNING && !is_local(sim, p) &&
	       !(sim->tunables.flags & BPFLAND_STICKY_TASKS);
}

bool host_wake(struct sim *sim, struct task *p, u32 cpu, u64 clock, u64 deadline,
	       unsigned enq_flags, struct policy_wakeup *w)
{
	const struct bpfland_tunables *t = &sim->tunables;
	bool follows = is_next(sim, this_cpu(sim), p, cpu) &&
		       policy_may_follow(deadline, clock, t);

	w->deadline = deadline;
	w->brief = policy_is_brief(&p->policy, deadline, clock);
	w->waker = who_wakes(sim, cpu);
	if (w->waker == POLICY_WAKER_RUNNING && waker_spins(sim, this_cpu(sim)))
		w->waker = POLICY_WAKER_OTHER;
	w->batch = is_batch(p);
	if (!(follows && goes_on(sim, w, p)) && wake_here(sim, p, cpu, w, enq_flags))
		return true;
	if (!follows)
		return false;
	dsq_insert_local(sim, p, t->slice_max_ns, enq_flags);
	count(this_cpu(sim), BPFLAND_COUNTER_HANDOVERS);
	return true;
}

bool host_wake_elsewhere(struct sim *sim, struct task *p, u32 cpu, struct policy_wakeup *w)
{
	u32 here = sim->context, n = sim->host->nr_cpus, best = n;
	u32 queue = cpu_at(sim, cpu)->queue;
	const struct cpuset *domain = place_tier(sim, p, BPFLAND_TIER_INTERACTIVE);

	w->running_deadline = w->deadline;
	if (w->waker != POLICY_WAKER_INTERRUPT)
		w->waker = POLICY_WAKER_OTHER;
	for (u32 i = 1; i < (n < SCAN_CPUS ? n : SCAN_CPUS); i++) {
		u32 other = (cpu + i) % n;
		struct task *running;
		u64 ran, d;

		if (other == here || cpu_at(sim, other)->queue != queue ||
		    !cpuset_has(&p->allowed, other) || (domain && !cpuset_has(domain, other)))
			continue;
		running = occupant(sim, other);
		if (!running || on_its_way(cpu_at(sim, other), running))
			continue;
		ran = uncharged(sim, running, other);
		d = running_deadline(sim, running, other, ran);
		if (policy_before(w->running_deadline, d)) {
			w->running_deadline = d;
			w->ran_ns = running->policy.run_ns + ran;
			w->running_lowly = running->class == TASK_IDLE;
			best = other;
		}
	}
	if (best == n || !policy_preempts(w, &sim->tunables))
		return false;
	cpu_at(sim, best)->preempting = true;
	kick_cpu(sim, best, KICK_PREEMPT);
	count(this_cpu(sim), BPFLAND_COUNTER_REMOTE_PREEMPTIONS);
	return true;
}
