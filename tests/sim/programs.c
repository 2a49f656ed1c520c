/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The programs.
 */
#include "tests/sim/programs.h"

#include "tests/sim/cpu.h"
#include "tests/sim/kernel.h"
#include "tests/sim/memory.h"
#include "tests/sim/trace.h"

/* How often one that spins asks whether the other sleeps by now. */
#define SPIN_NS 1000

/* What starting a child costs its parent, and what the companion of a real-time task does. */
#define FORK_NS 50000
#define COMPANION_NS 50000

/* How often one that computes until a moment looks at the clock. */
#define BURST_NS 100000

static struct action run(u64 ns)
{
	return (struct action){ ACTION_RUN, ns };
}

static struct action nap(void)
{
	return (struct action){ ACTION_SLEEP };
}

static struct action sleep_until(u64 at)
{
	return (struct action){ ACTION_SLEEP_UNTIL, at };
}

/* Timers are late by their slack; how late the task then runs counts from what it asked for. */
static struct action sleep_slack(struct task *t, u64 at)
{
	t->lead_ns = SIM_TIMER_SLACK_NS;
	return sleep_until(at + SIM_TIMER_SLACK_NS);
}

/* Computes endlessly. */
struct action hog_step(struct sim *sim, struct task *t)
{
	(void)sim, (void)t;
	return run(NSEC_PER_SEC);
}

/*
 * Wakes up at absolute times, works a little. The periods of a group's tasks differ a little, so
 * that their phases drift past each other and past the tick.
 */
struct action timer_step(struct sim *sim, struct task *t)
{
	const struct params *p = &t->group->params;
	u64 period = p->period + p->period / 80 * (t->index % 16);

	switch (t->phase) {
	case 0:
		t->due = sim->now + p->period * t->index / p->tasks;
		break;
	case 1:
		t->phase = 2;
		return run(p->work);
	default:
		/* Who is late by whole periods has missed those; it does not catch up. */
		do
			t->due += period;
		while (t->due < sim->now);
	}
	t->phase = 1;
	return sleep_slack(t, t->due);
}

/*
 * Sleeps for the first part of each period, then computes until its end. The tasks of a group wake
 * up a little after each other, or the first wakes the others.
 */
struct action burst_step(struct sim *sim, struct task *t)
{
	const struct params *p = &t->group->params;
	struct group *g = t->group;

	if (t->phase == 0)
		t->due = sim->now;
	if (t->phase == 2 && p->sync && t->index == 0)
		for (u32 i = 1; i < g->nr_tasks; i++)
			kernel_wake(sim, g->task[i], random_below(&t->random, 2));
	if (t->phase == 2)
		t->due += p->period;
	if (t->phase && sim->now < t->due) {
		t->phase = 1;
		return run(BURST_NS);
	}
	t->phase = 2;
	if (p->sync && t->index)
		return nap();
	return sleep_until(t->due + p->sleep + t->index * p->work);
}

/* A picture per refresh of a screen: how long after the refresh it is done. */
struct action frame_step(struct sim *sim, struct task *t)
{
	const struct params *p = &t->group->params;
	struct group *g = t->group;
	u64 took, spans;

	switch (t->phase) {
	case 0:
		t->due = sim->now + p->period * t->index / p->tasks;
		break;
	case 1:
		t->phase = 2;
		return run(p->work);
	default:
		took = sim->now - t->due;
		histogram_add(&g->done, took);
		spans = took / p->period;
		g->missed += spans;
		g->frames += spans + 1;
		t->due += (spans + 1) * p->period;
	}
	t->phase = 1;
	return sleep_until(t->due);
}

/* Two processes and a byte. The first of a pair measures the way there and back. */
struct action pipe_step(struct sim *sim, struct task *t)
{
	const struct params *p = &t->group->params;
	bool first = t->index % 2 == 0;

	switch (t->phase) {
	case 0:
		t->peer = t->group->task[t->index ^ 1];
		t->due = sim->now;
		t->phase = first ? 1 : 2;
		return first ? run(p->work) : nap();
	case 1:
		t->phase = 2;
		kernel_wake(sim, t->peer, p->sync);
		return nap();
	default:
		if (first) {
			histogram_add(&t->group->done, sim->now - t->due);
			t->due = sim->now;
		}
		t->phase = 1;
		return run(p->work);
	}
}

/* The first of a pair asks again and again whether the other sleeps, and wakes it if it does. */
struct action spin_step(struct sim *sim, struct task *t)
{
	struct task *other = t->group->task[t->index ^ 1];

	if (t->index % 2 == 0) {
		if (other->state == TASK_SLEEPING && other->phase) {
			other->due = sim->now;
			kernel_wake(sim, other, false);
		}
		return run(SPIN_NS);
	}
	switch (t->phase) {
	case 1:
		t->phase = 2;
		return run(t->group->params.work);
	case 2:
		histogram_add(&t->group->done, sim->now - t->due);
		break;
	}
	t->phase = 1;
	return nap();
}

/*
 * Half of the tasks send so many messages to each of the other half, as hackbench does; a pipe is
 * never full. Measured: when the last message has been read.
 */
struct action messages_step(struct sim *sim, struct task *t)
{
	struct group *g = t->group;
	u32 half = g->nr_tasks / 2;
	bool sends = t->index < half;

