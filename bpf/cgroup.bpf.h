/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the kernel tells of control groups: they come and go, tasks move, and settings change.
 * Included once.
 */
#pragma once

#include "bandwidth.bpf.h"
#include "group.bpf.h"

/* A free slot above the parent's; 0 if there is none. Callers hold the kernel's cgroup lock. */
static __always_inline u32 group_slot(u32 parent)
{
	u32 slot = 0, i;

	bpf_for(i, (parent & (MAX_GROUPS - 1)) + 1, MAX_GROUPS) {
		if (!group_at(i)->used) {
			slot = i;
			break;
		}
	}
	return slot;
}

static __always_inline void group_open(struct group *g, u32 slot, u32 parent, u32 weight,
				       u64 cgroup)
{
	g->id += MAX_GROUPS;
	g->id = (g->id & ~(MAX_GROUPS - 1)) | slot;
	g->parent = parent & (MAX_GROUPS - 1);
	g->weight = weight;
	g->cgroup = cgroup;
	g->idle = cgroup_idle(cgroup);
	g->lowly = g->idle || group_at(parent)->lowly;
	g->total = g->total_next = 0;
	g->scale = policy_group_scale(group_weight(g), group_at(parent)->scale,
				      POLICY_WEIGHT_NORMAL);
	g->limit.period_ns = 0;
	g->limit.held = 0;
	g->used = true;
}

/* Its limit, and the queue in which its tasks wait for it; the queue stays with the slot. */
static __always_inline void group_limit(struct group *g, u32 slot,
					struct scx_cgroup_init_args *args)
{
	if (!bandwidth || !bpf_core_field_exists(args->bw_quota_us))
		return;
	if (!g->queue)
		g->queue = !scx_bpf_create_dsq(HELD_QUEUE + slot, -1);
	if (g->queue)
		limit_set(g, args->bw_period_us, args->bw_quota_us, args->bw_burst_us);
	group_find_limiter(slot);
}

/* A cgroup with the cpu controller comes into being, or is there when we start: parents first. */
SEC("struct_ops.s/bpfland_cgroup_init")
s32 BPF_PROG(bpfland_cgroup_init, struct cgroup *cgrp, struct scx_cgroup_init_args *args)
{
	/* Where a cgroup has the cpu controller, its parent has it, too. */
	struct cgroup *above = BPF_CORE_READ(cgrp, self.parent, cgroup);
	u64 key = BPF_CORE_READ(cgrp, kn, id);
	u32 parent, slot;

	if (!above)
		return 0;
	parent = group_find(above);
	slot = group_slot(parent);
	if (slot) {
		struct group *g = group_at(slot);

		group_open(g, slot, parent, args->weight, (u64)cgrp);
		group_limit(g, slot, args);
		if (nr_groups <= slot)
			nr_groups = slot + 1;
		nr_used++;
		weighted = true;
		parent = g->id;
	}
	bpf_map_update_elem(&group_ids, &key, &parent, 0);
	return 0;
}

SEC("struct_ops.s/bpfland_cgroup_exit")
void BPF_PROG(bpfland_cgroup_exit, struct cgroup *cgrp)
{
	struct group *g = group_own(cgrp);
	u64 key = BPF_CORE_READ(cgrp, kn, id);

	if (g) {
		limit_set(g, 0, 0, 0);
		nr_used--;
		g->used = false;
		g->cgroup = 0;
		g->id += MAX_GROUPS;
	}
	bpf_map_delete_elem(&group_ids, &key);
}

SEC("struct_ops/bpfland_cgroup_move")
void BPF_PROG(bpfland_cgroup_move, struct task_struct *p, struct cgroup *from, struct cgroup *to)
{
	struct task_state *s = task_state(p);

	if (s)
		s->group = group_find(to);
}

SEC("struct_ops/bpfland_cgroup_set_weight")
void BPF_PROG(bpfland_cgroup_set_weight, struct cgroup *cgrp, u32 weight)
{
	struct group *g = group_own(cgrp);

	if (g)
		g->weight = weight;
}

/* From 6.19 on. */
SEC("struct_ops/bpfland_cgroup_set_idle")
void BPF_PROG(bpfland_cgroup_set_idle, struct cgroup *cgrp, bool idle)
{
	struct group *g = group_own(cgrp);

	if (g)
		g->idle = idle;
}
