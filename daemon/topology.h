/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The CPUs of this machine: which share a core, a cache or a memory node, how fast each can be, and
 * which are online. Read from sysfs; nothing here is remembered between two readings.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "daemon/cpulist.h"
#include "daemon/error.h"

/* The capacity of the fastest CPU of any machine. */
#define TOPOLOGY_CAPACITY_MAX 1024

/* What kind of CPU it is, beside the others of its machine. */
enum cpu_class {
	CPU_CLASS_STANDARD,	/* all CPUs are alike */
	CPU_CLASS_LITTLE,	/* below the average capacity */
	CPU_CLASS_BIG,		/* at or above it */
	CPU_CLASS_TURBO,	/* the fastest of the big ones, where other big ones are slower */
	_CPU_CLASS_MAX,
};

const char *cpu_class_name(enum cpu_class c);

struct topology_cpu {
	uint16_t id;		/* the kernel's number, below BPFLAND_MAX_CPUS */
	bool online;
	int core, llc, node;	/* numbers, from 0; equal: shared. -1: unknown (it is offline) */
	uint32_t capacity;	/* 1 to TOPOLOGY_CAPACITY_MAX; 0: unknown (it is offline) */
	enum cpu_class class;
	uint64_t core_key, llc_key;	/* what sysfs tells them apart by; of no other use */
};

struct topology {
	uint32_t n_cpus;
	uint32_t n_nodes;	/* that have CPUs; at least 1 */
	struct topology_cpu *cpu;	/* sorted by id */
	struct bpfland_cpus present, online;
};

#define TOPOLOGY_NULL ((struct topology){ .n_nodes = 1 })
void topology_done(struct topology *t);		/* frees the content */

/*
 * Reads below @sysfs. Of an offline CPU sysfs says little: what @old (may be NULL) knows of it is
 * taken from there. CPUs with numbers from BPFLAND_MAX_CPUS are left out.
 *
 * Capacities are those of the first source that speaks of every online CPU: cpu_capacity (the
 * kernel's own measure), acpi_cppc/highest_perf, cpufreq/cpuinfo_max_freq; scaled so that the
 * fastest has 1024. Without any, all have 1024.
 *
 * Fails (ERROR_FAILED) when sysfs does not say which CPUs there are; @ret is then untouched. Any
 * other file that is missing or makes no sense is as if its CPU shared nothing.
 */
int topology_read(struct topology *ret, const char *sysfs, const struct topology *old,
		  struct error *err);

bool topology_equal(const struct topology *a, const struct topology *b);

/*
 * CPUs by capacity, offline ones included. Empty when there are none of the kind; on a machine
 * whose CPUs are all alike, performance is all of them and the others are empty.
 */
struct bpfland_cpus topology_performance(const struct topology *t);	/* average or above */
struct bpfland_cpus topology_powersave(const struct topology *t);	/* below the average */
struct bpfland_cpus topology_turbo(const struct topology *t);	/* the maximum, if some are lower */
