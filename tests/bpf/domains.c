/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The CPUs that tasks prefer, on a real kernel: they go there, overflow when it is full, come back
 * when it is not, and affinity and hotplug win over all of it.
 */
#include "tests/bpf/guest.h"

#include <sched.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static struct sched *sched;

/* Bit N is CPU N. */
static void prefer(uint64_t primary, uint64_t interactive, uint64_t fast)
{
	struct sched_domains d = {
		.primary.word[0] = primary,
		.interactive.word[0] = interactive,
		.fast.word[0] = fast,
	};

	CHECK_EQ(sched_set_domains(sched, &d), 0);
}

/* The CPU that a process is on, or was last. */
static int cpu_of(pid_t pid)
{
	char path[64], text[1024], *at;
	int cpu = -1;
	size_t n;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	f = fopen(path, "re");
	n = f ? fread(text, 1, sizeof(text) - 1, f) : 0;
	if (f)
		fclose(f);
	text[n] = 0;
	at = strrchr(text, ')');
	/* The 39th field; the one behind the name is the third. */
	for (int field = 2; at && field < 39; field++)
		at = strchr(at + 1, ' ');
	if (!at || sscanf(at, " %d", &cpu) != 1)
		return -1;
	return cpu;
}

/* Wakes up @times times, and returns how often that was on CPU @cpu. */
static unsigned wakeups_on(int cpu, unsigned times)
{
	unsigned n = 0;

	while (times--) {
		guest_pass(MSEC);
		n += sched_getcpu() == cpu;
	}
	return n;
}

/* Wakes up on CPU @cpu, but for when that CPU has something else to do, as in this moment. */
static bool wakes_on(int cpu)
{
	unsigned n = 0;

	for (int i = 0; i < 5 && n < 90; i++) {
		n = wakeups_on(cpu, 100);
		printf("%u of 100 wake-ups were on CPU %d\n", n, cpu);
	}
	return n >= 90;
}

static void test_sleepers_go_to_the_domain(void)
{
	uint64_t before = guest_counter(sched, BPFLAND_COUNTER_DOMAIN_PLACEMENTS);

	prefer(1 << 1, 0, 0);
	CHECK(wakes_on(1));
	CHECK(guest_counter(sched, BPFLAND_COUNTER_DOMAIN_PLACEMENTS) > before);
	prefer(1 << 0, 0, 0);
	CHECK(wakes_on(0));
}

/* One hog fits in; a second one must not wait for it. */
static void test_a_full_domain_overflows(void)
{
	uint64_t a_time, b_time;
	pid_t a, b;

	prefer(1 << 1, 0, 0);
	a = guest_hog(-1, 0);
	b = guest_hog(-1, 0);
	guest_pass(100 * MSEC);
	CHECK(cpu_of(a) != cpu_of(b));
	a_time = guest_cpu_time(a);
	b_time = guest_cpu_time(b);
	guest_pass(500 * MSEC);
	CHECK(guest_cpu_time(a) - a_time > 400 * MSEC);
	CHECK(guest_cpu_time(b) - b_time > 400 * MSEC);

	/* With room again, the one outside comes in, though it never sleeps. */
	guest_kill(cpu_of(a) == 1 ? a : b);
	for (int i = 0; i < 1000 && cpu_of(cpu_of(a) < 0 ? b : a) != 1; i++)
		guest_pass(MSEC);
	CHECK_EQ(cpu_of(cpu_of(a) < 0 ? b : a), 1);
	guest_kill(cpu_of(a) < 0 ? b : a);
}

static void test_affinity_wins(void)
{
	pid_t hog;

	prefer(1 << 1, 1 << 1, 0);
	hog = guest_hog(0, 0);
	guest_pass(50 * MSEC);
	CHECK_EQ(cpu_of(hog), 0);
	guest_kill(hog);
	guest_pin(0);
	CHECK_EQ(wakeups_on(0, 50), 50);
}

