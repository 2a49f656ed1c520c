/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's functions for sched_ext schedulers, and their differences over the versions; see
 * kfunc-table.h for how they are called.
 */
#pragma once

#include "kernel.bpf.h"
#include "kfunc-table.h"

/* Those of this kernel that can be called. User space knows. */
const volatile bool kfuncs_here[_KFUNC_MAX] = {};

#define kfunc_exists(name) (kfuncs_here[KFUNC_##name])
#define KFUNC(name) ((void *)(KFUNC_CALL + KFUNC_##name))

static void (*const scx_bpf_dsq_insert)(struct task_struct *p, u64 dsq_id, u64 slice,
					u64 enq_flags) = KFUNC(scx_bpf_dsq_insert);
static void (*const scx_bpf_dsq_insert_vtime)(struct task_struct *p, u64 dsq_id, u64 slice,
					      u64 vtime, u64 enq_flags) =
	KFUNC(scx_bpf_dsq_insert_vtime);
static bool (*const __scx_bpf_dsq_insert_vtime)(struct task_struct *p,
						struct scx_bpf_dsq_insert_vtime_args *args) =
	KFUNC(__scx_bpf_dsq_insert_vtime);
static bool (*const scx_bpf_dsq_move_to_local)(u64 dsq_id) = KFUNC(scx_bpf_dsq_move_to_local);
static s32 (*const scx_bpf_dsq_nr_queued)(u64 dsq_id) = KFUNC(scx_bpf_dsq_nr_queued);
static s32 (*const scx_bpf_create_dsq)(u64 dsq_id, s32 node) = KFUNC(scx_bpf_create_dsq);
static bool (*const scx_bpf_dsq_move)(struct bpf_iter_scx_dsq *it, struct task_struct *p,
				      u64 dsq_id, u64 enq_flags) = KFUNC(scx_bpf_dsq_move);
static void (*const scx_bpf_dsq_move_set_vtime)(struct bpf_iter_scx_dsq *it, u64 vtime) =
	KFUNC(scx_bpf_dsq_move_set_vtime);
static bool (*const scx_bpf_dsq_move_vtime)(struct bpf_iter_scx_dsq *it, struct task_struct *p,
					    u64 dsq_id, u64 enq_flags) =
	KFUNC(scx_bpf_dsq_move_vtime);
static s32 (*const scx_bpf_select_cpu_dfl)(struct task_struct *p, s32 prev_cpu, u64 wake_flags,
					   bool *is_idle) = KFUNC(scx_bpf_select_cpu_dfl);
static s32 (*const scx_bpf_select_cpu_and)(struct task_struct *p, s32 prev_cpu, u64 wake_flags,
					   const struct cpumask *allowed, u64 flags) =
	KFUNC(scx_bpf_select_cpu_and);
static s32 (*const scx_bpf_pick_idle_cpu)(const struct cpumask *allowed, u64 flags) =
	KFUNC(scx_bpf_pick_idle_cpu);
static s32 (*const scx_bpf_pick_idle_cpu_node)(const struct cpumask *allowed, s32 node,
					       u64 flags) = KFUNC(scx_bpf_pick_idle_cpu_node);
static s32 (*const scx_bpf_cpu_node)(s32 cpu) = KFUNC(scx_bpf_cpu_node);
static bool (*const scx_bpf_test_and_clear_cpu_idle)(s32 cpu) =
	KFUNC(scx_bpf_test_and_clear_cpu_idle);
static void (*const scx_bpf_kick_cpu)(s32 cpu, u64 flags) = KFUNC(scx_bpf_kick_cpu);
static u32 (*const scx_bpf_reenqueue_local)(void) = KFUNC(scx_bpf_reenqueue_local);
static void (*const scx_bpf_reenqueue_local___v2)(void) = KFUNC(scx_bpf_reenqueue_local___v2);
static bool (*const scx_bpf_task_set_slice)(struct task_struct *p, u64 slice) =
	KFUNC(scx_bpf_task_set_slice);
static struct task_struct *(*const scx_bpf_cpu_curr)(s32 cpu) = KFUNC(scx_bpf_cpu_curr);
static u32 (*const scx_bpf_nr_cpu_ids)(void) = KFUNC(scx_bpf_nr_cpu_ids);
static bool (*const scx_bpf_task_running)(const struct task_struct *p) =
	KFUNC(scx_bpf_task_running);
static void (*const scx_bpf_dump_bstr)(char *format, unsigned long long *args, u32 size) =
	KFUNC(scx_bpf_dump_bstr);
static void (*const scx_bpf_cpuperf_set)(s32 cpu, u32 performance) = KFUNC(scx_bpf_cpuperf_set);
static struct task_struct *(*const bpf_task_from_pid)(s32 pid) = KFUNC(bpf_task_from_pid);
static void (*const bpf_task_release)(struct task_struct *p) = KFUNC(bpf_task_release);
static void (*const bpf_rcu_read_lock)(void) = KFUNC(bpf_rcu_read_lock);
static void (*const bpf_rcu_read_unlock)(void) = KFUNC(bpf_rcu_read_unlock);
static bool (*const bpf_cpumask_test_cpu)(u32 cpu, const struct cpumask *mask) =
	KFUNC(bpf_cpumask_test_cpu);
