/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The life of the scheduler as a pure state machine: events and the time go in, one action comes
 * out. The caller performs the action and feeds back how it went.
 *
 *   stopped   nothing attached, nothing to come: before the start, after Stop(), or thrown out by
 *             an administrator (SysRq-S), which counts as a Stop()
 *   starting  between the action ATTACH and the event that says how it went
 *   running   attached, says the kernel
 *   backoff   it ended or did not attach; the next attempt comes at `timer_usec`
 *   failed    it cannot run here, or ended too often: only a wish leads out
 *   foreign   another sched_ext scheduler is attached; it is left alone
 *
 * A foreign scheduler is followed only when asked: when it leaves, bpfland is attached if a start
 * was wished while it was there; else the state is stopped, even if a retry was pending before
 * (whoever attached the other one meant it).
 *
 * The restart budget: `limit` restarts within `interval_usec`, one more and the state is failed.
 * What is not the scheduler's fault does not count: CPU hotplug, a stall behind real-time tasks,
 * and another scheduler that is just leaving. A wish starts with a fresh budget, and so does a
 * scheduler that ran for an interval.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "daemon/config.h"

#define LIFECYCLE_TIMER_NONE UINT64_MAX

enum lifecycle_state {
	LIFECYCLE_STOPPED,
	LIFECYCLE_STARTING,
	LIFECYCLE_RUNNING,
	LIFECYCLE_BACKOFF,
	LIFECYCLE_FAILED,
	LIFECYCLE_FOREIGN,
	_LIFECYCLE_STATE_MAX,
};

const char *lifecycle_state_name(enum lifecycle_state s);	/* "stopped", … as on the bus */

enum lifecycle_event {
	LIFECYCLE_BEGIN,		/* the daemon starts and wants its scheduler */
	LIFECYCLE_WISH_START,		/* somebody asks for it */
	LIFECYCLE_WISH_STOP,
	LIFECYCLE_ATTACHED,
	LIFECYCLE_ATTACH_FAILED,	/* may work next time */
	LIFECYCLE_ATTACH_IMPOSSIBLE,	/* not on this kernel, or not allowed */
	LIFECYCLE_ATTACH_FOREIGN,	/* another scheduler is attached */
	LIFECYCLE_ATTACH_BUSY,		/* another one is on its way out: soon */
	LIFECYCLE_ENDED_ERROR,		/* it ended by itself, or the kernel ended it */
	LIFECYCLE_ENDED_RESTART,	/* it asked to be started again: CPU hotplug */
	LIFECYCLE_ENDED_BEHIND_RT,	/* stalled, because real-time tasks held the CPU */
	LIFECYCLE_ENDED_EVICTED,	/* an administrator threw it out */
	LIFECYCLE_FOREIGN_APPEARED,
	LIFECYCLE_FOREIGN_LEFT,
	LIFECYCLE_TIMER,
	_LIFECYCLE_EVENT_MAX,
};

enum lifecycle_action {
	LIFECYCLE_ACTION_NONE,
	LIFECYCLE_ACTION_ATTACH,	/* answer with ATTACHED or one of ATTACH_… */
	LIFECYCLE_ACTION_DETACH,
};

struct lifecycle {
	enum lifecycle_state state;
	bool asked;			/* follow a foreign scheduler */
	uint32_t n_restarts;		/* automatic ones since the daemon started */
	uint32_t n_counted;		/* restarts that eat the budget, in the present interval */
	uint64_t interval_start_usec;
	uint32_t n_delays;		/* how often the delay has doubled */
	uint64_t attached_usec;
	uint64_t timer_usec;		/* when LIFECYCLE_TIMER is due, or LIFECYCLE_TIMER_NONE */
};

#define LIFECYCLE_NULL ((struct lifecycle){ .timer_usec = LIFECYCLE_TIMER_NONE })

/* An event that makes no sense in a state changes nothing. @now_usec: CLOCK_MONOTONIC. */
enum lifecycle_action lifecycle_step(struct lifecycle *l, enum lifecycle_event event,
				     uint64_t now_usec, const struct restart_limits *limits);
