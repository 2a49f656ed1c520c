/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How long any idle CPU of the machine may take to wake up: a wish to the kernel that lasts as long
 * as a file is open, and so ends with this process, however that dies.
 */
#pragma once

#include <stdint.h>

#define IDLE_LATENCY_NONE INT64_C(-1)

struct idle_latency {
	const char *path;	/* borrowed: DEV_CPU_LATENCY, or a file of a test's own */
	int fd;			/* -1: no wish */
	int64_t usec;		/* in force; IDLE_LATENCY_NONE: no wish */
};

#define IDLE_LATENCY_NULL(at) ((struct idle_latency){ .path = (at), .fd = -1, .usec = -1 })

/*
 * Wishes for at most @usec (0 to 2^31 - 1: CPUs then sleep less deeply, or not at all), or takes
 * the wish back (IDLE_LATENCY_NONE). Repeating what is in force does nothing. Errors: -ERANGE;
 * errno of open() and write(): -ENOENT on a kernel without power management. On failure, what was
 * in force stays.
 */
int idle_latency_set(struct idle_latency *l, int64_t usec);
