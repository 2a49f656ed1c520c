/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CPUs that go and come back at given times.
 */
#pragma once

#include "tests/sim/sim.h"

struct hotplug {
	struct event event;
	u32 cpu;
	u64 on_at;
};

/* "3@1s-2s": CPU 3 is away from 1 s on until 2 s. *@h must live as long as @sim. */
int hotplug_add(struct sim *sim, struct hotplug *h, const char *text, struct error *err);
