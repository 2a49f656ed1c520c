/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Control groups on a real kernel: who gets how much, by cpu.weight and cpu.idle, flat and nested,
 * and after everything that may change while tasks run.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/bpf/cgroup.h"
#include "tests/bpf/guest.h"

#define TASKS 8

/* Competing hogs: each in its group, on CPU 0 or anywhere. */
struct contest {
	pid_t pid[TASKS];
	uint64_t got[TASKS];
	int n;
};

static int join(struct contest *c, const char *group, int cpu, int nice_value)
{
	c->pid[c->n] = guest_hog(cpu, nice_value);
	if (group)
		cgroup_join(group, c->pid[c->n]);
	return c->n++;
}

/* What each of them gets in @ns. */
static void measure(struct contest *c, uint64_t ns)
{
	for (int i = 0; i < c->n; i++)
		c->got[i] = guest_cpu_time(c->pid[i]);
	guest_pass(ns);
	for (int i = 0; i < c->n; i++)
		c->got[i] = guest_cpu_time(c->pid[i]) - c->got[i];
}

static void finish(struct contest *c)
{
	for (int i = 0; i < c->n; i++)
		guest_kill(c->pid[i]);
	c->n = 0;
}

/* What is expected: so much for some of them (a bit each) as for others. */
struct share {
	const char *what;
	unsigned who, others;
	double ratio;
};

static uint64_t sum(const struct contest *c, unsigned who)
{
	uint64_t ns = 0;

	for (int i = 0; i < c->n; i++)
		ns += who & 1u << i ? c->got[i] : 0;
	return ns;
}

/* Prints it, too: how far off it was is worth knowing when it passes. */
static bool near(const struct contest *c, const struct share *s)
{
	uint64_t others = sum(c, s->others);
	double ratio = (double)sum(c, s->who) / (double)(others ? others : 1);

	printf("%-40s %8.2f, expected %.2f\n", s->what, ratio, s->ratio);
	return ratio > s->ratio * 0.95 && ratio < s->ratio * 1.05;
}

/*
 * Whether they share like that, within 5 %, in one of three windows of @ns: what else runs in the
 * guest weighs next to nothing beside heavy groups, and sets the clock far on when it runs for a
 * while. And a turn more or less is much of what the least of them gets in a second.
 */
static bool settles(struct contest *c, uint64_t ns, const struct share *shares, int n)
{
	for (int i = 0; i < 3; i++) {
		bool good = true;

		guest_pass(300 * MSEC);
		measure(c, ns);
		for (int j = 0; j < n; j++)
			good &= near(c, &shares[j]);
		if (good)
			return true;
	}
	return false;
}

#define SETTLES(c, ns, ...)                                                                        \
	CHECK(settles(c, ns, (struct share[]){ __VA_ARGS__ },                                      \
		      sizeof((struct share[]){ __VA_ARGS__ }) / sizeof(struct share)))

static void test_flat(void)
{
	static const int weights[] = { 100, 300, 1000, 10000 };
	struct contest c = {};
	char what[64];

	cgroup_make("a", 100);
	cgroup_make("b", 100);
	join(&c, "a", 0, 0);
	join(&c, "b", 0, 0);
	for (int i = 0; i < 4; i++) {
		cgroup_set("a", "cpu.weight", weights[i]);
		snprintf(what, sizeof(what), "%d to 100, one task each", weights[i]);
		SETTLES(&c, (weights[i] > 1000 ? 6 : 2) * SEC, { what, 1, 2, weights[i] / 100.0 });
	}
	finish(&c);
	cgroup_remove("a");
	cgroup_remove("b");
}

/* What goes on on other CPUs does not matter to those who are bound to this one. */
static void test_beside(void)
{
	struct contest c = {};

	cgroup_make("a", 1000);
	cgroup_make("b", 100);
	join(&c, "a", 0, 0);
	join(&c, "b", 0, 0);
	join(&c, NULL, 1, 0);
	SETTLES(&c, 2 * SEC, { "1000 to 100 beside a busy CPU", 1, 2, 10 });
	finish(&c);
	cgroup_remove("a");
	cgroup_remove("b");
}

