/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The machine's CPUs, from trees that look like the sysfs of real machines.
 */
#include "daemon/topology.h"

#include <errno.h>

#include "tests/test.h"
#include "tests/unit/tree.h"

static struct tree tree;

static void put(unsigned cpu, const char *file, long value)
{
	char path[160], text[32];

	snprintf(path, sizeof(path), "devices/system/cpu/cpu%u/%s", cpu, file);
	snprintf(text, sizeof(text), "%ld\n", value);
	tree_write(&tree, path, text);
}

static void put_lists(const char *present, const char *online)
{
	tree_write(&tree, "devices/system/cpu/present", present);
	tree_write(&tree, "devices/system/cpu/online", online);
}

/* As firmware of PCs describes a CPU. @llc < 0: no caches are described. */
static void put_cpu(unsigned cpu, long package, long core, long llc, int node)
{
	char path[96];

	put(cpu, "topology/physical_package_id", package);
	put(cpu, "topology/die_id", 0);
	put(cpu, "topology/core_id", core);
	snprintf(path, sizeof(path), "devices/system/cpu/cpu%u/node%d", cpu, node);
	tree_mkdir(&tree, path);
	if (llc < 0)
		return;
	put(cpu, "cache/index0/level", 1);
	put(cpu, "cache/index0/id", cpu);
	put(cpu, "cache/index1/level", 3);
	put(cpu, "cache/index1/id", llc);
}

static struct topology read_again(const struct topology *old)
{
	struct topology t = TOPOLOGY_NULL;
	struct error err = {};

	if (topology_read(&t, tree.root, old, &err) < 0)
		fprintf(stderr, "%s\n", err.message);
	return t;
}

static const char *list(struct bpfland_cpus cpus)
{
	static char buf[4][CPULIST_MAX];
	static unsigned next;

	return cpulist_format(&cpus, buf[next++ % 4]);
}

/* 4 cores, 8 threads, numbered as firmware does it: siblings are 4 apart. */
static void an_smt_laptop(void)
{
	struct topology t;

	tree_make(&tree);
	put_lists("0-7\n", "0-7\n");
	for (unsigned cpu = 0; cpu < 8; cpu++) {
		put_cpu(cpu, 0, cpu % 4, 0, 0);
		put(cpu, "cpufreq/cpuinfo_max_freq", 4200000);
	}
	t = read_again(NULL);
	CHECK_EQ(t.n_cpus, 8);
	CHECK_EQ(t.n_nodes, 1);
	for (unsigned i = 0; i < t.n_cpus; i++) {
		CHECK_EQ(t.cpu[i].id, i);
		CHECK_EQ(t.cpu[i].core, i % 4);
		CHECK_EQ(t.cpu[i].llc, 0);
		CHECK_EQ(t.cpu[i].node, 0);
		CHECK_EQ(t.cpu[i].capacity, 1024);
		CHECK_STR(cpu_class_name(t.cpu[i].class), "standard");
		CHECK(t.cpu[i].online);
	}
	CHECK_STR(list(topology_performance(&t)), "0-7");
	CHECK_STR(list(topology_powersave(&t)), "");
	CHECK_STR(list(topology_turbo(&t)), "");
	topology_done(&t);
	tree_remove(&tree);
}

/* 2 favoured and 2 other P-cores of two threads, 8 E-cores in two clusters, one cache for all. */
static void put_hybrid(void)
{
	put_lists("0-15\n", "0-15\n");
	for (unsigned cpu = 0; cpu < 16; cpu++)
		put_cpu(cpu, 0, cpu < 8 ? cpu / 2 * 4 : 16 + cpu, 0, 0);
	for (unsigned cpu = 0; cpu < 16; cpu++)
		put(cpu, "acpi_cppc/highest_perf", cpu < 4 ? 70 : cpu < 8 ? 66 : 40);
}

