/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The CPUs of this machine, from sysfs.
 */
#include "daemon/topology.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/cleanup.h"
#include "daemon/fs.h"
#include "daemon/names.h"

/* The longest path below a sysfs root that is asked for, and the longest answer: a list of CPUs. */
#define PATH_SIZE 512
#define LINE_SIZE 8192

/* Caches have few levels; more folders than that are a mistake. */
#define CACHES_MAX 16

const char *cpu_class_name(enum cpu_class c)
{
	static const char *const names[_CPU_CLASS_MAX] = {
		[CPU_CLASS_STANDARD] = "standard",
		[CPU_CLASS_LITTLE] = "little",
		[CPU_CLASS_BIG] = "big",
		[CPU_CLASS_TURBO] = "turbo",
	};

	return names[c];
}

void topology_done(struct topology *t)
{
	free(t->cpu);
	*t = TOPOLOGY_NULL;
}

#define KEY_UNKNOWN UINT64_MAX

static int read_list(const char *sysfs, const char *file, struct bpfland_cpus *ret,
		     struct error *err)
{
	char path[PATH_SIZE], line[LINE_SIZE];
	int r;

	snprintf(path, sizeof(path), "%s/" SYSFS_CPU "/%s", sysfs, file);
	r = fs_read_line(path, line, sizeof(line));
	if (r < 0)
		return error_set(err, ERROR_FAILED, r, "%s: cannot be read: %s", path,
				 strerror(-r));
	return cpulist_parse(line, path, ret, err);
}

/* A decimal number of one CPU's folder; -EINVAL for anything else. */
static int read_number(const char *sysfs, unsigned cpu, const char *file, uint64_t *ret)
{
	char path[PATH_SIZE], line[64], *end;
	uint64_t n;
	int r;

	snprintf(path, sizeof(path), "%s/" SYSFS_CPU "/cpu%u/%s", sysfs, cpu, file);
	r = fs_read_line(path, line, sizeof(line));
	if (r < 0)
		return r;
	if (line[0] < '0' || line[0] > '9')
		return -EINVAL;
	errno = 0;
	n = strtoull(line, &end, 10);
	if (errno || *end)
		return -EINVAL;
	*ret = n;
	return 0;
}

/* core_id is a number within its package, or within its die where packages have several. */
static uint64_t read_core(const char *sysfs, unsigned cpu)
{
	uint64_t package = 0, die = 0, core;

	if (read_number(sysfs, cpu, "topology/core_id", &core) < 0)
		return KEY_UNKNOWN;
	read_number(sysfs, cpu, "topology/physical_package_id", &package);
	read_number(sysfs, cpu, "topology/die_id", &die);
	return (package & 0xffff) << 48 | (die & 0xffff) << 32 | (core & UINT32_MAX);
}

/* The cache of the highest level: by its id, or else by the first CPU that has it. */
static uint64_t read_llc(const char *sysfs, unsigned cpu)
{
	uint64_t best = 0, level, id, llc = KEY_UNKNOWN;
	struct bpfland_cpus cpus;
	char file[64];

	for (unsigned i = 0; i < CACHES_MAX; i++) {
		snprintf(file, sizeof(file), "cache/index%u/level", i);
		if (read_number(sysfs, cpu, file, &level) < 0)
			break;
		if (level <= best)
			continue;
		snprintf(file, sizeof(file), "cache/index%u/id", i);
		if (read_number(sysfs, cpu, file, &id) < 0) {
			snprintf(file, sizeof(file), "cpu%u/cache/index%u/shared_cpu_list", cpu, i);
			if (read_list(sysfs, file, &cpus, NULL) < 0)
				continue;
			for (id = 0; !cpus_has(&cpus, (unsigned)id); id++)
				;
		}
		best = level;
		llc = level << 32 | (id & UINT32_MAX);
	}
	return llc;
}

/* A CPU's folder holds a link to the folder of its node: "node0". */
static int read_node(const char *sysfs, unsigned cpu)
{
	char path[PATH_SIZE];
	struct dirent *entry;
	int node = -1, n = 0;
	_cleanup_closedir_ DIR *dir = NULL;

	snprintf(path, sizeof(path), "%s/" SYSFS_CPU "/cpu%u", sysfs, cpu);
	dir = opendir(path);
	if (!dir)
		return -1;
	while (node < 0 && (entry = readdir(dir)))
		if (sscanf(entry->d_name, "node%d%n", &node, &n) == 1 &&
		    (entry->d_name[n] || node < 0))
			node = -1;
	return node;
}

