/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The scheduler: policy.h, hosted by the simulator.
 *
 * Function by function the same as bpf/bpfland.bpf.c, which says why each step is as it is; place.c
 * is what is in bpf/idle.bpf.h and bpf/topology.bpf.h. A
 * change there is a change here. What differs: tunables do not change, so there is nothing to
 * refresh; a task's state is never missing; the kernel always tells who made a wake-up and what
 * other CPUs run; cpu_release is how RT is noticed.
 */
#include "tests/sim/host.h"

#include <string.h>

#include "tests/sim/idle.h"
#include "tests/sim/kernel.h"
#include "tests/sim/memory.h"
#include "tests/sim/place.h"
#include "tests/sim/watch.h"

#define SCAN_CPUS 8
#define SCAN_TASKS 4

static u64 queue_clock(const struct sim *sim, const struct host_queue *q)
{
	return policy_clock(&q->policy, jiffies(sim), SIM_TICK_NS);
}

u64 host_clock(const struct sim *sim, u32 queue)
{
	return queue_clock(sim, queue_at(sim, queue));
}

static struct task *occupant(const struct sim *sim, u32 cpu)
{
	struct task *p = sim->cpu[cpu].curr;

	return p && p->class != TASK_RT ? p : NULL;
}

static u64 uncharged(const struct sim *sim, const struct task *p, u32 cpu)
{
	u64 since = sim->cpu[cpu].clock - p->exec_start;

	if ((s64)since < 0)
		since = 0;
	return p->sum_exec + since - p->exec_ns;
}

static u32 task_weight(const struct sim *sim, const struct task *p)
{
	return policy_weight(p->weight, sim->host->groups[p->cgroup].scale);
}

static u64 running_deadline(const struct sim *sim, const struct task *p, u64 ran, u64 earliest)
{
	return policy_running_deadline(p->policy.vruntime + policy_recent(&p->policy), earliest,
				       ran, task_weight(sim, p));
}

static bool is_batch(const struct task *p)
{
	return p->class == TASK_BATCH || p->class == TASK_IDLE;
}

static bool may_preempt(const struct sim *sim, struct task *p, u64 deadline, u32 cpu,
			struct task *running, enum policy_waker waker)
{
	const struct host_queue *q = queue_at(sim, cpu_at(sim, cpu)->queue);
	u64 earliest = queue_clock(sim, q) - sim->tunables.slice_lag_ns, ran;
	struct policy_wakeup w = {
		.deadline = deadline,
		.waker = waker,
		.batch = is_batch(p),
		.running_lowly = running->class == TASK_IDLE,
	};

	if (waker == POLICY_WAKER_RUNNING)
		return false;
	ran = uncharged(sim, running, cpu);
	w.ran_ns = running->policy.run_ns + ran;
	w.running_deadline = running_deadline(sim, running, ran, earliest);
	return policy_preempts(&w);
}

