/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A simulated machine: its beginning, its end, and the loop in between.
 */
#include "tests/sim/sim.h"

#include "tests/sim/cpu.h"
#include "tests/sim/host.h"
#include "tests/sim/idle.h"
#include "tests/sim/kernel.h"
#include "tests/sim/memory.h"
#include "tests/sim/workload.h"

struct task *task_new(struct sim *sim, struct group *group, enum task_class class, int nice)
{
	struct task *t = sim->free;

	if (t) {
		sim->free = t->next;
	} else {
		t = memory_new(1, sizeof(*t));
		sim->task = memory_grow(sim->task, &sim->tasks_capacity, sim->nr_allocated + 1,
					sizeof(*sim->task));
		sim->task[sim->nr_allocated++] = t;
	}
	*t = (struct task){
		.id = ++sim->nr_tasks,
		.class = class,
		.weight = policy_task_weight((u32)(120 + nice), class == TASK_IDLE),
		.kthread = group->params.kthread,
		.cgroup = group->cgroup,
		.group = group,
		.index = ~0U,
	};
	t->random.state = random_next(&sim->random);
	return t;
}

static void tick(struct event *e, void *userdata)
{
	struct sim *sim = userdata;

	kernel_tick(sim);
	event_set(&sim->events, e, sim->now + SIM_TICK_NS);
}

void sim_init(struct sim *sim, struct topology *topology, const struct bpfland_tunables *tunables,
	      u64 seed)
{
	*sim = (struct sim){
		.topology = *topology,
		.tunables = *tunables,
		.random.state = seed,
		.tick.happen = tick,
	};
	*topology = (struct topology){};
	sim->host = host_new(sim);
	sim->nr_dsqs = sim->host->nr_queues;
	sim->dsq = memory_new(sim->nr_dsqs, sizeof(*sim->dsq));
	sim->cpu = memory_new(sim->topology.nr_cpus, sizeof(*sim->cpu));
	for (u32 i = 0; i < sim->topology.nr_cpus; i++) {
		sim->cpu[i] = (struct cpu){
			.id = i,
			.online = true,
			.speed = sim->topology.cpu[i].capacity,
			.event.happen = cpu_event,
		};
		cpuset_add(&sim->online, i);
		cpuset_add(&sim->vacant, i);
		idle_set(sim, i, true);
	}
	host_set_domains(sim, &(struct cpuset){}, &(struct cpuset){});
	event_set(&sim->events, &sim->tick, SIM_TICK_NS);
}

void sim_run(struct sim *sim, u64 end)
{
	struct event *e;

	while ((e = events_first(&sim->events)) && e->at <= end) {
		sim->now = e->at;
		event_cancel(&sim->events, e);
		e->happen(e, sim);
	}
	sim->now = end;
	for (u32 i = 0; i < sim->topology.nr_cpus; i++) {
		struct cpu *c = &sim->cpu[i];

		if (c->curr)
			cpu_update_curr(sim, c);
		else
			c->idle_ns += end - c->idle_since, c->idle_since = end;
	}
}

void sim_done(struct sim *sim)
{
	for (size_t i = 0; i < sim->nr_groups; i++)
		group_free(sim->group[i]);
	for (size_t i = 0; i < sim->nr_allocated; i++)
		free(sim->task[i]);
	free(sim->task);
	free(sim->group);
	free(sim->cpu);
	free(sim->dsq);
	host_free(sim->host);
	events_done(&sim->events);
	topology_done(&sim->topology);
	*sim = (struct sim){};
}