/* One source of capacities for all online CPUs, or -ENOENT. */
static int read_capacities(struct topology *t, const char *sysfs, const char *file)
{
	_cleanup_free_ uint64_t *value = calloc(t->n_cpus, sizeof(*value));
	uint64_t max = 0;

	if (!value)
		return -ENOMEM;
	for (uint32_t i = 0; i < t->n_cpus; i++) {
		if (read_number(sysfs, t->cpu[i].id, file, &value[i]) < 0)
			value[i] = 0;
		if (!value[i] && t->cpu[i].online)
			return -ENOENT;
		if (value[i] > UINT32_MAX)
			return -ENOENT;
		if (value[i] > max)
			max = value[i];
	}
	for (uint32_t i = 0; i < t->n_cpus; i++) {
		if (!value[i])
			continue;
		t->cpu[i].capacity = (uint32_t)(value[i] * TOPOLOGY_CAPACITY_MAX / max);
		if (!t->cpu[i].capacity)
			t->cpu[i].capacity = 1;
	}
	return 0;
}

static int set_capacities(struct topology *t, const char *sysfs)
{
	static const char *const sources[] = {
		"cpu_capacity", "acpi_cppc/highest_perf", "cpufreq/cpuinfo_max_freq",
	};
	int r;

	for (size_t i = 0; i < sizeof(sources) / sizeof(*sources); i++) {
		r = read_capacities(t, sysfs, sources[i]);
		if (r != -ENOENT)
			return r;
	}
	for (uint32_t i = 0; i < t->n_cpus; i++)
		if (t->cpu[i].online)
			t->cpu[i].capacity = TOPOLOGY_CAPACITY_MAX;
	return 0;
}

/*
 * Numbers from 0 for what the keys say, in the order of the CPUs. An online CPU that shares nothing
 * gets numbers of its own.
 */
static void number_groups(struct topology *t)
{
	int cores = 0, llcs = 0;

	for (uint32_t i = 0; i < t->n_cpus; i++) {
		struct topology_cpu *c = &t->cpu[i];

		for (uint32_t j = 0; j < i; j++) {
			if (c->core_key != KEY_UNKNOWN && t->cpu[j].core_key == c->core_key)
				c->core = t->cpu[j].core;
			if (c->llc_key != KEY_UNKNOWN && t->cpu[j].llc_key == c->llc_key)
				c->llc = t->cpu[j].llc;
		}
		if (c->core < 0 && (c->online || c->core_key != KEY_UNKNOWN))
			c->core = cores++;
		if (c->llc < 0 && (c->online || c->llc_key != KEY_UNKNOWN))
			c->llc = llcs++;
	}
}

static const struct topology_cpu *find(const struct topology *t, unsigned id)
{
	for (uint32_t i = 0; t && i < t->n_cpus; i++)
		if (t->cpu[i].id == id)
			return &t->cpu[i];
	return NULL;
}

/* The sum of all known capacities and how many they are; the highest of them. */
struct summary {
	uint64_t sum, n;
	uint32_t min, max;
};

static struct summary summarise(const struct topology *t)
{
	struct summary s = { .min = UINT32_MAX };

	for (uint32_t i = 0; i < t->n_cpus; i++) {
		uint32_t capacity = t->cpu[i].capacity;

		if (!capacity)
			continue;
		s.sum += capacity;
		s.n++;
		if (capacity < s.min)
			s.min = capacity;
		if (capacity > s.max)
			s.max = capacity;
	}
	return s;
}

static bool is_big(const struct summary *s, const struct topology_cpu *c)
{
	return c->capacity && c->capacity * s->n >= s->sum;
}

static void classify(struct topology *t)
{
	struct summary s = summarise(t);
	bool tiers = false;

	for (uint32_t i = 0; i < t->n_cpus; i++)
		tiers |= is_big(&s, &t->cpu[i]) && t->cpu[i].capacity < s.max;
	for (uint32_t i = 0; i < t->n_cpus; i++) {
		struct topology_cpu *c = &t->cpu[i];

		if (s.min >= s.max || !c->capacity)
			c->class = CPU_CLASS_STANDARD;
		else if (!is_big(&s, c))
			c->class = CPU_CLASS_LITTLE;
		else
			c->class = tiers && c->capacity == s.max ? CPU_CLASS_TURBO : CPU_CLASS_BIG;
	}
}

