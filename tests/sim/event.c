/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is going to happen, in order of time.
 */
#include "tests/sim/event.h"

#include "tests/sim/memory.h"

static bool earlier(const struct event *a, const struct event *b)
{
	return a->at != b->at ? a->at < b->at : a->seq < b->seq;
}

static void put(struct events *s, size_t i, struct event *e)
{
	s->heap[i] = e;
	e->index = i;
}

static void sift_up(struct events *s, size_t i, struct event *e)
{
	for (; i > 1 && earlier(e, s->heap[i / 2]); i /= 2)
		put(s, i, s->heap[i / 2]);
	put(s, i, e);
}

static void sift_down(struct events *s, size_t i, struct event *e)
{
	for (size_t child; (child = 2 * i) <= s->n; i = child) {
		if (child < s->n && earlier(s->heap[child + 1], s->heap[child]))
			child++;
		if (!earlier(s->heap[child], e))
			break;
		put(s, i, s->heap[child]);
	}
	put(s, i, e);
}

static void place(struct events *s, size_t i, struct event *e)
{
	if (i > 1 && earlier(e, s->heap[i / 2]))
		sift_up(s, i, e);
	else
		sift_down(s, i, e);
}

void event_set(struct events *s, struct event *e, u64 at)
{
	if (e->index && e->at == at)
		return;
	e->at = at;
	e->seq = ++s->seq;
	if (!e->index) {
		if (s->n + 2 > s->capacity)
			s->heap = memory_grow(s->heap, &s->capacity, s->n + 2, sizeof(*s->heap));
		e->index = ++s->n;
	}
	place(s, e->index, e);
}

void event_cancel(struct events *s, struct event *e)
{
	size_t i = e->index;
	struct event *last;

	if (!i)
		return;
	e->index = 0;
	last = s->heap[s->n--];
	if (last != e)
		place(s, i, last);
}

void events_done(struct events *s)
{
	free(s->heap);
	*s = (struct events){};
}