u32 host_select_cpu(struct sim *sim, struct task *p, u32 prev_cpu, bool sync)
{
	struct bpfland_cpu *me = this_cpu(sim);
	const struct bpfland_tunables *t = &sim->tunables;
	bool is_idle;
	u32 cpu;

	if ((t->flags & BPFLAND_STICKY_TASKS) && policy_sticky(&p->policy))
		return prev_cpu;
	if (sync && t->interactive_threshold && !p->policy.interactive) {
		struct task *waker = sim->cpu[sim->context].curr;

		if (waker && waker->policy.interactive && policy_promote(&p->policy, t)) {
			count(me, BPFLAND_COUNTER_INTERACTIVE_PROMOTIONS);
			count(me, BPFLAND_COUNTER_SYNC_PROMOTIONS);
		}
	}
	if (!(t->flags & BPFLAND_WAKE_SYNC) ||
	    (sim->cpu[sim->context].curr && sim->cpu[sim->context].curr->class == TASK_RT) ||
	    sim->cpu[sim->context].nr_running > 1)
		sync = false;
	cpu = place_find_idle(sim, p, prev_cpu, sync, &is_idle);
	if (is_idle) {
		dsq_insert_local(sim, p, t->slice_max_ns, 0);
		count(me, BPFLAND_COUNTER_DIRECT_DISPATCHES);
	}
	return cpu;
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

static bool queue_head(struct sim *sim, u32 queue, u32 cpu, u64 *ret)
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

static bool wake_here(struct sim *sim, struct task *p, u32 cpu, u64 deadline, unsigned enq_flags)
{
	struct bpfland_cpu *me = this_cpu(sim), *c = cpu_at(sim, cpu);
	const struct bpfland_tunables *t = &sim->tunables;
	struct task *running = occupant(sim, cpu);
	enum policy_waker waker = POLICY_WAKER_OTHER;
	u64 head = deadline;

	if (!running) {
		if (idle_test_and_clear(sim, cpu)) {
			dsq_insert_local(sim, p, t->slice_max_ns, enq_flags);
			count(me, BPFLAND_COUNTER_DIRECT_DISPATCHES);
			return true;
		}
	} else if (!c->preempting) {
		if (me == c && !sim->interrupt)
			waker = POLICY_WAKER_RUNNING;
		if (may_preempt(sim, p, deadline, cpu, running, waker)) {
			c->preempting = true;
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
	if (policy_may_bypass(&p->policy, deadline, queue_clock(sim, queue_at(sim, c->queue)),
			      head)) {
		dsq_insert_local(sim, p, t->slice_min_ns, enq_flags);
		count(me, BPFLAND_COUNTER_LOCAL_DISPATCHES);
		return true;
	}
	return false;
}

static bool wake_elsewhere(struct sim *sim, struct task *p, u32 cpu, u64 deadline)
{
	u32 here = sim->context, n = sim->host->nr_cpus, best = 0;
	u32 queue = cpu_at(sim, cpu)->queue;
	u64 earliest = queue_clock(sim, queue_at(sim, queue)) - sim->tunables.slice_lag_ns;
	struct policy_wakeup w = {
		.deadline = deadline,
		.running_deadline = deadline,
		.waker = POLICY_WAKER_OTHER,
		.batch = is_batch(p),
	};

	for (u32 i = 1; i < (n < SCAN_CPUS ? n : SCAN_CPUS); i++) {
		u32 other = (cpu + i) % n;
		struct task *running;
		u64 ran, d;

		if (other == here || cpu_at(sim, other)->queue != queue ||
		    cpu_at(sim, other)->preempting || !cpuset_has(&p->allowed, other))
			continue;
		running = occupant(sim, other);
		if (!running)
			continue;
		ran = uncharged(sim, running, other);
		d = running_deadline(sim, running, ran, earliest);
		if (policy_before(w.running_deadline, d)) {
			w.running_deadline = d;
			w.ran_ns = running->policy.run_ns + ran;
			w.running_lowly = running->class == TASK_IDLE;
			best = other;
		}
	}
	if (w.running_deadline == deadline || !policy_preempts(&w))
		return false;
	cpu_at(sim, best)->preempting = true;
	kick_cpu(sim, best, KICK_PREEMPT);
	count(this_cpu(sim), BPFLAND_COUNTER_REMOTE_PREEMPTIONS);
	return true;
}

void host_enqueue(struct sim *sim, struct task *p, unsigned enq_flags)
{
	struct bpfland_cpu *me = this_cpu(sim);
	const struct bpfland_tunables *t = &sim->tunables;
	u32 cpu = p->cpu, queue = cpu_at(sim, cpu)->queue;
	struct host_queue *q = queue_at(sim, queue);
	u64 clock = queue_clock(sim, q), deadline;
	bool wakeup = enq_flags & ENQ_WAKEUP, waits = p->policy.waits, clamped;

	if (p->queue != queue) {
		policy_move(&p->policy, queue_clock(sim, queue_at(sim, p->queue)), clock);
		p->queue = queue;
	}
	deadline = policy_deadline(&p->policy, clock, t, &clamped);
	if (clamped)
		count(me, BPFLAND_COUNTER_DEADLINE_CLAMPS);
	if (!waits)
		watch_deadline(sim, p, deadline, clock);
	if (wakeup && wake_here(sim, p, cpu, deadline, enq_flags))
		return;
	if (enq_flags & ENQ_REENQ)
		count(me, BPFLAND_COUNTER_RT_REENQUEUES);
	dsq_insert(sim, p, queue, policy_slice(q->policy.waiting, t), deadline);
	count(me, BPFLAND_COUNTER_SHARED_DISPATCHES);
	if (sim->host->nr_cpus == 1)
		return;
	sim->host->waiting |= 1ULL << queue;
	if (p->nr_allowed > 1) {
		s32 idle = place_idle_for_queued(sim, me, p, cpu, enq_flags);

		if (idle >= 0) {
			place_wake_for(sim, me, (u32)idle, queue);
			return;
		}
		if (wakeup)
			wake_elsewhere(sim, p, cpu, deadline);
	}
	if (enq_flags & ENQ_LAST)
		kick_cpu(sim, cpu, 0);
}

static void charge(const struct sim *sim, struct task *p)
{
	policy_advance(&queue_at(sim, p->queue)->policy, p->policy.vruntime, jiffies(sim),
		       SIM_TICK_NS);
	policy_charge(&p->policy, p->sum_exec - p->exec_ns, task_weight(sim, p), &sim->tunables);
	p->exec_ns = p->sum_exec;
}

static void go_on(struct sim *sim, struct bpfland_cpu *me, struct task *prev)
{
	charge(sim, prev);
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
		if (sim->host->nr_queues > 1 || place_prefers_fast(sim))
			return false;
		go_on(sim, me, prev);
		return true;
	}
	sim->host->waiting |= 1ULL << me->queue;
	if (!queue_head(sim, me->queue, cpu, &head))
		return false;
	deadline = running_deadline(sim, prev, uncharged(sim, prev, cpu),
				    queue_clock(sim, q) - t->slice_lag_ns);
	if (!policy_keeps_running(deadline, head))
		return false;
	charge(sim, prev);
	prev->slice = policy_slice(waiting, t);
	count(me, BPFLAND_COUNTER_KEPT_RUNNING);
	return true;
}

void host_dispatch(struct sim *sim, u32 cpu, struct task *prev, bool queued)
{
	struct bpfland_cpu *me = this_cpu(sim);
	bool prev_ready = prev && queued, many = sim->host->nr_queues > 1;

	me->preempting = false;
	if (prev_ready && keep_running(sim, me, prev, cpu))
		return;
	if (many && place_rescue(sim, me, cpu))
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

void host_stopping(struct sim *sim, struct task *p, bool runnable)
{
	struct bpfland_cpu *me = this_cpu(sim), *c = cpu_at(sim, p->cpu);
	const struct bpfland_tunables *t = &sim->tunables;
	struct host_queue *q = queue_at(sim, p->queue);

	c->preempting = false;
	charge(sim, p);
	if (!runnable)
		policy_sleep(&p->policy);
	if (policy_classify(&p->policy, &q->policy, p->exec_start, p->nvcsw, t))
		count(me, BPFLAND_COUNTER_INTERACTIVE_PROMOTIONS);
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
	p->policy.vruntime = queue_clock(sim, queue_at(sim, p->queue));
	p->policy.waits = false;
	p->exec_ns = p->sum_exec;
}

void host_hotplug(struct sim *sim, u32 cpu)
{
	count(cpu_at(sim, cpu), BPFLAND_COUNTER_HOTPLUGS);
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
