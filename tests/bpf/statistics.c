/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is said of waits and of tasks, compared with what the kernel says of the same; and our part
 * of the kernel's debug dump.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "daemon/waits.h"
#include "tests/bpf/cgroup.h"
#include "tests/bpf/guest.h"

#define SLEEPS 200
#define TRACEFS "/sys/kernel/tracing"
#define DUMP_EVENT "/sys/kernel/tracing/events/sched_ext/sched_ext_dump/enable"

static struct sched *s;

/* A child of SCHED_BATCH, the only one here: what its class counts, it did. */
struct sleeper {
	pid_t pid;
	int go;		/* each byte makes it sleep that many times, and wait for the next */
};

/* The kernel's account of it. */
struct account {
	uint64_t ran_ns, waited_ns, voluntary, involuntary;
};

static uint64_t proc_number(pid_t pid, const char *file, const char *key, unsigned word)
{
	char path[64], line[512], *at;
	uint64_t n = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f)) {
		if (strncmp(line, key, strlen(key)))
			continue;
		at = line + strlen(key);
		for (unsigned i = 0; i <= word; i++)
			n = strtoull(at, &at, 10);
		break;
	}
	if (f)
		fclose(f);
	return n;
}

static struct account account(pid_t pid)
{
	return (struct account){
		.ran_ns = proc_number(pid, "schedstat", "", 0),
		.waited_ns = proc_number(pid, "schedstat", "", 1),
		.voluntary = proc_number(pid, "status", "voluntary_ctxt_switches:", 0),
		.involuntary = proc_number(pid, "status", "nonvoluntary_ctxt_switches:", 0),
	};
}

/* Until it has gone to sleep; nothing in the kernel tells that. */
static void wait_asleep(pid_t pid)
{
	char path[64], state = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	while (state != 'S') {
		guest_pass(MSEC);
		f = fopen(path, "re");
		if (!f || fscanf(f, "%*d (%*[^)]) %c", &state) != 1)
			exit(1);
		fclose(f);
	}
}

static struct sleeper make_sleeper(int cpu)
{
	struct sched_param param = {};
	struct sleeper child;
	int go[2];
	char byte;

	if (pipe2(go, O_CLOEXEC) || (child.pid = fork()) < 0)
		exit(1);
	child.go = go[1];
	if (!child.pid) {
		close(go[1]);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		prctl(PR_SET_NAME, "sleeper");
		guest_pin(cpu);
		if (sched_setscheduler(0, SCHED_BATCH, &param))
			_exit(1);
		while (read(go[0], &byte, 1) == 1)
			for (int i = 0; i < (unsigned char)byte; i++)
				guest_pass(MSEC);
		_exit(0);
	}
	close(go[0]);
	wait_asleep(child.pid);
	return child;
}

static void send_to_sleep(const struct sleeper *child, uint8_t times)
{
	uint64_t before = account(child->pid).voluntary;

	if (write(child->go, &times, 1) != 1)
		exit(1);
	while (account(child->pid).voluntary < before + times)
		guest_pass(10 * MSEC);
	wait_asleep(child->pid);
}

static struct bpfland_latency waits(void)
{
	struct bpfland_latency all[_BPFLAND_CLASS_MAX];

	sched_latency(s, all);
	return all[BPFLAND_CLASS_BACKGROUND];
}

/*
 * Each wake-up is in one bucket, and all of them add up to what the kernel says it waited. The last
 * wake-up is counted with the next one, so there is one more before the first look, and one before
 * the second.
 */
static void check_waits(const struct sleeper *child, uint64_t at_least_ns)
{
	struct account first = account(child->pid), then, last, now;
	struct bpfland_latency before, after;
	uint64_t n, low = 0, high = 0, sum;

	send_to_sleep(child, 0);
	then = account(child->pid);
	before = waits();
	send_to_sleep(child, SLEEPS);
	last = account(child->pid);
	send_to_sleep(child, 0);
	now = account(child->pid);
	after = waits();
	n = waits_count(&after) - waits_count(&before);
	sum = after.sum_ns - before.sum_ns;
	printf("%" PRIu64 " waits, together %" PRIu64 " us, the longest %" PRIu64 " us\n", n,
	       sum / 1000, waits_max_usec(&after));
	CHECK_EQ(n, SLEEPS + 2);
	CHECK_EQ(n, now.voluntary - then.voluntary);
	/* Whoever is thrown off the CPU waits, too, but not because it woke up. */
	if (now.involuntary == first.involuntary)
		CHECK_EQ(sum, last.waited_ns - first.waited_ns);
	else
		CHECK(sum < last.waited_ns - first.waited_ns);
	for (unsigned b = 0; b < BPFLAND_LATENCY_BUCKETS; b++) {
		uint64_t in_it = after.bucket[b] - before.bucket[b];

		low += b ? in_it * (1000ULL << (b - 1)) : 0;
		high += in_it * (1000ULL << b);
	}
	CHECK(low <= sum);
	CHECK(high > sum);
	CHECK(after.max_ns >= sum / n);
	CHECK(sum / n >= at_least_ns);
}

