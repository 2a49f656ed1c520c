/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cpu.max (CPUQuota=): a group runs for its quota in each period, and then waits. Included once.
 *
 * Loaded from 6.17 on, where the kernel tells of limits, and not on PREEMPT_RT, where BPF has no
 * timers. While no group has a limit, `limited` is 0, and this file costs one look at it.
 *
 * A group with a limit has a budget, which goes down by what its tasks run and up by the quota per
 * period. When it is used up, the group is *held*: whoever of its tasks stops or wakes up is put
 * into the group's own queue, which no CPU serves. A timer gives the next quota and moves them
 * back. What a group ran too much, because the tick found out late, it has less in the next
 * period. A task below several limits is held by any of them.
 *
 * The kernel ends a scheduler that lets a ready task wait too long, and does not ask why. So a held
 * task that has waited for a quarter of that gets one turn all the same.
 */
#pragma once

#include "group.bpf.h"
#include "idle.bpf.h"
#include "state.bpf.h"
#include "topology.bpf.h"

/* The queue of a group is this and its slot; those below belong to CPUs. */
#define HELD_QUEUE 4096

/* So many limits above each other are looked at. */
#define LIMITS_DEPTH 16

/* The kernel says that there is no limit by a larger quota than any. */
#define LIMIT_US_MAX (1ULL << 40)

/* What a group may owe, in time: an outlier is forgotten after that. */
#define LIMIT_DEBT_NS 5000000000ULL

struct limits_timer {
	struct bpf_timer timer;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct limits_timer);
} limits_timers SEC(".maps");

/* How often the first limit came, above the bits of a slot: for task_state.limiter. */
static u32 limits_era;

/* When the timer is to go off; 0: at no time. */
static u64 timer_at;

/* Of so many CPUs that want the timer earlier at the same moment, one may set it too late. */
#define TIMER_TRIES 8

/*
 * The timer goes off at @at at the latest. To say so and to set it are two steps, and of two CPUs
 * the one that wants it later may set it last: a group would wait for the period of another. So who
 * has set it looks whether what is wanted is still that; if it is 0, the timer has gone off
 * meanwhile, and saw what it was wanted for.
 */
__noinline int timer_arm(u64 at)
{
	struct limits_timer *t;
	bool said = false;
	u64 set = 0;
	u32 key = 0;

	t = bpf_map_lookup_elem(&limits_timers, &key);
	if (!t)
		return 0;
	for (int i = 0; i < TIMER_TRIES; i++) {
		u64 wanted = timer_at;

		if (said) {
			if (!wanted || wanted == set)
				break;
		} else {
			if (wanted && !policy_before(at, wanted))
				break;
			if (__sync_val_compare_and_swap(&timer_at, wanted, at) != wanted)
				continue;
			said = true;
			wanted = at;
		}
		bpf_timer_start(&t->timer, wanted, BPF_F_TIMER_ABS);
		set = wanted;
	}
	return 0;
}

/* The quotas of the periods that have begun since somebody looked. */
static __always_inline void limit_refill(struct limit *l, u64 now)
{
	u64 began = l->period_began, periods, room, most = l->quota_ns + l->burst_ns;

	if (!l->period_ns || (s64)(now - began) < (s64)l->period_ns)
		return;
	periods = (now - began) / l->period_ns;
	if (__sync_val_compare_and_swap(&l->period_began, began,
					began + periods * l->period_ns) != began)
		return;
	room = most - l->budget;
	if ((s64)room > 0)
		__sync_fetch_and_add(&l->budget,
				     policy_min(policy_min(periods, 1 << 13) * l->quota_ns, room));
}

/* A task of the group has run for @ran; true if the group is to wait. */
__noinline int limit_spend(u32 slot, u64 ran)
{
	struct limit *l = &group_at(slot)->limit;
	u64 now = bpf_ktime_get_ns(), left;

	limit_refill(l, now);
	left = __sync_fetch_and_add(&l->budget, -ran) - ran;
	if ((s64)left < -(s64)l->debt_max_ns)
		l->budget = -l->debt_max_ns;
	if ((s64)left > 0)
		return 0;
	if (!l->held) {
		__sync_lock_test_and_set(&l->held, 1);
		timer_arm(l->period_began + l->period_ns);
	}
	return 1;
}

/* The nearest limit that @s is below now, as task_state.limiter has it. */
static __always_inline u32 limiter_of(const struct task_state *s)
{
	return task_group_of(s)->limiter | limits_era;
}

/*
 * What a task has run since somebody looked, all limits above it pay; but nothing of what it ran
 * before it came below this one, or before there was one.
 */
