/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads live tunables at every task switch, on all CPUs, by the scheduler's own accessor, and
 * compares every field with what the generation says it must be.
 */
#include "bpf/kernel.bpf.h"
#include "bpf/live.h"
#include "tests/bpf/tear.h"

char _license[] SEC("license") = "GPL";

struct bpfland_live live;
struct tear_cpu tears[BPFLAND_MAX_CPUS];

SEC("tp_btf/sched_switch")
int BPF_PROG(look, bool preempt, struct task_struct *prev, struct task_struct *next)
{
	struct tear_cpu *me = &tears[bpf_get_smp_processor_id() & (BPFLAND_MAX_CPUS - 1)];
	struct bpfland_tunables *copy = &me->copy;

	if (!live_fresh(&live, copy)) {
		if (live_refresh(&live, copy))
			me->changes++;
		else
			me->stale++;
	}
	if (!copy->generation)
		return 0;
	me->reads++;
	if (!tear_matches(copy))
		me->torn++;
	return 0;
}
