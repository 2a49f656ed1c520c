/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where tasks go.
 */
#include "tests/sim/place.h"

#include "tests/sim/idle.h"
#include "tests/sim/kernel.h"

#define STEAL_TRIES 3

bool place_has_preferences(const struct sim *sim)
{
	return sim->host->nr_cpus > 1 && (sim->host->tiers || sim->topology.nr_nodes > 1);
}

static s32 find_in_tier(struct sim *sim, struct task *p, u32 prev_cpu, bool sync,
			const struct cpuset *set)
{
	if (!(sim->tunables.flags & BPFLAND_SMT_AWARE) && cpuset_has(set, prev_cpu) &&
	    cpuset_has(&p->allowed, prev_cpu) && idle_test_and_clear(sim, prev_cpu))
		return (s32)prev_cpu;
	return idle_select_and(sim, p, prev_cpu, sync, set);
}

static void count_overflow(struct sim *sim, const struct task *p)
{
	for (enum bpfland_tier i = 0; i < _BPFLAND_TIER_MAX; i++) {
		if (!place_tier(sim, p, i))
			continue;
		count(this_cpu(sim), BPFLAND_COUNTER_DOMAIN_OVERFLOWS);
		return;
	}
}

static s32 find_preferred(struct sim *sim, struct task *p, u32 prev_cpu, bool sync)
{
	const struct topology *topology = &sim->topology;
	s32 cpu;

	for (enum bpfland_tier i = 0; i < _BPFLAND_TIER_MAX; i++) {
		const struct cpuset *set = place_tier(sim, p, i);

		cpu = set ? find_in_tier(sim, p, prev_cpu, sync, set) : -1;
		if (cpu >= 0) {
			count(this_cpu(sim), BPFLAND_COUNTER_DOMAIN_PLACEMENTS);
			return cpu;
		}
	}
	if (topology->nr_nodes <= 1 || !(sim->tunables.flags & BPFLAND_NUMA_AWARE))
		return -1;
	cpu = idle_select_and(sim, p, prev_cpu, sync,
			      &topology->node[topology->cpu[prev_cpu].node]);
	if (cpu >= 0)
		count_overflow(sim, p);
	return cpu;
}

static u32 busy_cpu(struct sim *sim, const struct task *p, u32 prev_cpu)
{
	const struct cpuset *set = place_tier(sim, p, BPFLAND_TIER_INTERACTIVE);
	struct cpuset within;
	u32 cpu;

	if (!set || cpuset_has(set, prev_cpu))
		return prev_cpu;
	within = cpuset_and(set, &p->allowed);
	cpu = cpuset_next(&within, sim->host->distributed + 1);
	if (cpu >= BPFLAND_MAX_CPUS)
		cpu = cpuset_next(&within, 0);
	if (cpu >= BPFLAND_MAX_CPUS)
		return prev_cpu;
	sim->host->distributed = cpu;
	return cpu;
}

static u32 find_any(struct sim *sim, struct task *p, u32 prev_cpu, bool sync, bool *ret_idle)
{
	s32 cpu;

	if (sim->tunables.flags & BPFLAND_SMT_AWARE)
		return idle_select(sim, p, prev_cpu, sync, ret_idle);
	*ret_idle = true;
	if (cpuset_has(&p->allowed, prev_cpu) && idle_test_and_clear(sim, prev_cpu))
		return prev_cpu;
	cpu = idle_pick(sim, &p->allowed, false);
	if (cpu >= 0)
		return (u32)cpu;
	*ret_idle = false;
	return prev_cpu;
}

u32 place_find_idle(struct sim *sim, struct task *p, u32 prev_cpu, bool sync, bool *ret_idle)
{
	s32 preferred;
	u32 cpu;

	if (!place_has_preferences(sim))
		return find_any(sim, p, prev_cpu, sync, ret_idle);
	preferred = find_preferred(sim, p, prev_cpu, sync);
	*ret_idle = preferred >= 0;
	if (preferred >= 0)
		return (u32)preferred;
	cpu = find_any(sim, p, prev_cpu, sync, ret_idle);
	if (!*ret_idle)
		return busy_cpu(sim, p, prev_cpu);
	count_overflow(sim, p);
	return cpu;
}

