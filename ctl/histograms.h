/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The picture of how long woken tasks waited: one histogram for each class of tasks.
 */
#pragma once

#include <stdio.h>

#include "ctl/snapshot.h"

struct series {
	const char *name;	/* NULL: not shown, for there is only one */
	struct snapshot snapshot;
};

/* One series, or two side by side. */
void histograms_draw(FILE *file, const struct series *series, unsigned n);
