/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is written to sysfs is put back, whoever wrote it and whenever CPUs came and went.
 */
#include "daemon/idle-resume.h"

#include <errno.h>
#include <sys/stat.h>

#include "daemon/fs.h"
#include "daemon/names.h"
#include "tests/test.h"
#include "tests/unit/tree.h"

static struct tree tree;

#define FILE_OF(cpu) "sys/devices/system/cpu/cpu" #cpu "/" SYSFS_CPU_RESUME_LATENCY

static void lay(void)
{
	tree_make(&tree);
	tree_write(&tree, FILE_OF(0), "0\n");
	tree_write(&tree, FILE_OF(1), "n/a\n");
	tree_write(&tree, FILE_OF(10), "70\n");
	tree_write(&tree, "sys/devices/system/cpu/cpufreq/boost", "1\n");
	tree_mkdir(&tree, "sys/devices/system/cpu/cpu11");
	tree_mkdir(&tree, "run");
}

static int apply(int64_t usec)
{
	return idle_resume_apply(tree_path(&tree, "sys"), tree_path(&tree, "run"), usec);
}

static int restore(void)
{
	return idle_resume_restore(tree_path(&tree, "sys"), tree_path(&tree, "run"));
}

static void test_there_and_back(void)
{
	lay();
	CHECK(idle_resume_supported(tree_path(&tree, "sys")));
	CHECK_EQ(apply(250), 0);
	CHECK_STR(tree_read(&tree, FILE_OF(0)), "250");
	CHECK_STR(tree_read(&tree, FILE_OF(1)), "250");
	CHECK_STR(tree_read(&tree, FILE_OF(10)), "250");
	/* A second value does not make the first one the old one. */
	CHECK_EQ(apply(0), 0);
	CHECK_STR(tree_read(&tree, FILE_OF(10)), "n/a");
	CHECK_EQ(restore(), 0);
	CHECK_STR(tree_read(&tree, FILE_OF(0)), "0");
	CHECK_STR(tree_read(&tree, FILE_OF(1)), "n/a");
	CHECK_STR(tree_read(&tree, FILE_OF(10)), "70");
	CHECK(!fs_exists(tree_path(&tree, "run/idle-resume")));
	/* There is nothing more to put back, and it is not put back again. */
	tree_write(&tree, FILE_OF(0), "5\n");
	CHECK_EQ(restore(), 0);
	CHECK_STR(tree_read(&tree, FILE_OF(0)), "5\n");
	tree_remove(&tree);
}

static void test_cpus_come_and_go(void)
{
	lay();
	CHECK_EQ(apply(250), 0);
	tree_unlink(&tree, FILE_OF(1));
	tree_write(&tree, FILE_OF(100), "9\n");
	CHECK_EQ(apply(100), 0);
	CHECK_STR(tree_read(&tree, FILE_OF(100)), "100");
	CHECK_EQ(restore(), 0);
	CHECK_STR(tree_read(&tree, FILE_OF(0)), "0");
	CHECK_STR(tree_read(&tree, FILE_OF(10)), "70");
	CHECK_STR(tree_read(&tree, FILE_OF(100)), "9");
	CHECK(!fs_exists(tree_path(&tree, FILE_OF(1))));
	tree_remove(&tree);
}

static void test_without(void)
{
	tree_make(&tree);
	tree_mkdir(&tree, "sys/devices/system/cpu/cpu0");
	tree_mkdir(&tree, "run");
	CHECK(!idle_resume_supported(tree_path(&tree, "sys")));
	CHECK_EQ(apply(250), -ENOENT);
	CHECK(!fs_exists(tree_path(&tree, "run/idle-resume")));
	CHECK_EQ(restore(), 0);
	tree_remove(&tree);
}

/* Before the first old value is gone, all of them are on disk: no disk, no change. */
static void test_nowhere_to_keep(void)
{
	lay();
	tree_mkdir(&tree, "run/idle-resume");
	CHECK(apply(250) < 0);
	CHECK_STR(tree_read(&tree, FILE_OF(0)), "0\n");
	CHECK_STR(tree_read(&tree, FILE_OF(10)), "70\n");
	tree_remove(&tree);
}

int main(void)
{
	RUN(test_there_and_back);
	RUN(test_cpus_come_and_go);
	RUN(test_without);
	RUN(test_nowhere_to_keep);
	return TEST_RESULT();
}
