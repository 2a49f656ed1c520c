/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Control groups on a real kernel: who gets how much, by cpu.weight and cpu.idle, flat and nested,
 * and after everything that may change while tasks run.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/bpf/cgroup.h"
#include "tests/bpf/contest.h"
#include "tests/bpf/guest.h"

static void test_flat(void)
{
	static const int weights[][2] = { { 100, 100 }, { 300, 100 }, { 1000, 100 }, { 100, 1 } };
	struct contest c = {};
	char what[64];

	cgroup_make("a", 100);
	cgroup_make("b", 100);
	contest_join(&c, "a", 0, 0);
	contest_join(&c, "b", 0, 0);
	for (int i = 0; i < 4; i++) {
		const int *w = weights[i];

		cgroup_set("a", "cpu.weight", w[0]);
		cgroup_set("b", "cpu.weight", w[1]);
		snprintf(what, sizeof(what), "%d to %d, one task each", w[0], w[1]);
		CONTEST_SETTLES(&c, (w[1] < 100 ? 4 : 1) * SEC,
				{ what, 1, 2, (double)w[0] / w[1] });
	}
	contest_finish(&c);
	cgroup_remove("a");
	cgroup_remove("b");
}

/* What goes on on other CPUs does not matter to those who are bound to this one. */
static void test_beside(void)
{
	struct contest c = {};

	cgroup_make("a", 1000);
	cgroup_make("b", 100);
	contest_join(&c, NULL, 1, 0);
	contest_join(&c, "a", 0, 0);
	contest_join(&c, "b", 0, 0);
	CONTEST_SETTLES(&c, 2 * SEC, { "1000 to 100 beside a busy CPU", 2, 4, 10 });
	contest_finish(&c);
	cgroup_remove("a");
	cgroup_remove("b");
}

/* The number of tasks in a group is no matter; inside it they share by nice. */
static void test_groups_not_tasks(void)
{
	struct contest c = {};

	cgroup_make("a", 100);
	cgroup_make("b", 100);
	contest_join(&c, "a", 0, 0);
	contest_join(&c, "b", 0, 0);
	contest_join(&c, "b", 0, 0);
	contest_join(&c, "b", 0, 5);
	CONTEST_SETTLES(&c, 3 * SEC, { "one task beside three", 1, 2 | 4 | 8, 1 },
		{ "nice 0 to nice 5 in a group", 2, 8, 100.0 / 33 });
	contest_finish(&c);
	cgroup_remove("a");
	cgroup_remove("b");
}

static void test_nested(void)
{
	struct contest c = {};

	cgroup_make("a", 300);
	cgroup_make("b", 100);
	cgroup_make("a/x", 100);
	cgroup_make("a/y", 200);
	cgroup_make("a/y/z", 1);
	contest_join(&c, "a/x", 0, 0);
	contest_join(&c, "a/y/z", 0, 0);
	contest_join(&c, "b", 0, 0);
	CONTEST_SETTLES(&c, 4 * SEC, { "a to b, 300 to 100", 1 | 2, 4, 3 },
		{ "a/y/z to a/x, 200 to 100", 2, 1, 2 });
	contest_finish(&c);
	cgroup_remove("a/y/z");
	cgroup_remove("a/y");
	cgroup_remove("a/x");
	cgroup_remove("a");
	cgroup_remove("b");
}

/* As many tasks as CPUs in each group. */
static void test_on_two_cpus(void)
{
	struct contest c = {};

	cgroup_make("a", 1000);
	cgroup_make("b", 100);
	for (int i = 0; i < 2; i++) {
		contest_join(&c, "a", -1, 0);
		contest_join(&c, "b", -1, 0);
	}
	CONTEST_SETTLES(&c, 3 * SEC, { "1000 to 100 on two CPUs", 1 | 4, 2 | 8, 10 });
	contest_finish(&c);
	cgroup_remove("a");
	cgroup_remove("b");
}

