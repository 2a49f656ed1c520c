/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who gets how much of a CPU: weights, equals, and those of least weight, who get something, too.
 */
#include "tests/bpf/guest.h"

#define TASKS 4

/* What TASKS hogs of these nice values get of CPU 0 in @ns. */
static void compete(const int nice_values[TASKS], int n, uint64_t ns, uint64_t ret[TASKS])
{
	pid_t hogs[TASKS];

	for (int i = 0; i < n; i++)
		hogs[i] = guest_hog(0, nice_values[i]);
	for (int i = 0; i < n; i++)
		ret[i] = guest_cpu_time(hogs[i]);
	guest_pass(ns);
	for (int i = 0; i < n; i++)
		ret[i] = guest_cpu_time(hogs[i]) - ret[i];
	for (int i = 0; i < n; i++)
		guest_kill(hogs[i]);
}

static void test_equals(void)
{
	uint64_t got[TASKS], least = UINT64_MAX, most = 0;

	compete((int[TASKS]){ 0, 0, 0, 0 }, 4, 10 * SEC, got);
	for (int i = 0; i < TASKS; i++) {
		least = got[i] < least ? got[i] : least;
		most = got[i] > most ? got[i] : most;
	}
	printf("least / most: %.4f\n", (double)least / (double)most);
	CHECK(least * 100 >= most * 98);
}

/* The kernel gives nice 0 three times the weight of nice 5. */
static void test_nice(void)
{
	uint64_t got[TASKS];

	compete((int[TASKS]){ 0, 5 }, 2, 4 * SEC, got);
	printf("nice 0 / nice 5: %.2f\n", (double)got[0] / (double)got[1]);
	CHECK(got[0] * 10 > got[1] * 27);
	CHECK(got[0] * 10 < got[1] * 34);
}

static void test_nobody_starves(void)
{
	uint64_t got[TASKS];

	compete((int[TASKS]){ 0, 0, -20, 19 }, 4, 4 * SEC, got);
	printf("nice 19 beside nice -20: %.2f %%\n", (double)got[3] / 4e7);
	CHECK(got[3] > 0);
	CHECK(got[3] < got[0]);
	CHECK(got[2] > 2 * got[0]);
}

int main(void)
{
	struct sched *s;

	guest_require(1);
	s = guest_start(0);
	RUN(test_equals);
	RUN(test_nice);
	RUN(test_nobody_starves);
	CHECK_EQ(sched_ended(s, NULL), 0);
	sched_free(s);
	return TEST_RESULT();
}
