/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory for a program that has nothing better to do without it than to say so and end.
 */
#pragma once

#include <stdio.h>
#include <stdlib.h>

static inline void *memory_check(void *p)
{
	if (!p) {
		fputs("out of memory\n", stderr);
		exit(2);
	}
	return p;
}

static inline void *memory_new(size_t n, size_t size)
{
	return memory_check(calloc(n, size));
}

/* Makes room for @n elements at least; the new ones are not cleared. */
static inline void *memory_grow(void *p, size_t *capacity, size_t n, size_t size)
{
	size_t to = *capacity < 16 ? 16 : 2 * *capacity;

	if (n <= *capacity)
		return p;
	if (to < n)
		to = n;
	*capacity = to;
	return memory_check(reallocarray(p, to, size));
}
