/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the tests on a real kernel share.
 */
#include "tests/bpf/guest.h"

#include <dirent.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

const struct bpfland_tunables guest_tunables = {
	.slice_max_ns = 3 * MSEC,
	.slice_min_ns = MSEC / 2,
	.slice_lag_ns = 10 * MSEC,
	.starvation_ns = 100 * MSEC,
	.interactive_threshold = 10,
	.flags = BPFLAND_WAKE_SYNC | BPFLAND_LOCAL_KTHREADS | BPFLAND_SMT_AWARE |
		 BPFLAND_NUMA_AWARE | BPFLAND_PREFERRED_CORES,
};

static void die(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	exit(1);
}

static void skip(const char *why)
{
	printf("skipped: %s\n", why);
	exit(77);
}

void guest_require(unsigned cpus)
{
	if (geteuid())
		skip("not root");
	if (access("/sys/kernel/sched_ext", F_OK))
		skip("this kernel has no sched_ext");
	if (guest_kernel().ops[0])
		skip("another scheduler is attached");
	if (sysconf(_SC_NPROCESSORS_ONLN) < (long)cpus)
		skip("not enough CPUs");
}

bool guest_is_exact(void)
{
	const char *clock = getenv("BPFLAND_LAB_CLOCK");

	return clock && !strcmp(clock, "virtual");
}

struct sched *guest_start(uint32_t timeout_msec)
{
	struct sched_options options = {
		.tunables = &guest_tunables,
		.timeout_msec = timeout_msec,
		.several_nodes = !access("/sys/devices/system/node/node1", F_OK),
	};
	struct sched_exit e = SCHED_EXIT_NULL;
	struct error err = {};
	struct sched *s = NULL;

	if (sched_start(&s, &options, &e, &err) < 0) {
		fprintf(stderr, "%s\n", err.message);
		exit(1);
	}
	return s;
}

struct kernel_sched_ext guest_kernel(void)
{
	struct kernel_sched_ext k;

	kernel_sched_ext_read(&k, "/sys");
	return k;
}

uint64_t guest_counter(struct sched *s, enum bpfland_counter c)
{
	uint64_t counters[_BPFLAND_COUNTER_MAX];

	sched_counters(s, counters);
	return counters[c];
}

uint64_t guest_dumped(struct sched *s, const char *after, const char *word)
{
	uint64_t n = UINT64_MAX;
	struct error err = {};
	char *dump, *at, *end;

	if (sched_dump(s, &dump, &err) < 0)
		return n;
	at = strstr(dump, after);
	at = at ? strstr(at, word) : NULL;
	if (at) {
		at += strlen(word);
		n = strtoull(at, &end, 10);
		n = end == at ? UINT64_MAX : n;
	}
	free(dump);
	return n;
}

static uint64_t read_clock(clockid_t clock)
{
	struct timespec ts;

	if (clock_gettime(clock, &ts))
		die("clock_gettime");
	return (uint64_t)ts.tv_sec * SEC + (uint64_t)ts.tv_nsec;
}

uint64_t guest_now(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

void guest_pass(uint64_t ns)
{
	struct timespec ts = { (time_t)(ns / SEC), (long)(ns % SEC) };

	while (nanosleep(&ts, &ts) && errno == EINTR)
		;
}

void guest_pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		die("sched_setaffinity");
}

/* Whether some process is in this function of the kernel. */
static bool somebody_is_in(const char *function)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	char path[300], text[4096];
	bool found = false;

	while (proc && !found && (entry = readdir(proc))) {
		FILE *f;

		snprintf(path, sizeof(path), "/proc/%s/stack", entry->d_name);
		f = *entry->d_name >= '0' && *entry->d_name <= '9' ? fopen(path, "re") : NULL;
		if (!f)
			continue;
		text[fread(text, 1, sizeof(text) - 1, f)] = 0;
		found = strstr(text, function);
		fclose(f);
	}
	if (proc)
		closedir(proc);
	return found;
}

