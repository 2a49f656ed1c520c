/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cpu.max on a real kernel: a group runs for its quota and no longer, and whatever it is made to
 * wait, the kernel's watchdog is content.
 */
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/bpf/cgroup.h"
#include "tests/bpf/child.h"
#include "tests/bpf/guest.h"

static struct sched *s;

/* What the hogs of a group get in @ns, in thousandths of a CPU. */
static unsigned measure(const pid_t *pids, int n, uint64_t ns)
{
	uint64_t got = 0;

	for (int i = 0; i < n; i++)
		got -= guest_cpu_time(pids[i]);
	guest_pass(ns);
	for (int i = 0; i < n; i++)
		got += guest_cpu_time(pids[i]);
	return (unsigned)(got * 1000 / ns);
}

static bool within(const char *what, unsigned permille, unsigned expected, unsigned tolerance)
{
	printf("%-40s %6.1f %%, expected %.1f %%\n", what, permille / 10.0, expected / 10.0);
	return permille + tolerance >= expected && permille <= expected + tolerance;
}

/* A fifth of a CPU, whether somebody else wants the rest or not; then more; then no limit. */
static void test_quota(void)
{
	pid_t hog = guest_hog(0, 0), other;

	cgroup_make("a", 100);
	cgroup_write("a", "cpu.max", "20000 100000");
	cgroup_join("a", hog);
	guest_pass(300 * MSEC);
	CHECK(within("20 %, alone", measure(&hog, 1, 3 * SEC), 200, 20));
	other = guest_hog(0, 0);
	CHECK(within("20 %, beside another", measure(&hog, 1, 3 * SEC), 200, 20));
	cgroup_write("a", "cpu.max", "40000 100000");
	guest_pass(200 * MSEC);
	CHECK(within("40 %, beside another", measure(&hog, 1, 2 * SEC), 400, 30));
	cgroup_write("a", "cpu.max", "max");
	guest_pass(200 * MSEC);
	CHECK(within("no limit, beside another", measure(&hog, 1, 2 * SEC), 500, 30));
	guest_kill(hog);
	guest_kill(other);
	cgroup_remove("a");
}

/* A limit begins with a whole quota, whatever those have run before whom it is set for. */
static void test_set_later(void)
{
	pid_t hog = guest_hog(0, 0);

	cgroup_make("a", 100);
	guest_pass(SEC);
	cgroup_join("a", hog);
	guest_pass(SEC / 2);
	cgroup_write("a", "cpu.max", "20000 100000");
	CHECK(within("20 %, set later", measure(&hog, 1, 2 * SEC), 200, 30));
	/* What it runs while there is no limit at all is nobody's. */
	cgroup_write("a", "cpu.max", "max");
	guest_pass(SEC);
	cgroup_write("a", "cpu.max", "20000 100000");
	CHECK(within("20 %, set again", measure(&hog, 1, 2 * SEC), 200, 30));
	cgroup_write("a", "cpu.max", "max");
	guest_pass(SEC / 2);
	cgroup_make("b", 100);
	cgroup_write("b", "cpu.max", "20000 100000");
	cgroup_join("b", hog);
	CHECK(within("20 %, joined later", measure(&hog, 1, 2 * SEC), 200, 30));
	guest_kill(hog);
	cgroup_remove("a");
	cgroup_remove("b");
}

/* The limit of a group above counts, too, for all below it together. */
static void test_nested(void)
{
	pid_t hogs[2] = { guest_hog(0, 0), guest_hog(0, 0) };

	cgroup_make("a", 100);
	cgroup_make("a/b", 100);
	cgroup_make("a/c", 100);
	cgroup_write("a", "cpu.max", "30000 100000");
	cgroup_write("a/b", "cpu.max", "10000 100000");
	cgroup_write("a/c", "cpu.max", "80000 100000");
	cgroup_join("a/b", hogs[0]);
	cgroup_join("a/c", hogs[1]);
	guest_pass(300 * MSEC);
	CHECK(within("10 % below 30 %", measure(&hogs[0], 1, 2 * SEC), 100, 20));
	CHECK(within("80 % below 30 %, less those 10 %", measure(&hogs[1], 1, 2 * SEC), 200, 30));
	CHECK(within("all below 30 %", measure(hogs, 2, 2 * SEC), 300, 30));
	guest_kill(hogs[0]);
	guest_kill(hogs[1]);
	cgroup_remove("a/b");
	cgroup_remove("a/c");
	cgroup_remove("a");
}

