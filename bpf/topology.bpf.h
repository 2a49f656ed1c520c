/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which CPUs share a queue, and how one that has nothing to do finds work elsewhere. Included once.
 *
 * However many queues there are, what a CPU without work does to find some does not grow with their
 * number. A word with a bit for each says in which tasks wait. It is written seldom: whoever puts a
 * task into a queue sets the bit only if it is not set, and only a CPU that came for nothing clears
 * it; those that serve the queue leave it alone. So it may say that tasks wait where none do, which
 * costs one look, of one CPU, for each time that the bit was set. For a moment it may also not say
 * so where some do: then the CPU that was woken for the task knows its queue (look), and those that
 * serve the queue set the bit at the end of their slice.
 */
#pragma once

#include "state.bpf.h"

/* How many queues with tasks a CPU without work looks at, none of which it may run. */
#define STEAL_TRIES 3

#define MAX_NODES 64

static struct {
	u64 bits;
	u64 unused[15];		/* a pair of cache lines for itself */
} queues_waiting __attribute__((aligned(128)));

/* The queues of each node. */
static u64 node_queues[MAX_NODES];

/* The number of the bit that is set in @bit, by counting those below it. */
static __always_inline u32 bit_number(u64 bit)
{
	u64 n = bit - 1;

	n -= n >> 1 & 0x5555555555555555ULL;
	n = (n & 0x3333333333333333ULL) + (n >> 2 & 0x3333333333333333ULL);
	n = (n + (n >> 4)) & 0x0f0f0f0f0f0f0f0fULL;
	return n * 0x0101010101010101ULL >> 56;
}

/* A task waits in @queue. */
static __always_inline void mark_waiting(u32 queue)
{
	u64 bit = 1ULL << (queue & (MAX_QUEUES - 1));

	if (several_queues() && !(queues_waiting.bits & bit))
		__sync_fetch_and_or(&queues_waiting.bits, bit);
}

/* Somebody gets in line there: see queue_empty(). */
static __always_inline void note_waiting(struct queue *q)
{
	if (!alone && !q->policy.waiting)
		q->policy.waiting = 1;
}

static __always_inline void mark_served(u32 queue, u64 ticks)
{
	struct queue *q = queue_at(queue);

	if (q->served != ticks)
		q->served = ticks;
}

static __always_inline u32 node_of(u32 cpu)
{
	s32 node = kfunc_exists(scx_bpf_cpu_node) ? scx_bpf_cpu_node(cpu) : 0;

	return node > 0 && node < MAX_NODES ? node : 0;
}

/* Who came for nothing says so, unless a task has come meanwhile; false if there are tasks. */
static __always_inline bool mark_empty(u32 queue, u64 bit)
{
	if (scx_bpf_dsq_nr_queued(queue) > 0)
		return false;
	__sync_fetch_and_and(&queues_waiting.bits, ~bit);
	if (scx_bpf_dsq_nr_queued(queue) > 0)
		__sync_fetch_and_or(&queues_waiting.bits, bit);
	return true;
}

static __always_inline bool take_from(struct bpfland_cpu *me, u32 queue)
{
	if (!scx_bpf_dsq_move_to_local(queue))
		return false;
	mark_served(queue, bpf_jiffies64());
	me->counter[BPFLAND_COUNTER_STOLEN_DISPATCHES]++;
	return true;
}

/*
 * Nothing in our own queue: what waits elsewhere and may run here. First where we were told to
 * look, then on our node, then anywhere; each CPU begins behind its own queue, so that not all go
 * to one.
 */
static __always_inline bool steal(struct bpfland_cpu *me)
{
	u64 own = 1ULL << (me->queue & (MAX_QUEUES - 1)), not_yet = ~own, some, bit;
	u32 look = me->look, tries = 0, i;
	bool stolen = false;

	if (look) {
		me->look = 0;
		if (look - 1 != me->queue && take_from(me, look - 1))
			return true;
	}
	bpf_for(i, 0, MAX_QUEUES) {
		u64 left = queues_waiting.bits & not_yet, near;
		u32 queue;

		if (!left)
			break;
		near = left & node_queues[queue_at(me->queue)->node & (MAX_NODES - 1)];
		if (near && (me->tunables.flags & BPFLAND_NUMA_AWARE))
			left = near;
		some = left & ~(own | (own - 1));
		some = some ? some : left;
		bit = some & -some;
		queue = bit_number(bit);
		if (take_from(me, queue)) {
			stolen = true;
			break;
		}
		if (!mark_empty(queue, bit) && ++tries == STEAL_TRIES)
			break;
		not_yet &= ~bit;
	}
	return stolen;
}

/*
 * Those who wait in @dsq on @cpu, which goes offline, go to what it still serves, and from there
 * the kernel sends everybody elsewhere. Its own queue and not the global one: if another CPU took
 * the last of them when this one is idle, nobody would tell the kernel that it is empty.
 */
__noinline int dsq_leave(u64 dsq, u32 cpu)
{
	struct task_struct *p;

	bpf_for_each(scx_dsq, p, dsq, 0) {
		if (p->thread_info.cpu == cpu)
			scx_bpf_dsq_move(&___it, p, SCX_DSQ_LOCAL_ON | cpu, 0);
	}
	return 0;
}

