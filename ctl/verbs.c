/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What bpflandctl can do.
 */
#include "ctl/verbs.h"

#include <string.h>

const char *const verb_group_titles[_GROUP_MAX] = {
	[GROUP_SEE] = "What it does",
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

static const struct option_info try_options[] = {
	{ "time", 't', "TIME", "How long, such as 30s, which is usual, or 2min", COMPLETE_NOTHING },
	{},
};

const struct verb verbs[] = {
	{ "status", "", "Show how it is doing, on one screen; the same without a verb", GROUP_SEE,
	  VERB_JSON, 0, 0, COMPLETE_NOTHING, NULL, verb_status },
	{ "doctor", "", "Say what keeps the scheduler from running, and what mends it", GROUP_SEE,
	  VERB_JSON | VERB_OFFLINE, 0, 0, COMPLETE_NOTHING, NULL, verb_doctor },
	{ "top", "", "Watch it live: waits, rates, CPUs; switch profiles, try tunables", GROUP_SEE,
	  VERB_OFFLINE, 0, 0, COMPLETE_NOTHING, NULL, verb_top },
	{ "stats", "", "Show what the scheduler counts, and how long tasks waited", GROUP_SEE,
	  VERB_JSON, 0, 0, COMPLETE_NOTHING, stats_options, verb_stats },
	{ "plot", "[FILE [FILE]]",
	  "Draw how long tasks waited (SVG), now or from what stats -j saved", GROUP_SEE,
	  VERB_OFFLINE, 0, 2, COMPLETE_FILE, NULL, verb_plot },
	{ "task", "PID|NAME", "Show why a task is interactive or not, with the numbers", GROUP_SEE,
	  VERB_JSON, 1, 1, COMPLETE_TASK, NULL, verb_task },
	{ "monitor", "", "Show what changes, as it changes", GROUP_SEE, VERB_JSON | VERB_OFFLINE, 0,
	  0, COMPLETE_NOTHING, NULL, verb_monitor },
	{ "dump", "", "Show the scheduler's queues, or how they were at its end", GROUP_SEE, 0,
	  0, 0, COMPLETE_NOTHING, NULL, verb_dump },

	{ "list", "", "List the profiles, and which is in force", GROUP_PROFILES, VERB_JSON, 0, 0,
	  COMPLETE_NOTHING, NULL, verb_list },
	{ "set-profile", "PROFILE", "Select a profile; ends holds and what was set by hand",
	  GROUP_PROFILES, 0, 1, 1, COMPLETE_PROFILE, NULL, verb_set_profile },
	{ "follow", "[yes|no]", "Let the profile follow the machine's power profile, or not",
	  GROUP_PROFILES, 0, 0, 1, COMPLETE_BOOL, NULL, verb_follow },
	{ "hold", "PROFILE", "Keep a profile in force until this is interrupted", GROUP_PROFILES, 0,
	  1, 1, COMPLETE_PROFILE, hold_options, verb_hold },
	{ "launch", "-p PROFILE [--] COMMAND…", "Keep a profile in force while a command runs",
	  GROUP_PROFILES, VERB_COMMAND | VERB_OFFLINE, 1, ARGUMENTS_ANY, COMPLETE_COMMAND,
	  launch_options, verb_launch },

	{ "get", "[TUNABLE…]", "Show tunables: what is in force, and why", GROUP_TUNABLES,
	  VERB_JSON, 0, ARGUMENTS_ANY, COMPLETE_TUNABLE, get_options, verb_get },
	{ "set", "TUNABLE=VALUE…", "Set tunables over those of the profile, all or none",
	  GROUP_TUNABLES, 0, 1, ARGUMENTS_ANY, COMPLETE_ASSIGNMENT, NULL, verb_set },
	{ "try", "TUNABLE=VALUE…", "Set them for a while, to be kept by Enter",
	  GROUP_TUNABLES, 0, 1, ARGUMENTS_ANY, COMPLETE_ASSIGNMENT, try_options, verb_try },
	{ "reset", "[TUNABLE…]", "Back to the profile: these, or all and the CPU domains",
	  GROUP_TUNABLES, 0, 0, ARGUMENTS_ANY, COMPLETE_TUNABLE, NULL, verb_reset },
	{ "domain", "[primary=CPUS] [interactive=CPUS]", "Show or set the CPUs that tasks prefer",
	  GROUP_TUNABLES, VERB_JSON, 0, 2, COMPLETE_DOMAIN, NULL, verb_domain },

	{ "start", "", "Attach the scheduler", GROUP_SCHEDULER, 0, 0, 0, COMPLETE_NOTHING, NULL,
	  verb_start },
	{ "stop", "", "Detach it, until start or a restart of the service or the machine",
	  GROUP_SCHEDULER, 0, 0, 0, COMPLETE_NOTHING, NULL, verb_stop },
	{ "restart", "", "Detach it and attach it anew", GROUP_SCHEDULER, 0, 0, 0,
	  COMPLETE_NOTHING, NULL, verb_restart },
	{ "reload", "", "Read the configuration and the profiles again", GROUP_SCHEDULER, 0, 0, 0,
	  COMPLETE_NOTHING, NULL, verb_reload },

	{ "__complete", "WORD…", "", GROUP_SEE, VERB_COMMAND | VERB_OFFLINE | VERB_HIDDEN, 1,
	  ARGUMENTS_ANY, COMPLETE_NOTHING, NULL, verb_complete },
	{ "serve-metrics", "", "Answer one request for metrics, on standard input and output",
	  GROUP_SEE, VERB_HIDDEN | VERB_OFFLINE, 0, 0, COMPLETE_NOTHING, NULL,
	  verb_serve_metrics },
	{},
};

const struct verb *verb_find(const char *name)
{
	for (const struct verb *v = verbs; v->name; v++)
		if (!strcmp(v->name, name))
			return v;
	return NULL;
}
