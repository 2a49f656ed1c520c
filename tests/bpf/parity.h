/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every function of policy.h, called in one way by both sides: compiled for BPF and run by the
 * kernel, and compiled for user space. A function that is missing here fails the check "parity".
 */
#pragma once

#include "bpf/balance.h"
#include "bpf/policy.h"

/* So many at a time. A power of two, so that BPF bounds an index with one AND. */
#define PARITY_CASES 2048

/*
 * What a function is given and what it leaves: all of it is random at first, and all of it is
 * compared. What a value means is a matter of the function that takes it.
 */
struct parity_case {
	u64 result;
	u64 a, b, c, d;
	u32 n, weight;
	bool flag;
	struct policy_task task;
	struct policy_queue queue;
	struct policy_balance balance, other;
	struct policy_wakeup wakeup;
	struct bpfland_tunables tunables;
};

/* X(name without "policy_", the call for the case "at"); one without a result is 0. */
#define PARITY_FUNCTIONS(X)                                                                      \
	X(before, policy_before(at->a, at->b))                                                   \
	X(later, policy_later(at->a, at->b))                                                     \
	X(earlier, policy_earlier(at->a, at->b))                                                 \
	X(min, policy_min(at->a, at->b))                                                         \
	X(scale, policy_scale(at->a, at->weight))                                                \
	X(clock, policy_clock(&at->queue, at->a, at->b))                                         \
	X(advance, (policy_advance(&at->queue, at->a, at->b, at->c), 0))                         \
	X(place, policy_place(at->a, at->b, &at->tunables))                                      \
	X(recent, policy_recent(&at->task))                                                      \
	X(deadline, policy_deadline(&at->task, at->a, &at->tunables, &at->flag))                 \
	X(recent_max, policy_recent_max(&at->tunables))                                          \
	X(enter, (policy_enter(&at->task, at->a, &at->tunables), 0))                             \
	X(charge, (policy_charge(&at->task, at->a, at->weight, &at->tunables), 0))               \
	X(charge_free, (policy_charge_free(&at->task, at->a, at->n, at->b, &at->tunables), 0))     \
	X(sleep, (policy_sleep(&at->task), 0))                                                   \
	X(end_turn, policy_end_turn(&at->task, at->a, at->n, &at->tunables))                     \
	X(threshold, policy_threshold(&at->queue, &at->tunables))                                \
	X(classify, policy_classify(&at->task, &at->queue, at->a, at->b, &at->tunables))         \
	X(promote, policy_promote(&at->task, &at->tunables))                                     \
	X(slice, policy_slice(at->n, &at->tunables))                                             \
	X(running_deadline, policy_running_deadline(at->a, at->b, at->c, at->weight))            \
	X(is_short, policy_is_short(&at->task))                                                  \
	X(is_brief, policy_is_brief(&at->task, at->a, at->b))                                    \
	X(preempts, policy_preempts(&at->wakeup, &at->tunables))                                 \
	X(may_follow, policy_may_follow(at->a, at->b, &at->tunables))                            \
	X(keeps_running, policy_keeps_running(at->a, at->b))                                     \
	X(may_bypass, policy_may_bypass(&at->task, at->a, at->b, at->c))                         \
	X(sticky, policy_sticky(&at->task))                                                      \
	X(yield, (policy_yield(&at->task, at->a, &at->tunables), 0))                             \
	X(move, (policy_move(&at->task, at->a, at->b), 0))                                       \
	X(overdue, policy_overdue(at->a, at->b, at->c, &at->tunables))                           \
	X(measure, (policy_measure(&at->balance, at->a, at->b), 0))                              \
	X(lags, policy_lags(&at->other, &at->balance))                                           \
	X(crowded, policy_crowded(&at->other, at->n, &at->balance, at->weight))                  \
	X(group_scale, policy_group_scale(at->n, at->a, at->b))                                  \
	X(root_scale, policy_root_scale(at->a, at->b))                                           \
	X(weight, policy_weight(at->weight, at->a))                                              \
	X(task_weight, policy_task_weight(at->n, at->flag))
