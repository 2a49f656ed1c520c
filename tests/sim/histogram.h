/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How long things took: counts in buckets that are within 1/64 (1.6 %) of each other, so that any
 * number of samples needs the same memory. The longest and the sum are exact.
 */
#pragma once

#include "bpf/types.h"

#define HISTOGRAM_BITS 6

struct histogram {
	u64 n, max, sum;
	u32 bucket[(64 - HISTOGRAM_BITS + 1) << HISTOGRAM_BITS];
};

void histogram_add(struct histogram *h, u64 ns);

/* The longest of the shortest @permille thousandths, rounded up to its bucket; 0 without any. */
u64 histogram_quantile(const struct histogram *h, unsigned permille);
