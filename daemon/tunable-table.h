/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The table of tunables: name, unit, range, default. One place for all of it; configuration, bus,
 * command line, man pages and tests read it from here.
 */
#pragma once

#include <stdint.h>

enum tunable {
	TUNABLE_SLICE_MAX,
	TUNABLE_SLICE_MIN,
	TUNABLE_SLICE_LAG,
	TUNABLE_STARVATION,
	TUNABLE_INTERACTIVE_THRESHOLD,
	TUNABLE_WAKE_SYNC,
	TUNABLE_STICKY_TASKS,
	TUNABLE_LOCAL_KTHREADS,
	TUNABLE_LOCAL_PER_CPU,
	TUNABLE_SMT_AWARE,
	TUNABLE_NUMA_AWARE,
	TUNABLE_PREFERRED_CORES,
	TUNABLE_THROTTLE,
	TUNABLE_CPU_FREQUENCY,
	TUNABLE_IDLE_RESUME,
	_TUNABLE_MAX,
};

enum tunable_type {
	TUNABLE_TYPE_USEC,	/* D-Bus t, microseconds */
	TUNABLE_TYPE_USEC_OFF,	/* D-Bus x, microseconds, -1 = off */
	TUNABLE_TYPE_COUNT,	/* D-Bus u */
	TUNABLE_TYPE_BOOL,	/* D-Bus b */
	TUNABLE_TYPE_WORD,	/* D-Bus s: one of `words`; the value is its index */
};

struct tunable_info {
	const char *name;		/* on the bus: SliceMaxUSec */
	const char *key;		/* in profiles: slice_max_usec */
	const char *unit;		/* "us", "switches/s" or "" */
	enum tunable_type type;
	int64_t min, max, def;
	const char *const *words;	/* TUNABLE_TYPE_WORD only; NULL-terminated */
	const char *summary;		/* one sentence for people */
};

extern const struct tunable_info tunable_table[_TUNABLE_MAX];

/* The D-Bus type of @t as a signature of one character. */
const char *tunable_signature(enum tunable t);

/* Find by bus name or by profile key; -ENOENT when there is none. */
int tunable_by_name(const char *name);
int tunable_by_key(const char *key);