/*
 * While Linux 6.18 takes apart a map of tasks' storage, as each scheduler of ours has one, no CPU
 * may go offline, or both hang for ever: the map's worker may not leave its CPU and waits for a
 * grace period, whose thread waits for the end of the hotplug, which waits for that CPU to be
 * empty. It begins some grace periods after the scheduler has gone.
 */
void guest_settle(void)
{
	for (unsigned quiet = 0; quiet < 8; quiet++) {
		guest_pass(250 * MSEC);
		if (somebody_is_in("bpf_map_free_deferred"))
			quiet = 0;
	}
}

bool guest_set_online(unsigned cpu, bool online)
{
	char path[64];
	FILE *f;
	bool ok;

	snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%u/online", cpu);
	f = fopen(path, "we");
	if (!f)
		return false;
	ok = fputs(online ? "1" : "0", f) >= 0;
	return !fclose(f) && ok;
}

/* A child that runs when this returns, or is about to if it is a real-time one. */
static pid_t child(int cpu, int nice_value, int rt_priority, uint64_t ns,
		   volatile uint64_t *rounds)
{
	int ready[2];
	char byte;
	pid_t pid;

	if (pipe(ready))
		die("pipe");
	pid = fork();
	if (pid < 0)
		die("fork");
	if (!pid) {
		struct sched_param param = { .sched_priority = rt_priority };
		uint64_t end;

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (cpu >= 0)
			guest_pin(cpu);
		if (setpriority(PRIO_PROCESS, 0, nice_value))
			die("setpriority");
		/* The parent of a real-time task may not run again before that ends. */
		if (rt_priority && write(ready[1], "", 1) != 1)
			die("write");
		if (rt_priority && sched_setscheduler(0, SCHED_FIFO, &param))
			die("sched_setscheduler");
		/* It wakes up as what it is now, and so takes the CPU from whoever runs there. */
		guest_pass(MSEC);
		if (!rt_priority && write(ready[1], "", 1) != 1)
			die("write");
		end = guest_now() + ns;
		while (!ns || guest_now() < end)
			++*rounds;
		_exit(0);
	}
	close(ready[1]);
	if (read(ready[0], &byte, 1) != 1)
		die("a child did not start");
	close(ready[0]);
	return pid;
}

pid_t guest_hog(int cpu, int nice_value)
{
	uint64_t rounds = 0;

	return child(cpu, nice_value, 0, 0, &rounds);
}

pid_t guest_counting_hog(int cpu, volatile uint64_t **ret_rounds)
{
	volatile uint64_t *rounds = mmap(NULL, sizeof(*rounds), PROT_READ | PROT_WRITE,
					 MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (rounds == MAP_FAILED)
		die("mmap");
	*ret_rounds = rounds;
	return child(cpu, 0, 0, 0, rounds);
}

pid_t guest_rt(int cpu, uint64_t ns)
{
	uint64_t rounds = 0;

	return child(cpu, 0, 40, ns, &rounds);
}

uint64_t guest_cpu_time(pid_t pid)
{
	clockid_t clock;

	if (clock_getcpuclockid(pid, &clock))
		die("clock_getcpuclockid");
	return read_clock(clock);
}

void guest_pass_turn(pid_t pid)
{
	uint64_t end = guest_now() + 10 * SEC, before = guest_cpu_time(pid), now = before;
	bool began = false;

	while (guest_now() < end && !(began && now == before)) {
		before = now;
		guest_pass(MSEC);
		now = guest_cpu_time(pid);
		began |= now != before;
	}
}

uint64_t guest_involuntary_switches(pid_t pid)
{
	static const char name[] = "nonvoluntary_ctxt_switches:";
	char path[64], line[256];
	uint64_t n = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	f = fopen(path, "re");
	if (!f)
		die(path);
	while (fgets(line, sizeof(line), f))
		if (!strncmp(line, name, strlen(name)))
			n = strtoull(line + strlen(name), NULL, 10);
	fclose(f);
	return n;
}

void guest_wait(pid_t pid)
{
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

void guest_kill(pid_t pid)
{
	kill(pid, SIGKILL);
	guest_wait(pid);
}