static s32 find_better(struct sim *sim, const struct task *prev, u32 cpu)
{
	if (prev->nr_allowed == 1)
		return -1;
	for (enum bpfland_tier i = 0; i < _BPFLAND_TIER_MAX; i++) {
		const struct cpuset *set = place_tier(sim, prev, i);
		struct cpuset within;
		s32 better;

		if (!set)
			continue;
		if (cpuset_has(set, cpu))
			return -1;
		within = cpuset_and(set, &prev->allowed);
		better = cpuset_count(&within) == cpuset_count(set) ? idle_pick(sim, set, false)
								    : -1;
		if (better >= 0)
			return better;
	}
	return -1;
}

bool place_leaves(struct sim *sim, struct bpfland_cpu *me, const struct task *prev, u32 cpu)
{
	s32 better = sim->host->tiers ? find_better(sim, prev, cpu) : -1;

	if (better < 0)
		return false;
	me->target = (u32)better + 1;
	count(me, BPFLAND_COUNTER_DOMAIN_RETURNS);
	return true;
}

s32 place_idle_for_queued(struct sim *sim, struct bpfland_cpu *me, struct task *p, u32 cpu,
			   unsigned enq_flags)
{
	u32 target = me->target;
	s32 idle;

	if (target) {
		me->target = 0;
		return (s32)target - 1;
	}
	if (!place_has_preferences(sim) || (enq_flags & ENQ_WAKEUP))
		return idle_pick(sim, &p->allowed, false);
	idle = find_preferred(sim, p, cpu, false);
	if (idle >= 0)
		return idle;
	idle = idle_pick(sim, &p->allowed, false);
	if (idle >= 0)
		count_overflow(sim, p);
	return idle;
}

void place_wake_for(struct sim *sim, struct bpfland_cpu *me, u32 idle, u32 queue)
{
	if (cpu_at(sim, idle)->queue != queue)
		cpu_at(sim, idle)->look = queue + 1;
	kick_cpu(sim, idle, KICK_IDLE);
	count(me, BPFLAND_COUNTER_IDLE_KICKS);
}

static bool take_from(struct sim *sim, struct bpfland_cpu *me, u32 cpu, u32 queue)
{
	if (!dsq_move_to_local(sim, queue, cpu))
		return false;
	queue_at(sim, queue)->served = jiffies(sim);
	count(me, BPFLAND_COUNTER_STOLEN_DISPATCHES);
	return true;
}

static bool balances(struct sim *sim, struct bpfland_cpu *me, struct host_queue *own, u32 other)
{
	struct host_queue *q = queue_at(sim, other);

	if (policy_lags(&q->balance, &own->balance) && !q->balance.moved && !own->balance.moved) {
		q->balance.moved = own->balance.moved = true;
		return true;
	}
	return !policy_lags(&own->balance, &q->balance) &&
	       policy_crowded(&q->balance, sim->dsq[other].n, &own->balance,
			      sim->dsq[me->queue].n);
}

/* For how many ticks the first task in @queue has waited; 0 if there is none. */
static u64 queue_waited(const struct sim *sim, u32 queue)
{
	struct queue_node *first = sim->dsq[queue].first;

	return first ? jiffies(sim) - jiffies_at(task_of_node(first)->watch.ready_at) : 0;
}

