/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The daemon's configuration: bpflandd.json.
 */
#pragma once

#include <stdint.h>

#include "daemon/error.h"

/* How often and how fast a scheduler that ended is attached again. */
struct restart_limits {
	uint32_t limit;			/* this many restarts … */
	uint64_t interval_usec;		/* … within this time; one more and we give up */
	uint64_t delay_usec;		/* before the first; doubles each time */
	uint64_t delay_max_usec;	/* but not beyond this */
};

struct config {
	char *default_profile;
	char *source;			/* the file it came from; NULL: built in */
	struct restart_limits restart;
};

#define CONFIG_NULL ((struct config){})
void config_done(struct config *c);

/* What is in force without any file. */
int config_default(struct config *ret);

/*
 * Reads the first FILE_CONFIG found in @dirs (highest first, NULL-terminated); none is fine. What
 * a file does not say is as built in. Errors name file, key, value and what is allowed.
 */
int config_load(struct config *ret, const char *const *dirs, struct error *err);
