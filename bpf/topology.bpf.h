/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which CPUs share a queue, and how one that has nothing to do finds work elsewhere. Included once.
 */
#pragma once

#include "state.bpf.h"

/*
 * Gives every last-level cache a queue. A cache of one CPU (small virtual machines have them) would
 * be a queue without company: such CPUs share the first one.
 */
static __always_inline void place_cpus(void)
{
	static u32 company[BPFLAND_MAX_CPUS], index[BPFLAND_MAX_CPUS];
	u32 n = nr_cpus, i;
	const int *llc;

	if (alone || !bpf_ksym_exists(&sd_llc_id))
		return;
	bpf_for(i, 0, n) {
		llc = bpf_per_cpu_ptr(&sd_llc_id, i);
		if (llc)
			company[*llc & (BPFLAND_MAX_CPUS - 1)]++;
	}
	bpf_for(i, 0, n) {
		if (company[i & (BPFLAND_MAX_CPUS - 1)] > 1 && nr_queues < MAX_QUEUES)
			index[i & (BPFLAND_MAX_CPUS - 1)] = nr_queues++;
	}
	/* A CPU without company, or offline and so without a cache yet, keeps the first queue. */
	bpf_for(i, 0, n) {
		llc = bpf_per_cpu_ptr(&sd_llc_id, i);
		if (llc)
			cpu_at(i)->queue = index[*llc & (BPFLAND_MAX_CPUS - 1)];
	}
}

/* Another queue that is overdue; each call looks at one, so that nobody looks at all of them. */
static __always_inline bool rescue(struct bpfland_cpu *me)
{
	u64 ticks = bpf_jiffies64();
	u32 other = (u32)(ticks + me->queue) % nr_queues;
	struct queue *q = queue_at(other);

	if (other == me->queue || !policy_overdue(ticks, q->served, tick_ns(), &me->tunables))
		return false;
	q->served = ticks;
	if (!scx_bpf_dsq_move_to_local(other))
		return false;
	me->counter[BPFLAND_COUNTER_STARVATION_RESCUES]++;
	return true;
}

/* Nothing in our own queue: whatever waits elsewhere and may run here. */
static __always_inline bool steal(struct bpfland_cpu *me)
{
	u32 n = nr_queues, first = me->queue, i;
	bool stolen = false;

	bpf_for(i, 1, n) {
		u32 other = (first + i) % n;

		if (scx_bpf_dsq_move_to_local(other)) {
			queue_at(other)->served = bpf_jiffies64();
			me->counter[BPFLAND_COUNTER_STOLEN_DISPATCHES]++;
			stolen = true;
			break;
		}
	}
	return stolen;
}
