/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The life of the scheduler: lifecycle.h tells the states and the rules.
 */
#include "daemon/lifecycle.h"

const char *lifecycle_state_name(enum lifecycle_state s)
{
	static const char *const name[_LIFECYCLE_STATE_MAX] = {
		[LIFECYCLE_STOPPED] = "stopped",
		[LIFECYCLE_STARTING] = "starting",
		[LIFECYCLE_RUNNING] = "running",
		[LIFECYCLE_BACKOFF] = "backoff",
		[LIFECYCLE_FAILED] = "failed",
		[LIFECYCLE_FOREIGN] = "foreign",
	};

	return name[s];
}

static void forget_troubles(struct lifecycle *l, uint64_t now)
{
	l->n_counted = 0;
	l->interval_start_usec = now;
	l->n_delays = 0;
}

static enum lifecycle_action settle(struct lifecycle *l, enum lifecycle_state state)
{
	l->state = state;
	l->timer_usec = LIFECYCLE_TIMER_NONE;
	return LIFECYCLE_ACTION_NONE;
}

static enum lifecycle_action attach(struct lifecycle *l)
{
	settle(l, LIFECYCLE_STARTING);
	return LIFECYCLE_ACTION_ATTACH;
}

static enum lifecycle_action attach_again(struct lifecycle *l)
{
	l->n_restarts++;
	return attach(l);
}

static enum lifecycle_action wait(struct lifecycle *l, uint64_t now, uint64_t delay)
{
	l->state = LIFECYCLE_BACKOFF;
	l->timer_usec = now + delay;
	return LIFECYCLE_ACTION_NONE;
}

/* Twice as long each time. The shift cannot overflow: it ends at the first that is too long. */
static enum lifecycle_action wait_longer(struct lifecycle *l, uint64_t now,
					 const struct restart_limits *limits)
{
	uint64_t delay = limits->delay_usec;

	for (uint32_t i = 0; i < l->n_delays && delay < limits->delay_max_usec; i++)
		delay *= 2;
	if (delay < limits->delay_max_usec)
		l->n_delays++;
	else
		delay = limits->delay_max_usec;
	return wait(l, now, delay);
}

/* One restart out of the budget, or the end of it. */
static enum lifecycle_action spend(struct lifecycle *l, uint64_t now,
				   const struct restart_limits *limits)
{
	if (now - l->interval_start_usec >= limits->interval_usec) {
		l->interval_start_usec = now;
		l->n_counted = 0;
	}
	if (l->n_counted >= limits->limit)
		return settle(l, LIFECYCLE_FAILED);
	l->n_counted++;
	return wait_longer(l, now, limits);
}

static enum lifecycle_action step_wish(struct lifecycle *l, enum lifecycle_event event,
				       uint64_t now)
{
	if (event == LIFECYCLE_WISH_STOP) {
		l->asked = false;
		if (l->state == LIFECYCLE_FOREIGN)
			return LIFECYCLE_ACTION_NONE;
		if (l->state == LIFECYCLE_RUNNING || l->state == LIFECYCLE_STARTING) {
			settle(l, LIFECYCLE_STOPPED);
			return LIFECYCLE_ACTION_DETACH;
		}
		return settle(l, LIFECYCLE_STOPPED);
	}
	if (l->state == LIFECYCLE_RUNNING || l->state == LIFECYCLE_STARTING)
		return LIFECYCLE_ACTION_NONE;
	if (event == LIFECYCLE_BEGIN && l->state != LIFECYCLE_STOPPED)
		return LIFECYCLE_ACTION_NONE;
	l->asked = event == LIFECYCLE_WISH_START;
	forget_troubles(l, now);
	return attach(l);
}

