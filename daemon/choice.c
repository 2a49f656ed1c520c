/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which profile is in force.
 */
#include "daemon/choice.h"

#include <string.h>

#include "daemon/names.h"

const struct claim *choice_best_hold(const struct claims *claims, const struct profiles *profiles)
{
	const struct claim *best = NULL;
	int32_t priority = 0;

	/* The table is in the order of age, so an equal that comes later is newer. */
	for (size_t i = 0; i < claims->n; i++) {
		const struct claim *hold = &claims->claim[i];
		const struct profile *p;

		if (hold->kind != CLAIM_HOLD)
			continue;
		p = profiles_find(profiles, hold->profile);
		if (!p || (best && p->priority < priority))
			continue;
		best = hold;
		priority = p->priority;
	}
	return best;
}

const char *choice_selected(const struct config *config, const struct selection *selection)
{
	return selection->profile[0] ? selection->profile : config->default_profile;
}

bool choice_follows(const struct config *config, const struct selection *selection)
{
	if (selection->follow == SELECTION_FOLLOW_UNSET)
		return config->follow_power_profile;
	return selection->follow == SELECTION_FOLLOW_YES;
}

const struct profile *choice_make(const struct choice *c)
{
	const struct claim *hold = choice_best_hold(c->claims, c->profiles);
	const struct profile *p = NULL;
	const char *mapped;

	if (hold)
		return profiles_find(c->profiles, hold->profile);
	if (choice_follows(c->config, c->selection)) {
		mapped = config_map_power_profile(c->config, c->power_profile);
		p = mapped ? profiles_find(c->profiles, mapped) : NULL;
	}
	if (!p)
		p = profiles_find(c->profiles, choice_selected(c->config, c->selection));
	if (!p)
		p = profiles_find(c->profiles, c->config->default_profile);
	if (!p)
		p = profiles_find(c->profiles, PROFILE_DEFAULT);
	return p;
}
