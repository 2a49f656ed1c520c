/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the kernel does: wake-ups, timers, ticks, hotplug; and what it offers to the scheduler.
 */
#include "tests/sim/kernel.h"

#include "tests/sim/cpu.h"
#include "tests/sim/host.h"
#include "tests/sim/idle.h"
#include "tests/sim/memory.h"
#include "tests/sim/watch.h"
#include "tests/sim/workload.h"

/* An interrupt on @c: whatever runs there pays. */
static void interrupt(struct sim *sim, struct cpu *c)
{
	sim->context = c->id;
	sim->interrupt = true;
	if (!c->curr)
		return;
	cpu_count(sim, c);
	c->curr->overhead += SIM_IRQ_NS;
	cpu_plan(sim, c);
}

/* A CPU for a task whose own is not there: near, or else anywhere, its affinity broken. */
static u32 fallback(struct sim *sim, struct task *t)
{
	const struct topology *topology = &sim->topology;
	struct cpuset s = cpuset_and(&t->allowed, &sim->online), near;
	u32 cpu;

	if (cpuset_empty(&s)) {
		t->allowed = (struct cpuset){};
		for (u32 i = 0; i < topology->nr_cpus; i++)
			cpuset_add(&t->allowed, i);
		t->nr_allowed = topology->nr_cpus;
		s = sim->online;
	}
	near = cpuset_and(&s, &topology->node[topology->cpu[t->cpu].node]);
	cpu = cpuset_next(&near, 0);
	return cpu < BPFLAND_MAX_CPUS ? cpu : cpuset_next(&s, 0);
}

static u32 select_task_rq(struct sim *sim, struct task *t, bool sync)
{
	u32 cpu = t->cpu;

	/* Not asked for tasks that may run on one CPU only. */
	if (t->class == TASK_RT || t->nr_allowed == 1)
		cpu = cpuset_has(&t->allowed, cpu) ? cpu : cpuset_next(&t->allowed, 0);
	else
		cpu = host_select_cpu(sim, t, cpu, sync);
	if (!sim->cpu[cpu].online || !cpuset_has(&t->allowed, cpu))
		cpu = fallback(sim, t);
	return cpu;
}

/*
 * Whether a remote CPU completes the wake-up, in an interrupt: it does not share our cache, or has
 * nothing to do (ttwu_queue_cond() with SCX_OPS_ALLOW_QUEUED_WAKEUP).
 */
static bool queued_remotely(const struct sim *sim, u32 cpu)
{
	const struct topology_cpu *t = sim->topology.cpu;

	if (t[sim->context].llc != t[cpu].llc)
		return true;
	return cpu != sim->context && !sim->cpu[cpu].nr_running;
}

/* The task is ready, on its CPU. */
static void activate(struct sim *sim, struct task *t, unsigned enq_flags)
{
	struct cpu *c = &sim->cpu[t->cpu];

	c->clock = sim->now;
	c->nr_running++;
	sim->nr_runnable++;
	t->state = TASK_READY;
	watch_ready(sim, t);
	if (t->class == TASK_RT) {
		list_push(&c->rt, t, false);
		if (!c->curr || c->curr->class != TASK_RT)
			cpu_resched(sim, c);
		return;
	}
	if (t->direct)
		cpu_enqueue_local(sim, t, enq_flags);
	else
		host_enqueue(sim, t, enq_flags);
	t->direct = false;
	/* Any class takes the CPU from the idle one. */
	if (!c->curr)
		cpu_resched(sim, c);
}

static void wake_up(struct sim *sim, struct task *t, bool sync, bool new)
{
	u32 context = sim->context;
	bool in_interrupt = sim->interrupt;

	t->woken_at = sim->now;
	t->cpu = select_task_rq(sim, t, sync);
	if (!new && queued_remotely(sim, t->cpu))
		interrupt(sim, &sim->cpu[t->cpu]);
	activate(sim, t, new ? 0 : ENQ_WAKEUP);
	sim->context = context;
	sim->interrupt = in_interrupt;
}

