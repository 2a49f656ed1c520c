/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Control groups: cpu.weight and cpu.idle, through the whole tree. Included once.
 *
 * The tree is flattened. A task waits and pays as if there were no groups, but with the weight that
 * is left of its own after all groups above it have shared (policy_group_scale() and following):
 * task_weight(). That takes the weight of all that is ready in each group. Nobody keeps count of
 * it: once per tick one CPU goes through the tasks that wait and those that run, adds up, and
 * writes down the scale of each group. So a wake-up and a switch cost what they do without groups,
 * no line of memory is written by all CPUs, and a share is late by a tick.
 *
 * Slot 0 is the root. A child has a higher slot than its parent, so that one pass over all slots
 * goes up the tree, or down. While there is only the root, and only tasks of nice 0, `weighted` is
 * false, and this file costs one look at it; again, when the last group has gone. A cgroup for
 * whose path no slot is left counts as a part of its parent.
 */
#pragma once

#include "state.bpf.h"

#define MAX_GROUPS 1024

/* So many groups, CPUs and tasks are gone through per tick, on average, and tasks at once. */
#define SUM_PER_TICK 256
#define SUM_TASKS 512

/* A task of another nice value is remembered for so long. */
#define UNEVEN_TICKS 250

/* cpu.idle is read so often where no callback tells of it. */
#define IDLE_LOOK_TICKS 25

/* cpu.max of a group; see bandwidth.bpf.h. */
struct limit {
	u64 quota_ns;
	u64 period_ns;		/* 0: no limit */
	u64 burst_ns;
	u64 period_began;
	u64 budget;		/* signed: what may still run in this period */
	u64 debt_max_ns;
	u64 held;		/* its tasks wait */
};

struct group {
	u64 scale;		/* see policy_group_scale() */
	u64 total;		/* the weight of all that is ready in it, in the unit of tasks */
	u64 total_next;		/* while adding up */
	u64 cgroup;		/* the kernel's structure: valid until cgroup_exit() */
	u32 id;			/* the slot, and above its bits a number for each use of it */
	u32 parent;		/* a slot */
	u32 weight;
	u32 limiter;		/* the slot of the nearest group with a limit, or 0 */
	bool used;
	bool idle;		/* cpu.idle */
	bool lowly;		/* that, here or above */
	bool queue;		/* the slot has a queue for held tasks */
	struct limit limit;
};

static struct group groups[MAX_GROUPS];
u32 nr_groups;			/* slots, from 0, that are or were in use */
static u32 nr_used;		/* groups that there are now, but for the root */
static bool weighted;		/* there is something to compute */

/* This kernel tells of cpu.max, and has timers. */
const volatile bool bandwidth = false;
static u32 limited;		/* so many groups have a limit */

/* What each CPU ran at its last tick. */
static struct sample {
	u64 ticks;
	u32 group;
	u32 weight;
} __attribute__((aligned(64))) samples[BPFLAND_MAX_CPUS];

/* The id of each cgroup's group. Room for those that share their parent's, too. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 65536);
	__type(key, u64);
	__type(value, u32);
} group_ids SEC(".maps");

/* The kernel calls cgroup_set_idle(). */
const volatile bool tells_idle = false;

static u64 summed_at;		/* the tick when scales were computed */
static u64 looked_at;		/* and the one when groups were asked whether they are idle */
static u64 summing;		/* somebody does right now */
static u64 uneven_at;		/* the tick when a task of another nice value was seen */
static u32 nr_seen;		/* while adding up: ready tasks */

static __always_inline struct group *group_at(u32 id)
{
	return &groups[id & (MAX_GROUPS - 1)];
}

/* The group of a task; the root if its own is gone, which a task that dies may see. */
static __always_inline struct group *task_group_of(const struct task_state *s)
{
	struct group *g = group_at(s->group);

	return g->id == s->group ? g : &groups[0];
}

/* What a task weighs beside all others: the one weight that counts. In policy.h's unit. */
static __always_inline u32 task_weight(const struct task_state *s)
{
	if (!weighted)
		return s->weight;
	return policy_weight(s->weight, task_group_of(s)->scale);
}

/* Whether anybody may take the CPU from it at once. */
static __always_inline bool task_lowly(const struct task_struct *p, const struct task_state *s)
{
	return p->policy == SCHED_IDLE || (weighted && task_group_of(s)->lowly);
}

/* Whether it waits for its turn rather than preempt anybody. */
static __always_inline bool task_patient(struct task_struct *p)
{
	struct task_state *s;

	if (p->policy == SCHED_BATCH || p->policy == SCHED_IDLE)
		return true;
	if (!weighted)
		return false;
	s = task_state(p);
	return s && task_group_of(s)->lowly;
}

/* Read, because not every kernel tells, and none what it is at the start. */
static __always_inline bool cgroup_idle(u64 cgroup)
{
	u32 i = bpf_core_enum_value(enum cgroup_subsys_id, cpu_cgrp_id);
	struct cgroup *cgrp = (struct cgroup *)cgroup;
	struct task_group *tg = NULL;

	if (!bpf_core_field_exists(tg->idle))
		return false;
	/* Not there while the cgroup is being made: then it is not idle. */
	bpf_core_read(&tg, sizeof(tg), &cgrp->subsys[0] + i);
	return tg && BPF_CORE_READ(tg, idle) > 0;
}

/* In the kernel a SCHED_IDLE task has 3 of 1024, which is less than one of 100. */
static __always_inline u32 group_weight(const struct group *g)
{
	return g->idle ? 1 : g->weight;
}

