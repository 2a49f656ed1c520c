/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CPU domains: the CPUs that tasks prefer, as people choose them and as this machine has them.
 */
#pragma once

#include <stdbool.h>

#include "daemon/cpulist.h"
#include "daemon/error.h"
#include "daemon/topology.h"

enum domain {
	DOMAIN_PRIMARY,		/* preferred by all tasks, until all of its CPUs are busy */
	DOMAIN_INTERACTIVE,	/* preferred by interactive tasks */
	_DOMAIN_MAX,
};

/* "Primary", as on the bus, and "primary", as in profiles. */
const char *domain_name(enum domain d);
const char *domain_key(enum domain d);

enum domain_kind {
	DOMAIN_AUTO,		/* what the active profile says; in a profile: nothing said */
	DOMAIN_ALL,
	DOMAIN_PERFORMANCE,	/* capacity at or above the average */
	DOMAIN_POWERSAVE,	/* below the average */
	DOMAIN_TURBO,		/* at the maximum, if some are lower */
	DOMAIN_LIST,
	_DOMAIN_KIND_MAX,
};

/* What was chosen; all zero is DOMAIN_AUTO. */
struct domain_choice {
	enum domain_kind kind;
	struct bpfland_cpus list;	/* DOMAIN_LIST only; else empty */
};

/*
 * Reads one of the words or a list of CPUs (cpulist_parse()). @field is what the error calls it.
 * Errors: ERROR_INVALID_ARGS for what is neither; ERROR_OUT_OF_RANGE for a CPU that cannot be.
 */
int domain_parse(const char *text, const char *field, struct domain_choice *ret,
		 struct error *err);

/* The word, or the shortest list. Returns @buf. */
const char *domain_format(const struct domain_choice *c, char buf[CPULIST_MAX]);

bool domain_equal(const struct domain_choice *a, const struct domain_choice *b);

/* The online CPUs of @c on this machine; all online ones if there are none. DOMAIN_AUTO is all. */
struct bpfland_cpus domain_resolve(const struct domain_choice *c, const struct topology *t);
