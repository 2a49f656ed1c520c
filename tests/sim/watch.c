/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Somebody who watches the machine for what must never happen.
 */
#include "tests/sim/watch.h"

#include "tests/sim/workload.h"

static void keep_longest(u64 *longest, u64 ns)
{
	if (*longest < ns)
		*longest = ns;
}

void watch_ready(struct sim *sim, struct task *t)
{
	if (t->watch.waits)
		return;
	t->watch.waits = true;
	t->watch.ready_at = sim->now;
	t->watch.in_front = sim->nr_runnable;
}

void watch_queued(struct sim *sim, struct task *t, bool shared)
{
	t->watch.queued_at = sim->now;
	t->watch.shared = shared;
}

static void look_at_wait(struct sim *sim, struct task *t)
{
	struct watch *w = sim->watch;
	u64 waited = sim->now - t->watch.ready_at;
	u64 in_front = t->watch.in_front, turns;

	/* Normal tasks wait for real-time ones as long as those please. */
	if (t->class == TASK_RT)
		return;
	if (in_front < sim->nr_runnable)
		in_front = sim->nr_runnable;
	turns = in_front * w->turn_ns;
	if (w->waited_ns < waited)
		w->waited_group = t->group;
	keep_longest(&w->waited_ns, waited);
	keep_longest(&w->excess_ns, waited > turns ? waited - turns : 0);
}

/* Idle CPUs that could run @t. */
static void look_at_idle(struct sim *sim, struct task *t)
{
	struct watch *w = sim->watch;
	u64 *longest = t->watch.shared ? &w->idle_shared_ns : &w->idle_local_ns;
	struct cpuset s = cpuset_and(&t->allowed, &sim->vacant);

	if (t->class == TASK_RT)
		return;
	cpuset_each (i, &s) {
		u64 since = sim->cpu[i].idle_since;

		if (!sim->cpu[i].online)
			continue;
		if (since < t->watch.queued_at)
			since = t->watch.queued_at;
		keep_longest(longest, sim->now - since);
	}
}

static void look_at(struct sim *sim, struct task *t)
{
	look_at_wait(sim, t);
	look_at_idle(sim, t);
}

void watch_running(struct sim *sim, struct task *t)
{
	if (t->watch.waits)
		keep_longest(&t->group->waited_ns, sim->now - t->watch.ready_at);
	if (sim->watch && t->watch.waits)
		look_at(sim, t);
	t->watch.waits = false;
}

void watch_deadline(struct sim *sim, const struct task *p, u64 deadline, u64 clock)
{
	const struct bpfland_tunables *t = &sim->tunables;

	if (!sim->watch)
		return;
	if (policy_before(deadline, clock - t->slice_lag_ns) ||
	    policy_before(p->policy.vruntime, clock - t->slice_lag_ns) ||
	    policy_before(clock + POLICY_REACH * t->starvation_ns, p->policy.vruntime) ||
	    policy_before(clock + POLICY_REACH * t->starvation_ns, deadline))
		sim->watch->outside++;
}

void watch_tick(struct sim *sim)
{
	u32 seen = 0;

	if (!sim->watch)
		return;
	for (u32 i = 0; i < sim->topology.nr_cpus; i++) {
		const struct cpu *c = &sim->cpu[i];

		seen += (c->curr != NULL) + c->local.n + c->rt.n;
		sim->watch->lost += !c->online && (c->curr || c->local.n || c->rt.n);
		for (struct task *t = c->local.first; t; t = t->next)
			look_at(sim, t);
	}
	for (u32 i = 0; i < sim->nr_dsqs; i++) {
		seen += sim->dsq[i].n;
		for (struct queue_node *n = sim->dsq[i].first; n; n = queue_next(n))
			look_at(sim, task_of_node(n));
	}
	sim->watch->lost += seen != sim->nr_runnable;
}