bool place_help(struct sim *sim, struct bpfland_cpu *me, u32 cpu)
{
	struct host_queue *own = queue_at(sim, me->queue), *q;
	u64 ticks = jiffies(sim);
	u32 other;

	if (me->help_tick == (u32)ticks)
		return false;
	me->help_tick = (u32)ticks;
	policy_measure(&own->balance, host_clock(sim, me->queue), ticks);
	other = (u32)(ticks + me->queue) % sim->host->nr_queues;
	q = queue_at(sim, other);
	if (other == me->queue)
		return false;
	if (policy_overdue(ticks, q->served, SIM_TICK_NS, &sim->tunables) && sim->dsq[other].n) {
		if (!policy_overdue(ticks, ticks - queue_waited(sim, other), SIM_TICK_NS,
				    &sim->tunables))
			return take_from(sim, me, cpu, other);
		q->served = ticks;
		if (!dsq_move_to_local(sim, other, cpu))
			return false;
		count(me, BPFLAND_COUNTER_STARVATION_RESCUES);
		return true;
	}
	if (!balances(sim, me, own, other))
		return false;
	if (take_from(sim, me, cpu, other))
		return true;
	q->balance.bound = true;
	return false;
}

bool place_steal(struct sim *sim, struct bpfland_cpu *me, u32 cpu)
{
	u64 own = 1ULL << me->queue, not_yet = ~own;
	struct host *h = sim->host;
	u32 look = me->look, tries = 0;

	me->look = 0;
	if (look && look - 1 != me->queue && take_from(sim, me, cpu, look - 1))
		return true;
	for (u32 i = 0; i < MAX_QUEUES; i++) {
		u64 left = h->waiting & not_yet, near, some;
		u32 queue;

		if (!left)
			break;
		near = left & h->node_queues[queue_at(sim, me->queue)->node];
		if (near && (sim->tunables.flags & BPFLAND_NUMA_AWARE))
			left = near;
		some = left & ~(own | (own - 1));
		queue = (u32)__builtin_ctzll(some ? some : left);
		if (take_from(sim, me, cpu, queue))
			return true;
		if (!sim->dsq[queue].n)
			h->waiting &= ~(1ULL << queue);
		else if (++tries == STEAL_TRIES)
			break;
		not_yet &= ~(1ULL << queue);
	}
	return false;
}

/* What the kernel knows a cache by is the number of its first CPU. */
static u32 sd_llc_id(const struct sim *sim, u32 cpu)
{
	return cpuset_next(&sim->topology.llc[sim->topology.cpu[cpu].llc], 0);
}

static void put_on_queue(struct sim *sim, struct host *h, u32 cpu, u32 *slot, u32 *node_queue)
{
	u32 node = sim->topology.cpu[cpu].node;

	if (!*slot && h->nr_queues < MAX_QUEUES) {
		h->queues[h->nr_queues].node = node;
		h->node_queues[node] |= 1ULL << h->nr_queues;
		*slot = ++h->nr_queues;
	}
	h->cpus[cpu].queue = *slot ? *slot - 1 : 0;
	h->queues[h->cpus[cpu].queue].balance.cpus++;
	if (!node_queue[node])
		node_queue[node] = h->cpus[cpu].queue + 1;
}

void place_init(struct sim *sim, struct host *h)
{
	u32 company[BPFLAND_MAX_CPUS] = {}, llc_queue[BPFLAND_MAX_CPUS] = {};
	u32 node_queue[BPFLAND_MAX_CPUS] = {}, shared = 0, llc, node;

	if (h->nr_cpus == 1)
		return;
	for (u32 i = 0; i < h->nr_cpus; i++)
		shared += ++company[sd_llc_id(sim, i)] == 2;
	for (u32 i = 0; i < h->nr_cpus; i++) {
		llc = sd_llc_id(sim, i);
		if (company[llc] > 1 && shared <= MAX_QUEUES / 2)
			put_on_queue(sim, h, i, &llc_queue[llc], node_queue);
	}
	for (u32 i = 0; i < h->nr_cpus; i++) {
		node = sim->topology.cpu[i].node;
		if (company[sd_llc_id(sim, i)] < 2 || shared > MAX_QUEUES / 2)
			put_on_queue(sim, h, i, &node_queue[node], node_queue);
	}
}
