/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whether the tasks of one queue get less than those of another: a part of the policy (policy.h),
 * and like it pure.
 *
 * Clocks tell: the more wait, and the more they weigh, the slower a queue's clock goes. A CPU that
 * serves the faster of two takes a task from the slower one, now and then. Where numbers do not
 * come out even, the queues take turns in having one task more, so that over seconds all tasks get
 * the same, and nobody moves more often than that takes.
 */
#pragma once

#include "types.h"

/* So long the speed of a clock is measured; in that time a queue gives or takes one task. */
#define POLICY_BALANCE_TICKS 32

struct policy_balance {
	u64 clock;		/* of the queue, when the present measurement began */
	u64 ticks;		/* that moment */
	u64 speed;		/* in the last one: virtual ns per tick */
	bool moved;		/* it gave or took a task since */
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
}

/* Whether a task shall come over from @other; less than a sixteenth is not worth a move. */
static inline bool policy_lags(const struct policy_balance *other,
			       const struct policy_balance *own)
{
	return !other->moved && !own->moved && own->speed > other->speed + other->speed / 16;
}
