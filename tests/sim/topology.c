/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The shape of a machine.
 */
#include "tests/sim/topology.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "tests/sim/memory.h"
#include "tests/sim/text.h"

enum { SOCKETS, LLCS, CORES, THREADS, LITTLE, CAPACITY, _KEY_MAX };

static const struct {
	const char *name;
	u64 min, max, def;
} keys[_KEY_MAX] = {
	[SOCKETS] = { "sockets", 1, 64, 1 },
	[LLCS] = { "llcs", 1, 1024, 1 },
	[CORES] = { "cores", 1, 1024, 1 },
	[THREADS] = { "threads", 1, 8, 1 },
	[LITTLE] = { "little", 0, 1024, 0 },
	[CAPACITY] = { "capacity", 64, TOPOLOGY_CAPACITY, 512 },
};

static int parse_key(u64 *value, const char *word, struct error *err)
{
	const char *equals = strchr(word, '=');
	size_t n = equals ? (size_t)(equals - word) : 0;

	for (int k = 0; k < _KEY_MAX; k++) {
		if (strlen(keys[k].name) != n || strncmp(keys[k].name, word, n) != 0)
			continue;
		if (!text_number(equals + 1, &value[k]) || value[k] < keys[k].min ||
		    value[k] > keys[k].max)
			return error_set(err, ERROR_OUT_OF_RANGE, ERANGE,
					 "topology: %s, allowed: %" PRIu64 " to %" PRIu64, word,
					 (uint64_t)keys[k].min, (uint64_t)keys[k].max);
		return 0;
	}
	return error_set(err, ERROR_INVALID_ARGS, EINVAL,
			 "topology: '%s' is none of sockets=, llcs=, cores=, threads=, little=, "
			 "capacity=", word);
}

static void topology_add(struct topology *t, u32 cpu, struct topology_cpu place)
{
	t->cpu[cpu] = place;
	cpuset_add(&t->core[place.core], cpu);
	cpuset_add(&t->llc[place.llc], cpu);
	cpuset_add(&t->node[place.node], cpu);
}

static void topology_fill(struct topology *t, const u64 *v)
{
	u32 big = (u32)(v[SOCKETS] * v[LLCS] * v[CORES]), little = (u32)v[LITTLE];

	t->nr_cores = big + little;
	t->nr_cpus = big * (u32)v[THREADS] + little;
	t->nr_nodes = (u32)v[SOCKETS];
	t->nr_llcs = (u32)(v[SOCKETS] * v[LLCS]) + (little ? 1 : 0);
	t->smt = v[THREADS] > 1;
	t->core = memory_new(t->nr_cores, sizeof(*t->core));
	t->llc = memory_new(t->nr_llcs, sizeof(*t->llc));
	t->node = memory_new(t->nr_nodes, sizeof(*t->node));
	for (u32 core = 0; core < big; core++) {
		u32 llc = core / (u32)v[CORES];

		for (u32 thread = 0; thread < v[THREADS]; thread++)
			topology_add(t, thread * big + core, (struct topology_cpu){
				.core = core, .llc = llc, .node = llc / (u32)v[LLCS],
				.capacity = TOPOLOGY_CAPACITY,
			});
	}
	for (u32 i = 0; i < little; i++)
		topology_add(t, t->nr_cpus - little + i, (struct topology_cpu){
			.core = big + i, .llc = t->nr_llcs - 1, .node = t->nr_nodes - 1,
			.capacity = (u32)v[CAPACITY],
		});
}

int topology_parse(struct topology *ret, const char *text, struct error *err)
{
	u64 v[_KEY_MAX], n;
	char word[64];
	int r;

	for (int k = 0; k < _KEY_MAX; k++)
		v[k] = keys[k].def;
	if (text_number(text, &n)) {
		v[CORES] = n;
	} else {
		while (text_word(&text, ',', word, sizeof(word))) {
			r = parse_key(v, word, err);
			if (r < 0)
				return r;
		}
	}
	n = v[SOCKETS] * v[LLCS] * v[CORES] * v[THREADS] + v[LITTLE];
	if (n < 1 || n > BPFLAND_MAX_CPUS)
		return error_set(err, ERROR_OUT_OF_RANGE, ERANGE,
				 "topology: %" PRIu64 " CPUs, allowed: 1 to %d", (uint64_t)n,
				 BPFLAND_MAX_CPUS);
	*ret = (struct topology){};
	topology_fill(ret, v);
	return 0;
}

void topology_done(struct topology *t)
{
	free(t->core);
	free(t->llc);
	free(t->node);
	*t = (struct topology){};
}