static void test_waits(void)
{
	struct sleeper child = make_sleeper(0);
	pid_t hog;

	check_waits(&child, 0);
	/* Beside a task that never sleeps, one of SCHED_BATCH waits for the end of its slice. */
	hog = guest_hog(0, 0);
	check_waits(&child, MSEC / 2);
	guest_kill(hog);
	guest_kill(child.pid);
	close(child.go);
}

static void test_task(void)
{
	struct sleeper child = make_sleeper(0);
	struct bpfland_task d = {};
	struct error err = {};
	struct account a;

	for (int i = 0; i < 5; i++)
		send_to_sleep(&child, SLEEPS);
	CHECK_EQ(sched_task(s, (uint32_t)child.pid, &d, &err), 0);
	a = account(child.pid);
	CHECK_EQ(d.pid, child.pid);
	CHECK_STR(d.name, "sleeper");
	CHECK_EQ(d.policy, SCHED_BATCH);
	CHECK_EQ(d.weight, 100);
	CHECK_EQ(d.cpu, 0);
	CHECK_EQ(d.ran_ns, a.ran_ns);
	CHECK_EQ(d.waited_ns, a.waited_ns);
	CHECK_EQ(d.voluntary_switches, a.voluntary);
	CHECK_EQ(d.ready, false);
	CHECK_EQ(d.running, false);
	/* It sleeps for a little more than a millisecond each time: why is it interactive? */
	CHECK(d.interactive);
	CHECK(d.rate > 100 && d.rate < 1000);
	CHECK(d.threshold >= 1 && d.threshold <= guest_tunables.interactive_threshold);
	CHECK(d.rate >= d.threshold);
	CHECK(d.avg_run_ns > 0 && d.avg_run_ns < MSEC);
	printf("%s: %u switches/s, threshold %u, average run %" PRIu64 " us\n", d.name, d.rate,
	       d.threshold, (uint64_t)d.avg_run_ns / 1000);
	guest_kill(child.pid);
	close(child.go);
}

static void test_hogs(void)
{
	pid_t a = guest_hog(1, 0), b = guest_hog(1, 19);
	struct bpfland_task d = {};
	struct error err = {};
	char line[64];
	char *dump;

	guest_pass(SEC);
	CHECK_EQ(sched_task(s, (uint32_t)a, &d, &err), 0);
	CHECK(!d.interactive);
	CHECK_EQ(d.ready, true);
	CHECK(d.rate < guest_tunables.interactive_threshold);
	CHECK_EQ(d.cpu, 1);
	CHECK(d.run_ns > 100 * MSEC);
	CHECK(d.recent_ns > 0);
	CHECK_EQ(sched_task(s, (uint32_t)b, &d, &err), 0);
	CHECK(d.weight < 100);

	/* One of the two runs and the other one waits. */
	CHECK_EQ(sched_dump(s, &dump, &err), 0);
	CHECK_NAMES(dump, "queue 0: ");
	CHECK_NAMES(dump, "cpu 1: ");
	snprintf(line, sizeof(line), "[%d]: other, 0 switches/s, ", (int)a);
	CHECK_NAMES(dump, line);
	CHECK_NAMES(dump, "  waits: ");
	free(dump);
	guest_kill(a);
	guest_kill(b);
}

static struct bpfland_task ask(pid_t pid)
{
	struct bpfland_task d = {};
	struct error err = {};

	CHECK_EQ(sched_task(s, (uint32_t)pid, &d, &err), 0);
	return d;
}

/* What a task is said to weigh is what it gets: its group's weight, and not only its own. */
static void test_weight(void)
{
	pid_t heavy = guest_hog(1, 0), light = guest_hog(1, 0);
	unsigned of_heavy, of_light;

	cgroup_make("heavy", 300);
	cgroup_make("light", 100);
	cgroup_join("heavy", heavy);
	cgroup_join("light", light);
	guest_pass(300 * MSEC);
	of_heavy = ask(heavy).weight;
	of_light = ask(light).weight;
	printf("weights of 300 and 100: %u and %u\n", of_heavy, of_light);
	CHECK(10 * of_heavy > 28 * of_light && 10 * of_heavy < 32 * of_light);
	guest_kill(heavy);
	guest_kill(light);
	cgroup_remove("heavy");
	cgroup_remove("light");
}

static void check_dump(const char *line)
{
	struct error err = {};
	char *dump;

	CHECK_EQ(sched_dump(s, &dump, &err), 0);
	CHECK_NAMES(dump, line);
	free(dump);
}