static void count_nodes(struct topology *t)
{
	t->n_nodes = 0;
	for (uint32_t i = 0; i < t->n_cpus; i++) {
		uint32_t j = 0;

		while (j < i && t->cpu[j].node != t->cpu[i].node)
			j++;
		if (j == i && t->cpu[i].node >= 0)
			t->n_nodes++;
	}
	if (!t->n_nodes)
		t->n_nodes = 1;
}

static void read_cpu(struct topology_cpu *c, const char *sysfs, const struct topology_cpu *old)
{
	c->core = c->llc = -1;
	c->core_key = c->llc_key = KEY_UNKNOWN;
	c->node = read_node(sysfs, c->id);
	if (c->online) {
		/* A kernel without NUMA has no links: all memory is one node. */
		if (c->node < 0)
			c->node = 0;
		c->core_key = read_core(sysfs, c->id);
		c->llc_key = read_llc(sysfs, c->id);
	} else if (old) {
		c->core_key = old->core_key;
		c->llc_key = old->llc_key;
		c->capacity = old->capacity;
		if (c->node < 0)
			c->node = old->node;
	}
}

static int read_cpus(struct topology *t, const char *sysfs, const struct topology *old)
{
	t->cpu = calloc(BPFLAND_MAX_CPUS, sizeof(*t->cpu));
	if (!t->cpu)
		return -ENOMEM;
	for (unsigned id = 0; id < BPFLAND_MAX_CPUS; id++) {
		struct topology_cpu *c = &t->cpu[t->n_cpus];

		if (!cpus_has(&t->present, id))
			continue;
		c->id = (uint16_t)id;
		c->online = cpus_has(&t->online, id);
		read_cpu(c, sysfs, find(old, id));
		t->n_cpus++;
	}
	number_groups(t);
	return 0;
}

int topology_read(struct topology *ret, const char *sysfs, const struct topology *old,
		  struct error *err)
{
	_cleanup_(topology_done) struct topology t = TOPOLOGY_NULL;
	int r;

	r = read_list(sysfs, "online", &t.online, err);
	if (r < 0)
		return r;
	/* Not there in some containers. */
	if (read_list(sysfs, "present", &t.present, NULL) < 0)
		t.present = t.online;
	t.online = cpus_and(&t.online, &t.present);
	r = read_cpus(&t, sysfs, old);
	if (r >= 0)
		r = set_capacities(&t, sysfs);
	if (r < 0)
		return error_set(err, ERROR_FAILED, r, "the CPUs cannot be read: out of memory");
	classify(&t);
	count_nodes(&t);
	*ret = t;
	t = TOPOLOGY_NULL;
	return 0;
}

bool topology_equal(const struct topology *a, const struct topology *b)
{
	if (a->n_cpus != b->n_cpus)
		return false;
	for (uint32_t i = 0; i < a->n_cpus; i++) {
		const struct topology_cpu *x = &a->cpu[i], *y = &b->cpu[i];

		if (x->id != y->id || x->online != y->online || x->core != y->core ||
		    x->llc != y->llc || x->node != y->node || x->capacity != y->capacity ||
		    x->class != y->class)
			return false;
	}
	return true;
}

struct bpfland_cpus topology_performance(const struct topology *t)
{
	struct bpfland_cpus cpus = CPUS_NONE;
	struct summary s = summarise(t);

	for (uint32_t i = 0; i < t->n_cpus; i++)
		if (is_big(&s, &t->cpu[i]))
			cpus_add(&cpus, t->cpu[i].id);
	return cpus;
}

struct bpfland_cpus topology_powersave(const struct topology *t)
{
	struct bpfland_cpus cpus = CPUS_NONE;
	struct summary s = summarise(t);

	for (uint32_t i = 0; i < t->n_cpus; i++)
		if (t->cpu[i].capacity && !is_big(&s, &t->cpu[i]))
			cpus_add(&cpus, t->cpu[i].id);
	return cpus;
}

struct bpfland_cpus topology_turbo(const struct topology *t)
{
	struct bpfland_cpus cpus = CPUS_NONE;
	struct summary s = summarise(t);

	for (uint32_t i = 0; s.min < s.max && i < t->n_cpus; i++)
		if (t->cpu[i].capacity == s.max)
			cpus_add(&cpus, t->cpu[i].id);
	return cpus;
}
