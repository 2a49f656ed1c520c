/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the scheduler adds to the kernel's debug dump, which is made when a scheduler ends with an
 * error and at SysRq-D. Included once.
 *
 * The kernel makes one dump at a time, so one slot of described[] and one of each text's arguments
 * are enough. Nothing is said on kernels that have no usable scx_bpf_dump_bstr().
 */
#pragma once

#include "domains.bpf.h"
#include "group.bpf.h"
#include "power.bpf.h"
#include "state.bpf.h"
#include "stats.bpf.h"

#define DUMP_SLOT (BPFLAND_DESCRIBED - 1)

/* One line of the dump; 1 to 12 arguments of 64 bits. The kernel wants the format writable. */
#define dump_line(format, ...)                                                                   \
	do {                                                                                     \
		static char _format[] = format "\n";                                             \
		unsigned long long _args[] = { __VA_ARGS__ };                                    \
												 \
		if (kfunc_exists(scx_bpf_dump_bstr))                                             \
			scx_bpf_dump_bstr(_format, _args, sizeof(_args));                        \
	} while (0)

static __always_inline void dump_queue(u32 queue)
{
	const struct queue *q = queue_at(queue);

	dump_line("bpfland queue %llu: clock %llu ns, %lld waiting, %llu switches/s on average, "
		  "served %llu ticks ago",
		  queue, queue_clock(q), scx_bpf_dsq_nr_queued(queue), q->policy.avg_rate,
		  bpf_jiffies64() - q->served);
}

/* The dump has an end, and tasks are to be in it: so many groups, of those that matter. */
#define DUMP_GROUPS 32

static u32 groups_dumped;

/* A group that has a limit, or something to run: a global function, for the verifier. */
__noinline int dump_group(u32 slot)
{
	const struct group *g = group_at(slot);
	const struct limit *l = &g->limit;
	struct cgroup *cgrp = (struct cgroup *)g->cgroup;

	if (!g->used || (!g->total && !l->period_ns) || groups_dumped >= DUMP_GROUPS)
		return 0;
	groups_dumped++;
	dump_line("bpfland group %llu below %llu, id %llu: weight %llu, idle %llu, "
		  "ready weight %llu", slot, g->parent, BPF_CORE_READ(cgrp, kn, id), g->weight,
		  g->idle, g->total >> POLICY_WEIGHT_SHIFT);
	if (l->period_ns)
		dump_line("  limit %llu of every %llu ns, %lld ns left, used up: %llu, %lld held",
			  l->quota_ns, l->period_ns, l->budget, l->held,
			  g->queue ? scx_bpf_dsq_nr_queued(HELD_QUEUE + slot) : 0);
	return 0;
}

/* The CPUs that tasks prefer, as bits: 64 of them on a line. */
__noinline int dump_tier(u32 tier)
{
	u32 i;

	if (tier >= _BPFLAND_TIER_MAX || !(tiers_now & 1U << tier))
		return 0;
	bpf_for(i, 0, BPFLAND_MAX_CPUS / 64) {
		u64 word = wanted_tiers.cpus[tier & 7].word[i & 15];

		if (word)
			dump_line("bpfland prefers, tier %llu, from CPU %llu on: 0x%llx", tier,
				  i * 64, word);
	}
	return 0;
}

/* Before all CPUs and tasks: the tunables in force, the queues, and who gets what of them. */
SEC("struct_ops/bpfland_dump")
void BPF_PROG(bpfland_dump, struct scx_dump_ctx *what)
{
	const struct bpfland_tunables *t = &cpu_at(bpf_get_smp_processor_id())->tunables;
	u32 n = nr_queues, n_groups = nr_groups, i;

	dump_line("bpfland generation %llu: slice %llu to %llu ns, lag %llu ns, starvation %llu "
		  "ns, interactive from %llu switches/s, flags 0x%llx",
		  t->generation, t->slice_min_ns, t->slice_max_ns, t->slice_lag_ns,
		  t->starvation_ns, t->interactive_threshold, t->flags);
	dump_line("bpfland power: frequency by load %llu, else %llu of 1024, all CPUs rest %llu",
		  by_load, fixed, resting);
	bpf_for(i, 0, _BPFLAND_TIER_MAX)
		dump_tier(i);
	bpf_for(i, 0, n)
		dump_queue(i);
	groups_dumped = 0;
	bpf_for(i, 1, n_groups)
		dump_group(i);
}

/* The kernel leaves idle CPUs out unless something is said about them. */
SEC("struct_ops/bpfland_dump_cpu")
void BPF_PROG(bpfland_dump_cpu, struct scx_dump_ctx *what, s32 cpu, bool idle)
{
	const struct bpfland_cpu *c = cpu_at(cpu);

	if (!idle)
		dump_line("bpfland: serves queue %llu, used generation %llu, being preempted: %llu",
			  c->queue, c->tunables.generation, c->preempting);
}

SEC("struct_ops/bpfland_dump_task")
void BPF_PROG(bpfland_dump_task, struct scx_dump_ctx *what, struct task_struct *p)
{
	const struct bpfland_task *d = &described[DUMP_SLOT];

	if (describe_task(p, DUMP_SLOT) != 1)
		return;
	dump_line("bpfland: queue %llu, lag %lld ns, deadline %lld ns, recent %llu ns, "
		  "run %llu ns since it slept",
		  d->queue, d->lag_ns, d->deadline_ns, d->recent_ns, d->run_ns);
	dump_line("bpfland: interactive %llu: %llu switches/s, threshold %llu, weight %llu",
		  d->interactive, d->rate, d->threshold, d->weight);
}
