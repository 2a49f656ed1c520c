/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tunables on trial.
 */
#include "daemon/trial.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#define USEC_PER_MSEC UINT64_C(1000)

int trial_check_wish(const struct tunable_set *set, uint64_t usec, struct error *err)
{
	if (usec < TRIAL_MIN_USEC || usec > TRIAL_MAX_USEC)
		return error_set(err, ERROR_OUT_OF_RANGE, ERANGE,
				 "time: %" PRIu64 " is out of range, allowed: %" PRIu64 " to %"
				 PRIu64 " us", usec, TRIAL_MIN_USEC, TRIAL_MAX_USEC);
	if (!set->mask)
		return error_set(err, ERROR_INVALID_ARGS, EINVAL,
				 "tunables: none is given, a try needs at least one");
	return 0;
}

int trial_begin(struct trial *t, const struct tunable_set *set, const char *owner, uint32_t cookie,
		uint64_t usec, uint64_t now, struct error *err)
{
	int r = trial_check_wish(set, usec, err);

	if (r < 0)
		return r;
	if (t->cookie)
		return error_set(err, ERROR_LIMIT_REACHED, EBUSY,
				 "%s tries other values, for %" PRIu64 " ms more; one try at a "
				 "time: confirm or revert that one first", t->owner,
				 t->end_usec > now ? (t->end_usec - now) / USEC_PER_MSEC : 0);
	*t = (struct trial){ .cookie = cookie, .set = *set, .end_usec = now + usec };
	snprintf(t->owner, sizeof(t->owner), "%s", owner);
	return 0;
}

int trial_check(const struct trial *t, uint32_t cookie, struct error *err)
{
	if (!cookie || t->cookie != cookie)
		return error_set(err, ERROR_NO_SUCH_COOKIE, ENOENT,
				 "there is no try %" PRIu32 ": it has ended, or never was", cookie);
	return 0;
}

void trial_reset(struct trial *t, uint32_t mask)
{
	t->set.mask &= mask ? ~mask : 0;
	if (!t->set.mask)
		*t = TRIAL_NULL;
}
