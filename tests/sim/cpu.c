/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One CPU at work.
 *
 * cpu_schedule() is __schedule() with sched_ext's balance, pick, put and set, in the kernel's order
 * (kernel/sched/ext.c of 6.18; the callbacks come in this order in all others, too).
 */
#include "tests/sim/cpu.h"

#include "tests/sim/host.h"
#include "tests/sim/idle.h"
#include "tests/sim/kernel.h"
#include "tests/sim/memory.h"
#include "tests/sim/watch.h"
#include "tests/sim/workload.h"

/* The kernel gives this to a task that comes without a slice. */
#define SLICE_DEFAULT (20 * NSEC_PER_MSEC)

#define NEVER (~0ULL)

/* Of the hash by Fowler, Noll and Vo. */
#define FNV_PRIME 0x100000001b3ULL

void list_push(struct task_list *l, struct task *t, bool head)
{
	t->prev = head ? NULL : l->last;
	t->next = head ? l->first : NULL;
	*(t->prev ? &t->prev->next : &l->first) = t;
	*(t->next ? &t->next->prev : &l->last) = t;
	l->n++;
}

void list_remove(struct task_list *l, struct task *t)
{
	*(t->prev ? &t->prev->next : &l->first) = t->next;
	*(t->next ? &t->next->prev : &l->last) = t->prev;
	t->next = t->prev = NULL;
	l->n--;
}

static bool is_scx(const struct task *t)
{
	return t && t->class != TASK_RT;
}

void cpu_count(struct sim *sim, struct cpu *c)
{
	u64 elapsed = sim->now - c->counted_at, spent;
	struct task *t = c->curr;

	c->counted_at = sim->now;
	if (!t)
		return;
	spent = policy_min(elapsed, t->overhead);
	t->overhead -= spent;
	/* At most a run of hours at 1024: far from overflowing. */
	t->work -= policy_min(t->work, (elapsed - spent) * c->speed / TOPOLOGY_CAPACITY);
}

void cpu_plan(struct sim *sim, struct cpu *c)
{
	u64 at = c->resched ? c->resched_at : NEVER;
	struct task *t = c->curr;

	if (t) {
		u64 work = (t->work * TOPOLOGY_CAPACITY + c->speed - 1) / c->speed;

		at = policy_min(at, c->counted_at + t->overhead + work);
	}
	if (at == NEVER)
		event_cancel(&sim->events, &c->event);
	else
		event_set(&sim->events, &c->event, at < sim->now ? sim->now : at);
}

void cpu_resched(struct sim *sim, struct cpu *c)
{
	u64 at = sim->now + (sim->context == c->id ? 0 : SIM_IPI_NS);

	if (c->resched && c->resched_at <= at)
		return;
	c->resched = true;
	c->resched_at = at;
	cpu_plan(sim, c);
}

void cpu_update_curr(struct sim *sim, struct cpu *c)
{
	struct task *t = c->curr;
	u64 ran = sim->now - t->exec_start;

	c->clock = sim->now;
	t->exec_start = sim->now;
	t->sum_exec += ran;
	t->group->run_ns += ran;
	t->slice -= policy_min(t->slice, ran);
}

/* Threads of one core share it. */
static void core_respeed(struct sim *sim, struct cpu *c)
{
	struct cpuset *core = &sim->topology.core[sim->topology.cpu[c->id].core];
	u32 busy = 0;

	if (!sim->topology.smt)
		return;
	cpuset_each (i, core)
		busy += sim->cpu[i].curr != NULL;
	cpuset_each (i, core) {
		struct cpu *sibling = &sim->cpu[i];
		u32 speed = sim->topology.cpu[i].capacity;

		if (busy > 1)
			speed = speed * SIM_SMT_SPEED / TOPOLOGY_CAPACITY;
		if (speed == sibling->speed)
			continue;
		cpu_count(sim, sibling);
		sibling->speed = speed;
		cpu_plan(sim, sibling);
	}
}

void cpu_enqueue_local(struct sim *sim, struct task *t, unsigned enq_flags)
{
	struct cpu *c = &sim->cpu[t->cpu];

	list_push(&c->local, t, enq_flags & (ENQ_HEAD | ENQ_PREEMPT));
	t->local = true;
	watch_queued(sim, t, false);
	if ((enq_flags & ENQ_PREEMPT) && is_scx(c->curr) && c->curr != t) {
		c->curr->slice = 0;
		cpu_resched(sim, c);
	} else if (!c->curr) {
		cpu_resched(sim, c);
	}
}

void cpu_dequeue(struct sim *sim, struct task *t)
{
	if (t->class == TASK_RT)
		list_remove(&sim->cpu[t->cpu].rt, t);
	else if (t->local)
		list_remove(&sim->cpu[t->cpu].local, t);
	else if (t->node.queued)
		queue_remove(&sim->dsq[t->queue], &t->node);
	t->local = false;
}