void kernel_wake(struct sim *sim, struct task *t, bool sync)
{
	struct task *waker = sim->cpu[sim->context].curr;

	if (t->state == TASK_DEAD)
		return;
	if (t->state != TASK_SLEEPING) {
		t->pending++;
		return;
	}
	if (waker && !sim->interrupt)
		waker->overhead += SIM_WAKE_NS;
	wake_up(sim, t, sync, false);
}

void kernel_wake_from_irq(struct sim *sim, struct task *t, u32 cpu)
{
	struct cpu *c = &sim->cpu[cpu];

	/* Devices and timers of a CPU that is gone have moved. */
	if (!c->online)
		c = &sim->cpu[cpuset_next(&sim->online, 0)];
	interrupt(sim, c);
	kernel_wake(sim, t, false);
}

void kernel_wake_new(struct sim *sim, struct task *t)
{
	u32 cpu = sim->context;

	if (!cpuset_has(&t->allowed, cpu))
		cpu = cpuset_next(&t->allowed, 0);
	t->cpu = cpu;
	if (t->class != TASK_RT)
		host_enable(sim, t);
	wake_up(sim, t, false, true);
}

static void timer_expires(struct event *e, void *userdata)
{
	struct task *t = (struct task *)((char *)e - offsetof(struct task, timer));

	kernel_wake_from_irq(userdata, t, t->cpu);
}

/*
 * Each timer is an interrupt of its own and as late as its slack allows; the kernel would let it
 * expire early if another interrupt came within the slack.
 */
void kernel_set_timer(struct sim *sim, struct task *t, u64 at)
{
	t->timer.happen = timer_expires;
	event_set(&sim->events, &t->timer, at < sim->now ? sim->now : at);
}

void kernel_tick(struct sim *sim)
{
	cpuset_each (i, &sim->online) {
		struct cpu *c = &sim->cpu[i];

		if (!c->curr)
			continue;
		sim->context = i;
		sim->interrupt = true;
		c->clock = sim->now;
		if (c->curr->class == TASK_RT)
			continue;
		cpu_update_curr(sim, c);
		if (!c->curr->slice)
			cpu_resched(sim, c);
	}
	host_tick(sim);
	watch_tick(sim);
}

static void migrate(struct sim *sim, struct task *t)
{
	cpu_dequeue(sim, t);
	sim->cpu[t->cpu].nr_running--;
	sim->nr_runnable--;
	t->cpu = fallback(sim, t);
	activate(sim, t, 0);
}

/* Of a running task: it goes on if it may. */
static void set_allowed_running(struct sim *sim, struct task *t, bool stays)
{
	struct cpu *c = &sim->cpu[t->cpu];

	cpu_count(sim, c);
	cpu_update_curr(sim, c);
	if (stays)
		return;
	t->state = TASK_READY;
	watch_ready(sim, t);
	cpu_set_curr(sim, c, NULL);
	/* The stopper runs there until the next one does: it is not idle. */
	idle_set(sim, c->id, false);
	cpu_resched(sim, c);
	cpu_plan(sim, c);
	migrate(sim, t);
}

void kernel_set_allowed(struct sim *sim, struct task *t, const struct cpuset *allowed)
{
	bool stays = cpuset_has(allowed, t->cpu);

	sim->context = t->cpu;
	sim->interrupt = false;
	t->allowed = *allowed;
	t->nr_allowed = cpuset_count(allowed);
	if (t->state == TASK_RUNNING) {
		set_allowed_running(sim, t, stays);
	} else if (t->state == TASK_READY) {
		/* Taken out and queued anew; if it may not stay there, once more elsewhere. */
		sim->cpu[t->cpu].clock = sim->now;
		cpu_dequeue(sim, t);
		host_enqueue(sim, t, 0);
		if (!stays)
			migrate(sim, t);
	}
}

/* The next task in @dsq, from @node on, that is on @cpu. */
static struct queue_node *next_on(struct queue_node *node, u32 cpu)
{
	while (node && task_of_node(node)->cpu != cpu)
		node = queue_next(node);
	return node;
}