/*
 * The steps of adding up are global functions, and what they find is in memory, so that the
 * verifier looks at each of them once and not in every state of a loop.
 */
static __always_inline void see(u32 group, u32 weight)
{
	struct group *g = group_at(group);

	if (g->id != group)
		g = &groups[0];
	g->total_next += weight;
	nr_seen++;
	if (weight != POLICY_WEIGHT_NORMAL)
		uneven_at = summed_at;
}

/* Those that wait in a queue. If there are more than we look at, the others are like these. */
__noinline int groups_see_queue(u32 queue)
{
	u32 enough = nr_seen + SUM_TASKS;
	struct task_struct *p;

	bpf_for_each(scx_dsq, p, queue, 0) {
		struct task_state *s = task_state(p);

		if (s)
			see(s->group, s->weight);
		/* Not counted in a register, each value of which the verifier would follow. */
		if (nr_seen >= enough)
			break;
	}
	return 0;
}

/*
 * What runs on a CPU. Below 6.18 it is what ran at its last tick, unless that was long ago: often
 * somebody else's turn begins right after it, who is then missed, and the other seen twice.
 */
__noinline int groups_see_cpu(u32 cpu)
{
	struct sample *sample = &samples[cpu & (BPFLAND_MAX_CPUS - 1)];

	if (kfunc_exists(scx_bpf_cpu_curr)) {
		struct task_struct *p = scx_bpf_cpu_curr(cpu);
		struct task_state *s = NULL;

		if (p && p->pid && p->prio >= MAX_RT_PRIO)
			s = task_state(p);
		if (s)
			see(s->group, s->weight);
		return 0;
	}
	if (summed_at - sample->ticks <= 1)
		see(sample->group, sample->weight);
	return 0;
}

/* Up the tree: what is ready in one group is known, its parent's is not yet. */
__noinline int group_add_up(u32 slot)
{
	struct group *g = group_at(slot);

	g->total = g->total_next;
	g->total_next = 0;
	if (g->used && g->total && slot)
		group_at(g->parent)->total_next += group_weight(g) << POLICY_WEIGHT_SHIFT;
	return 0;
}

/* Down the tree: what it hands down. One that sleeps is prepared for a task of nice 0. */
__noinline int group_rescale(u32 slot)
{
	struct group *g = group_at(slot), *parent = group_at(g->parent);

	if (!g->used)
		return 0;
	g->lowly = g->idle || parent->lowly;
	g->scale = policy_group_scale(group_weight(g), parent->scale,
				      g->total ? g->total : POLICY_WEIGHT_NORMAL);
	return 0;
}

__noinline int group_look(u32 slot)
{
	struct group *g = group_at(slot);

	if (g->used)
		g->idle = cgroup_idle(g->cgroup);
	return 0;
}

/* Once per tick, or less often if there is much to go through. */
__noinline int groups_sum(u64 ticks)
{
	u32 n = nr_groups, i;

	if (ticks - summed_at <= (n + nr_cpus + nr_seen) / SUM_PER_TICK)
		return 0;
	if (__sync_val_compare_and_swap(&summing, 0, 1))
		return 0;
	summed_at = ticks;
	if (!tells_idle && ticks - looked_at >= IDLE_LOOK_TICKS) {
		looked_at = ticks;
		bpf_for(i, 1, n)
			group_look(i);
	}
	nr_seen = 0;
	bpf_for(i, 0, nr_queues)
		groups_see_queue(i);
	bpf_for(i, 0, nr_cpus)
		groups_see_cpu(i);
	bpf_for(i, 0, n)
		group_add_up(n - 1 - i);
	groups[0].scale = policy_root_scale(nr_seen, groups[0].total);
	bpf_for(i, 1, n)
		group_rescale(i);
	__sync_lock_test_and_set(&summing, 0);
	return 1;
}

/* At each tick of each busy CPU: @p runs. */
static __always_inline void groups_tick(struct task_struct *p)
{
	struct sample *mine = &samples[bpf_get_smp_processor_id() & (BPFLAND_MAX_CPUS - 1)];
	u64 ticks = bpf_jiffies64();
	struct task_state *s;
	bool wanted;

	if (p->scx.weight != 100)
		uneven_at = ticks;
	wanted = nr_used || ticks - uneven_at < UNEVEN_TICKS;
	/* Several CPUs may come to this in the same tick; who was late, the next tick corrects. */
	if (weighted != wanted)
		weighted = wanted;
	if (!weighted)
		return;
	s = task_state(p);
	mine->group = s ? s->group : 0;
	mine->weight = s ? s->weight : POLICY_WEIGHT_NORMAL;
	mine->ticks = ticks;
	if (ticks != summed_at)
		groups_sum(ticks);
}

/* From init(): the root is there before any cgroup is, and on kernels that do not tell of them. */
static __always_inline void groups_init(void)
{
	groups[0].scale = 1ULL << POLICY_SCALE_SHIFT;
	groups[0].used = true;
	nr_groups = 1;
}

/* The id of the group of @cgrp: 0, the root, if it is unknown. */
static __always_inline u32 group_find(struct cgroup *cgrp)
{
	u64 key = BPF_CORE_READ(cgrp, kn, id);
	u32 *id = bpf_map_lookup_elem(&group_ids, &key);

	return id ? *id : 0;
}

/* The group that is this cgroup's own, not its parent's. */
static __always_inline struct group *group_own(struct cgroup *cgrp)
{
	struct group *g = group_at(group_find(cgrp));

	return g->cgroup == (u64)cgrp ? g : NULL;
}
