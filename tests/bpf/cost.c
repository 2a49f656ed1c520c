/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a switch between two tasks on one CPU costs in BPF, while all other CPUs are idle. In
 * virtual time a nanosecond is an instruction, and the number is exact: it must not depend on how
 * many CPUs there are. Prints it; run it on machines of several sizes to compare.
 */
#include "tests/bpf/cgroup.h"
#include "tests/bpf/guest.h"

#include <bpf/bpf.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROUNDS 20000

/*
 * What it took on one CPU, and on 2, 8 and 32, where it is the same to the instruction. The
 * kernel's functions that we call cost more in Linux 7. A twentieth to spare.
 */
static uint64_t limit_ns(long cpus)
{
	struct utsname kernel;
	bool newer = !uname(&kernel) && strtoul(kernel.release, NULL, 10) >= 7;

	if (cpus == 1)
		return (newer ? 732 : 619) * 21 / 20;
	return (newer ? 773 : 676) * 21 / 20;
}

struct cost {
	uint64_t ns, calls;
};

/* The sum over our programs, or the part of one. */
static struct cost read_cost(const char *name)
{
	struct cost c = {};
	__u32 id = 0;

	while (!bpf_prog_get_next_id(id, &id)) {
		struct bpf_prog_info info = {};
		__u32 size = sizeof(info);
		int fd = bpf_prog_get_fd_by_id(id);

		if (fd >= 0 && !bpf_prog_get_info_by_fd(fd, &info, &size) &&
		    !strncmp(info.name, name, strlen(name))) {
			c.ns += info.run_time_ns;
			c.calls += info.run_cnt;
		}
		if (fd >= 0)
			close(fd);
	}
	return c;
}

static void pass(int from, int to, unsigned rounds)
{
	char byte = 0;

	while (rounds--)
		if (read(from, &byte, 1) != 1 || write(to, &byte, 1) != 1)
			_exit(1);
}

/* Two tasks on CPU 0 hand a byte to and fro. Returns the switches that this took. */
static uint64_t ping_pong(unsigned rounds)
{
	int there[2], back[2], status = 1;
	struct rusage before, after, child;
	pid_t pid;

	if (pipe(there) || pipe(back))
		exit(1);
	guest_pin(0);
	getrusage(RUSAGE_SELF, &before);
	pid = fork();
	if (!pid) {
		pass(there[0], back[1], rounds);
		_exit(0);
	}
	if (write(there[1], "", 1) != 1)
		exit(1);
	pass(back[0], there[1], rounds - 1);
	if (wait4(pid, &status, 0, &child) != pid)
		exit(1);
	getrusage(RUSAGE_SELF, &after);
	CHECK_EQ(status, 0);
	close(there[0]);
	close(there[1]);
	close(back[0]);
	close(back[1]);
	return (uint64_t)(after.ru_nvcsw - before.ru_nvcsw + after.ru_nivcsw - before.ru_nivcsw +
			  child.ru_nvcsw + child.ru_nivcsw);
}

static void test_cost_of_a_switch(void)
{
	static const char *const programs[] = {
		"bpfland_select_", "bpfland_enqueue", "bpfland_dispatc", "bpfland_stoppin",
		"bpfland_running", "bpfland_sched_s",
	};
	int stats = bpf_enable_stats(BPF_STATS_RUN_TIME);
	struct cost before, after, parts[6];
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	uint64_t switches, per_switch;

	CHECK(stats >= 0);
	ping_pong(1000);
	before = read_cost("bpfland_");
	for (int i = 0; i < 6; i++)
		parts[i] = read_cost(programs[i]);
	switches = ping_pong(ROUNDS);
	after = read_cost("bpfland_");
	per_switch = (after.ns - before.ns) / switches;
	printf("%ld CPUs: %" PRIu64 " switches, %" PRIu64 " ns in BPF each\n", cpus, switches,
	       per_switch);
	for (int i = 0; i < 6; i++) {
		struct cost c = read_cost(programs[i]);
		uint64_t calls = c.calls - parts[i].calls;

		if (calls)
			printf("  %-16s %.2f calls a switch, %" PRIu64 " ns each\n", programs[i],
			       (double)calls / (double)switches, (c.ns - parts[i].ns) / calls);
	}
	CHECK(switches >= 2 * ROUNDS - 2);
	if (guest_is_exact())
		CHECK(per_switch <= limit_ns(cpus));
	close(stats);
}

/* Weights and limits cost nothing when the last group that had any is gone. */
static void test_after_groups(void)
{
	pid_t hog = guest_hog(0, 0);

	for (int i = 0; i < 3; i++) {
		cgroup_make("a", 300);
		cgroup_write("a", "cpu.max", "50000 100000");
		cgroup_join("a", hog);
		guest_pass(100 * MSEC);
		cgroup_join("", hog);
		cgroup_remove("a");
	}
	/* Till a tick of somebody who is busy. */
	guest_pass(100 * MSEC);
	guest_kill(hog);
	test_cost_of_a_switch();
}

int main(void)
{
	struct sched *s;

	guest_require(1);
	cgroup_require();
	s = guest_start(0);
	RUN(test_cost_of_a_switch);
	RUN(test_after_groups);
	CHECK_EQ(sched_ended(s, NULL), 0);
	sched_free(s);
	return TEST_RESULT();
}