/* For how many ticks the first task in @queue has waited; 0 if there is none. */
__noinline int queue_waited(u32 queue)
{
	struct task_struct *p;
	int ticks = 0;

	/* Timers belong to a program that may sleep: so the verifier wants it said. */
	bpf_rcu_read_lock();
	bpf_for_each(scx_dsq, p, queue, 0) {
		ticks = (int)(bpf_jiffies64() - p->scx.runnable_at);
		break;
	}
	bpf_rcu_read_unlock();
	return ticks;
}

/* Whether a task of @other shall come to our queue @own, for the sake of fair shares. */
static __always_inline bool balances(struct bpfland_cpu *me, struct queue *own, u32 other)
{
	struct queue *q = queue_at(other);

	if (policy_lags(&q->balance, &own->balance) && !q->balance.moved && !own->balance.moved) {
		q->balance.moved = own->balance.moved = true;
		return true;
	}
	return !policy_lags(&own->balance, &q->balance) &&
	       policy_crowded(&q->balance, scx_bpf_dsq_nr_queued(other), &own->balance,
			      scx_bpf_dsq_nr_queued(me->queue));
}

/*
 * Another queue that is overdue, or whose tasks get less than those of ours. Each CPU looks at one
 * per tick, and the next one at the next, so that nobody looks at all of them.
 */
static __always_inline bool help(struct bpfland_cpu *me)
{
	struct queue *own = queue_at(me->queue), *q;
	u64 ticks = bpf_jiffies64();
	u32 other;

	if (me->help_tick == (u32)ticks)
		return false;
	me->help_tick = ticks;
	policy_measure(&own->balance, queue_clock(own), ticks);
	other = (u32)(ticks + me->queue) % nr_queues;
	q = queue_at(other);
	if (other == me->queue)
		return false;
	/* It may as well be that nobody was there for long; to look further takes a lock. */
	if (policy_overdue(ticks, q->served, tick_ns(), &me->tunables) &&
	    scx_bpf_dsq_nr_queued(other)) {
		if (!policy_overdue(ticks, ticks - queue_waited(other), tick_ns(), &me->tunables))
			return take_from(me, other);
		q->served = ticks;
		if (!scx_bpf_dsq_move_to_local(other))
			return false;
		me->counter[BPFLAND_COUNTER_STARVATION_RESCUES]++;
		return true;
	}
	if (!balances(me, own, other))
		return false;
	if (take_from(me, other))
		return true;
	q->balance.bound = true;
	return false;
}

/*
 * Per cache: how many CPUs, and one more than their queue. Per node: one more than its first queue.
 * In memory, for the verifier would follow every value that a loop keeps in a register.
 */
static struct {
	u32 llc_cpus[BPFLAND_MAX_CPUS];
	u32 llc_queue[BPFLAND_MAX_CPUS];
	u32 node_queue[MAX_NODES];
	u32 shared;			/* how many caches have several CPUs */
	bool by_llc;
} place;

static __always_inline const int *llc_of(u32 cpu)
{
	return bpf_ksym_exists(&sd_llc_id) ? bpf_per_cpu_ptr(&sd_llc_id, cpu) : NULL;
}

/* The cache of @cpu, if it is shared and caches have queues; else -1. */
static __always_inline s32 shared_llc(u32 cpu)
{
	const int *llc = place.by_llc ? llc_of(cpu) : NULL;
	u32 i;

	if (!llc)
		return -1;
	i = *llc & (BPFLAND_MAX_CPUS - 1);
	return place.llc_cpus[i] > 1 ? (s32)i : -1;
}

static __always_inline bool is_online(u32 cpu)
{
	const struct rq *rq = bpf_per_cpu_ptr(&runqueues, cpu);

	return rq && rq->online;
}

static __always_inline void put_on_queue(u32 cpu, u32 *slot)
{
	u32 node = node_of(cpu) & (MAX_NODES - 1), queue;

	if (!*slot && nr_queues < MAX_QUEUES) {
		queue_at(nr_queues)->node = node;
		node_queues[node] |= 1ULL << nr_queues;
		*slot = ++nr_queues;
	}
	queue = *slot ? *slot - 1 : 0;
	cpu_at(cpu)->queue = queue;
	queue_at(queue)->balance.cpus += is_online(cpu);
	if (!place.node_queue[node])
		place.node_queue[node] = queue + 1;
}

/*
 * Gives every last-level cache a queue. A cache of one CPU (small virtual machines have them) would
 * be a queue without company: such CPUs share the first one of their node, and so do those that are
 * offline and have no cache yet. With more caches than queues, every node has one queue.
 */
static __always_inline void place_cpus(void)
{
	u32 n = nr_cpus, i;
	const int *llc;

	if (alone)
		return;
	bpf_for(i, 0, n) {
		llc = llc_of(i);
		/* There may be room for many CPUs that never came: all those name the first. */
		if (llc && is_online(i) && ++place.llc_cpus[*llc & (BPFLAND_MAX_CPUS - 1)] == 2)
			place.shared++;
	}
	place.by_llc = place.shared <= MAX_QUEUES / 2;
	bpf_for(i, 0, n) {
		s32 cache = shared_llc(i);

		if (cache >= 0)
			put_on_queue(i, &place.llc_queue[cache & (BPFLAND_MAX_CPUS - 1)]);
	}
	bpf_for(i, 0, n) {
		if (shared_llc(i) < 0)
			put_on_queue(i, &place.node_queue[node_of(i) & (MAX_NODES - 1)]);
	}
}
