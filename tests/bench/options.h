/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The options of a workload: a table of what there is and where it goes.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* One of the three pointers says what the option takes, and where that goes. */
struct bench_option {
	const char *name;	/* "threads", for --threads */
	bool *flag;		/* takes nothing */
	uint64_t *seconds;	/* takes seconds as of seconds(), kept in nanoseconds */
	uint64_t *number;	/* takes a number from @min to @max; kept times @unit, 0: as is */
	uint64_t min, max, unit;
};

#define BENCH_OPTIONS_MAX 8

/*
 * Reads the command line; @options ends with an entry without a name. With --help, lists them and
 * exits; what is unknown or out of range is named on stderr, with exit status 2.
 */
void options_parse(int argc, char **argv, const struct bench_option *options);
