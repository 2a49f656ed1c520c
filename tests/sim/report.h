/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What came out: a table for people, JSON for scripts.
 */
#pragma once

#include <stdio.h>

#include "tests/sim/workload.h"

/* Work done by the group's tasks: the least over the most, of 1000000. */
u32 group_fairness(const struct group *g);

/* Of all CPUs' time until now, of 1000000. */
u32 group_share(const struct sim *sim, const struct group *g);

void report_table(const struct sim *sim, FILE *f);
void report_json(const struct sim *sim, FILE *f);
