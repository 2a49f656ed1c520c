/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sets of CPUs: one bit each, as many as the scheduler knows.
 */
#pragma once

#include "bpf/abi.h"

#define CPUSET_WORDS (BPFLAND_MAX_CPUS / 64)

struct cpuset {
	u64 word[CPUSET_WORDS];
};

static inline void cpuset_add(struct cpuset *s, u32 cpu)
{
	s->word[cpu / 64] |= 1ULL << cpu % 64;
}

static inline void cpuset_remove(struct cpuset *s, u32 cpu)
{
	s->word[cpu / 64] &= ~(1ULL << cpu % 64);
}

static inline bool cpuset_has(const struct cpuset *s, u32 cpu)
{
	return s->word[cpu / 64] >> cpu % 64 & 1;
}

static inline bool cpuset_empty(const struct cpuset *s)
{
	for (u32 i = 0; i < CPUSET_WORDS; i++)
		if (s->word[i])
			return false;
	return true;
}

static inline u32 cpuset_count(const struct cpuset *s)
{
	u32 n = 0;

	for (u32 i = 0; i < CPUSET_WORDS; i++)
		n += (u32)__builtin_popcountll(s->word[i]);
	return n;
}

static inline struct cpuset cpuset_and(const struct cpuset *a, const struct cpuset *b)
{
	struct cpuset r;

	for (u32 i = 0; i < CPUSET_WORDS; i++)
		r.word[i] = a->word[i] & b->word[i];
	return r;
}

/* The first member at or after @from; BPFLAND_MAX_CPUS if there is none. */
static inline u32 cpuset_next(const struct cpuset *s, u32 from)
{
	for (u32 i = from / 64; i < CPUSET_WORDS; i++) {
		u64 word = s->word[i];

		if (i == from / 64)
			word &= ~0ULL << from % 64;
		if (word)
			return i * 64 + (u32)__builtin_ctzll(word);
	}
	return BPFLAND_MAX_CPUS;
}

#define cpuset_each(cpu, s)                                                                      \
	for (u32 cpu = cpuset_next(s, 0); cpu < BPFLAND_MAX_CPUS; cpu = cpuset_next(s, cpu + 1))
