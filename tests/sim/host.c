/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The scheduler: policy.h, hosted by the simulator.
 *
 * Function by function the same as bpf/bpfland.bpf.c, which says why each step is as it is. Beside
 * it, domains.c, host-groups.c and host-wakeup.c are bpf/domains.bpf.h, group.bpf.h and
 * wakeup.bpf.h, and place.c is idle.bpf.h and topology.bpf.h. A change there is a change here. What
 * is left out stands on top of sim.h.
 */
#include "tests/sim/host-internal.h"

#include <string.h>

#include "tests/sim/idle.h"
#include "tests/sim/kernel.h"
#include "tests/sim/memory.h"
#include "tests/sim/watch.h"

u64 host_clock(const struct sim *sim, u32 queue)
{
	return queue_clock(sim, queue_at(sim, queue));
}

static void charge(const struct sim *sim, struct task *p, bool unopposed)
{
	u64 ran = p->sum_exec - p->exec_ns;
	u32 weight = task_weight(sim, p);

	if (unopposed) {
		policy_charge_free(&p->policy, ran, weight, host_clock(sim, p->queue),
				   &sim->tunables);
	} else {
		policy_advance(&queue_at(sim, p->queue)->policy, p->policy.vruntime, jiffies(sim),
			       SIM_TICK_NS);
		policy_charge(&p->policy, ran, weight, &sim->tunables);
	}
	p->policy.unopposed = unopposed;
	p->exec_ns = p->sum_exec;
}

static void end_turn(struct sim *sim, struct task *p)
{
	struct bpfland_cpu *me = this_cpu(sim);

	if (policy_end_turn(&p->policy, p->sum_exec - p->exec_ns, me->wakeups, &sim->tunables)) {
		me->spinners |= 1ULL << (p->id & 63);
		me->spins = SPIN_WAKEUPS;
	}
	me->wakeups = 0;
}

static void classify(const struct sim *sim, struct task *p)
{
	if (policy_classify(&p->policy, &queue_at(sim, p->queue)->policy,
			    jiffies(sim) * SIM_TICK_NS, p->nvcsw, &sim->tunables))
		count(this_cpu(sim), BPFLAND_COUNTER_INTERACTIVE_PROMOTIONS);
}

static void settle(struct sim *sim, struct task *p, bool slept)
{
	if (p->sum_exec == p->exec_ns)
		return;
	if (!slept)
		end_turn(sim, p);
	charge(sim, p, p->policy.unopposed);
	if (slept)
		policy_sleep(&p->policy);
	classify(sim, p);
}

static void bound_credit(const struct sim *sim, struct task *p)
{
	p->policy.vruntime = policy_place(p->policy.vruntime,
					  queue_clock(sim, queue_at(sim, p->queue)),
					  &sim->tunables);
}

static void leave(const struct sim *sim, struct task *p)
{
	charge(sim, p, false);
	policy_advance(&queue_at(sim, p->queue)->policy, p->policy.vruntime, jiffies(sim),
		       SIM_TICK_NS);
}

static u64 get_in_line(struct sim *sim, struct task *p, u32 queue, u64 clock)
{
	bool clamped, waits = p->policy.waits;
	u64 deadline;

	change_queue(sim, p, queue);
	p->policy.unopposed = false;
	deadline = policy_deadline(&p->policy, clock, &sim->tunables, &clamped);
	if (clamped)
		count(this_cpu(sim), BPFLAND_COUNTER_DEADLINE_CLAMPS);
	if (!waits)
		watch_deadline(sim, p, deadline, clock);
	return deadline;
}

static bool hand_over(struct sim *sim, struct task *p, const struct task *waker, u32 cpu)
{
	struct bpfland_cpu *me = this_cpu(sim);
	const struct bpfland_tunables *t = &sim->tunables;
	u64 clock;

	if (!policy_is_short(&waker->policy) || sim->cpu[cpu].nr_running != 1 ||
	    !cpuset_has(&p->allowed, cpu) || sim->dsq[me->queue].n)
		return false;
	clock = queue_clock(sim, queue_at(sim, me->queue));
	if (!policy_may_follow(get_in_line(sim, p, me->queue, clock), clock, t))
		return false;
	dsq_insert_local(sim, p, t->slice_max_ns, 0);
	count(me, BPFLAND_COUNTER_HANDOVERS);
	return true;
}

