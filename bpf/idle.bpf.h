/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A task is about to wake up: is there an idle CPU for it, and which is the best? Included once.
 */
#pragma once

#include "state.bpf.h"

/*
 * An idle CPU for @p, which is no longer idle for anybody else then; else @prev_cpu, and *@ret_idle
 * is false. Called from select_cpu() only.
 */
static __always_inline s32 find_idle(struct task_struct *p, s32 prev_cpu, u64 wake_flags,
				     const struct bpfland_tunables *t, bool *ret_idle)
{
	s32 cpu;

	*ret_idle = false;
	if (t->flags & BPFLAND_SMT_AWARE)
		/* The kernel's own search: whole idle cores first, near before far. */
		return scx_bpf_select_cpu_dfl(p, prev_cpu, wake_flags, ret_idle);
	*ret_idle = true;
	if (bpf_cpumask_test_cpu(prev_cpu, p->cpus_ptr) &&
	    scx_bpf_test_and_clear_cpu_idle(prev_cpu))
		return prev_cpu;
	cpu = scx_bpf_pick_idle_cpu(p->cpus_ptr, 0);
	if (cpu >= 0)
		return cpu;
	*ret_idle = false;
	return prev_cpu;
}