/* Who is missing from all queues is found with the group that holds it. */
static void test_groups_in_dump(void)
{
	pid_t hog = guest_hog(1, 0);
	char line[64];

	cgroup_make("held", 200);
	cgroup_write("held", "cpu.max", "10000 1000000");
	cgroup_join("held", hog);
	while (ask(hog).running)
		guest_pass(10 * MSEC);
	guest_pass(20 * MSEC);
	check_dump(" (held, id ");
	check_dump(": below 0, weight 200, a task of nice 0 weighs ");
	check_dump("  limit: 10.000 ms of every 1000.000 ms, ");
	check_dump(" ms left, used up, 1 held\n");
	snprintf(line, sizeof(line), "[%d]: other, ", (int)hog);
	check_dump(line);
	check_dump("  held: ");
	guest_kill(hog);
	cgroup_remove("held");
}

static void test_settings_in_dump(void)
{
	static const struct sched_domains none;
	struct sched_domains d = { .primary.word[0] = 2 };

	check_dump("power: frequency off, all CPUs may run now\n");
	CHECK_EQ(sched_set_domains(s, &d), 0);
	check_dump("preferred: 1, Primary\n");
	CHECK_EQ(sched_set_domains(s, &none), 0);
}

static void test_not_ours(void)
{
	pid_t gone = guest_hog(0, 0), rt = guest_rt(1, 200 * MSEC);
	struct bpfland_task d = {};
	struct error err = {};

	guest_kill(gone);
	CHECK_EQ(sched_task(s, (uint32_t)gone, &d, &err), -ESRCH);
	CHECK_EQ(err.kind, ERROR_NO_SUCH_TASK);
	CHECK_EQ(sched_task(s, UINT32_MAX, &d, &err), -ESRCH);
	CHECK_EQ(sched_task(s, (uint32_t)rt, &d, &err), -EOPNOTSUPP);
	CHECK_EQ(err.kind, ERROR_NOT_SUPPORTED);
	CHECK_NAMES(err.message, "SCHED_FIFO");
	guest_wait(rt);
}

static bool put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool ok = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return ok;
}

/* SysRq-D: what we add to the kernel's dump of a scheduler. */
static void test_debug_dump(void)
{
	static char text[1 << 17];
	struct sched_domains d = { .primary.word[0] = 2 };
	static const struct sched_domains none;
	pid_t hog = guest_hog(1, 0);
	char line[64];
	FILE *f;

	cgroup_make("dumped", 300);
	cgroup_write("dumped", "cpu.max", "900000 1000000");
	cgroup_join("dumped", hog);
	CHECK_EQ(sched_set_domains(s, &d), 0);
	guest_pass(100 * MSEC);
	if (access(TRACEFS "/trace", F_OK))
		CHECK(!mount("tracefs", TRACEFS, "tracefs", 0, NULL));
	CHECK(put(DUMP_EVENT, "1"));
	CHECK(put("/proc/sysrq-trigger", "D"));
	f = fopen(TRACEFS "/trace", "re");
	CHECK(f && fread(text, 1, sizeof(text) - 1, f) > 0);
	if (f)
		fclose(f);
	put(DUMP_EVENT, "0");
	CHECK_NAMES(text, "bpfland generation 1: slice 500000 to 3000000 ns");
	CHECK_NAMES(text, "bpfland queue 0: clock ");
	CHECK_NAMES(text, "bpfland: serves queue 0, used generation 1");
	snprintf(line, sizeof(line), "[%d]", (int)hog);
	CHECK_NAMES(text, line);
	CHECK_NAMES(text, "bpfland: interactive 0: 0 switches/s");
	CHECK_NAMES(text, "bpfland power: frequency by load 0, else 0 of 1024, all CPUs rest 0");
	CHECK_NAMES(text, "bpfland prefers, tier 3, from CPU 0 on: 0x2");
	CHECK_NAMES(text, " below 0, id ");
	CHECK_NAMES(text, ": weight 300, idle 0, ready weight 100");
	CHECK_NAMES(text, "  limit 900000000 of every 1000000000 ns, ");
	CHECK_EQ(sched_set_domains(s, &none), 0);
	guest_kill(hog);
	cgroup_remove("dumped");
}

int main(void)
{
	guest_require(2);
	cgroup_require();
	s = guest_start(0);
	RUN(test_waits);
	RUN(test_task);
	RUN(test_hogs);
	RUN(test_weight);
	RUN(test_groups_in_dump);
	RUN(test_settings_in_dump);
	RUN(test_not_ours);
	RUN(test_debug_dump);
	CHECK_EQ(sched_ended(s, NULL), 0);
	sched_free(s);
	return TEST_RESULT();
}
