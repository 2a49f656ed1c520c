/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A real-time task takes a CPU: what ran there is queued again, and runs on another one meanwhile.
 */
#include "tests/bpf/guest.h"

static void test_preempted_by_rt(void)
{
	struct sched *s = guest_start(0);
	pid_t a = guest_hog(-1, 0), b = guest_hog(-1, 0), rt;
	uint64_t before = guest_counter(s, BPFLAND_COUNTER_RT_REENQUEUES), ran_a, ran_b;

	for (int i = 0; i < 10; i++) {
		guest_pass(5 * MSEC);
		guest_wait(guest_rt(0, 5 * MSEC));
	}
	CHECK(guest_counter(s, BPFLAND_COUNTER_RT_REENQUEUES) >= before + 5);

	/* For half a second one CPU is gone; neither hog may wait for it. */
	ran_a = guest_cpu_time(a);
	ran_b = guest_cpu_time(b);
	rt = guest_rt(0, 500 * MSEC);
	guest_wait(rt);
	ran_a = guest_cpu_time(a) - ran_a;
	ran_b = guest_cpu_time(b) - ran_b;
	printf("ran beside a real-time task: %" PRIu64 " and %" PRIu64 " ms\n", ran_a / MSEC,
	       ran_b / MSEC);
	CHECK(ran_a > 100 * MSEC);
	CHECK(ran_b > 100 * MSEC);
	guest_kill(a);
	guest_kill(b);
	CHECK_EQ(sched_ended(s, NULL), 0);
	sched_free(s);
}

int main(void)
{
	guest_require(2);
	RUN(test_preempted_by_rt);
	return TEST_RESULT();
}