static bool wake_sync(struct sim *sim, struct task *p, struct task *current, u32 cpu)
{
	const struct bpfland_tunables *t = &sim->tunables;

	if (current->policy.interactive && policy_promote(&p->policy, t)) {
		count(this_cpu(sim), BPFLAND_COUNTER_INTERACTIVE_PROMOTIONS);
		count(this_cpu(sim), BPFLAND_COUNTER_SYNC_PROMOTIONS);
	}
	return (t->flags & BPFLAND_WAKE_SYNC) && current->class != TASK_RT &&
	       hand_over(sim, p, current, cpu);
}

u32 host_select_cpu(struct sim *sim, struct task *p, u32 prev_cpu, bool sync)
{
	struct bpfland_cpu *me = this_cpu(sim);
	const struct bpfland_tunables *t = &sim->tunables;
	struct task *current = sim->cpu[sim->context].curr;
	bool is_idle;
	u32 cpu;

	settle(sim, p, true);
	if ((t->flags & BPFLAND_STICKY_TASKS) && policy_sticky(&p->policy))
		return prev_cpu;
	if (sync && current && wake_sync(sim, p, current, sim->context))
		return sim->context;
	if (!(t->flags & BPFLAND_WAKE_SYNC) || (current && current->class == TASK_RT) ||
	    sim->cpu[sim->context].nr_running > 1)
		sync = false;
	cpu = place_find_idle(sim, p, prev_cpu, sync, &is_idle);
	if (is_idle) {
		bound_credit(sim, p);
		p->policy.unopposed = sim->topology.nr_cpus > 1;
		dsq_insert_local(sim, p, t->slice_max_ns, 0);
		count(me, BPFLAND_COUNTER_DIRECT_DISPATCHES);
	}
	return cpu;
}

void host_enqueue(struct sim *sim, struct task *p, unsigned enq_flags)
{
	struct bpfland_cpu *me = this_cpu(sim);
	const struct bpfland_tunables *t = &sim->tunables;
	u32 cpu = p->cpu, queue = cpu_at(sim, cpu)->queue;
	struct host_queue *q = queue_at(sim, queue);
	bool wakeup = enq_flags & ENQ_WAKEUP;
	struct policy_wakeup w = {};
	u64 clock, deadline;

	settle(sim, p, wakeup);
	clock = queue_clock(sim, q);
	deadline = get_in_line(sim, p, queue, clock);
	if (wakeup && host_wake(sim, p, cpu, clock, deadline, enq_flags, &w))
		return;
	if (sim->host->nr_cpus > 1 && !wakeup && p->nr_allowed == 1 && !occupant(sim, cpu) &&
	    cpuset_has(&p->allowed, cpu) && host_start_on(sim, p, cpu, enq_flags)) {
		kick_cpu(sim, cpu, KICK_IDLE);
		return;
	}
	if (enq_flags & ENQ_REENQ)
		count(me, BPFLAND_COUNTER_RT_REENQUEUES);
	dsq_insert(sim, p, queue, policy_slice(q->policy.waiting, t), deadline);
	count(me, BPFLAND_COUNTER_SHARED_DISPATCHES);
	sim->host->waiting |= 1ULL << queue;
	if (sim->host->nr_cpus > 1 && p->nr_allowed > 1) {
		s32 idle = place_idle_for_queued(sim, me, p, cpu, enq_flags);

		if (idle >= 0) {
			cpu_at(sim, (u32)idle)->errand = queue;
			place_wake_for(sim, me, (u32)idle, queue);
			return;
		}
		if (wakeup)
			host_wake_elsewhere(sim, p, cpu, &w);
	}
	if (enq_flags & ENQ_LAST)
		kick_cpu(sim, cpu, 0);
}

static void go_on(struct sim *sim, struct bpfland_cpu *me, struct task *prev)
{
	change_queue(sim, prev, me->queue);
	charge(sim, prev, sim->dsq[me->queue].n > 0);
	bound_credit(sim, prev);
	prev->slice = sim->tunables.slice_max_ns;
	count(me, BPFLAND_COUNTER_KEPT_RUNNING);
}