/* The running task goes to sleep or ends: it is dequeued first and stops then. */
static void block(struct sim *sim, struct cpu *c, struct task *t)
{
	cpu_update_curr(sim, c);
	if (t->state != TASK_DEAD)
		t->state = TASK_SLEEPING;
	c->nr_running--;
	sim->nr_runnable--;
}

/* Who of ours is next on @c; @prev if it goes on, NULL if there is nobody. */
static struct task *balance(struct sim *sim, struct cpu *c, struct task *prev, bool queued)
{
	if (queued) {
		cpu_update_curr(sim, c);
		if (prev->slice)
			return prev;
	}
	if (!c->local.n) {
		host_dispatch(sim, c->id, prev, queued);
		if (queued && prev->slice)
			return prev;
	}
	if (c->local.n)
		return c->local.first;
	/* SCX_OPS_ENQ_LAST, which the scheduler asks for on machines with several CPUs. */
	return queued && sim->topology.nr_cpus == 1 ? prev : NULL;
}

/* The running task is still ready and @next, which may be NULL, is next. */
static void put_prev(struct sim *sim, struct cpu *c, struct task *t, const struct task *next)
{
	bool to_rt = next && !is_scx(next);

	cpu_update_curr(sim, c);
	sim->involuntary++;
	t->state = TASK_READY;
	watch_ready(sim, t);
	if (!is_scx(t)) {
		list_push(&c->rt, t, false);
		return;
	}
	if (t->slice)
		/* A higher class takes the CPU; the task would go on afterwards. */
		cpu_enqueue_local(sim, t, ENQ_HEAD);
	else
		host_enqueue(sim, t, next ? 0 : ENQ_LAST);
	if (to_rt)
		host_cpu_release(sim, c->id);
}

static void set_next(struct sim *sim, struct task *t, bool was_idle)
{
	cpu_dequeue(sim, t);
	t->state = TASK_RUNNING;
	t->exec_start = sim->now;
	t->overhead += SIM_SWITCH_NS + (was_idle ? SIM_IDLE_EXIT_NS : 0);
	watch_running(sim, t);
	sim->switches++;
	sim->hash = (sim->hash ^ sim->now ^ (u64)t->cpu << 48) * FNV_PRIME;
	sim->hash = (sim->hash ^ t->id) * FNV_PRIME;
	workload_running(sim, t);
}

void cpu_set_curr(struct sim *sim, struct cpu *c, struct task *next)
{
	struct task *prev = c->curr;

	c->curr = next;
	if (!next != !prev)
		core_respeed(sim, c);
	if (!next) {
		cpuset_add(&sim->vacant, c->id);
		if (prev)
			c->idle_since = sim->now;
		/* Also when it was idle and interrupted for nothing: it can be claimed again. */
		idle_set(sim, c->id, c->online);
	} else if (!prev) {
		cpuset_remove(&sim->vacant, c->id);
		c->idle_ns += sim->now - c->idle_since;
		idle_set(sim, c->id, false);
	}
}

void cpu_schedule(struct sim *sim, struct cpu *c, bool blocks)
{
	struct task *prev = c->curr, *next = NULL;
	bool queued = prev && !blocks, ours = is_scx(prev);

	c->resched = false;
	c->clock = sim->now;
	if (blocks)
		block(sim, c, prev);
	/*
	 * The class of the task that ran balances first, even if RT will be picked then; from RT
	 * or idle it is RT's that comes first, and ends it if there is any.
	 */
	if (ours || !(c->rt.n || (prev && queued)))
		next = balance(sim, c, ours ? prev : NULL, ours && queued);
	if (c->rt.n && !(queued && !ours))
		next = c->rt.first;
	else if (queued && !ours)
		next = prev;
	if (is_scx(next) && !next->slice)
		next->slice = SLICE_DEFAULT;
	if (next == prev && queued)
		return;
	if (queued)
		put_prev(sim, c, prev, next);
	if (next)
		set_next(sim, next, !prev);
	cpu_set_curr(sim, c, next);
	/* Counted at the switch: the scheduler saw the task stop before. */
	if (blocks)
		prev->nvcsw++;
}

void cpu_event(struct event *e, void *userdata)
{
	struct cpu *c = (struct cpu *)((char *)e - offsetof(struct cpu, event));
	struct sim *sim = userdata;

	cpu_count(sim, c);
	sim->context = c->id;
	sim->interrupt = false;
	if (c->resched && c->resched_at <= sim->now)
		cpu_schedule(sim, c, false);
	else if (c->curr && !c->curr->overhead && !c->curr->work)
		workload_step(sim, c->curr);
	cpu_plan(sim, c);
}
