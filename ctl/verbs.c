/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What bpflandctl can do.
 */
#include "ctl/verbs.h"

#include <string.h>

const char *const verb_group_titles[_GROUP_MAX] = {
	[GROUP_SEE] = "See what it does",
	[GROUP_PROFILES] = "Profiles",
	[GROUP_TUNABLES] = "Tunables and CPU domains",
	[GROUP_SCHEDULER] = "The scheduler",
};

static const struct option_info hold_options[] = {
	{ "reason", 'r', "TEXT", "What it is for; shown to whoever asks", COMPLETE_NOTHING },
	{ "application-id", 'i', "ID", "Who holds it; by default bpflandctl", COMPLETE_NOTHING },
	{},
};

static const struct option_info launch_options[] = {
	{ "profile", 'p', "PROFILE", "What to hold while the command runs", COMPLETE_PROFILE },
	{ "reason", 'r', "TEXT", "What it is for; shown to whoever asks", COMPLETE_NOTHING },
	{ "application-id", 'i', "ID", "Who holds it; by default the command's name",
	  COMPLETE_NOTHING },
	{},
};

static const struct option_info get_options[] = {
	{ "value", 0, NULL, "Print values alone, without names", COMPLETE_NOTHING },
	{},
};

static const struct option_info stats_options[] = {
	{ "openmetrics", 0, NULL, "Print OpenMetrics text, for monitoring", COMPLETE_NOTHING },
	{ "watch", 'w', NULL, "Go on: once a second, what has changed", COMPLETE_NOTHING },
	{ "count", 'n', "TIMES", "The same, but end after so many", COMPLETE_NOTHING },
	{},
};

const struct verb verbs[] = {
	{ "stats", "", "Show what the scheduler counts, and how long tasks waited", GROUP_SEE,
	  VERB_JSON, 0, 0, COMPLETE_NOTHING, stats_options, verb_stats },
	{ "plot", "[FILE [FILE]]",
	  "Draw how long tasks waited (SVG), now or from what stats -j saved", GROUP_SEE,
	  VERB_OFFLINE, 0, 2, COMPLETE_FILE, NULL, verb_plot },
	{ "doctor", "", "Say what keeps the scheduler from running, and what mends it", GROUP_SEE,
	  VERB_JSON | VERB_OFFLINE, 0, 0, COMPLETE_NOTHING, NULL, verb_doctor },
	{ "list", "", "List the profiles, and which is in force", GROUP_PROFILES, VERB_JSON, 0, 0,
	  COMPLETE_NOTHING, NULL, verb_list },
	{ "hold", "PROFILE", "Keep a profile in force until this is interrupted", GROUP_PROFILES, 0,
	  1, 1, COMPLETE_PROFILE, hold_options, verb_hold },
	{ "launch", "-p PROFILE [--] COMMAND…", "Keep a profile in force while a command runs",
	  GROUP_PROFILES, VERB_COMMAND | VERB_OFFLINE, 1, ARGUMENTS_ANY, COMPLETE_COMMAND,
	  launch_options, verb_launch },
	{ "get", "[TUNABLE…]", "Show tunables: what is in force, and why", GROUP_TUNABLES,
	  VERB_JSON, 0, ARGUMENTS_ANY, COMPLETE_TUNABLE, get_options, verb_get },
	{},
};

const struct verb *verb_find(const char *name)
{
	for (const struct verb *v = verbs; v->name; v++)
		if (!strcmp(v->name, name))
			return v;
	return NULL;
}
