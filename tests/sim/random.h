/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Random numbers that are the same on every machine: whole numbers only, from a seed.
 */
#pragma once

#include "bpf/types.h"

struct random {
	u64 state;
};

/* The generator of the name splitmix64: any seed is a good one, zero included. */
static inline u64 random_next(struct random *r)
{
	u64 z = r->state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

static inline u64 random_below(struct random *r, u64 n)
{
	return n ? random_next(r) % n : 0;
}

/*
 * Times between independent events, without floating point: the tosses of a coin until the first
 * head plus a uniform part fall off as an exponential distribution does, by half per step. Their
 * mean is 1.5 steps.
 */
static inline u64 random_interval(struct random *r, u64 mean)
{
	u64 coins = (u64)__builtin_ctzll(random_next(r) | 1ULL << 40);

	return (coins * mean + random_below(r, mean)) * 2 / 3 + 1;
}