/* The only CPU of the domain goes: work goes on elsewhere, and comes back with it. */
static void test_a_domain_that_is_offline(void)
{
	cpu_set_t all;
	uint64_t time;
	pid_t hog;

	CPU_ZERO(&all);
	for (int i = 0; i < CPU_SETSIZE; i++)
		CPU_SET(i, &all);
	CHECK(!sched_setaffinity(0, sizeof(all), &all));
	prefer(1 << 1, 0, 0);
	hog = guest_hog(-1, 0);
	CHECK(guest_set_online(1, false));
	time = guest_cpu_time(hog);
	guest_pass(200 * MSEC);
	CHECK(guest_cpu_time(hog) - time > 100 * MSEC);
	CHECK(cpu_of(hog) != 1);
	CHECK_EQ(wakeups_on(1, 20), 0);
	CHECK(guest_set_online(1, true));
	guest_kill(hog);
	CHECK(wakes_on(1));
}

/* Domains that change all the time lose nobody. */
static void test_changes_under_load(void)
{
	pid_t hogs[4];
	uint64_t before[4];

	for (int i = 0; i < 4; i++)
		hogs[i] = guest_hog(-1, 0);
	for (int i = 0; i < 4; i++)
		before[i] = guest_cpu_time(hogs[i]);
	for (unsigned i = 0; i < 200; i++) {
		prefer(i % 4, i / 4 % 4, i / 16 % 4);
		guest_pass(2 * MSEC);
	}
	guest_pass(100 * MSEC);
	for (int i = 0; i < 4; i++) {
		CHECK(guest_cpu_time(hogs[i]) - before[i] > 50 * MSEC);
		guest_kill(hogs[i]);
	}
}

/* Sleeping often makes us interactive, and then the other domain counts. */
static void test_interactive_tasks_have_their_own(void)
{
	prefer(1 << 0, 1 << 1, 0);
	wakeups_on(1, 600);
	CHECK(wakes_on(1));
}

/* The faster cores of a machine, and not with the tunable off. */
static void test_preferred_cores(void)
{
	struct bpfland_tunables t = guest_tunables;
	uint64_t before;

	prefer(0, 0, 1 << 1);
	CHECK(wakes_on(1));
	t.flags &= ~BPFLAND_PREFERRED_CORES;
	sched_publish(sched, &t);
	guest_pass(10 * MSEC);
	before = guest_counter(sched, BPFLAND_COUNTER_DOMAIN_PLACEMENTS);
	wakeups_on(1, 50);
	CHECK_EQ(guest_counter(sched, BPFLAND_COUNTER_DOMAIN_PLACEMENTS), before);
	sched_publish(sched, &guest_tunables);
}

/* No preference: none is counted, and nothing is written for what is so already. */
static void test_all_cpus(void)
{
	uint64_t before;

	prefer(0, 0, 0);
	before = guest_counter(sched, BPFLAND_COUNTER_DOMAIN_PLACEMENTS);
	wakeups_on(0, 50);
	CHECK_EQ(guest_counter(sched, BPFLAND_COUNTER_DOMAIN_PLACEMENTS), before);
}

int main(void)
{
	uint64_t seq;

	guest_require(2);
	sched = guest_start(0);
	guest_settle();
	seq = guest_kernel().enable_seq;
	RUN(test_sleepers_go_to_the_domain);
	RUN(test_a_full_domain_overflows);
	RUN(test_affinity_wins);
	RUN(test_a_domain_that_is_offline);
	RUN(test_changes_under_load);
	RUN(test_interactive_tasks_have_their_own);
	RUN(test_preferred_cores);
	RUN(test_all_cpus);
	CHECK_EQ(guest_kernel().enable_seq, seq);
	CHECK_EQ(sched_ended(sched, NULL), 0);
	sched_free(sched);
	return TEST_RESULT();
}
