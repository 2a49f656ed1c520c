/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What all CPUs of this machine do, as the kernel counts it in /proc/stat.
 */
#pragma once

#include <stdint.h>

#include "bpf/abi.h"

struct load_cpu {
	uint64_t busy, all;	/* in the kernel's ticks; 0 of both: there is no such CPU */
};

struct load {
	uint64_t switches;	/* since boot, of all CPUs */
	unsigned cpus;		/* one more than the highest number */
	struct load_cpu cpu[BPFLAND_MAX_CPUS];
};

/* What cannot be read is 0. */
void load_read(struct load *ret, const char *procfs);

/* How busy a CPU was between the two: 0 to 100; -1 when it was not there. */
int load_percent(const struct load *before, const struct load *after, unsigned cpu);
