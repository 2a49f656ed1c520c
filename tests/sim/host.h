/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The scheduler's callbacks: what bpf/bpfland.bpf.c is in the kernel, in the same words.
 */
#pragma once

#include "tests/sim/sim.h"

#define MAX_QUEUES 64
#define MAX_GROUPS 64

struct host {
	struct bpfland_cpu *cpus;
	struct host_queue {
		struct policy_queue policy;
		struct policy_balance balance;
		u64 served;
		u32 node;
	} queues[MAX_QUEUES];
	u64 waiting;			/* a bit for each queue in which tasks wait, or did */
	u64 node_queues[BPFLAND_MAX_CPUS];
	struct cpuset tier[_BPFLAND_TIER_MAX];	/* as the daemon makes them */
	bool tiers;				/* one of them is not empty */
	u32 distributed;			/* the CPU that busy_cpu() chose last */
	u32 nr_queues;
	u32 nr_cpus;
	struct host_group {
		u32 parent, weight;
		u64 scale, total, total_next;
	} groups[MAX_GROUPS];		/* the first is the root */
	u32 nr_groups, nr_seen;
};

struct host *host_new(struct sim *sim);
void host_free(struct host *host);

/* The domains, for the machine's CPUs as they are; empty ones prefer nothing. */
void host_set_domains(struct sim *sim, const struct cpuset *primary,
		      const struct cpuset *interactive);

/* Of all CPUs. */
u64 host_counter(const struct host *host, enum bpfland_counter c);

u32 host_select_cpu(struct sim *sim, struct task *p, u32 prev_cpu, bool sync);
void host_enqueue(struct sim *sim, struct task *p, unsigned enq_flags);

/* @prev is NULL if it was not ours; @queued: it could go on. */
void host_dispatch(struct sim *sim, u32 cpu, struct task *prev, bool queued);
void host_yield(struct sim *sim, struct task *p);
void host_cpu_release(struct sim *sim, u32 cpu);
void host_tick(struct sim *sim);	/* of all CPUs */
void host_enable(struct sim *sim, struct task *p);
void host_hotplug(struct sim *sim, u32 cpu);	/* it has come, or gone */

/* A new cgroup of this cpu.weight in @parent, 0: the root; returns its number. */
u32 host_group(struct sim *sim, u32 parent, u32 weight);

/* For the watch: the clock that @queue's deadlines are on. */
u64 host_clock(const struct sim *sim, u32 queue);
