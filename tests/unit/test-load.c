/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What all CPUs do, from files that look like /proc/stat.
 */
#include "ctl/load.h"

#include "tests/test.h"
#include "tests/unit/tree.h"

static struct tree tree;
static struct load a, b;

static void cpus_are_read_one_by_one(void)
{
	tree_write(&tree, "stat",
		   "cpu  400 0 100 1000 50 0 0 0 0 0\n"
		   "cpu0 100 0 50 500 50 0 0 0 0 0\n"
		   "cpu3 300 0 50 500 0 0 0 0 0 0\n"
		   "intr 12345 0 0\n"
		   "ctxt 987654\n");
	load_read(&a, tree_path(&tree, ""));
	CHECK_EQ(a.cpus, 4);
	CHECK_EQ(a.switches, 987654);
	CHECK_EQ(a.cpu[0].all, 700);
	CHECK_EQ(a.cpu[0].busy, 150);
	CHECK_EQ(a.cpu[1].all, 0);
	tree_write(&tree, "stat",
		   "cpu0 125 0 50 575 50 0 0 0 0 0\n"
		   "cpu1 1 0 1 8 0 0 0 0 0 0\n"
		   "cpu3 400 0 50 500 0 0 0 0 0 0\n");
	load_read(&b, tree_path(&tree, ""));
	CHECK_EQ(load_percent(&a, &b, 0), 25);
	CHECK_EQ(load_percent(&a, &b, 1), 20);	/* it came */
	CHECK_EQ(load_percent(&a, &b, 2), -1);
	CHECK_EQ(load_percent(&a, &b, 3), 100);
	CHECK_EQ(load_percent(&b, &b, 3), 0);
	CHECK_EQ(load_percent(&b, &a, 1), -1);	/* it went */
}

static void what_makes_no_sense_is_nothing(void)
{
	tree_write(&tree, "stat", "cpu5000 1 1 1 1 1\ncpux 1 1 1 1\ncpu2 1 1\nctxt\n");
	load_read(&b, tree_path(&tree, ""));
	CHECK_EQ(b.cpus, 0);
	CHECK_EQ(b.switches, 0);
	load_read(&b, tree_path(&tree, "nowhere"));
	CHECK_EQ(b.cpus, 0);
}

int main(void)
{
	tree_make(&tree);
	RUN(cpus_are_read_one_by_one);
	RUN(what_makes_no_sense_is_nothing);
	tree_remove(&tree);
	return TEST_RESULT();
}