	if (t->phase == 0) {
		t->phase = 1;
		return sends ? run(g->params.work) : nap();
	}
	if (!sends && t->phase == 1) {
		/* One wake-up is one message. */
		t->phase = 2;
		return run(g->params.work);
	}
	if (sends)
		kernel_wake(sim, g->task[half + t->at % half], false);
	if (++t->at == half * g->params.limit) {
		if (!sends)
			histogram_add(&g->done, sim->now - g->params.start);
		return (struct action){ ACTION_EXIT };
	}
	t->phase = 1;
	return sends ? run(g->params.work) : nap();
}

/*
 * The next request comes after a random time; of clients that think it is the first, which is so
 * much earlier.
 */
static void server_expect(struct sim *sim, struct group *g)
{
	u64 mean = g->params.period;

	if (g->params.clients) {
		if (!g->thinking)
			return;
		mean = g->params.sleep / g->thinking + 1;
	}
	event_set(&sim->events, &g->event, sim->now + random_interval(&g->random, mean));
}

void server_request(struct sim *sim, struct group *g)
{
	struct task *t = g->idle.first;
	u32 cpu = g->params.from < sim->topology.nr_cpus ? (u32)g->params.from : 0;

	if (t) {
		list_remove(&g->idle, t);
		t->due = sim->now;
		kernel_wake_from_irq(sim, t, cpu);
	} else {
		if (g->first_request > g->nr_requests / 2) {
			g->nr_requests -= g->first_request;
			for (size_t i = 0; i < g->nr_requests; i++)
				g->request[i] = g->request[g->first_request + i];
			g->first_request = 0;
		}
		g->request = memory_grow(g->request, &g->requests_capacity, g->nr_requests + 1,
					 sizeof(*g->request));
		g->request[g->nr_requests++] = sim->now;
	}
	if (g->params.clients)
		g->thinking--;
	server_expect(sim, g);
}

/* Waits for requests, which come at random, and serves each: how long after it came. */
struct action server_step(struct sim *sim, struct task *t)
{
	struct group *g = t->group;

	if (t->phase == 2) {
		histogram_add(&g->done, sim->now - t->due);
		if (g->params.clients) {
			g->thinking++;
			server_expect(sim, g);
		}
	}
	if (t->phase == 1) {
		t->phase = 2;
		return run(g->params.work);
	}
	if (g->first_request < g->nr_requests) {
		t->due = g->request[g->first_request++];
		t->phase = 2;
		return run(g->params.work);
	}
	t->phase = 1;
	list_push(&g->idle, t, false);
	if (!g->event.index)
		server_expect(sim, g);
	return nap();
}

/* The child of one that forks: works and ends. */
static struct action child_step(struct sim *sim, struct task *t)
{
	if (t->phase == 1) {
		t->phase = 2;
		return run(t->group->params.work);
	}
	histogram_add(&t->group->done, sim->now - t->due);
	/* A parent that waits has left no room for others. */
	if (t->peer->phase == 3)
		kernel_wake(sim, t->peer, false);
	return (struct action){ ACTION_EXIT };
}

/* Starts children, up to a number at a time, as a build or a fork bomb does. */
struct action fork_step(struct sim *sim, struct task *t)
{
	struct group *g = t->group;
	struct task *child;

	if (t->peer)
		return child_step(sim, t);
	if (t->phase == 1) {
		child = task_new(sim, g, g->params.class, g->params.nice);
		child->peer = t;
		child->phase = 1;
		child->due = sim->now;
		child->allowed = t->allowed;
		child->nr_allowed = t->nr_allowed;
		g->alive++;
		kernel_wake_new(sim, child);
	}
	if (g->alive >= g->params.limit) {
		t->phase = 3;
		return nap();
	}
	if (t->phase == 1 && g->params.sleep) {
		t->phase = 2;
		return sleep_until(sim->now + g->params.sleep);
	}
	t->phase = 1;
	return run(FORK_NS);
}

/*
 * A real-time task that keeps its CPU for a while in every period. With wakes=1 it wakes a normal
 * task, its companion, before it does.
 */
struct action rt_step(struct sim *sim, struct task *t)
{
	const struct params *p = &t->group->params;

	if (t->class != TASK_RT) {
		t->phase = !t->phase;
		return t->phase ? nap() : run(COMPANION_NS);
	}
	if (t->phase == 0) {
		t->due = sim->now;
		t->phase = 1;
		if (t->peer)
			kernel_wake(sim, t->peer, p->sync);
		return run(p->work);
	}
	t->phase = 0;
	return sleep_until(t->due + p->period);
}

/* Works and sleeps for random times. */
struct action random_step(struct sim *sim, struct task *t)
{
	const struct params *p = &t->group->params;

	t->phase = !t->phase;
	if (t->phase)
		return run(random_interval(&t->random, p->work));
	return sleep_slack(t, sim->now + random_interval(&t->random, p->sleep));
}

/* Gives its CPU away after each piece of work. */
struct action yield_step(struct sim *sim, struct task *t)
{
	(void)sim;
	t->phase = !t->phase;
	if (t->phase)
		return run(t->group->params.work);
	return (struct action){ ACTION_YIELD };
}

/* Does what a recorded task did: as much work, as long sleeps; not woken by whom it was then. */
struct action replay_step(struct sim *sim, struct task *t)
{
	const struct recording *r = t->recording;
	const struct recorded *piece;

	if (t->at / 2 >= r->n)
		return (struct action){ ACTION_EXIT };
	piece = &r->piece[t->at / 2];
	return t->at++ % 2 ? sleep_until(sim->now + piece->sleep_ns) : run(piece->run_ns);
}
