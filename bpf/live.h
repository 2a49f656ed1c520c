/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How tunables change while every CPU is reading them: the protocol, for both sides.
 *
 * One writer (user space, through shared memory), any number of readers (BPF callbacks on all
 * CPUs) that may be stopped at any instruction for any time: a virtual CPU can lose its host for
 * seconds. A reader must take a set of tunables whole or not at all, and never wait.
 *
 * There are LIVE_SLOTS slots. Generation g lives in slot g % LIVE_SLOTS, whose sequence number is
 * 2g - 1 while the writer fills it and 2g when it is whole; then `current` becomes g. A reader
 * takes g from `current`, copies the slot, and believes the copy only if the sequence number was
 * 2g before and is 2g after. As a sequence number never comes back, a reader that slept through
 * any number of changes sees that its slot was used again. After LIVE_TRIES failures it goes on
 * with the copy that it used last: old, but whole.
 *
 * Why this is right on a CPU that reorders memory. The reader's three looks at `current` and `seq`
 * are atomic additions of zero: BPF (v3) has no load-acquire, but its fetching atomics are full
 * barriers. The writer marks the slot with an atomic exchange before it touches the fields. Of two
 * atomic operations on one word one comes first: if the reader's last look does, then all its loads
 * are done before the writer's first store; if the exchange does, then the reader sees the odd
 * number and drops the copy. All that is the slow path: while nothing changes, a reader does one
 * plain load of `current` and compares it with the generation of its copy.
 *
 * A copy belongs to one reader at a time. Callbacks run with interrupts off, so on one CPU they do
 * not interrupt each other and may share that CPU's copy; any other program brings its own.
 */
#pragma once

#include "abi.h"

#define LIVE_SLOTS 4
#define LIVE_TRIES 4

struct bpfland_slot {
	u64 seq;
	struct bpfland_tunables tunables;
};

struct bpfland_live {
	u64 current;
	struct bpfland_slot slot[LIVE_SLOTS];
};

#define LIVE_FIELDS (sizeof(struct bpfland_tunables) / sizeof(u64))
_Static_assert(sizeof(struct bpfland_tunables) % sizeof(u64) == 0, "copied word by word");

/* The value of *@word, ordered after everything before and before everything after. */
static inline u64 live_look(u64 *word)
{
	return __sync_fetch_and_add(word, 0);
}

/*
 * Plain words that another thread may be writing: whole, unordered. (The compiler may not drop,
 * repeat or split a volatile access of one word.)
 */
static inline u64 live_load(const u64 *word)
{
#ifdef __bpf__
	return *(const volatile u64 *)word;
#else
	return __atomic_load_n(word, __ATOMIC_RELAXED);
#endif
}

static inline void live_copy_slot(struct bpfland_tunables *to, const struct bpfland_tunables *from)
{
	to->slice_max_ns = live_load(&from->slice_max_ns);
	to->slice_min_ns = live_load(&from->slice_min_ns);
	to->slice_lag_ns = live_load(&from->slice_lag_ns);
	to->starvation_ns = live_load(&from->starvation_ns);
	to->interactive_threshold = live_load(&from->interactive_threshold);
	to->flags = live_load(&from->flags);
	to->generation = live_load(&from->generation);
}
_Static_assert(LIVE_FIELDS == 7, "live_copy_slot() copies every field");

/* One attempt to bring *@copy up to date. Untouched if a change got in the way. */
static inline bool live_try(struct bpfland_live *live, struct bpfland_tunables *copy)
{
	u64 g = live_look(&live->current);
	struct bpfland_slot *slot = &live->slot[g % LIVE_SLOTS];
	struct bpfland_tunables fresh;

	if (live_look(&slot->seq) != 2 * g)
		return false;
	live_copy_slot(&fresh, &slot->tunables);
	if (live_look(&slot->seq) != 2 * g)
		return false;
	/* Every slot says which generation it is, so a mix-up of slots would show, too. */
	if (fresh.generation != g)
		return false;
	*copy = fresh;
	return true;
}

/* The slow path: *@copy is old. Returns false if it had to stay so. */
static inline bool live_refresh(struct bpfland_live *live, struct bpfland_tunables *copy)
{
	for (int i = 0; i < LIVE_TRIES; i++)
		if (live_try(live, copy))
			return true;
	return false;
}

/* Whether *@copy is the set in force: all that a callback pays while nothing changes. */
static inline bool live_fresh(const struct bpfland_live *live, const struct bpfland_tunables *copy)
{
	return live_load(&live->current) == copy->generation;
}

#ifndef __bpf__
/* Publishes @t as the next generation, which is returned. One writer at a time. */
static inline u64 live_publish(struct bpfland_live *live, const struct bpfland_tunables *t)
{
	u64 g = __atomic_load_n(&live->current, __ATOMIC_RELAXED) + 1;
	struct bpfland_slot *slot = &live->slot[g % LIVE_SLOTS];
	struct bpfland_tunables *to = &slot->tunables;

	__atomic_exchange_n(&slot->seq, 2 * g - 1, __ATOMIC_SEQ_CST);
	__atomic_store_n(&to->generation, g, __ATOMIC_RELAXED);
	__atomic_store_n(&to->slice_max_ns, t->slice_max_ns, __ATOMIC_RELAXED);
	__atomic_store_n(&to->slice_min_ns, t->slice_min_ns, __ATOMIC_RELAXED);
	__atomic_store_n(&to->slice_lag_ns, t->slice_lag_ns, __ATOMIC_RELAXED);
	__atomic_store_n(&to->starvation_ns, t->starvation_ns, __ATOMIC_RELAXED);
	__atomic_store_n(&to->interactive_threshold, t->interactive_threshold, __ATOMIC_RELAXED);
	__atomic_store_n(&to->flags, t->flags, __ATOMIC_RELAXED);
	__atomic_store_n(&slot->seq, 2 * g, __ATOMIC_RELEASE);
	__atomic_store_n(&live->current, g, __ATOMIC_RELEASE);
	return g;
}
#endif