static void test_moves(void)
{
	struct contest c = {};

	cgroup_make("a", 300);
	cgroup_make("b", 100);
	contest_join(&c, "a", 0, 0);
	contest_join(&c, "b", 0, 0);
	/* While they run, and back and forth: counts must not drift. */
	for (int i = 0; i < 50; i++) {
		cgroup_join("b", c.pid[0]);
		cgroup_join("a", c.pid[1]);
		guest_pass(5 * MSEC);
		cgroup_join("a", c.pid[0]);
		cgroup_join("b", c.pid[1]);
	}
	CONTEST_SETTLES(&c, 2 * SEC, { "300 to 100 after a hundred moves", 1, 2, 3 });
	cgroup_join("a", c.pid[1]);
	CONTEST_SETTLES(&c, 1 * SEC, { "both in one", 1, 2, 1 });
	contest_finish(&c);
	cgroup_remove("a");
	cgroup_remove("b");
}

/* Whole groups come and go under load; who stays is not hurt, and slots are used again. */
static void test_removal(void)
{
	struct contest c = {};

	cgroup_make("a", 100);
	cgroup_make("b", 100);
	contest_join(&c, "a", 0, 0);
	contest_join(&c, "b", 0, 0);
	for (int i = 0; i < 20; i++) {
		struct contest passing = {};

		cgroup_make("c", 10000);
		cgroup_make("c/d", 1);
		contest_join(&passing, "c/d", 0, 0);
		guest_pass(10 * MSEC);
		contest_finish(&passing);
		cgroup_remove("c/d");
		cgroup_remove("c");
	}
	CONTEST_SETTLES(&c, 2 * SEC, { "100 to 100 after groups came and went", 1, 2, 1 });
	contest_finish(&c);
	cgroup_remove("a");
	cgroup_remove("b");
}

/* A hundred to one, inside a group that has a half. */
static void test_hundred_nested(void)
{
	struct contest c = {};

	cgroup_make("a", 100);
	cgroup_make("b", 100);
	cgroup_make("a/x", 10000);
	cgroup_make("a/y", 100);
	contest_join(&c, "b", 0, 0);
	contest_join(&c, "a/x", 0, 0);
	contest_join(&c, "a/y", 0, 0);
	CONTEST_SETTLES(&c, 5 * SEC, { "b to a", 1, 2 | 4, 1 },
			{ "a/x to a/y, 10000 to 100", 2, 4, 100 });
	contest_finish(&c);
	cgroup_remove("a/x");
	cgroup_remove("a/y");
	cgroup_remove("a");
	cgroup_remove("b");
}

/* An idle group counts as one of weight 1. */
static void test_idle(void)
{
	struct contest c = {};

	cgroup_make("a", 100);
	cgroup_make("b", 100);
	contest_join(&c, "a", 0, 0);
	contest_join(&c, "b", 0, 0);
	cgroup_set("b", "cpu.idle", 1);
	CONTEST_SETTLES(&c, 3 * SEC, { "100 to an idle group", 1, 2, 100 });
	cgroup_set("b", "cpu.idle", 0);
	CONTEST_SETTLES(&c, 2 * SEC, { "no longer idle", 1, 2, 1 });
	contest_finish(&c);
	cgroup_remove("a");
	cgroup_remove("b");
}

int main(void)
{
	struct sched *s;

	guest_require(1);
	cgroup_require();
	/* One that is there before, and one after. */
	cgroup_make("before", 100);
	s = guest_start(0);
	RUN(test_flat);
	RUN(test_beside);
	RUN(test_groups_not_tasks);
	RUN(test_nested);
	RUN(test_hundred_nested);
	if (sysconf(_SC_NPROCESSORS_ONLN) > 1)
		RUN(test_on_two_cpus);
	RUN(test_moves);
	RUN(test_removal);
	RUN(test_idle);
	CHECK_EQ(sched_ended(s, NULL), 0);
	sched_free(s);
	cgroup_remove("before");
	return TEST_RESULT();
}
