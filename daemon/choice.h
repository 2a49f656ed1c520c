/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which profile is in force: the best hold's; else, for who follows the power profile, what that
 * maps to; else the one selected.
 */
#pragma once

#include "daemon/claims.h"
#include "daemon/config.h"
#include "daemon/profiles.h"
#include "daemon/selection.h"

/* All that decides it; borrowed. */
struct choice {
	const struct config *config;
	const struct profiles *profiles;
	const struct selection *selection;
	const struct claims *claims;
	const char *power_profile;	/* what the power daemon says; "" if there is none */
};

/* The hold that decides: highest priority of its profile, then newest. NULL if there is none. */
const struct claim *choice_best_hold(const struct claims *claims, const struct profiles *profiles);

/* What was selected, or the configuration's default; a name, maybe of no profile that is there. */
const char *choice_selected(const struct config *config, const struct selection *selection);

/* Whether the power profile is followed: the user's wish, else the configuration's. */
bool choice_follows(const struct config *config, const struct selection *selection);

/*
 * The profile in force. Where one that is asked for does not exist (any more), the next in the
 * order above stands in, and at last the default profile. NULL: there is none at all.
 */
const struct profile *choice_make(const struct choice *c);