static __always_inline void limits_charge(struct task_struct *p, struct task_state *s)
{
	u32 slot = task_group_of(s)->limiter, limiter = limiter_of(s), i;
	u64 ran = p->se.sum_exec_runtime - s->limited_ns;

	s->limited_ns = p->se.sum_exec_runtime;
	if (s->limiter != limiter) {
		s->limiter = limiter;
		return;
	}
	bpf_for(i, 0, LIMITS_DEPTH) {
		if (!slot)
			break;
		limit_spend(slot, ran);
		slot = group_at(group_at(slot)->parent)->limiter;
	}
}

/* From the limit of @slot upwards: the nearest group that makes its tasks wait; 0 if none does. */
__noinline int limits_holder(u32 slot)
{
	u32 holder = 0, i;

	bpf_for(i, 0, LIMITS_DEPTH) {
		if (!slot)
			break;
		if (group_at(slot)->limit.held) {
			holder = slot;
			break;
		}
		slot = group_at(group_at(slot)->parent)->limiter;
	}
	return holder;
}

/* Whether @p, which is ready, must not run now. Who is about to end shall: it holds resources. */
__noinline int task_held(struct task_struct *p __arg_trusted)
{
	struct task_state *s;

	s = task_state(p);
	if (!s || (p->flags & PF_EXITING))
		return 0;
	limits_charge(p, s);
	return limits_holder(task_group_of(s)->limiter);
}

/*
 * From enqueue(): true if @p waits with its group. It has settled what it ran, or the place in line
 * that it had for that run would be its next one. Who has not run since keeps its place: it waits
 * all along. It does not wait for a CPU, so that is no latency of a wake-up.
 */
static __always_inline bool hold(struct bpfland_cpu *me, struct task_struct *p,
				 struct task_state *s, u64 enq_flags)
{
	u32 holder;

	if (!bandwidth || !limited)
		return false;
	holder = task_held(p);
	if (!holder)
		return false;
	s->woke_at = 0;
	stay(me);
	task_queue(p, HELD_QUEUE + holder, me->tunables.slice_max_ns, s->policy.vruntime,
		   enq_flags);
	return true;
}

/* At each tick of each busy CPU, and before a task goes on at the end of its slice. */
static __always_inline bool must_stop(struct task_struct *p)
{
	return bandwidth && limited && task_held(p);
}

/* Where a task from the queue of @slot goes to, and its place there. */
static __always_inline u64 release_to(struct task_struct *p, struct task_state *s, u32 holder,
				      u64 *ret_vtime)
{
	struct bpfland_cpu *me = cpu_at(bpf_get_smp_processor_id());
	u32 queue = cpu_at(p->thread_info.cpu)->queue;

	*ret_vtime = s->policy.vruntime;
	if (holder)
		return HELD_QUEUE + holder;
	*ret_vtime = get_in_line(me, s, queue, queue_clock(queue_at(queue)));
	return queue;
}

/* The tasks that @slot has made wait: all, or those that have waited for too long. */
__noinline int limit_release(u32 slot, bool all)
{
	u64 ticks = bpf_jiffies64(), most = held_ticks_max();
	u32 here = bpf_get_smp_processor_id();
	struct task_struct *p;

	/* The timer belongs to init(), which may sleep: so the verifier wants it said. */
	bpf_rcu_read_lock();
	bpf_for_each(scx_dsq, p, HELD_QUEUE + slot, 0) {
		struct task_state *s = task_state(p);
		u64 to, vtime;
		s32 idle;

		if (!s || (!all && ticks - p->scx.runnable_at < most))
			continue;
		to = release_to(p, s, all ? limits_holder(task_group_of(s)->limiter) : 0, &vtime);
		scx_bpf_dsq_move_set_vtime(&___it, vtime);
		scx_bpf_dsq_move_vtime(&___it, p, to, 0);
		if (!alone && to < HELD_QUEUE)
			mark_waiting(to);
		idle = pick_idle(task_cpus(p), p->thread_info.cpu);
		if (idle >= 0) {
			scx_bpf_kick_cpu(idle, SCX_KICK_IDLE);
			cpu_at(here)->counter[BPFLAND_COUNTER_IDLE_KICKS]++;
		}
	}
	bpf_rcu_read_unlock();
	return 0;
}

/* While the timer looks at all groups: whether it is wanted again, and when. */
static u64 timer_next;

static __always_inline void want_timer(u64 at)
{
	if (!timer_next || policy_before(at, timer_next))
		timer_next = at;
}