static bool (*const bpf_cpumask_subset)(const struct cpumask *a, const struct cpumask *b) =
	KFUNC(bpf_cpumask_subset);
static u32 (*const bpf_cpumask_any_and_distribute)(const struct cpumask *a,
						   const struct cpumask *b) =
	KFUNC(bpf_cpumask_any_and_distribute);
static struct bpf_cpumask *(*const bpf_cpumask_create)(void) = KFUNC(bpf_cpumask_create);
static void (*const bpf_cpumask_set_cpu)(u32 cpu, struct bpf_cpumask *mask) =
	KFUNC(bpf_cpumask_set_cpu);
static void (*const bpf_cpumask_release)(struct bpf_cpumask *mask) = KFUNC(bpf_cpumask_release);

/* What bpf_for_each(scx_dsq, ...) calls. What ends a loop must be a function. */
static int (*const bpf_iter_scx_dsq_new)(struct bpf_iter_scx_dsq *it, u64 dsq_id, u64 flags) =
	KFUNC(bpf_iter_scx_dsq_new);
static struct task_struct *(*const bpf_iter_scx_dsq_next)(struct bpf_iter_scx_dsq *it) =
	KFUNC(bpf_iter_scx_dsq_next);

static __always_inline void bpf_iter_scx_dsq_destroy(struct bpf_iter_scx_dsq *it)
{
	((void (*)(struct bpf_iter_scx_dsq *it))KFUNC(bpf_iter_scx_dsq_destroy))(it);
}

/* The same for bpf_for(), whose functions libbpf's header declares as externals. */
static int (*const num_new)(struct bpf_iter_num *it, int start, int end) = KFUNC(bpf_iter_num_new);
static int *(*const num_next)(struct bpf_iter_num *it) = KFUNC(bpf_iter_num_next);

static __always_inline void num_destroy(struct bpf_iter_num *it)
{
	((void (*)(struct bpf_iter_num *it))KFUNC(bpf_iter_num_destroy))(it);
}

#define bpf_iter_num_new num_new
#define bpf_iter_num_next num_next
#define bpf_iter_num_destroy num_destroy

/* Per-CPU variables of the kernel. */
extern const struct rq runqueues __ksym;
extern const int __preempt_count __ksym __weak;	/* x86 */
extern const int sd_llc_id __ksym __weak;	/* the first CPU that shares the last-level cache */

/* Sorts @p into the shared queue @dsq by @vtime. */
static __always_inline void task_queue(struct task_struct *p, u64 dsq, u64 slice, u64 vtime,
				       u64 enq_flags)
{
	if (kfunc_exists(__scx_bpf_dsq_insert_vtime)) {
		struct scx_bpf_dsq_insert_vtime_args args = {
			.dsq_id = dsq,
			.slice = slice,
			.vtime = vtime,
			.enq_flags = enq_flags,
		};

		__scx_bpf_dsq_insert_vtime(p, &args);
	} else {
		scx_bpf_dsq_insert_vtime(p, dsq, slice, vtime, enq_flags);
	}
}

/* Direct stores are what older kernels want, and what newer ones print a warning about. */
static __always_inline void task_set_slice(struct task_struct *p, u64 slice)
{
	if (kfunc_exists(scx_bpf_task_set_slice))
		scx_bpf_task_set_slice(p, slice);
	else
		p->scx.slice = slice;
}

/* The kernel's tick in nanoseconds: a division, so asked once. */
static __always_inline u64 kernel_tick_ns(void)
{
	return 30000000000ULL / bpf_core_enum_value(enum scx_consts, SCX_WATCHDOG_MAX_TIMEOUT);
}

/*
 * Whether this code runs in a hard interrupt: 1, 0, or -1 if nobody can tell. Four bits of the
 * preemption count say so, from the 16th on; 7.3 also counts there who has interrupts disabled,
 * and moved them up by eight. x86 has the count per CPU, others in the task.
 */
const volatile u32 hard_interrupt_bit = 16;

static __always_inline int in_hard_interrupt(void)
{
	u32 count;

	if (bpf_ksym_exists(&__preempt_count)) {
		const int *mine = bpf_this_cpu_ptr(&__preempt_count);

		count = *mine;
	} else if (bpf_core_field_exists(struct task_struct___count, thread_info.preempt.count)) {
		struct task_struct___count *current = (void *)bpf_get_current_task_btf();

		count = current->thread_info.preempt.count;
	} else {
		return -1;
	}
	if (count & (0xfU << hard_interrupt_bit))
		return 1;
	/* A soft interrupt may do the work of the task that runs, or of anybody. */
	return count & (1U << 8) ? -1 : 0;
}
