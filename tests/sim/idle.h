/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which CPUs are idle, as the kernel keeps it for the scheduler, and its search for the best one.
 */
#pragma once

#include "tests/sim/sim.h"

void idle_set(struct sim *sim, u32 cpu, bool idle);

/* True once for each time that @cpu becomes idle. */
bool idle_test_and_clear(struct sim *sim, u32 cpu);

/* Any idle CPU of @allowed, claimed; -1 if there is none. @whole: all of its core must be idle. */
s32 idle_pick(struct sim *sim, const struct cpuset *allowed, bool whole);

/*
 * scx_bpf_select_cpu_and(): an idle CPU of @within, claimed; -1 if there is none. With the CPUs of
 * a node it is the same with SCX_PICK_IDLE_IN_NODE.
 */
s32 idle_select_and(struct sim *sim, struct task *t, u32 prev, bool sync,
		    const struct cpuset *within);

/* scx_bpf_select_cpu_dfl(). @sync: the waker, on the CPU of the context, is about to sleep. */
u32 idle_select(struct sim *sim, struct task *t, u32 prev, bool sync, bool *ret_idle);
