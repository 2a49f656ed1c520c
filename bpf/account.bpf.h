/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a task has run, it pays: when it is ready again, when its turn is over and it goes on, and
 * when it ends. Included once.
 */
#pragma once

#include "group.bpf.h"
#include "state.bpf.h"
#include "stats.bpf.h"
#include "wakeup.bpf.h"

/*
 * What @p has run since it was charged last, it pays; the clock of its queue goes on with it,
 * unless nobody else could want its CPU meanwhile.
 */
static __always_inline void charge(struct task_struct *p, struct task_state *s, bool unopposed,
				   const struct bpfland_tunables *t)
{
	u64 ran = p->se.sum_exec_runtime - s->exec_ns;
	u32 weight = task_weight(s);
	struct queue *q = queue_of(s);

	if (unopposed) {
		policy_charge_free(&s->policy, ran, weight, queue_clock(q), t);
	} else {
		policy_advance(&q->policy, s->policy.vruntime, bpf_jiffies64(), tick_ns());
		policy_charge(&s->policy, ran, weight, t);
	}
	s->policy.unopposed = unopposed;
	s->exec_ns = p->se.sum_exec_runtime;
}

/*
 * Who gets in line is placed. Who has a CPU without that, because it was idle, nobody else wants it
 * or others are due later, must not be owed ever more meanwhile, to be paid by who comes later.
 */
static __always_inline void bound_credit(struct task_state *s, const struct bpfland_tunables *t)
{
	s->policy.vruntime = policy_place(s->policy.vruntime, queue_clock(queue_of(s)), t);
}

/* Whether it sleeps often, as of now. Also of one that goes on and on: it may have slept once. */
static __always_inline void classify(struct bpfland_cpu *me, const struct task_struct *p,
				     struct task_state *s)
{
	if (policy_classify(&s->policy, &queue_of(s)->policy, bpf_jiffies64() * tick_ns(),
			    p->nvcsw, &me->tunables))
		me->counter[BPFLAND_COUNTER_INTERACTIVE_PROMOTIONS]++;
}

/*
 * The account of a task that ran and stopped is settled when it is ready again, not when it stops:
 * so there is nothing to do when a task goes to sleep. @slept: by its own will.
 */
static __always_inline void settle(struct bpfland_cpu *me, struct task_struct *p,
				   struct task_state *s, bool slept)
{
	const struct bpfland_tunables *t = &me->tunables;

	/* It may be asked twice on its way, and get in line twice, without a run in between. */
	if (p->se.sum_exec_runtime == s->exec_ns)
		return;
	if (!slept)
		end_turn(me, p, s);
	charge(p, s, s->policy.unopposed, t);
	latency_settle(me, p, s, slept);
	if (slept)
		policy_sleep(&s->policy);
	classify(me, p, s);
}

/*
 * @p ends. Nobody will ever see where it stands; the clock does, or of tasks that start others for
 * a short time and one after the other none would ever be ahead of anybody.
 */
static __always_inline void leave(struct task_struct *p, const struct bpfland_tunables *t)
{
	struct task_state *s = task_state(p);

	if (!s)
		return;
	charge(p, s, false, t);
	policy_advance(&queue_of(s)->policy, s->policy.vruntime, bpf_jiffies64(), tick_ns());
}
