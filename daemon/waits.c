/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Waits, counted in buckets of powers of two.
 */
#include "daemon/waits.h"

void waits_add(struct bpfland_latency *to, const struct bpfland_latency *from)
{
	for (unsigned b = 0; b < BPFLAND_LATENCY_BUCKETS; b++)
		to->bucket[b] += from->bucket[b];
	to->sum_ns += from->sum_ns;
	if (from->max_ns > to->max_ns)
		to->max_ns = from->max_ns;
}

uint64_t waits_count(const struct bpfland_latency *l)
{
	uint64_t n = 0;

	for (unsigned b = 0; b < BPFLAND_LATENCY_BUCKETS; b++)
		n += l->bucket[b];
	return n;
}

uint64_t waits_max_usec(const struct bpfland_latency *l)
{
	return (l->max_ns + 999) / 1000;
}

uint64_t waits_bound_usec(unsigned b)
{
	return b < BPFLAND_LATENCY_BUCKETS - 1 ? UINT64_C(1) << b : UINT64_MAX;
}

uint64_t waits_percentile_usec(const struct bpfland_latency *l, unsigned per_mille)
{
	uint64_t n = waits_count(l), below = 0, max = waits_max_usec(l), bound;

	for (unsigned b = 0; b < BPFLAND_LATENCY_BUCKETS; b++) {
		below += l->bucket[b];
		/* In parts, because a thousand times everything may be more than there is. */
		if (below && below >= n / 1000 * per_mille + (n % 1000 * per_mille + 999) / 1000) {
			bound = waits_bound_usec(b);
			return bound < max ? bound : max;
		}
	}
	return 0;
}
