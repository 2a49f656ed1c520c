/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Finding the control groups that have a limit.
 */
#include <string.h>

#include "daemon/limits.h"
#include "tests/test.h"
#include "tests/unit/tree.h"

static struct tree tree;
static char names[256];

static unsigned find(void)
{
	return limits_find(tree_path(&tree, "sys"), names, sizeof(names));
}

static void test_no_cgroups(void)
{
	tree_make(&tree);
	CHECK_EQ(find(), 0);
	CHECK_STR(names, "");
	tree_mkdir(&tree, "sys/fs/cgroup");
	CHECK_EQ(find(), 0);
	tree_remove(&tree);
}

static void test_those_with_a_limit(void)
{
	tree_make(&tree);
	tree_write(&tree, "sys/fs/cgroup/cpu.max", "1 1\n");
	tree_write(&tree, "sys/fs/cgroup/user.slice/cpu.max", "max 100000\n");
	tree_write(&tree, "sys/fs/cgroup/system.slice/a.service/cpu.max", "20000 100000\n");
	tree_write(&tree, "sys/fs/cgroup/system.slice/b.service/cpu.max", "");
	tree_mkdir(&tree, "sys/fs/cgroup/system.slice/c.service");
	CHECK_EQ(find(), 1);
	CHECK_STR(names, "system.slice/a.service");
	tree_write(&tree, "sys/fs/cgroup/system.slice/a.service/x/cpu.max", "100 1000\n");
	CHECK_EQ(find(), 2);
	CHECK_STR(names, "system.slice/a.service, system.slice/a.service/x");
	tree_remove(&tree);
}

/* All are counted, and no name is cut in two. */
static void test_more_than_fit(void)
{
	char path[128];

	tree_make(&tree);
	for (int i = 0; i < 40; i++) {
		snprintf(path, sizeof(path), "sys/fs/cgroup/unit-%02d/cpu.max", i);
		tree_write(&tree, path, "1000 100000\n");
	}
	CHECK_EQ(find(), 40);
	CHECK(strlen(names) < sizeof(names));
	CHECK_EQ(strlen(names) % strlen("unit-00, "), strlen("unit-00"));
	tree_remove(&tree);
}

int main(void)
{
	RUN(test_no_cgroups);
	RUN(test_those_with_a_limit);
	RUN(test_more_than_fit);
	return TEST_RESULT();
}
