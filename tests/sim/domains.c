/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The sets of CPUs that tasks prefer: what the daemon makes of two lists (daemon/sched-domains.c),
 * and what of it concerns a task (bpf/domains.bpf.h).
 */
#include "tests/sim/place.h"

const struct cpuset *place_tier(const struct sim *sim, const struct task *p, enum bpfland_tier i)
{
	const struct cpuset *set = &sim->host->tier[i];
	bool fast = i == BPFLAND_TIER_INTERACTIVE_FAST || i == BPFLAND_TIER_PRIMARY_FAST ||
		    i == BPFLAND_TIER_FAST;

	if (!sim->host->tiers || cpuset_empty(set) ||
	    (i <= BPFLAND_TIER_INTERACTIVE && !p->policy.interactive) ||
	    (fast && !(sim->tunables.flags & BPFLAND_PREFERRED_CORES)))
		return NULL;
	return set;
}

/* A preference for all CPUs is none. */
static struct cpuset preference(const struct topology *t, struct cpuset s)
{
	return cpuset_count(&s) == t->nr_cpus ? (struct cpuset){} : s;
}

/* The cores of at least average capacity, if others are slower. */
static struct cpuset find_fast(const struct topology *t)
{
	struct cpuset fast = {};
	u64 sum = 0;

	for (u32 i = 0; i < t->nr_cpus; i++)
		sum += t->cpu[i].capacity;
	for (u32 i = 0; i < t->nr_cpus; i++)
		if ((u64)t->cpu[i].capacity * t->nr_cpus >= sum)
			cpuset_add(&fast, i);
	return preference(t, fast);
}

/* The faster cores of a domain, if it has others as well (sched-domains.c). */
static struct cpuset fast_of(const struct cpuset *domain, const struct cpuset *fast)
{
	struct cpuset both = cpuset_and(domain, fast);

	return cpuset_count(&both) == cpuset_count(domain) ? (struct cpuset){} : both;
}

void host_set_domains(struct sim *sim, const struct cpuset *primary,
		      const struct cpuset *interactive)
{
	struct cpuset fast = find_fast(&sim->topology);
	struct host *h = sim->host;

	h->tier[BPFLAND_TIER_FAST] = fast;
	h->tier[BPFLAND_TIER_PRIMARY] = preference(&sim->topology, *primary);
	h->tier[BPFLAND_TIER_PRIMARY_FAST] = fast_of(&h->tier[BPFLAND_TIER_PRIMARY], &fast);
	h->tier[BPFLAND_TIER_INTERACTIVE] = preference(&sim->topology, *interactive);
	h->tier[BPFLAND_TIER_INTERACTIVE_FAST] = fast_of(&h->tier[BPFLAND_TIER_INTERACTIVE], &fast);
	h->tiers = false;
	for (enum bpfland_tier i = 0; i < _BPFLAND_TIER_MAX; i++)
		h->tiers = h->tiers || !cpuset_empty(&h->tier[i]);
}