static void a_hybrid_laptop(void)
{
	struct topology t;

	tree_make(&tree);
	put_hybrid();
	t = read_again(NULL);
	CHECK_EQ(t.n_cpus, 16);
	CHECK_EQ(t.cpu[1].core, 0);
	CHECK_EQ(t.cpu[2].core, 1);
	CHECK_EQ(t.cpu[8].core, 4);
	CHECK_EQ(t.cpu[9].core, 5);
	CHECK_EQ(t.cpu[0].capacity, 1024);
	CHECK_EQ(t.cpu[4].capacity, 66 * 1024 / 70);
	CHECK_EQ(t.cpu[15].capacity, 40 * 1024 / 70);
	CHECK_STR(cpu_class_name(t.cpu[3].class), "turbo");
	CHECK_STR(cpu_class_name(t.cpu[4].class), "big");
	CHECK_STR(cpu_class_name(t.cpu[8].class), "little");
	CHECK_STR(list(topology_performance(&t)), "0-7");
	CHECK_STR(list(topology_powersave(&t)), "8-15");
	CHECK_STR(list(topology_turbo(&t)), "0-3");
	topology_done(&t);
	tree_remove(&tree);
}

/* Without favoured cores the fast ones are big, and turbo all the same. */
static void two_kinds_of_cores(void)
{
	struct topology t;

	tree_make(&tree);
	put_lists("0-5", "0-5");
	for (unsigned cpu = 0; cpu < 6; cpu++) {
		put_cpu(cpu, 0, cpu, cpu < 2 ? 0 : 1, 0);
		/* The kernel's own measure goes before what the firmware says. */
		put(cpu, "cpu_capacity", cpu < 2 ? 1024 : 446);
		put(cpu, "cpufreq/cpuinfo_max_freq", 2000000);
	}
	t = read_again(NULL);
	CHECK_STR(cpu_class_name(t.cpu[0].class), "big");
	CHECK_STR(cpu_class_name(t.cpu[5].class), "little");
	CHECK_EQ(t.cpu[5].capacity, 446);
	CHECK_EQ(t.cpu[5].llc, 1);
	CHECK_STR(list(topology_performance(&t)), "0-1");
	CHECK_STR(list(topology_turbo(&t)), "0-1");
	CHECK_STR(list(topology_powersave(&t)), "2-5");
	topology_done(&t);
	tree_remove(&tree);
}

/* 2 sockets of 2 nodes, each 2 caches of 2 cores; every package counts its cores from 0. */
static void a_server(void)
{
	struct topology t;

	tree_make(&tree);
	put_lists("0-15\n", "0-15\n");
	for (unsigned cpu = 0; cpu < 16; cpu++)
		put_cpu(cpu, cpu / 8, cpu % 8, cpu / 2, (int)cpu / 4);
	t = read_again(NULL);
	CHECK_EQ(t.n_cpus, 16);
	CHECK_EQ(t.n_nodes, 4);
	for (unsigned i = 0; i < t.n_cpus; i++) {
		CHECK_EQ(t.cpu[i].core, i);
		CHECK_EQ(t.cpu[i].llc, i / 2);
		CHECK_EQ(t.cpu[i].node, i / 4);
	}
	topology_done(&t);
	tree_remove(&tree);
}

/* Virtual machines: one CPU, and what describes caches and frequencies is not there. */
static void a_small_virtual_machine(void)
{
	struct topology t;

	tree_make(&tree);
	put_lists("0\n", "0\n");
	put_cpu(0, 0, 0, -1, 0);
	t = read_again(NULL);
	CHECK_EQ(t.n_cpus, 1);
	CHECK_EQ(t.n_nodes, 1);
	CHECK_EQ(t.cpu[0].core, 0);
	CHECK_EQ(t.cpu[0].llc, 0);
	CHECK_EQ(t.cpu[0].node, 0);
	CHECK_EQ(t.cpu[0].capacity, 1024);
	CHECK_STR(list(topology_performance(&t)), "0");
	topology_done(&t);
	tree_remove(&tree);
}

