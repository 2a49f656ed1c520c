/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tunables on trial: in force for a while, over profile and overrides, until they are confirmed or
 * the time is over. One trial at a time: two people who try at once would judge each other's.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "daemon/claims.h"
#include "daemon/error.h"
#include "daemon/tunables.h"

#define TRIAL_MIN_USEC UINT64_C(1000)
#define TRIAL_MAX_USEC UINT64_C(3600000000)

struct trial {
	uint32_t cookie;			/* 0: there is none */
	char owner[CLAIM_OWNER_MAX + 1];
	struct tunable_set set;
	uint64_t end_usec;			/* CLOCK_MONOTONIC */
};

#define TRIAL_NULL ((struct trial){})

/* Could it be tried? ERROR_OUT_OF_RANGE for the time, ERROR_INVALID_ARGS for an empty set. */
int trial_check_wish(const struct tunable_set *set, uint64_t usec, struct error *err);

/*
 * Begins a trial of @set for @usec from @now on. Errors: those of trial_check_wish(), and
 * ERROR_LIMIT_REACHED when one runs; @t is then untouched.
 */
int trial_begin(struct trial *t, const struct tunable_set *set, const char *owner, uint32_t cookie,
		uint64_t usec, uint64_t now, struct error *err);

/* 0 if the trial of @cookie runs; ERROR_NO_SUCH_COOKIE if it does not, or not any more. */
int trial_check(const struct trial *t, uint32_t cookie, struct error *err);

/* Takes the tunables in @mask out of the trial (0 = all); with the last one it ends. */
void trial_reset(struct trial *t, uint32_t mask);