/* Programs that end before anybody looks are charged as well. */
static void test_short_lives(void)
{
	uint64_t end = guest_now() + 2 * SEC, used;
	char text[4096];

	cgroup_make("a", 100);
	cgroup_write("a", "cpu.max", "20000 100000");
	cgroup_join("a", getpid());
	while (guest_now() < end) {
		pid_t pid = fork();

		if (!pid) {
			for (volatile int i = 0; i < 300000; i++)
				;
			_exit(0);
		}
		guest_wait(pid);
	}
	cgroup_join("", getpid());
	cgroup_read("a", "cpu.stat", text, sizeof(text));
	used = strtoull(text + strlen("usage_usec"), NULL, 10) * 1000;
	CHECK(within("many short programs", (unsigned)(used * 1000 / (2 * SEC)), 200, 40));
	cgroup_remove("a");
}

/* While it waits for its quota others go on; it does not get in line where it was before that. */
static void test_place_in_line(void)
{
	pid_t hog = guest_hog(0, 0), other = guest_hog(0, 0);
	struct bpfland_task d = {};
	struct error err = {};

	cgroup_make("a", 100);
	cgroup_write("a", "cpu.max", "1000 1000000");
	cgroup_join("a", hog);
	/* In its first turn it has used up its quota, and some time later more than that. */
	guest_pass(700 * MSEC);
	CHECK_EQ(sched_task(s, (uint32_t)hog, &d, &err), 0);
	CHECK(d.ready && !d.running);
	printf("what is held would be due in %.1f ms\n", (double)d.deadline_ns / 1e6);
	CHECK(d.deadline_ns >= -(int64_t)guest_tunables.slice_lag_ns);
	guest_kill(hog);
	guest_kill(other);
	cgroup_remove("a");
}

/* What a held task gets in a moment: its limit alone would let it wait for most of a second. */
#define MOMENT (200 * MSEC)
#define TIGHT "10000 1000000"

/* A hog in a group of this name with such a limit, which has just used up its quota. */
static pid_t held_hog(const char *group)
{
	pid_t hog = guest_hog(0, 0);
	uint64_t before;

	cgroup_write(group, "cpu.max", TIGHT);
	cgroup_join(group, hog);
	do {
		before = guest_cpu_time(hog);
		guest_pass(20 * MSEC);
	} while (guest_cpu_time(hog) != before);
	return hog;
}

static void act_doze(void)
{
	guest_pass(50 * MSEC);
}

/* Who wakes up and has to wait for the quota of its group does not wait for a CPU. */
static void test_is_no_latency(void)
{
	struct child child = child_make(0, SCHED_BATCH, act_doze);
	struct bpfland_latency before[_BPFLAND_CLASS_MAX], after[_BPFLAND_CLASS_MAX];
	uint64_t began, held, waited;
	pid_t hog;

	cgroup_make("a", 100);
	hog = held_hog("a");
	cgroup_join("a", child.pid);
	sched_latency(s, before);
	began = guest_now();
	for (int i = 0; i < 4; i++)
		child_do(&child);
	held = guest_now() - began;
	sched_latency(s, after);
	waited = after[BPFLAND_CLASS_BACKGROUND].sum_ns - before[BPFLAND_CLASS_BACKGROUND].sum_ns;
	printf("held for most of %.1f s, of which %.3f s were counted as waits\n",
	       (double)held / 1e9, (double)waited / 1e9);
	CHECK(held > 2 * SEC);
	CHECK(waited < 100 * MSEC);
	guest_kill(hog);
	child_end(&child);
	cgroup_remove("a");
}

