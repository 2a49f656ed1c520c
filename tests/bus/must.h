/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For set-up: a test whose ground does not hold proves nothing.
 */
#pragma once

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-event.h>

/* How long anything may take; on a machine that does much else at the time, seconds. */
#define PATIENCE_USEC UINT64_C(60000000)

static inline void must(int r, const char *what)
{
	if (r >= 0)
		return;
	fprintf(stderr, "%s: %s\n", what, strerror(-r));
	exit(99);
}

#define MUST_TEXT(x) #x
#define MUST_AT(line) __FILE__ ":" MUST_TEXT(line) ": "

#define MUST(call) must((call), MUST_AT(__LINE__) #call)

/* Runs the loop until it is so. Ends the program when nothing more happens. */
#define RUN_UNTIL(event, condition)                                                                \
	do {                                                                                       \
		while (!(condition))                                                               \
			must(sd_event_run((event), PATIENCE_USEC) ?: -ETIMEDOUT,                   \
			     MUST_AT(__LINE__) #condition);                                        \
	} while (0)