/* The number of tasks in a group is no matter; inside it they share by nice. */
static void test_groups_not_tasks(void)
{
	struct contest c = {};

	cgroup_make("a", 100);
	cgroup_make("b", 100);
	join(&c, "a", 0, 0);
	join(&c, "b", 0, 0);
	join(&c, "b", 0, 0);
	join(&c, "b", 0, 5);
	SETTLES(&c, 3 * SEC, { "one task beside three", 1, 2 | 4 | 8, 1 },
		{ "nice 0 to nice 5 in a group", 2, 8, 100.0 / 33 });
	finish(&c);
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
	join(&c, "a/x", 0, 0);
	join(&c, "a/y/z", 0, 0);
	join(&c, "b", 0, 0);
	SETTLES(&c, 4 * SEC, { "a to b, 300 to 100", 1 | 2, 4, 3 },
		{ "a/y/z to a/x, 200 to 100", 2, 1, 2 });
	finish(&c);
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
		join(&c, "a", -1, 0);
		join(&c, "b", -1, 0);
	}
	SETTLES(&c, 3 * SEC, { "1000 to 100 on two CPUs", 1 | 4, 2 | 8, 10 });
	finish(&c);
	cgroup_remove("a");
	cgroup_remove("b");
}

static void test_moves(void)
{
	struct contest c = {};

	cgroup_make("a", 300);
	cgroup_make("b", 100);
	join(&c, "a", 0, 0);
	join(&c, "b", 0, 0);
	/* While they run, and back and forth: counts must not drift. */
	for (int i = 0; i < 50; i++) {
		cgroup_join("b", c.pid[0]);
		cgroup_join("a", c.pid[1]);
		guest_pass(5 * MSEC);
		cgroup_join("a", c.pid[0]);
		cgroup_join("b", c.pid[1]);
	}
	SETTLES(&c, 2 * SEC, { "300 to 100 after a hundred moves", 1, 2, 3 });
	cgroup_join("a", c.pid[1]);
	SETTLES(&c, 1 * SEC, { "both in one", 1, 2, 1 });
	finish(&c);
	cgroup_remove("a");
	cgroup_remove("b");
}

/* Whole groups come and go under load; who stays is not hurt, and slots are used again. */
static void test_removal(void)
{
	struct contest c = {};

	cgroup_make("a", 100);
	cgroup_make("b", 100);
	join(&c, "a", 0, 0);
	join(&c, "b", 0, 0);
	for (int i = 0; i < 20; i++) {
		struct contest passing = {};

		cgroup_make("c", 10000);
		cgroup_make("c/d", 1);
		join(&passing, "c/d", 0, 0);
		guest_pass(10 * MSEC);
		finish(&passing);
		cgroup_remove("c/d");
		cgroup_remove("c");
	}
	SETTLES(&c, 2 * SEC, { "100 to 100 after groups came and went", 1, 2, 1 });
	finish(&c);
	cgroup_remove("a");
	cgroup_remove("b");
}

static void test_idle(void)
{
	struct contest c = {};

	cgroup_make("a", 100);
	cgroup_make("b", 100);
	join(&c, "a", 0, 0);
	join(&c, "b", 0, 0);
	cgroup_set("b", "cpu.idle", 1);
	guest_pass(300 * MSEC);
	measure(&c, 3 * SEC);
	printf("an idle group beside another: %.2f %%\n", (double)c.got[1] / 3e7);
	CHECK(c.got[1] > 0);
	CHECK(c.got[1] < 3 * SEC / 20);
	cgroup_set("b", "cpu.idle", 0);
	SETTLES(&c, 2 * SEC, { "no longer idle", 1, 2, 1 });
	finish(&c);
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
