/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which idle CPU is the best for a task. Included once.
 *
 * The kernel's own search, scx_bpf_select_cpu_dfl(), is right for machines whose CPUs are all
 * alike: the previous CPU if its whole core is idle, then whole idle cores near before far (same
 * cache, same node, anywhere), then the same for cores that are busy on one side. What it does not
 * know is added around it, and costs nothing where it does not apply: sets of CPUs that go before
 * others (domains.bpf.h), and that any CPU of the task's own node may be better than an idle core
 * of another. Within a set it is again the kernel that searches.
 */
#pragma once

#include "domains.bpf.h"
#include "state.bpf.h"

/* There are several memory nodes, and the kernel keeps idle CPUs by node: less to share. */
const volatile bool nodes = false;

/* Any idle CPU for @p, no longer idle for anybody else then; negative if there is none. */
static __always_inline s32 pick_idle(const struct cpumask *set, u32 near)
{
	if (nodes)
		return scx_bpf_pick_idle_cpu_node(set, scx_bpf_cpu_node(near), 0);
	return scx_bpf_pick_idle_cpu(set, 0);
}

static __always_inline bool has_preferences(void)
{
	return !alone && ((u8)tiers_now || nodes);
}

/* In one tier. Without SMTAware the previous CPU is as good as any other. */
static __always_inline s32 find_in_tier(struct task_struct *p, s32 prev_cpu, u64 wake_flags,
					const struct cpumask *set, u64 flags)
{
	if (!(flags & BPFLAND_SMT_AWARE) && bpf_cpumask_test_cpu(prev_cpu, set) &&
	    bpf_cpumask_test_cpu(prev_cpu, task_cpus(p)) &&
	    scx_bpf_test_and_clear_cpu_idle(prev_cpu))
		return prev_cpu;
	return scx_bpf_select_cpu_and(p, prev_cpu, wake_flags, set, 0);
}

/* No CPU that is to be preferred for @p was idle, and it gets another: if it has preferences. */
static __always_inline void count_overflow(struct bpfland_cpu *me, struct task_struct *p)
{
	if ((u8)tiers_now && (u8)tiers_of(tiers_now, task_state(p), &me->tunables))
		me->counter[BPFLAND_COUNTER_DOMAIN_OVERFLOWS]++;
}

/*
 * An idle CPU that is to be preferred for @p; negative if there is none. A global function, so that
 * the verifier looks at it once.
 */
__noinline int find_preferred(struct task_struct *p __arg_trusted, s32 prev_cpu, u64 wake_flags)
{
	struct bpfland_cpu *me = cpu_at(bpf_get_smp_processor_id());
	const struct bpfland_tunables *t = &me->tunables;
	u32 now = tiers_of(tiers_now, task_state(p), t), i;
	const struct cpumask *set;
	s32 cpu;

	bpf_for(i, 0, _BPFLAND_TIER_MAX) {
		set = tier_cpus(now, i);
		if (!set)
			continue;
		cpu = find_in_tier(p, prev_cpu, wake_flags, set, t->flags);
		if (cpu >= 0) {
			me->counter[BPFLAND_COUNTER_DOMAIN_PLACEMENTS]++;
			return cpu;
		}
	}
	if (!nodes || !(t->flags & BPFLAND_NUMA_AWARE))
		return -1;
	cpu = scx_bpf_select_cpu_and(p, prev_cpu, wake_flags, task_cpus(p), SCX_PICK_IDLE_IN_NODE);
	if (cpu >= 0)
		count_overflow(me, p);
	return cpu;
}

/*
 * No CPU is idle: on which one does an interactive task wait, and maybe preempt? Its previous one,
 * unless that is outside of its domain.
 */
__noinline int busy_cpu(struct task_struct *p __arg_trusted, s32 prev_cpu)
{
	const struct bpfland_tunables *t = &cpu_at(bpf_get_smp_processor_id())->tunables;
	u32 now = tiers_of(tiers_now, task_state(p), t), cpu;
	const struct cpumask *set = tier_cpus(now, BPFLAND_TIER_INTERACTIVE);

	if (!set || bpf_cpumask_test_cpu(prev_cpu, set))
		return prev_cpu;
	cpu = bpf_cpumask_any_and_distribute(set, task_cpus(p));
	return cpu < nr_cpus ? (s32)cpu : prev_cpu;
}

/* The search where nothing is preferred. */
static __always_inline s32 find_any(struct task_struct *p, s32 prev_cpu, u64 wake_flags,
				    const struct bpfland_tunables *t, bool *ret_idle)
{
	s32 cpu;

	*ret_idle = false;
	if (t->flags & BPFLAND_SMT_AWARE)
		return scx_bpf_select_cpu_dfl(p, prev_cpu, wake_flags, ret_idle);
	*ret_idle = true;
	if (bpf_cpumask_test_cpu(prev_cpu, task_cpus(p)) &&
	    scx_bpf_test_and_clear_cpu_idle(prev_cpu))
		return prev_cpu;
	cpu = pick_idle(task_cpus(p), prev_cpu);
	if (cpu >= 0)
		return cpu;
	*ret_idle = false;
	return prev_cpu;
}

