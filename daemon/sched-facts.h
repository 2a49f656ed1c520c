/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What this kernel has for a sched_ext scheduler, as its type information (BTF) says.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "bpf/kfunc-table.h"
#include "daemon/error.h"

struct sched_facts {
	bool sched_ext;
	bool ext_server;		/* 7.0 and later keep some time from RT for sched_ext */
	bool reenqueue_anywhere;	/* scx_bpf_reenqueue_local___v2(): 6.19 and later */
	bool idle_by_node;		/* idle CPUs can be asked for by memory node */
	bool interrupts_counted;	/* 7.3: the preemption count has who disabled interrupts */
	/* Callbacks of struct sched_ext_ops. */
	bool cgroup_weight;		/* all that is needed for cpu.weight */
	bool cgroup_bandwidth;		/* cpu.max: 6.17 and later, where BPF has timers */
	bool cgroup_set_idle;		/* 6.19 and later tell of changes of cpu.idle */
	bool frequency;			/* scx_bpf_cpuperf_set() can be called */
	bool timers;			/* bpf_timer: not with PREEMPT_RT */
	bool defective;			/* of what is missing, one at least is there but unusable */
	char missing[256];		/* functions for BPF that are absent or cannot be called */
	char release[65];
	/* Ids in that information; 0: absent or not usable. */
	uint32_t kfunc[_KFUNC_MAX];
	uint32_t sched_switch;		/* the tracepoint */
};

/*
 * Finds out once, for it does not change while we run; @ret is static. Error: ERROR_NOT_SUPPORTED,
 * whenever asked, if a scheduler of ours cannot run here; says which kernel to install.
 */
int sched_facts_get(const struct sched_facts **ret, struct error *err);