__noinline int limit_look(u32 slot, u64 now)
{
	struct group *g = group_at(slot);
	struct limit *l = &g->limit;
	bool held = l->held, waiting;

	if (!g->queue)
		return 0;
	limit_refill(l, now);
	if (held && (!l->period_ns || (s64)l->budget > 0))
		__sync_lock_test_and_set(&l->held, 0);
	waiting = scx_bpf_dsq_nr_queued(HELD_QUEUE + slot) > 0;
	if (waiting)
		limit_release(slot, !l->held);
	if (l->held)
		want_timer(l->period_began + l->period_ns);
	else if (held || waiting)
		/* Somebody may have decided to wait when it was still held, and come now. */
		want_timer(now + tick_ns());
	return 0;
}

static int limits_expire(void *map, u32 *key, struct limits_timer *t)
{
	u64 now = bpf_ktime_get_ns();
	u32 n = nr_groups, i;

	timer_next = 0;
	/* First: whoever holds a group from now on arms it again, or is seen below. */
	__sync_lock_test_and_set(&timer_at, 0);
	bpf_for(i, 1, n)
		limit_look(i, now);
	if (timer_next)
		timer_arm(timer_next);
	return 0;
}

/* From init(): the one timer for all groups. */
static __always_inline s32 limits_init(void)
{
	struct limits_timer *t;
	u32 key = 0;

	if (!bandwidth)
		return 0;
	t = bpf_map_lookup_elem(&limits_timers, &key);
	if (!t)
		return -2;
	bpf_timer_init(&t->timer, &limits_timers, CLOCK_MONOTONIC);
	return (s32)bpf_timer_set_callback(&t->timer, limits_expire);
}

/* A group gets a limit, or loses it: nobody looks at limits while there are none. */
static __always_inline void limits_count(bool had, bool has)
{
	if (has && !had) {
		if (!limited)
			limits_era += MAX_GROUPS;
		__sync_fetch_and_add(&limited, 1);
	} else if (had && !has) {
		__sync_fetch_and_add(&limited, -1);
	}
}

/* A limit, or none: @period_us 0. It begins with a whole quota. */
static __always_inline void limit_set(struct group *g, u64 period_us, u64 quota_us, u64 burst_us)
{
	struct limit *l = &g->limit;
	u64 now = bpf_ktime_get_ns();
	bool had = l->period_ns;

	if (quota_us >= LIMIT_US_MAX)
		period_us = 0;
	l->period_ns = 0;
	l->quota_ns = quota_us * 1000;
	l->burst_ns = burst_us >= LIMIT_US_MAX ? 0 : burst_us * 1000;
	l->budget = l->quota_ns;
	l->debt_max_ns = period_us ? LIMIT_DEBT_NS / (period_us * 1000) * l->quota_ns : 0;
	l->period_began = now;
	l->period_ns = period_us * 1000;
	limits_count(had, period_us);
}

/* From cpu_offline(): who is held there, too; be it for a moment more by a limit that is gone. */
static __always_inline void limits_leave(u32 cpu)
{
	u32 n = nr_groups, i;

	if (!bandwidth)
		return;
	bpf_for(i, 1, n) {
		if (group_at(i)->queue)
			dsq_leave(HELD_QUEUE + i, cpu);
	}
}

/* Down the tree: whose limit counts first for a group. */
__noinline int group_find_limiter(u32 slot)
{
	struct group *g = group_at(slot);

	g->limiter = g->limit.period_ns ? slot & (MAX_GROUPS - 1) : group_at(g->parent)->limiter;
	return 0;
}

SEC("struct_ops/bpfland_cgroup_set_bandwidth")
void BPF_PROG(bpfland_cgroup_set_bandwidth, struct cgroup *cgrp, u64 period_us, u64 quota_us,
	      u64 burst_us)
{
	struct group *g = group_own(cgrp);
	u32 n = nr_groups, i;

	/* No memory for the queue of those who would have to wait: then nobody does. */
	if (!g || !g->queue)
		return;
	limit_set(g, period_us, quota_us, burst_us);
	bpf_for(i, 1, n)
		group_find_limiter(i);
	/* Who waits for the old limit may not have to. */
	timer_arm(bpf_ktime_get_ns());
}

/* It ends, or changes to a real-time class: what it ran since the last tick has to be paid. */
SEC("struct_ops/bpfland_disable")
void BPF_PROG(bpfland_disable, struct task_struct *p)
{
	struct task_state *s;

	if (!bandwidth || !limited)
		return;
	s = task_state(p);
	if (s)
		limits_charge(p, s);
}
