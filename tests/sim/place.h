/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where tasks go: the search for idle CPUs, which queue a CPU serves, and how one without work
 * finds some. The same as bpf/idle.bpf.h and bpf/topology.bpf.h, which say why.
 */
#pragma once

#include "tests/sim/host.h"

/* jiffies are so many at boot, in the kernel, too: its own wrap-around shall show early. */
#define INITIAL_JIFFIES ((1ULL << 32) - 300 * (NSEC_PER_SEC / SIM_TICK_NS))

static inline u64 jiffies_at(u64 ns)
{
	return INITIAL_JIFFIES + ns / SIM_TICK_NS;
}

static inline u64 jiffies(const struct sim *sim)
{
	return jiffies_at(sim->now);
}

static inline struct bpfland_cpu *cpu_at(const struct sim *sim, u32 cpu)
{
	return &sim->host->cpus[cpu];
}

static inline struct host_queue *queue_at(const struct sim *sim, u32 queue)
{
	return &sim->host->queues[queue];
}

static inline struct bpfland_cpu *this_cpu(const struct sim *sim)
{
	return cpu_at(sim, sim->context);
}

static inline void count(struct bpfland_cpu *me, enum bpfland_counter c)
{
	me->counter[c]++;
}

/* Gives every CPU its queue; part of making a host. */
void place_init(struct sim *sim, struct host *h);

bool place_has_preferences(const struct sim *sim);

/* A tier that concerns @p; NULL if there is none. */
const struct cpuset *place_tier(const struct sim *sim, const struct task *p, enum bpfland_tier i);
u32 place_find_idle(struct sim *sim, struct task *p, u32 prev_cpu, bool sync, bool *ret_idle);
s32 place_idle_for_queued(struct sim *sim, struct bpfland_cpu *me, struct task *p, u32 cpu,
			  unsigned enq_flags);
void place_wake_for(struct sim *sim, struct bpfland_cpu *me, u32 idle, u32 queue);
bool place_leaves(struct sim *sim, struct bpfland_cpu *me, const struct task *prev, u32 cpu);
bool place_help(struct sim *sim, struct bpfland_cpu *me, u32 cpu);
bool place_steal(struct sim *sim, struct bpfland_cpu *me, u32 cpu);
