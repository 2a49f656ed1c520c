/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The shape of a machine: threads in cores, cores in caches, caches in sockets (which are memory
 * nodes), and cores that are slower than others.
 *
 * CPUs are numbered as firmware mostly does it: the first thread of every core, then the second
 * ones; sockets one after the other, within each numbering; the slow cores last, one thread each,
 * with a cache of their own in the last socket.
 */
#pragma once

#include "daemon/error.h"
#include "tests/sim/cpuset.h"

/* A core of full speed. */
#define TOPOLOGY_CAPACITY 1024

struct topology_cpu {
	u32 core, llc, node;
	u32 capacity;		/* of TOPOLOGY_CAPACITY */
};

struct topology {
	u32 nr_cpus, nr_cores, nr_llcs, nr_nodes;
	bool smt;
	struct topology_cpu cpu[BPFLAND_MAX_CPUS];
	struct cpuset *core, *llc, *node;	/* the CPUs of each */
};

/*
 * Reads "sockets=2,llcs=2,cores=4,threads=2,little=4,capacity=512"; llcs and cores count within
 * what they are part of. What is missing is 1 (little: 0, capacity: 512). A plain number is so many
 * cores in one cache. Owned by the caller; done with topology_done().
 */
int topology_parse(struct topology *ret, const char *text, struct error *err);
void topology_done(struct topology *t);