static bool keep_running(struct sim *sim, struct bpfland_cpu *me, struct task *prev, u32 cpu)
{
	const struct bpfland_tunables *t = &sim->tunables;
	struct host_queue *q = queue_at(sim, me->queue);
	u32 waiting = sim->dsq[me->queue].n;
	u64 deadline, head;

	q->policy.waiting = waiting;
	if (!waiting) {
		if (sim->host->nr_queues > 1 || place_has_preferences(sim))
			return false;
		go_on(sim, me, prev);
		return true;
	}
	sim->host->waiting |= 1ULL << me->queue;
	if (!queue_head(sim, me->queue, cpu, &head))
		return false;
	prev->policy.unopposed = false;
	change_queue(sim, prev, me->queue);
	deadline = running_deadline(sim, prev, cpu, uncharged(sim, prev, cpu));
	if (!policy_keeps_running(deadline, head))
		return false;
	charge(sim, prev, false);
	bound_credit(sim, prev);
	classify(sim, prev);
	prev->slice = policy_slice(waiting, t);
	count(me, BPFLAND_COUNTER_KEPT_RUNNING);
	return true;
}

void host_dispatch(struct sim *sim, u32 cpu, struct task *prev, bool queued)
{
	struct bpfland_cpu *me = this_cpu(sim);
	bool prev_ready = prev && queued, many = sim->host->nr_queues > 1;

	me->preempting = false;
	me->asked_tick = (u32)jiffies(sim);
	if (!prev_ready)
		me->wakeups = 0;
	if (prev && prev->state == TASK_DEAD)
		leave(sim, prev);
	if (prev_ready && keep_running(sim, me, prev, cpu))
		return;
	if (many && place_help(sim, me, cpu))
		return;
	if (dsq_move_to_local(sim, me->queue, cpu)) {
		if (many)
			queue_at(sim, me->queue)->served = jiffies(sim);
		return;
	}
	if (many && place_steal(sim, me, cpu))
		return;
	if (prev_ready && !place_leaves(sim, me, prev, cpu))
		go_on(sim, me, prev);
}

void host_yield(struct sim *sim, struct task *p)
{
	policy_yield(&p->policy, queue_clock(sim, queue_at(sim, p->queue)), &sim->tunables);
	p->slice = 0;
	count(this_cpu(sim), BPFLAND_COUNTER_YIELDS);
}

void host_cpu_release(struct sim *sim, u32 cpu)
{
	reenqueue_local(sim, cpu);
}

void host_enable(struct sim *sim, struct task *p)
{
	p->queue = cpu_at(sim, p->cpu)->queue;
	policy_enter(&p->policy, queue_clock(sim, queue_at(sim, p->queue)), &sim->tunables);
	p->exec_ns = p->sum_exec;
}

void host_hotplug(struct sim *sim, u32 cpu)
{
	struct bpfland_cpu *c = cpu_at(sim, cpu);

	count(c, BPFLAND_COUNTER_HOTPLUGS);
	queue_at(sim, c->queue)->balance.cpus += sim->cpu[cpu].online ? 1 : -1;
}

struct host *host_new(struct sim *sim)
{
	struct host *h = memory_new(1, sizeof(*h));

	h->nr_cpus = sim->topology.nr_cpus;
	h->nr_groups = 1;
	h->groups[0].scale = 1ULL << POLICY_SCALE_SHIFT;
	h->cpus = memory_check(aligned_alloc(_Alignof(struct bpfland_cpu),
					     h->nr_cpus * sizeof(*h->cpus)));
	memset(h->cpus, 0, h->nr_cpus * sizeof(*h->cpus));
	place_init(sim, h);
	if (!h->nr_queues)
		h->nr_queues = 1;
	for (u32 i = 0; i < h->nr_queues; i++) {
		h->queues[i].served = jiffies(sim);
	}
	return h;
}

void host_free(struct host *host)
{
	if (host)
		free(host->cpus);
	free(host);
}

u64 host_counter(const struct host *host, enum bpfland_counter c)
{
	u64 sum = 0;

	for (u32 i = 0; i < host->nr_cpus; i++)
		sum += host->cpus[i].counter[c];
	return sum;
}
