/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The manager and tunables on trial: the clock that ends them, and their confirmation.
 */
#include <errno.h>
#include <string.h>

#include "daemon/log.h"
#include "daemon/manager-internal.h"

void manager_reset_trial(struct manager *m, uint32_t mask)
{
	if (!m->trial.cookie)
		return;
	trial_reset(&m->trial, mask);
	if (m->trial.cookie)
		return;
	m->trial_source = sd_event_source_disable_unref(m->trial_source);
	m->pending |= MANAGER_CHANGED_CLIENTS;
}

void manager_end_trial(struct manager *m)
{
	manager_reset_trial(m, 0);
}

static int on_trial_over(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct manager *m = userdata;

	(void)source, (void)usec;
	log_message(LOG_INFO, "The values that %s tries were not confirmed in time: reverted.",
		    m->trial.owner);
	manager_end_trial(m);
	manager_update(m);
	manager_tell(m);
	return 0;
}

int manager_check_new_try(const struct manager *m, const struct tunable_set *set, uint64_t usec,
			  struct error *err)
{
	int r = trial_check_wish(set, usec, err);

	return r < 0 ? r : manager_check_trial(m, set, err);
}

int manager_try_tunables(struct manager *m, const struct tunable_set *set, uint64_t usec,
			 const char *owner, uint32_t *ret_cookie, struct error *err)
{
	struct trial trial = m->trial;
	int r;

	r = trial_begin(&trial, set, owner, manager_draw_cookie(m), usec, manager_now(), err);
	if (r >= 0)
		r = manager_check_trial(m, set, err);
	if (r < 0)
		return r;
	if (!trial.cookie)
		return error_set(err, ERROR_FAILED, EAGAIN, "no random number to be had");
	r = sd_event_add_time(m->event, &m->trial_source, CLOCK_MONOTONIC, trial.end_usec, 1000,
			      on_trial_over, m);
	if (r < 0)
		return error_set(err, ERROR_FAILED, r, "no timer to end the try with");
	(void)sd_event_source_set_description(m->trial_source, "try-ends");
	m->trial = trial;
	m->pending |= MANAGER_CHANGED_CLIENTS;
	manager_update(m);
	manager_tell(m);
	*ret_cookie = trial.cookie;
	return 0;
}

int manager_check_try(struct manager *m, uint32_t cookie, const char *owner, struct error *err)
{
	int r = trial_check(&m->trial, cookie, err);

	if (r < 0 || !strcmp(m->trial.owner, owner))
		return r;
	return error_set(err, ERROR_NOT_OWNER, EPERM,
			 "the try %u is that of %s: only it, or an administrator, may end it",
			 (unsigned)cookie, m->trial.owner);
}

int manager_confirm_try(struct manager *m, uint32_t cookie, struct error *err)
{
	int r = trial_check(&m->trial, cookie, err);

	if (r < 0)
		return r;
	tunable_set_merge(&m->overrides, &m->trial.set);
	m->override_changes++;
	manager_end_trial(m);
	manager_update(m);
	manager_tell(m);
	return 0;
}

int manager_revert_try(struct manager *m, uint32_t cookie, struct error *err)
{
	int r = trial_check(&m->trial, cookie, err);

	if (r < 0)
		return r;
	manager_end_trial(m);
	manager_update(m);
	manager_tell(m);
	return 0;
}
