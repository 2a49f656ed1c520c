/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Control groups, hosted by the simulator: bpf/group.bpf.h again. Here all CPUs have
 * their tick at once, and what each runs is looked up, not remembered.
 */
#include <stdlib.h>

#include "tests/sim/host.h"

static void see(struct host *h, const struct task *p)
{
	h->groups[p->cgroup].total_next += p->weight;
	h->nr_seen++;
}

/* Every group has a higher number than its parent, so that one pass goes up the tree, or down. */
void host_tick(struct sim *sim)
{
	struct host *h = sim->host;

	h->nr_seen = 0;
	for (u32 i = 0; i < sim->nr_dsqs; i++)
		for (struct queue_node *n = sim->dsq[i].first; n; n = queue_next(n))
			see(h, task_of_node(n));
	for (u32 i = 0; i < h->nr_cpus; i++)
		if (sim->cpu[i].curr && sim->cpu[i].curr->class != TASK_RT)
			see(h, sim->cpu[i].curr);
	for (u32 i = h->nr_groups; i-- > 0;) {
		struct host_group *g = &h->groups[i];

		g->total = g->total_next;
		g->total_next = 0;
		if (g->total && i)
			h->groups[g->parent].total_next += (u64)g->weight << POLICY_WEIGHT_SHIFT;
	}
	h->groups[0].scale = policy_root_scale(h->nr_seen, h->groups[0].total);
	for (u32 i = 1; i < h->nr_groups; i++) {
		struct host_group *g = &h->groups[i];

		g->scale = policy_group_scale(g->weight, h->groups[g->parent].scale,
					      g->total ? g->total : POLICY_WEIGHT_NORMAL);
	}
}

u32 host_group(struct sim *sim, u32 parent, u32 weight)
{
	struct host *h = sim->host;
	u32 i = h->nr_groups++;

	if (i >= MAX_GROUPS)
		abort();
	h->groups[i] = (struct host_group){
		.parent = parent,
		.weight = weight,
		.scale = policy_group_scale(weight, h->groups[parent].scale,
					    POLICY_WEIGHT_NORMAL),
	};
	return i;
}
