/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Profiles: named sets of tunables from profiles.d, one JSON file each.
 *
 * The file name without `.json` is the profile's name. The same file name in a folder higher up
 * wins; an empty file or a link to /dev/null there masks the one below. A bad file is skipped, as
 * if it were not there, with a complaint; everything else works.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/domains.h"
#include "daemon/error.h"
#include "daemon/tunables.h"

struct json;

#define PROFILE_NAME_MAX 64
#define PROFILE_PRIORITY_MAX 1000
#define PROFILES_MAX 256

struct profile {
	char *name;			/* the file name without .json */
	char *description;
	char *source;			/* the file it came from */
	int32_t priority;		/* among holds the highest wins; -1000…1000 */
	struct tunable_set tunables;
	struct domain_choice domain[_DOMAIN_MAX];	/* DOMAIN_AUTO: not in the file */
};

struct profiles {
	struct profile *profile;	/* sorted by name */
	size_t n;
};

#define PROFILES_NULL ((struct profiles){})
void profiles_done(struct profiles *p);

bool profile_domains_equal(const struct profile *a, const struct profile *b);

/* NULL when there is none of that name. */
const struct profile *profiles_find(const struct profiles *p, const char *name);

/* A name is letters, digits, '_' and '-': it becomes a file name and appears in messages. */
bool profile_name_valid(const char *name);

/*
 * The name in @value, borrowed from it. Errors as of json_get_string(), and ERROR_INVALID_ARGS:
 * not of that form. @where and @key are for the message.
 */
int profile_name_read(const struct json *value, const char *where, const char *key,
		      const char **ret, struct error *err);

/* "balanced, gaming, latency" for messages, cut to @size. */
void profiles_list_names(const struct profiles *p, char *buf, size_t size);

/*
 * Where reading says what is wrong with a file. It goes on after that, so the caller decides
 * whether to log, to print or to refuse. @priority is LOG_ERR for what was skipped and
 * LOG_WARNING for what was read but has no effect here.
 */
struct complain {
	void (*function)(int priority, const struct error *e, void *userdata);
	void *userdata;
};

/*
 * Reads the folders FILE_PROFILES below @dirs (highest first, NULL-terminated). A tunable that is
 * not in @supported is left out with a warning, so that one profile serves many machines.
 * Fails only without memory; everything else goes to @complain.
 */
int profiles_load(struct profiles *ret, const char *const *dirs, uint32_t supported,
		  const struct complain *complain);
