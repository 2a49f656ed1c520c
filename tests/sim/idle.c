/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which CPUs are idle.
 */
#include "tests/sim/idle.h"

static struct cpuset *core_of(struct sim *sim, u32 cpu)
{
	return &sim->topology.core[sim->topology.cpu[cpu].core];
}

void idle_set(struct sim *sim, u32 cpu, bool idle)
{
	struct cpuset *core = core_of(sim, cpu);
	bool whole = idle;

	if (idle)
		cpuset_add(&sim->idle, cpu);
	else
		cpuset_remove(&sim->idle, cpu);
	if (!sim->topology.smt)
		return;
	cpuset_each (sibling, core)
		whole = whole && (cpuset_has(&sim->idle, sibling) || !sim->cpu[sibling].online);
	cpuset_each (sibling, core) {
		if (whole && sim->cpu[sibling].online)
			cpuset_add(&sim->idle_core, sibling);
		else
			cpuset_remove(&sim->idle_core, sibling);
	}
}

bool idle_test_and_clear(struct sim *sim, u32 cpu)
{
	if (!cpuset_has(&sim->idle, cpu))
		return false;
	idle_set(sim, cpu, false);
	return true;
}

/* The kernel starts where it found one last, so that they take turns. */
s32 idle_pick(struct sim *sim, const struct cpuset *allowed, bool whole)
{
	struct cpuset s = cpuset_and(whole ? &sim->idle_core : &sim->idle, allowed);
	u32 cpu = cpuset_next(&s, sim->idle_next % BPFLAND_MAX_CPUS);

	if (cpu >= BPFLAND_MAX_CPUS)
		cpu = cpuset_next(&s, 0);
	if (cpu >= BPFLAND_MAX_CPUS)
		return -1;
	sim->idle_next = cpu + 1;
	idle_set(sim, cpu, false);
	return (s32)cpu;
}

/* Near before far: in the cache, in the node, anywhere. */
static s32 pick_near(struct sim *sim, const struct cpuset *allowed, u32 prev, bool whole)
{
	const struct topology *topology = &sim->topology;
	const struct topology_cpu *place = &topology->cpu[prev];
	struct cpuset near;
	s32 cpu = -1;

	if (topology->nr_llcs > 1) {
		near = cpuset_and(allowed, &topology->llc[place->llc]);
		cpu = idle_pick(sim, &near, whole);
	}
	if (cpu < 0 && topology->nr_nodes > 1) {
		near = cpuset_and(allowed, &topology->node[place->node]);
		cpu = idle_pick(sim, &near, whole);
	}
	return cpu < 0 ? idle_pick(sim, allowed, whole) : cpu;
}

static bool share_cache(const struct sim *sim, u32 a, u32 b)
{
	return sim->topology.cpu[a].llc == sim->topology.cpu[b].llc;
}

s32 idle_select_and(struct sim *sim, struct task *t, u32 prev, bool sync,
		    const struct cpuset *within)
{
	struct cpuset allowed = cpuset_and(&t->allowed, within);
	bool prev_allowed = cpuset_has(&allowed, prev);
	s32 cpu;

	if (sync) {
		u32 here = sim->context;

		if (prev_allowed && share_cache(sim, here, prev) && idle_test_and_clear(sim, prev))
			return (s32)prev;
		/* The waker's CPU is as good as idle, if the machine is not short of CPUs. */
		if (!sim->cpu[here].local.n && !cpuset_empty(&sim->idle) &&
		    cpuset_has(&allowed, here))
			return (s32)here;
	}
	if (sim->topology.smt) {
		if (prev_allowed && cpuset_has(&sim->idle_core, prev) &&
		    idle_test_and_clear(sim, prev))
			return (s32)prev;
		cpu = pick_near(sim, &allowed, prev, true);
		if (cpu >= 0)
			return cpu;
	}
	if (prev_allowed && idle_test_and_clear(sim, prev))
		return (s32)prev;
	return pick_near(sim, &allowed, prev, false);
}

u32 idle_select(struct sim *sim, struct task *t, u32 prev, bool sync, bool *ret_idle)
{
	s32 cpu = idle_select_and(sim, t, prev, sync, &t->allowed);

	*ret_idle = cpu >= 0;
	return cpu >= 0 ? (u32)cpu : prev;
}
