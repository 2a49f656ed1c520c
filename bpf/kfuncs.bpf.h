/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's functions for sched_ext schedulers, and their differences over the versions.
 *
 * Every one is weak: a strong reference to a function whose description in BTF is defective (many
 * packaged builds of 7.1 and 7.2) or absent would fail the load with a message for developers;
 * sched_probe() asks before and answers with a sentence. A `___k` at the end is cut off by libbpf:
 * the kernel does have functions whose names end in ___v2.
 */
#pragma once

#include "kernel.bpf.h"

extern void scx_bpf_dsq_insert(struct task_struct *p, u64 dsq_id, u64 slice,
			       u64 enq_flags) __ksym __weak;
extern void scx_bpf_dsq_insert_vtime(struct task_struct *p, u64 dsq_id, u64 slice, u64 vtime,
				     u64 enq_flags) __ksym __weak;
extern bool __scx_bpf_dsq_insert_vtime(struct task_struct *p,
				       struct scx_bpf_dsq_insert_vtime_args *args) __ksym __weak;
extern bool scx_bpf_dsq_move_to_local(u64 dsq_id) __ksym __weak;
extern s32 scx_bpf_dsq_nr_queued(u64 dsq_id) __ksym __weak;
extern s32 scx_bpf_create_dsq(u64 dsq_id, s32 node) __ksym __weak;
extern bool scx_bpf_dsq_move(struct bpf_iter_scx_dsq *it, struct task_struct *p, u64 dsq_id,
			     u64 enq_flags) __ksym __weak;
extern void scx_bpf_dsq_move_set_vtime(struct bpf_iter_scx_dsq *it, u64 vtime) __ksym __weak;
extern bool scx_bpf_dsq_move_vtime(struct bpf_iter_scx_dsq *it, struct task_struct *p, u64 dsq_id,
				   u64 enq_flags) __ksym __weak;
extern int bpf_iter_scx_dsq_new(struct bpf_iter_scx_dsq *it, u64 dsq_id, u64 flags) __ksym __weak;
extern struct task_struct *bpf_iter_scx_dsq_next(struct bpf_iter_scx_dsq *it) __ksym __weak;
extern void bpf_iter_scx_dsq_destroy(struct bpf_iter_scx_dsq *it) __ksym __weak;
extern s32 scx_bpf_select_cpu_dfl(struct task_struct *p, s32 prev_cpu, u64 wake_flags,
				  bool *is_idle) __ksym __weak;
extern s32 scx_bpf_select_cpu_and(struct task_struct *p, s32 prev_cpu, u64 wake_flags,
				  const struct cpumask *allowed, u64 flags) __ksym __weak;
extern s32 scx_bpf_pick_idle_cpu(const struct cpumask *allowed, u64 flags) __ksym __weak;
extern s32 scx_bpf_pick_idle_cpu_node(const struct cpumask *allowed, s32 node,
				      u64 flags) __ksym __weak;
extern s32 scx_bpf_cpu_node(s32 cpu) __ksym __weak;
extern bool scx_bpf_test_and_clear_cpu_idle(s32 cpu) __ksym __weak;
extern void scx_bpf_kick_cpu(s32 cpu, u64 flags) __ksym __weak;
extern u32 scx_bpf_reenqueue_local(void) __ksym __weak;
extern void scx_bpf_reenqueue_local___v2___k(void) __ksym __weak;		/* 6.19+ */
extern bool scx_bpf_task_set_slice(struct task_struct *p, u64 slice) __ksym __weak;	/* 6.19+ */
extern struct task_struct *scx_bpf_cpu_curr(s32 cpu) __ksym __weak;		/* 6.18+ */
extern u32 scx_bpf_nr_cpu_ids(void) __ksym __weak;
extern bool scx_bpf_task_running(const struct task_struct *p) __ksym __weak;
extern void scx_bpf_dump_bstr(char *format, unsigned long long *args, u32 size) __ksym __weak;
extern struct task_struct *bpf_task_from_pid(s32 pid) __ksym __weak;
extern void bpf_task_release(struct task_struct *p) __ksym __weak;
extern void bpf_rcu_read_lock(void) __ksym __weak;
extern void bpf_rcu_read_unlock(void) __ksym __weak;
extern bool bpf_cpumask_test_cpu(u32 cpu, const struct cpumask *mask) __ksym __weak;
extern bool bpf_cpumask_subset(const struct cpumask *a, const struct cpumask *b) __ksym __weak;
extern u32 bpf_cpumask_any_and_distribute(const struct cpumask *a,
					  const struct cpumask *b) __ksym __weak;
extern struct bpf_cpumask *bpf_cpumask_create(void) __ksym __weak;
extern void bpf_cpumask_set_cpu(u32 cpu, struct bpf_cpumask *mask) __ksym __weak;
extern void bpf_cpumask_release(struct bpf_cpumask *mask) __ksym __weak;

/* Per-CPU variables of the kernel. */
extern const struct rq runqueues __ksym;
extern const int __preempt_count __ksym __weak;	/* x86 */
extern const unsigned long local_interrupt_disable_state __ksym __weak;	/* 7.3 */
extern const int sd_llc_id __ksym __weak;	/* the first CPU that shares the last-level cache */

/* Sorts @p into the shared queue @dsq by @vtime. */
static __always_inline void task_queue(struct task_struct *p, u64 dsq, u64 slice, u64 vtime,
				       u64 enq_flags)
{
	if (bpf_ksym_exists(__scx_bpf_dsq_insert_vtime)) {
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
	if (bpf_ksym_exists(scx_bpf_task_set_slice))
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
 * Whether this code runs in a hard interrupt: 1, 0, or -1 if nobody can tell. Bits 16 to
 * 19 of the preemption count say so; kernels that also count there who has interrupts disabled
 * moved them up by eight. x86 has the count per CPU, others in the task.
 */
static __always_inline int in_hard_interrupt(void)
{
	u32 shift = bpf_ksym_exists(&local_interrupt_disable_state) ? 24 : 16;
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
	if (count & (0xfU << shift))
		return 1;
	/* A soft interrupt may do the work of the task that runs, or of anybody. */
	return count & (1U << 8) ? -1 : 0;
}