/* Who is held when its limit changes is held by the new one, if by any. */
static void test_change_while_held(void)
{
	pid_t hog;

	cgroup_make("a", 100);
	hog = held_hog("a");
	CHECK(within("held, 1 %", measure(&hog, 1, MOMENT), 0, 20));
	cgroup_write("a", "cpu.max", "100000 1000000");
	CHECK(within("held, then 10 %: all of it at once", measure(&hog, 1, MOMENT), 500, 50));
	CHECK(within("and no more", measure(&hog, 1, MOMENT), 0, 20));
	cgroup_write("a", "cpu.max", "max");
	CHECK(within("held, then no limit", measure(&hog, 1, MOMENT), 1000, 50));
	guest_kill(hog);
	cgroup_remove("a");
}

/* The limit above that holds it is lifted; its own, then, and not before. */
static void test_change_above_while_held(void)
{
	pid_t hog;

	cgroup_make("a", 100);
	cgroup_make("a/b", 100);
	cgroup_write("a", "cpu.max", TIGHT);
	hog = held_hog("a/b");
	cgroup_write("a", "cpu.max", "max");
	CHECK(within("held by two, one is lifted", measure(&hog, 1, MOMENT), 0, 20));
	cgroup_write("a/b", "cpu.max", "max");
	CHECK(within("and the other", measure(&hog, 1, MOMENT), 1000, 50));
	guest_kill(hog);
	cgroup_remove("a/b");
	cgroup_remove("a");
}

static void test_move_while_held(void)
{
	pid_t hog, other;

	cgroup_make("a", 100);
	cgroup_make("b", 100);
	hog = held_hog("a");
	other = held_hog("b");
	cgroup_join("b", hog);
	CHECK(within("moved to another that is held", measure(&hog, 1, MOMENT), 0, 40));
	cgroup_join("", hog);
	CHECK(within("moved out", measure(&hog, 1, MOMENT), 1000, 50));
	guest_kill(hog);
	guest_kill(other);
	cgroup_remove("a");
	cgroup_remove("b");
}

/* Who is killed while it is held ends with its next quota, and leaves nothing behind. */
static void test_removal_while_held(void)
{
	uint64_t began;
	pid_t hog;

	cgroup_make("a", 100);
	hog = held_hog("a");
	began = guest_now();
	guest_kill(hog);
	cgroup_remove("a");
	CHECK(guest_now() - began < 1100 * MSEC);
	cgroup_make("a", 100);
	hog = guest_hog(0, 0);
	cgroup_join("a", hog);
	CHECK(within("a new group of that name", measure(&hog, 1, MOMENT), 1000, 50));
	guest_kill(hog);
	cgroup_remove("a");
}

/* A thousandth of a CPU for a crowd: by that alone each would wait for minutes. */
static void test_watchdog(void)
{
	pid_t hogs[12];

	cgroup_make("a", 100);
	cgroup_write("a", "cpu.max", "1000 1000000");
	for (int i = 0; i < 12; i++) {
		hogs[i] = guest_hog(0, 0);
		cgroup_join("a", hogs[i]);
	}
	printf("a crowd with 0.1 %% of a CPU got %.1f %%\n", measure(hogs, 12, 6 * SEC) / 10.0);
	CHECK_STR(guest_kernel().state, "enabled");
	for (int i = 0; i < 12; i++)
		guest_kill(hogs[i]);
	cgroup_remove("a");
}

int main(void)
{
	const char *const *features = NULL;
	uint32_t supported = 0;
	bool has = false;

	guest_require(1);
	cgroup_require();
	CHECK_EQ(sched_probe(&supported, &features, NULL), 0);
	for (; *features; features++)
		has |= !strcmp(*features, "CgroupBandwidth");
	if (!has) {
		printf("skipped: this kernel does not tell of cpu.max\n");
		return 77;
	}
	s = guest_start(2000);
	RUN(test_quota);
	RUN(test_set_later);
	RUN(test_nested);
	RUN(test_short_lives);
	RUN(test_place_in_line);
	RUN(test_is_no_latency);
	RUN(test_change_while_held);
	RUN(test_change_above_while_held);
	RUN(test_move_while_held);
	RUN(test_removal_while_held);
	RUN(test_watchdog);
	CHECK_EQ(sched_ended(s, NULL), 0);
	sched_free(s);
	return TEST_RESULT();
}