static enum lifecycle_action step_attached(struct lifecycle *l, enum lifecycle_event event,
					   uint64_t now, const struct restart_limits *limits)
{
	if (l->state != LIFECYCLE_STARTING)
		return LIFECYCLE_ACTION_NONE;
	switch (event) {
	case LIFECYCLE_ATTACH_FOREIGN:
		/* `asked` stays: whoever just wished it gets it when the other one leaves. */
		return settle(l, LIFECYCLE_FOREIGN);
	case LIFECYCLE_ATTACH_BUSY:
		/* The kernel says nothing when it has finished with the other one. */
		return wait_longer(l, now, limits);
	case LIFECYCLE_ATTACHED:
		l->asked = false;
		l->attached_usec = now;
		return settle(l, LIFECYCLE_RUNNING);
	case LIFECYCLE_ATTACH_IMPOSSIBLE:
		l->asked = false;
		return settle(l, LIFECYCLE_FAILED);
	default:
		l->asked = false;
		return spend(l, now, limits);
	}
}

static enum lifecycle_action step_ended(struct lifecycle *l, enum lifecycle_event event,
					uint64_t now, const struct restart_limits *limits)
{
	uint64_t uptime = now - l->attached_usec;

	if (l->state != LIFECYCLE_RUNNING)
		return LIFECYCLE_ACTION_NONE;
	if (uptime >= limits->interval_usec)
		forget_troubles(l, now);
	switch (event) {
	case LIFECYCLE_ENDED_EVICTED:
		return settle(l, LIFECYCLE_STOPPED);
	case LIFECYCLE_ENDED_RESTART:
		/* At once, unless CPUs come and go faster than it can be attached. */
		if (uptime >= limits->delay_usec)
			return attach_again(l);
		return wait(l, now, limits->delay_usec);
	case LIFECYCLE_ENDED_BEHIND_RT:
		return wait_longer(l, now, limits);
	default:
		return spend(l, now, limits);
	}
}

static enum lifecycle_action step_foreign(struct lifecycle *l, enum lifecycle_event event,
					  uint64_t now)
{
	if (event == LIFECYCLE_FOREIGN_APPEARED) {
		if (l->state == LIFECYCLE_STARTING || l->state == LIFECYCLE_RUNNING ||
		    l->state == LIFECYCLE_FOREIGN)
			return LIFECYCLE_ACTION_NONE;
		return settle(l, LIFECYCLE_FOREIGN);
	}
	if (l->state != LIFECYCLE_FOREIGN)
		return LIFECYCLE_ACTION_NONE;
	if (!l->asked)
		return settle(l, LIFECYCLE_STOPPED);
	forget_troubles(l, now);
	return attach(l);
}

enum lifecycle_action lifecycle_step(struct lifecycle *l, enum lifecycle_event event,
				     uint64_t now_usec, const struct restart_limits *limits)
{
	switch (event) {
	case LIFECYCLE_BEGIN:
	case LIFECYCLE_WISH_START:
	case LIFECYCLE_WISH_STOP:
		return step_wish(l, event, now_usec);
	case LIFECYCLE_ATTACHED:
	case LIFECYCLE_ATTACH_FAILED:
	case LIFECYCLE_ATTACH_IMPOSSIBLE:
	case LIFECYCLE_ATTACH_FOREIGN:
	case LIFECYCLE_ATTACH_BUSY:
		return step_attached(l, event, now_usec, limits);
	case LIFECYCLE_ENDED_ERROR:
	case LIFECYCLE_ENDED_RESTART:
	case LIFECYCLE_ENDED_BEHIND_RT:
	case LIFECYCLE_ENDED_EVICTED:
		return step_ended(l, event, now_usec, limits);
	case LIFECYCLE_FOREIGN_APPEARED:
	case LIFECYCLE_FOREIGN_LEFT:
		return step_foreign(l, event, now_usec);
	case LIFECYCLE_TIMER:
		return l->state == LIFECYCLE_BACKOFF ? attach_again(l) : LIFECYCLE_ACTION_NONE;
	default:
		return LIFECYCLE_ACTION_NONE;
	}
}
