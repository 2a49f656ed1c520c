/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CPUs go and come back under load; the scheduler stays.
 */
#include "tests/bpf/cgroup.h"
#include "tests/bpf/guest.h"

#define ROUNDS 10

/* How many CPUs, by our own account, serve the one queue of all. */
static uint64_t cpus(struct sched *s)
{
	return guest_dumped(s, "queue 0: ", "queue 0: ");
}

static void test_hotplug(void)
{
	pid_t hogs[4], bound = guest_hog(0, 0);
	struct sched *s = guest_start(0);
	uint64_t seq = guest_kernel().enable_seq, before[4], bound_before;

	guest_settle();
	for (int i = 0; i < 4; i++)
		hogs[i] = guest_hog(-1, 0);
	CHECK_EQ(cpus(s), 2);
	for (int i = 0; i < ROUNDS; i++) {
		CHECK(guest_set_online(1, false));
		CHECK_EQ(cpus(s), 1);
		guest_pass(20 * MSEC);
		CHECK(guest_set_online(1, true));
		guest_pass(20 * MSEC);
	}
	CHECK_EQ(cpus(s), 2);
	for (int i = 0; i < 4; i++)
		before[i] = guest_cpu_time(hogs[i]);
	bound_before = guest_cpu_time(bound);
	guest_pass(500 * MSEC);
	for (int i = 0; i < 4; i++) {
		CHECK(guest_cpu_time(hogs[i]) > before[i]);
		guest_kill(hogs[i]);
	}
	CHECK(guest_cpu_time(bound) > bound_before);
	guest_kill(bound);
	CHECK_EQ(guest_kernel().enable_seq, seq);
	CHECK_STR(guest_kernel().ops, BPFLAND_OPS_NAME);
	CHECK_EQ(guest_counter(s, BPFLAND_COUNTER_HOTPLUGS), 2 * ROUNDS);
	CHECK_EQ(sched_ended(s, NULL), 0);
	sched_free(s);
}

/*
 * What waits for the next quota of its group waits for a CPU, too, and would hold up one that
 * leaves until then; and who is bound to it would not run again.
 */
static void test_limited(void)
{
	struct sched *s = guest_start(2000);
	uint64_t begin, took, before;
	pid_t bound, free;

	guest_settle();
	cgroup_make("a", 100);
	cgroup_write("a", "cpu.max", "1000 1000000");
	bound = guest_hog(1, 0);
	free = guest_hog(-1, 0);
	cgroup_join("a", bound);
	cgroup_join("a", free);
	guest_pass(100 * MSEC);
	begin = guest_now();
	CHECK(guest_set_online(1, false));
	took = guest_now() - begin;
	printf("a CPU where tasks wait for their quota left in %.0f ms\n", (double)took / 1e6);
	CHECK(took < 600 * MSEC);
	cgroup_write("a", "cpu.max", "max");
	before = guest_cpu_time(bound);
	guest_pass(500 * MSEC);
	CHECK(guest_cpu_time(bound) > before);
	CHECK(guest_set_online(1, true));
	guest_kill(bound);
	guest_kill(free);
	cgroup_remove("a");
	CHECK_EQ(sched_ended(s, NULL), 0);
	sched_free(s);
}

int main(void)
{
	guest_require(2);
	if (!guest_set_online(1, true)) {
		printf("skipped: CPU 1 cannot be taken offline here\n");
		return 77;
	}
	RUN(test_hotplug);
	if (TEST_RESULT())
		return 1;
	cgroup_require();
	RUN(test_limited);
	return TEST_RESULT();
}