/*
 * The kernel lets the dying CPU pick its tasks one by one and pushes each away; here they leave at
 * once, those that wait in shared queues included.
 */
void kernel_offline(struct sim *sim, u32 cpu)
{
	struct cpu *c = &sim->cpu[cpu];
	struct task *running = c->curr;

	if (!c->online || cpuset_count(&sim->online) == 1)
		return;
	cpu_count(sim, c);
	sim->context = cpu;
	sim->interrupt = false;
	c->online = false;
	cpuset_remove(&sim->online, cpu);
	idle_set(sim, cpu, false);
	host_hotplug(sim, cpu);
	if (running) {
		cpu_update_curr(sim, c);
		running->state = TASK_READY;
		running->cpu = cpu;
		list_push(running->class == TASK_RT ? &c->rt : &c->local, running, true);
		running->local = running->class != TASK_RT;
		watch_ready(sim, running);
		cpu_set_curr(sim, c, NULL);
	}
	while (c->rt.n)
		migrate(sim, c->rt.first);
	while (c->local.n)
		migrate(sim, c->local.first);
	for (u32 i = 0; i < sim->nr_dsqs; i++)
		for (struct queue_node *node; (node = next_on(sim->dsq[i].first, cpu));)
			migrate(sim, task_of_node(node));
	c->resched = false;
	cpu_plan(sim, c);
}

void kernel_online(struct sim *sim, u32 cpu)
{
	struct cpu *c = &sim->cpu[cpu];

	if (c->online)
		return;
	c->online = true;
	c->counted_at = sim->now;
	/* What it was away counts as idle, but not against the scheduler. */
	c->idle_ns += sim->now - c->idle_since;
	c->idle_since = sim->now;
	cpuset_add(&sim->online, cpu);
	sim->context = cpu;
	sim->interrupt = false;
	host_hotplug(sim, cpu);
	cpu_resched(sim, c);
}

void dsq_insert_local(struct sim *sim, struct task *t, u64 slice, unsigned flags)
{
	t->slice = slice;
	if (t->state == TASK_SLEEPING)
		/* From select_cpu(): when it gets ready, where that says. */
		t->direct = true;
	else
		cpu_enqueue_local(sim, t, flags);
}

void dsq_insert(struct sim *sim, struct task *t, u32 dsq, u64 slice, u64 deadline)
{
	t->slice = slice;
	watch_queued(sim, t, true);
	queue_insert(&sim->dsq[dsq], &t->node, deadline);
}

bool dsq_move_to_local(struct sim *sim, u32 dsq, u32 cpu)
{
	for (struct queue_node *node = sim->dsq[dsq].first; node; node = queue_next(node)) {
		struct task *t = task_of_node(node);

		if (!cpuset_has(&t->allowed, cpu))
			continue;
		queue_remove(&sim->dsq[dsq], node);
		sim->cpu[t->cpu].nr_running--;
		sim->cpu[cpu].nr_running++;
		t->cpu = cpu;
		list_push(&sim->cpu[cpu].local, t, false);
		t->local = true;
		return true;
	}
	return false;
}

void kick_cpu(struct sim *sim, u32 cpu, unsigned flags)
{
	struct cpu *c = &sim->cpu[cpu];

	if (!c->online)
		return;
	if (flags & KICK_IDLE) {
		if (!c->curr)
			cpu_resched(sim, c);
	} else {
		if ((flags & KICK_PREEMPT) && c->curr && c->curr->class != TASK_RT)
			c->curr->slice = 0;
		cpu_resched(sim, c);
	}
}

void reenqueue_local(struct sim *sim, u32 cpu)
{
	struct cpu *c = &sim->cpu[cpu];

	/* Those that are there now: what comes back through enqueue() is not taken again. */
	for (u32 n = c->local.n; n; n--) {
		struct task *t = c->local.first;

		cpu_dequeue(sim, t);
		host_enqueue(sim, t, ENQ_REENQ);
	}
}
