/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is going to happen, in order of time: a binary heap whose entries know where they are, so
 * that one can be moved or taken back. Events of one time happen in the order in which they were
 * set: that is what makes two runs equal.
 */
#pragma once

#include "bpf/types.h"

struct event {
	u64 at, seq;
	size_t index;		/* in the heap, from 1; 0: not set */
	void (*happen)(struct event *e, void *userdata);
};

struct events {
	struct event **heap;
	size_t n, capacity;
	u64 seq;
};

void events_done(struct events *s);

/* Sets or moves @e. Ends the program if memory does. */
void event_set(struct events *s, struct event *e, u64 at);
void event_cancel(struct events *s, struct event *e);

static inline struct event *events_first(const struct events *s)
{
	return s->n ? s->heap[1] : NULL;
}
