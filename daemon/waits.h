/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Waits, counted in buckets of powers of two: sums of them, and what can be told from them.
 */
#pragma once

#include <stdint.h>

#include "bpf/abi.h"

/* Adds what @from counted to @to; the longest wait is that of both. */
void waits_add(struct bpfland_latency *to, const struct bpfland_latency *from);

uint64_t waits_count(const struct bpfland_latency *l);

/* The longest wait, in µs, rounded up: none was longer. */
uint64_t waits_max_usec(const struct bpfland_latency *l);

/* Bucket @b counts waits shorter than this many µs; UINT64_MAX for the last one. */
uint64_t waits_bound_usec(unsigned b);

/*
 * At least @per_mille of 1,000 waits were not longer than this, in µs: the upper bound of the
 * bucket in which that wait is, and so up to twice as long, or the longest wait if that is less.
 * 0 if nothing was counted.
 */
uint64_t waits_percentile_usec(const struct bpfland_latency *l, unsigned per_mille);
