/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whether the tasks of one queue get less than those of another: a part of the policy (policy.h),
 * and like it pure.
 *
 * Clocks tell: the more wait, and the more they weigh, the slower a queue's clock goes. A CPU that
 * serves the faster of two takes a task from the slower one, now and then. Where numbers do not
 * come out even, the queues take turns in having one task more, so that over seconds all tasks get
 * the same, and nobody moves more often than that takes.
 *
 * That takes time, and a clock that goes at its floor tells no more. So where clocks do not say the
 * contrary, a queue with clearly more tasks for each of its CPUs gives some at once: after a build
 * has started all its jobs on one CPU.
 */
#pragma once

#include "types.h"

/* So long the speed of a clock is measured; in that time a queue gives or takes one task. */
#define POLICY_BALANCE_TICKS 32

struct policy_balance {
	u64 clock;		/* of the queue, when the present measurement began */
	u64 ticks;		/* that moment */
	u64 speed;		/* in the last one: virtual ns per tick */
	u32 cpus;		/* that serve the queue, and are online */
	bool moved;		/* it gave or took a task since */
	bool bound;		/* nobody who waited could go elsewhere when somebody tried last */
};

/* To be called about once per tick. */
static inline void policy_measure(struct policy_balance *b, u64 clock, u64 ticks)
{
	u64 elapsed = ticks - b->ticks;

	if (elapsed < POLICY_BALANCE_TICKS)
		return;
	b->speed = (clock - b->clock) / elapsed;
	b->clock = clock;
	b->ticks = ticks;
	b->moved = false;
	b->bound = false;
}

/* Whether tasks get less in @slow than in @fast; less than a sixteenth is not worth a move. */
static inline bool policy_lags(const struct policy_balance *slow,
			       const struct policy_balance *fast)
{
	return fast->speed > slow->speed + slow->speed / 16;
}

/* Whether @from would still have more for each CPU if it gave a task to @to. */
static inline bool policy_crowded(const struct policy_balance *from, u32 from_waiting,
				  const struct policy_balance *to, u32 to_waiting)
{
	return !from->bound &&
	       (u64)from_waiting * to->cpus > (to_waiting + 1ULL) * from->cpus + to->cpus;
}