/*
 * An idle CPU for @p, which is no longer idle for anybody else then; else the CPU to wait on, and
 * *@ret_idle is false. Called from select_cpu() only.
 */
static __always_inline s32 find_idle(struct task_struct *p, s32 prev_cpu, u64 wake_flags,
				     const struct bpfland_tunables *t, bool *ret_idle)
{
	s32 cpu;

	if (!has_preferences())
		return find_any(p, prev_cpu, wake_flags, t, ret_idle);
	cpu = find_preferred(p, prev_cpu, wake_flags);
	*ret_idle = cpu >= 0;
	if (cpu >= 0)
		return cpu;
	cpu = find_any(p, prev_cpu, wake_flags, t, ret_idle);
	if (!*ret_idle)
		return busy_cpu(p, prev_cpu);
	count_overflow(cpu_at(bpf_get_smp_processor_id()), p);
	return cpu;
}

/*
 * @p could go on on @cpu at the end of its slice, and nobody waits: is @cpu second best for it, and
 * a better one idle? Returns that one, no longer idle for anybody else, or a negative number. Only
 * for tasks that may run on all of the better CPUs: the others move when they wake up.
 */
__noinline int find_better(struct task_struct *p __arg_trusted, u32 cpu)
{
	const struct bpfland_tunables *t = &cpu_at(bpf_get_smp_processor_id())->tunables;
	u32 now = tiers_of(tiers_now, task_state(p), t), i;
	const struct cpumask *set;
	s32 better;

	if (p != bpf_get_current_task_btf() || task_bound(p))
		return -1;
	bpf_for(i, 0, _BPFLAND_TIER_MAX) {
		set = tier_cpus(now, i);
		if (!set)
			continue;
		if (bpf_cpumask_test_cpu(cpu, set))
			return -1;
		if (!bpf_cpumask_subset(set, task_cpus(p)))
			continue;
		better = pick_idle(set, cpu);
		if (better >= 0)
			return better;
	}
	return -1;
}

/*
 * True if @prev, which runs on this CPU and could go on, shall leave: dispatch() then lets it go
 * without a slice, the kernel brings it to enqueue(), and that wakes the better CPU.
 */
static __always_inline bool leaves(struct bpfland_cpu *me, struct task_struct *prev, u32 cpu)
{
	s32 better;

	if (alone || !(u8)tiers_now)
		return false;
	better = find_better(prev, cpu);
	if (better < 0)
		return false;
	me->target = better + 1;
	me->counter[BPFLAND_COUNTER_DOMAIN_RETURNS]++;
	return true;
}

/*
 * Who was to leave for a better CPU waits instead, for a quota or in a rest. That CPU was to be for
 * nobody else: it gets a look at what there is, and is idle for all again.
 */
static __always_inline void stay(struct bpfland_cpu *me)
{
	u32 target = me->target;

	if (!target)
		return;
	me->target = 0;
	scx_bpf_kick_cpu(target - 1, SCX_KICK_IDLE);
}

/*
 * A task was put into @queue: which idle CPU, if any, shall be woken for it? After select_cpu()
 * looked, or where nobody has looked.
 */
static __always_inline s32 idle_for_queued(struct bpfland_cpu *me, struct task_struct *p, u32 cpu,
					   u64 enq_flags)
{
	u32 target = me->target;
	s32 idle;

	if (target) {
		me->target = 0;
		return target - 1;
	}
	if (!has_preferences() || (enq_flags & SCX_ENQ_WAKEUP))
		return pick_idle(task_cpus(p), cpu);
	idle = find_preferred(p, cpu, 0);
	if (idle >= 0)
		return idle;
	idle = pick_idle(task_cpus(p), cpu);
	if (idle >= 0)
		count_overflow(me, p);
	return idle;
}

/* Wakes the idle CPU @idle for a task in @queue, which need not be the one that it serves. */
static __always_inline void wake_for(struct bpfland_cpu *me, u32 idle, u32 queue)
{
	if (several_queues() && cpu_at(idle)->queue != queue)
		cpu_at(idle)->look = queue + 1;
	scx_bpf_kick_cpu(idle, SCX_KICK_IDLE);
	me->counter[BPFLAND_COUNTER_IDLE_KICKS]++;
}

/* @p was put into the queue of @cpu: wakes an idle CPU for it, if there is one; 0 if none is. */
__noinline int wake_idle(struct task_struct *p __arg_trusted, u32 cpu, u64 enq_flags)
{
	struct bpfland_cpu *me = cpu_at(bpf_get_smp_processor_id());
	u32 queue = cpu_at(cpu)->queue;
	s32 idle = idle_for_queued(me, p, cpu, enq_flags);

	if (idle < 0)
		return 0;
	cpu_at(idle)->errand = queue;
	wake_for(me, idle, queue);
	return 1;
}
