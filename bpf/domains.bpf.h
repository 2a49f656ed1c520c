/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The sets of CPUs that tasks prefer, and how they change while every CPU reads them.
 *
 * User space writes the sets as bits and runs set_tiers(), which makes the kernel's masks of them
 * in a slot that nobody reads and then puts that slot in force, by storing one word. A reader takes
 * that word once and all masks from its slot. The slots take turns: a reader would have to sleep
 * through several changes to find masks of two of them mixed, and all it would do then is to look
 * in another order. The masks themselves are freed only when no reader can have them any more.
 */
#pragma once

#include "state.bpf.h"

#define TIER_SLOTS 4
#define TIER_SLOT_SHIFT 8

struct tier {
	struct bpf_cpumask __kptr *cpus;
};

/* Or the compiler would describe what only a map points to as unknown, and the kernel refuse it. */
static struct bpf_cpumask *const described_mask __attribute__((used)) = NULL;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, TIER_SLOTS * _BPFLAND_TIER_MAX);
	__type(key, u32);
	__type(value, struct tier);
} tiers SEC(".maps");

/* What user space wants. */
struct bpfland_tiers wanted_tiers;

/* In force: a bit per tier that there is, and from TIER_SLOT_SHIFT on the slot. */
static u32 tiers_now;

#define TIERS_INTERACTIVE (1U << BPFLAND_TIER_INTERACTIVE_FAST | 1U << BPFLAND_TIER_INTERACTIVE)
#define TIERS_FAST                                                                               \
	(1U << BPFLAND_TIER_INTERACTIVE_FAST | 1U << BPFLAND_TIER_PRIMARY_FAST |                  \
	 1U << BPFLAND_TIER_FAST)

/* One tier of @now, a value of tiers_now; NULL if there is none. For callbacks only. */
static __always_inline const struct cpumask *tier_cpus(u32 now, u32 tier)
{
	u32 key = (now >> TIER_SLOT_SHIFT) * _BPFLAND_TIER_MAX + tier;
	struct tier *t;

	if (!(now & 1U << tier))
		return NULL;
	t = bpf_map_lookup_elem(&tiers, &key);
	return t ? (const struct cpumask *)t->cpus : NULL;
}

/* What of @now concerns a task. */
static __always_inline u32 tiers_of(u32 now, const struct task_state *s,
				    const struct bpfland_tunables *t)
{
	if ((now & TIERS_INTERACTIVE) && !(s && s->policy.interactive))
		now &= ~TIERS_INTERACTIVE;
	if (!(t->flags & BPFLAND_PREFERRED_CORES))
		now &= ~TIERS_FAST;
	return now;
}

/* Makes the mask of one wanted tier; 1 if there is one, 0 if none is wanted. */
__noinline int tier_make(u32 slot, u32 tier)
{
	const struct bpfland_cpus *wanted = &wanted_tiers.cpus[tier & 7];
	u32 key = slot * _BPFLAND_TIER_MAX + tier, i;
	struct bpf_cpumask *mask, *old;
	bool any = false;
	struct tier *t;

	if (tier >= _BPFLAND_TIER_MAX)
		return 0;
	t = bpf_map_lookup_elem(&tiers, &key);
	mask = t ? bpf_cpumask_create() : NULL;
	if (!mask)
		return -12;	/* ENOMEM */
	bpf_for(i, 0, BPFLAND_MAX_CPUS) {
		u32 cpu = i & (BPFLAND_MAX_CPUS - 1);

		if (wanted->word[cpu / 64] >> cpu % 64 & 1) {
			bpf_cpumask_set_cpu(cpu, mask);
			any = true;
		}
	}
	old = bpf_kptr_xchg(&t->cpus, mask);
	if (old)
		bpf_cpumask_release(old);
	return any;
}

/* Puts wanted_tiers in force. */
SEC("syscall")
int set_tiers(void *ctx)
{
	u32 slot = ((tiers_now >> TIER_SLOT_SHIFT) + 1) % TIER_SLOTS, now = 0, i;
	int r;

	bpf_for(i, 0, _BPFLAND_TIER_MAX) {
		r = tier_make(slot, i);
		if (r < 0)
			return r;
		if (r)
			now |= 1U << i;
	}
	tiers_now = slot << TIER_SLOT_SHIFT | now;
	return 0;
}
