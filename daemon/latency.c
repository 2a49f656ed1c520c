/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a wanted wake-up latency means.
 */
#include "daemon/latency.h"

#include <errno.h>
#include <inttypes.h>

int latency_check(uint64_t usec, struct error *err)
{
	if (usec < LATENCY_MIN_USEC || usec > LATENCY_MAX_USEC)
		return error_set(err, ERROR_OUT_OF_RANGE, ERANGE,
				 "latency: %" PRIu64 " is out of range, allowed: %d to %d us",
				 usec, LATENCY_MIN_USEC, LATENCY_MAX_USEC);
	return 0;
}

static void cap(struct tunables *t, enum tunable which, int64_t most)
{
	const struct tunable_info *info = &tunable_table[which];

	if (most < info->min)
		most = info->min;
	if (t->value[which] <= most)
		return;
	t->value[which] = most;
	t->source[which] = TUNABLE_SOURCE_LATENCY_REQUEST;
}

void latency_cap(struct tunables *t, uint64_t usec)
{
	if (!usec)
		return;
	cap(t, TUNABLE_SLICE_MAX, 2 * usec);
	cap(t, TUNABLE_SLICE_MIN, usec / 2);
}

int64_t latency_idle_exit(uint64_t usec)
{
	return usec ? (int64_t)(usec / 4) : -1;
}