/* sysfs takes most of an offline CPU's folder away; what was known before stays known. */
static void offline_cpus(void)
{
	struct topology before, after, unknown;

	tree_make(&tree);
	put_hybrid();
	before = read_again(NULL);
	tree_write(&tree, "devices/system/cpu/online", "0,2-14\n");
	for (unsigned i = 0; i < 2; i++) {
		unsigned cpu = i ? 15 : 1;
		char path[96];

		snprintf(path, sizeof(path), "devices/system/cpu/cpu%u/topology/core_id", cpu);
		tree_unlink(&tree, path);
		snprintf(path, sizeof(path), "devices/system/cpu/cpu%u/acpi_cppc/highest_perf",
			 cpu);
		tree_unlink(&tree, path);
	}
	after = read_again(&before);
	CHECK(!topology_equal(&before, &after));
	CHECK_EQ(after.n_cpus, 16);
	CHECK(!after.cpu[1].online && !after.cpu[15].online && after.cpu[0].online);
	for (unsigned i = 0; i < after.n_cpus; i++) {
		CHECK_EQ(after.cpu[i].core, before.cpu[i].core);
		CHECK_EQ(after.cpu[i].llc, before.cpu[i].llc);
		CHECK_EQ(after.cpu[i].node, before.cpu[i].node);
		CHECK_EQ(after.cpu[i].capacity, before.cpu[i].capacity);
		CHECK_EQ(after.cpu[i].class, before.cpu[i].class);
	}
	CHECK_STR(list(after.online), "0,2-14");
	CHECK_STR(list(topology_turbo(&after)), "0-3");

	/* Offline since before we came: it is there, and no more is known. */
	unknown = read_again(NULL);
	CHECK_EQ(unknown.cpu[15].core, -1);
	CHECK_EQ(unknown.cpu[15].capacity, 0);
	CHECK_STR(list(topology_powersave(&unknown)), "8-14");
	topology_done(&before);
	topology_done(&after);
	topology_done(&unknown);
	tree_remove(&tree);
}

/* Nothing in a CPU's folder makes sense: it shares nothing, and it works. */
static void broken_files(void)
{
	struct topology t = TOPOLOGY_NULL;
	struct error err = {};

	tree_make(&tree);
	CHECK(topology_read(&t, tree.root, NULL, &err) < 0);
	CHECK_NAMES(err.message, "devices/system/cpu/online");
	tree_write(&tree, "devices/system/cpu/online", "none of your business\n");
	CHECK_EQ(topology_read(&t, tree.root, NULL, &err), -EINVAL);
	CHECK_NAMES(err.message, "none of your business");
	CHECK_EQ(t.n_cpus, 0);

	tree_write(&tree, "devices/system/cpu/online", "0-2\n");
	put(0, "topology/core_id", -1);
	put(1, "topology/core_id", -1);
	tree_write(&tree, "devices/system/cpu/cpu0/cache/index0/level", "three\n");
	put(1, "cache/index0/level", 2);
	tree_write(&tree, "devices/system/cpu/cpu1/cache/index0/shared_cpu_list", "1-2\n");
	put(2, "cache/index0/level", 2);
	tree_write(&tree, "devices/system/cpu/cpu2/cache/index0/shared_cpu_list", "1-2\n");
	tree_mkdir(&tree, "devices/system/cpu/cpu0/nodes");
	tree_mkdir(&tree, "devices/system/cpu/cpu1/node");
	tree_write(&tree, "devices/system/cpu/cpu0/cpu_capacity", "99999999999999999999999\n");
	put(1, "cpu_capacity", 512);
	put(0, "cpufreq/cpuinfo_max_freq", 0);
	t = read_again(NULL);
	CHECK_EQ(t.n_cpus, 3);
	CHECK_EQ(t.cpu[0].core, 0);
	CHECK_EQ(t.cpu[1].core, 1);
	CHECK_EQ(t.cpu[2].core, 2);
	CHECK_EQ(t.cpu[0].llc, 0);
	CHECK_EQ(t.cpu[1].llc, 1);
	CHECK_EQ(t.cpu[2].llc, 1);
	for (unsigned i = 0; i < 3; i++) {
		CHECK_EQ(t.cpu[i].node, 0);
		CHECK_EQ(t.cpu[i].capacity, 1024);
	}
	topology_done(&t);
	tree_remove(&tree);
}

int main(void)
{
	RUN(an_smt_laptop);
	RUN(a_hybrid_laptop);
	RUN(two_kinds_of_cores);
	RUN(a_server);
	RUN(a_small_virtual_machine);
	RUN(offline_cpus);
	RUN(broken_files);
	return TEST_RESULT();
}
