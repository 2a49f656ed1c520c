/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A wish for idle CPUs lasts as long as a file is open, and costs nothing while it stays the same.
 */
#include "daemon/idle-latency.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "tests/test.h"
#include "tests/unit/tree.h"

static struct tree tree;

/* What the "device" was told last; -1: nothing yet. */
static int32_t told(void)
{
	int fd = open(tree_path(&tree, "latency"), O_RDONLY | O_CLOEXEC);
	int32_t value;

	if (read(fd, &value, sizeof(value)) != sizeof(value))
		value = -1;
	close(fd);
	return value;
}

static void test_wish(void)
{
	struct idle_latency l = IDLE_LATENCY_NULL(tree_path(&tree, "latency"));
	int fd;

	tree_write(&tree, "latency", "");
	CHECK_EQ(idle_latency_set(&l, IDLE_LATENCY_NONE), 0);
	CHECK_EQ(l.fd, -1);
	CHECK_EQ(told(), -1);

	CHECK_EQ(idle_latency_set(&l, 200), 0);
	CHECK_EQ(told(), 200);
	CHECK(l.fd >= 0);
	fd = l.fd;
	CHECK_EQ(idle_latency_set(&l, 0), 0);
	CHECK_EQ(told(), 0);
	CHECK_EQ(l.fd, fd);
	CHECK_EQ(idle_latency_set(&l, INT32_MAX), 0);
	CHECK_EQ(told(), INT32_MAX);

	/* The same again is not even written. */
	tree_write(&tree, "latency", "");
	CHECK_EQ(idle_latency_set(&l, INT32_MAX), 0);
	CHECK_EQ(told(), -1);

	CHECK_EQ(idle_latency_set(&l, IDLE_LATENCY_NONE), 0);
	CHECK_EQ(l.fd, -1);
	CHECK_EQ(fcntl(fd, F_GETFD), -1);	/* and with the file the wish is gone */
}

static void test_refused(void)
{
	struct idle_latency l = IDLE_LATENCY_NULL(tree_path(&tree, "absent"));

	CHECK_EQ(idle_latency_set(&l, 200), -ENOENT);
	CHECK_EQ(idle_latency_set(&l, -2), -ERANGE);
	CHECK_EQ(idle_latency_set(&l, INT64_C(1) << 31), -ERANGE);
	CHECK_EQ(l.fd, -1);
	CHECK_EQ(l.usec, IDLE_LATENCY_NONE);
	CHECK_EQ(idle_latency_set(&l, IDLE_LATENCY_NONE), 0);
}

int main(void)
{
	tree_make(&tree);
	RUN(test_wish);
	RUN(test_refused);
	tree_remove(&tree);
	return TEST_RESULT();
}
