/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a wanted wake-up latency means for the scheduler and for idle CPUs: pure arithmetic.
 *
 * A task that wakes waits for two things: for the CPU to come out of its idle state, if it sleeps,
 * or for the task that runs there, if it does not. A wish of w µs therefore caps
 *
 *   SliceMinUSec at w/2: a task that wakes goes ahead of one that has run for that long, and half
 *                        of the wish is left for the switch and for others that wake with it;
 *   SliceMaxUSec at 2w:  a slice shrinks with the second task that waits, so that whoever has no
 *                        right to go ahead waits no longer than w either, while one task alone
 *                        still keeps its CPU for more than a moment;
 *   idle exits at w/4:   idle states that take longer to leave are not entered.
 *
 * Each within the range of its tunable. A cap lowers what is in force and never raises it.
 */
#pragma once

#include <stdint.h>

#include "daemon/error.h"
#include "daemon/tunables.h"

#define LATENCY_MIN_USEC 50		/* the shortest slice there is */
#define LATENCY_MAX_USEC 1000000

/* ERROR_OUT_OF_RANGE, naming the value and the range. */
int latency_check(uint64_t usec, struct error *err);

/* Caps @t for a wish of @usec; 0 is no wish. SliceMinUSec stays at most SliceMaxUSec. */
void latency_cap(struct tunables *t, uint64_t usec);

/* The longest exit latency of an idle state for a wish of @usec, in µs; -1 for no wish. */
int64_t latency_idle_exit(uint64_t usec);
