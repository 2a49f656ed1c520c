/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ideal shares, and how far from them the tasks are.
 */
#include "tests/sim/fluid.h"

#include "tests/sim/host.h"
#include "tests/sim/memory.h"

/* What is ready in each control group weighs; every group has a higher number than its parent. */
static void weigh_groups(const struct fluid *f, double *total)
{
	const struct host *h = f->sim->host;

	for (size_t i = 0; i < f->nr_tasks; i++)
		if (f->task[i].ready)
			total[f->sim->task[i]->cgroup] += f->sim->task[i]->weight;
	for (u32 i = h->nr_groups; --i > 0;)
		if (total[i] > 0)
			total[h->groups[i].parent] += h->groups[i].weight << POLICY_WEIGHT_SHIFT;
}

/* What the groups above a task leave of its weight. */
static double weight_of(const struct host *h, const struct task *t, const double *total)
{
	double weight = t->weight;

	for (u32 i = t->cgroup; i; i = h->groups[i].parent)
		weight *= (double)(h->groups[i].weight << POLICY_WEIGHT_SHIFT) / total[i];
	return weight;
}

/* In proportion to the weights, but nobody more than a CPU; what those leave is for the others. */
static void share_out(struct fluid *f)
{
	double total[MAX_GROUPS] = {}, cpus = f->sim->topology.nr_cpus, weights = 0;
	double *weight = memory_new(f->nr_tasks + 1, sizeof(*weight));
	bool again = true;

	weigh_groups(f, total);
	for (size_t i = 0; i < f->nr_tasks; i++) {
		f->task[i].share = 0;
		if (f->task[i].ready)
			weight[i] = weight_of(f->sim->host, f->sim->task[i], total);
		weights += weight[i];
	}
	while (again) {
		double left = cpus, sum = weights;

		again = false;
		for (size_t i = 0; i < f->nr_tasks; i++)
			if (weight[i] > 0 && weight[i] * left / sum >= 1) {
				f->task[i].share = 1;
				cpus--;
				weights -= weight[i];
				weight[i] = 0;
				again = true;
			}
	}
	for (size_t i = 0; i < f->nr_tasks; i++)
		if (weight[i] > 0)
			f->task[i].share = weight[i] * cpus / weights;
	free(weight);
}

void fluid_init(struct fluid *f, const struct sim *sim)
{
	*f = (struct fluid){
		.sim = sim,
		.at = sim->now,
		.task = memory_new(sim->nr_allocated + 1, sizeof(*f->task)),
		.nr_tasks = sim->nr_allocated,
	};
	fluid_step(f);
}

void fluid_step(struct fluid *f)
{
	double passed = (double)(f->sim->now - f->at);
	bool changed = false;

	f->at = f->sim->now;
	for (size_t i = 0; i < f->nr_tasks; i++) {
		const struct task *t = f->sim->task[i];
		struct fluid_task *ft = &f->task[i];
		bool ready = t->state == TASK_READY || t->state == TASK_RUNNING;

		ft->ahead += (double)(t->sum_exec - ft->sum_exec) - ft->share * passed;
		if (!ready || !ft->ready || t->nvcsw != ft->nvcsw)
			ft->ahead = 0;
		changed |= ready != ft->ready;
		ft->ready = ready;
		ft->sum_exec = t->sum_exec;
		ft->nvcsw = t->nvcsw;
	}
	if (changed)
		share_out(f);
}

void fluid_done(struct fluid *f)
{
	free(f->task);
	*f = (struct fluid){};
}
