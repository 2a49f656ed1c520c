/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sets of CPUs, and lists such as "0-3,8" that name them to people and in sysfs.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "bpf/abi.h"
#include "daemon/error.h"

/* Holds the longest list there is: every other CPU of BPFLAND_MAX_CPUS. */
#define CPULIST_MAX 2560

#define CPUS_NONE ((struct bpfland_cpus){})

/*
 * Reads "0-3,8": numbers and ranges from low to high, separated by commas, each below
 * BPFLAND_MAX_CPUS; nothing else, no spaces. A CPU may be named more than once, but there is no
 * need for CPULIST_MAX characters. @field is what the error calls it. Errors: ERROR_INVALID_ARGS
 * for what is no list, the empty one among it, or is too long; ERROR_OUT_OF_RANGE for a number too
 * large.
 */
int cpulist_parse(const char *text, const char *field, struct bpfland_cpus *ret,
		  struct error *err);

/* The shortest list of @cpus in @buf, "" if there are none. Returns @buf. */
const char *cpulist_format(const struct bpfland_cpus *cpus, char buf[CPULIST_MAX]);

static inline void cpus_add(struct bpfland_cpus *s, unsigned cpu)
{
	s->word[cpu / 64] |= UINT64_C(1) << cpu % 64;
}

static inline bool cpus_has(const struct bpfland_cpus *s, unsigned cpu)
{
	return cpu < BPFLAND_MAX_CPUS && s->word[cpu / 64] >> cpu % 64 & 1;
}

static inline struct bpfland_cpus cpus_and(const struct bpfland_cpus *a,
					   const struct bpfland_cpus *b)
{
	struct bpfland_cpus r;

	for (size_t i = 0; i < sizeof(r.word) / sizeof(*r.word); i++)
		r.word[i] = a->word[i] & b->word[i];
	return r;
}

static inline bool cpus_equal(const struct bpfland_cpus *a, const struct bpfland_cpus *b)
{
	return !memcmp(a, b, sizeof(*a));
}

static inline bool cpus_empty(const struct bpfland_cpus *s)
{
	return cpus_equal(s, &CPUS_NONE);
}
