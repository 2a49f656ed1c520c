/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How long things took.
 */
#include "tests/sim/histogram.h"

#define SUB (1U << HISTOGRAM_BITS)

static u32 bucket_of(u64 ns)
{
	u32 shift;

	if (ns < SUB)
		return (u32)ns;
	shift = 63 - (u32)__builtin_clzll(ns) - HISTOGRAM_BITS;
	return ((shift + 1) << HISTOGRAM_BITS) + (u32)(ns >> shift) - SUB;
}

static u64 bucket_end(u32 bucket)
{
	u32 shift = bucket >> HISTOGRAM_BITS;

	if (!shift)
		return bucket;
	shift--;
	return (((u64)(bucket % SUB) + SUB + 1) << shift) - 1;
}

void histogram_add(struct histogram *h, u64 ns)
{
	h->n++;
	h->sum += ns;
	if (ns > h->max)
		h->max = ns;
	h->bucket[bucket_of(ns)]++;
}

u64 histogram_quantile(const struct histogram *h, unsigned permille)
{
	u64 rank = (h->n * permille + 999) / 1000, seen = 0;
	u32 i;

	if (!h->n)
		return 0;
	for (i = 0; i < sizeof(h->bucket) / sizeof(h->bucket[0]) - 1; i++) {
		seen += h->bucket[i];
		if (seen >= rank)
			break;
	}
	return bucket_end(i) < h->max ? bucket_end(i) : h->max;
}
