/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The daemon's configuration: bpflandd.json.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/error.h"
#include "daemon/profiles.h"

#define CONFIG_POWER_PROFILES_MAX 16

/* How often and how fast a scheduler that ended is attached again. */
struct restart_limits {
	uint32_t limit;			/* this many restarts … */
	uint64_t interval_usec;		/* … within this time; one more and we give up */
	uint64_t delay_usec;		/* before the first; doubles each time */
	uint64_t delay_max_usec;	/* but not beyond this */
};

/* One line of power_profile_map. */
struct power_profile {
	char power[PROFILE_NAME_MAX + 1];	/* as the power daemon names it: "power-saver" */
	char profile[PROFILE_NAME_MAX + 1];	/* of ours */
};

struct config {
	char *default_profile;
	bool follow_power_profile;	/* until somebody writes Profile or FollowPowerProfile */
	struct power_profile power_map[CONFIG_POWER_PROFILES_MAX];
	size_t n_power_map;
	bool scx_loader;		/* serve the clients of org.scx.Loader as well */
	char *source;			/* the file it came from; NULL: built in */
	struct restart_limits restart;
};

#define CONFIG_NULL ((struct config){})
void config_done(struct config *c);

/* What is in force without any file. */
int config_default(struct config *ret);

/*
 * The profile that goes with the power profile @power: what power_profile_map says, for others the
 * default profile. NULL when the power daemon names none: "" or POWER_PROFILE_UNKNOWN, unless that
 * is in the map.
 */
const char *config_map_power_profile(const struct config *c, const char *power);

/*
 * Reads the first FILE_CONFIG found in @dirs (highest first, NULL-terminated); none is fine. What
 * a file does not say is as built in. Errors name file, key, value and what is allowed.
 */
int config_load(struct config *ret, const char *const *dirs, struct error *err);
