/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For set-up: a test whose ground does not hold proves nothing.
 */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static inline void must(int r, const char *what)
{
	if (r >= 0)
		return;
	fprintf(stderr, "%s: %s\n", what, strerror(-r));
	exit(99);
}

#define MUST(call) must((call), #call)
