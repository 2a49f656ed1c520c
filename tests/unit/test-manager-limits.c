/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who relies on limits of CPU time is told where they have no effect.
 */
#include <string.h>

#include "tests/test.h"
#include "tests/unit/manager-fixture.h"

static const char *const enforcing[] = { "CgroupBandwidth", NULL };

static unsigned warnings(void)
{
	const char *text = log_text();
	unsigned n = 0;

	while ((text = strstr(text, "limits of CPU time"))) {
		n++;
		text++;
	}
	return n;
}

static void named_once(void)
{
	tree_write(&tree, "sys/fs/cgroup/system.slice/a.service/cpu.max", "20000 100000\n");
	open_manager();
	WAIT_FOR(LIFECYCLE_RUNNING);
	CHECK_EQ(warnings(), 1);
	CHECK(strstr(log_text(), "system.slice/a.service") != NULL);
	CHECK(strstr(log_text(), "6.18.0-test") != NULL);
	CHECK_EQ(manager_sched_stop(m, NULL), 0);
	CHECK_EQ(manager_sched_start(m, NULL), 0);
	WAIT_FOR(LIFECYCLE_RUNNING);
	CHECK_EQ(warnings(), 1);
	close_manager();
}

static void nothing_to_say_where_they_work(void)
{
	fake_sched.features = enforcing;
	tree_write(&tree, "sys/fs/cgroup/system.slice/a.service/cpu.max", "20000 100000\n");
	open_manager();
	WAIT_FOR(LIFECYCLE_RUNNING);
	CHECK_EQ(warnings(), 0);
	close_manager();
}

static void nothing_to_say_without_limits(void)
{
	tree_write(&tree, "sys/fs/cgroup/system.slice/cpu.max", "max 100000\n");
	open_manager();
	WAIT_FOR(LIFECYCLE_RUNNING);
	CHECK_EQ(warnings(), 0);
	close_manager();
}

int main(void)
{
	CASE(named_once);
	CASE(nothing_to_say_where_they_work);
	CASE(nothing_to_say_without_limits);
	return TEST_RESULT();
}
