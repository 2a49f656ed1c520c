/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Power, as far as a virtual machine can show it: idle time is injected and is idle, and the
 * frequency governor is asked for what it should be. All of it live, and off means off.
 */
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "daemon/tunable-table.h"
#include "tests/bpf/guest.h"

#define CPU 1

static struct sched *s;

static void set_power(uint64_t throttle_ns, enum bpfland_frequency frequency)
{
	const struct bpfland_power p = {
		.throttle_ns = throttle_ns,
		.run_ns = guest_tunables.slice_max_ns,
		.frequency = frequency,
	};

	CHECK_EQ(sched_set_power(s, &p), 0);
}

/* What the kernel counted as idle on @CPU, in ns. */
static uint64_t idle_ns(void)
{
	uint64_t idle = 0, iowait = 0;
	unsigned cpu;
	char line[256];
	FILE *f = fopen("/proc/stat", "re");

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "cpu%u %*u %*u %*u %" SCNu64 " %" SCNu64, &cpu, &idle,
			   &iowait) == 3 && cpu == CPU)
			break;
	if (f)
		fclose(f);
	return (idle + iowait) * (SEC / (uint64_t)sysconf(_SC_CLK_TCK));
}

/* What the hog computes in a second, and the share of it in percent in which @CPU is idle. */
static uint64_t watch(const volatile uint64_t *hog_rounds, unsigned *ret_idle)
{
	uint64_t rounds = *hog_rounds, idle = idle_ns(), start = guest_now(), took;

	guest_pass(SEC);
	took = guest_now() - start;
	*ret_idle = (unsigned)((idle_ns() - idle) * 100 / took);
	return (*hog_rounds - rounds) * 1000 / (took / MSEC);
}

/* The hog's share of what it computed in @all rounds a second, in percent. */
static unsigned share(const char *when, const volatile uint64_t *hog_rounds, uint64_t all,
		      unsigned *ret_idle)
{
	unsigned ran = (unsigned)(watch(hog_rounds, ret_idle) * 100 / all);

	printf("%s: ran %u %%, idle %u %%\n", when, ran, *ret_idle);
	return ran;
}

/* Computes for @ns of its own CPU time. */
static void work(uint64_t ns)
{
	struct timespec now;
	uint64_t end;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	end = (uint64_t)now.tv_sec * SEC + (uint64_t)now.tv_nsec + ns;
	do
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	while ((uint64_t)now.tv_sec * SEC + (uint64_t)now.tv_nsec < end);
}

static void test_throttle(void)
{
	volatile uint64_t *rounds;
	pid_t hog = guest_counting_hog(CPU, &rounds);
	uint64_t all, late, start;
	unsigned ran, idle;

	all = watch(rounds, &idle);
	CHECK(all && idle <= 5);
	/* 3 ms of work, then 9 ms of rest: a quarter. */
	set_power(9 * MSEC, BPFLAND_FREQUENCY_OFF);
	ran = share("throttled", rounds, all, &idle);
	CHECK(ran >= 20 && ran <= 30);
	CHECK(idle >= 60);

	/* Whoever wakes up waits for the end of no rest, nor of one that begins while it works. */
	guest_pin(CPU);
	late = 0;
	for (int i = 0; i < 50; i++) {
		start = guest_now();
		guest_pass(5 * MSEC);
		work(MSEC);
		late += guest_now() - start - 6 * MSEC;
	}
	guest_pin(0);
	printf("throttled: a timer's work is late by %" PRIu64 " us on average\n",
	       late / 50 / 1000);
	CHECK(late / 50 < MSEC);

	set_power(3 * MSEC, BPFLAND_FREQUENCY_OFF);
	ran = share("less", rounds, all, &idle);
	CHECK(ran >= 45 && ran <= 55);
	set_power(0, BPFLAND_FREQUENCY_OFF);
	ran = share("off", rounds, all, &idle);
	CHECK(ran >= 95);
	guest_kill(hog);
}

/* However it was switched on and off, in the end all CPUs work. */
static void test_switching(void)
{
	uint64_t ran = 0, start;
	pid_t hog[4];

	for (int i = 0; i < 4; i++)
		hog[i] = guest_hog(i % 2, 0);
	for (int i = 0; i < 300; i++) {
		set_power(MSEC, BPFLAND_FREQUENCY_OFF);
		/* Turns end while it is switched off, now sooner, now later. */
		guest_pass(3 * MSEC + (uint64_t)i * 7919 % MSEC);
		set_power(0, BPFLAND_FREQUENCY_OFF);
	}
	start = guest_now();
	for (int i = 0; i < 4; i++)
		ran -= guest_cpu_time(hog[i]);
	guest_pass(SEC);
	for (int i = 0; i < 4; i++)
		ran += guest_cpu_time(hog[i]);
	ran = ran * 100 / (guest_now() - start);
	printf("switched off: two CPUs ran %" PRIu64 " %%\n", ran);
	CHECK(ran >= 190);
	for (int i = 0; i < 4; i++)
		guest_kill(hog[i]);
}

/* Makes a kernel thread of each CPU run, and waits for all of them; returns how long that took. */
static uint64_t ask_kthreads(void)
{
	uint64_t start = guest_now();
	FILE *f = fopen("/proc/sys/vm/stat_refresh", "we");

	CHECK(f && fputs("1", f) >= 0);
	CHECK(f && !fclose(f));
	return guest_now() - start;
}

/* A rest of half a second is nothing to who is bound to a CPU that rests, and just wakes up. */
static void test_kthreads(void)
{
	pid_t hog = guest_hog(CPU, 0);
	uint64_t longest = 0;

	set_power(500 * MSEC, BPFLAND_FREQUENCY_OFF);
	for (int i = 0; i < 20; i++) {
		uint64_t took = ask_kthreads();

		longest = took > longest ? took : longest;
		guest_pass(20 * MSEC);
	}
	printf("kernel threads of the CPUs took up to %" PRIu64 " us\n", longest / 1000);
	CHECK(longest < 100 * MSEC);
	set_power(0, BPFLAND_FREQUENCY_OFF);
	guest_kill(hog);
}

/*
 * So many on one CPU that a round of all, with rests between a few turns, takes longer than the
 * kernel's watchdog waits. Nobody waits for longer than a quarter of that, a rest, and a round
 * without rests.
 */
static void test_nobody_starves(void)
{
	enum { HOGS = 60, TIMEOUT_MSEC = 2000 };
	struct sched_exit e = SCHED_EXIT_NULL;
	uint64_t ran[HOGS];
	pid_t hog[HOGS];

	s = guest_start(TIMEOUT_MSEC);
	for (int i = 0; i < HOGS; i++)
		hog[i] = guest_hog(CPU, 0);
	set_power(300 * MSEC, BPFLAND_FREQUENCY_OFF);
	guest_pass(SEC);
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < HOGS; i++)
			ran[i] = guest_cpu_time(hog[i]);
		guest_pass(TIMEOUT_MSEC * MSEC);
		for (int i = 0; i < HOGS; i++)
			CHECK(guest_cpu_time(hog[i]) > ran[i]);
	}
	if (sched_ended(s, &e))
		printf("the kernel ended it: %s %s\n", e.reason, e.message);
	CHECK_EQ(e.kind, 0);
	sched_exit_done(&e);
	for (int i = 0; i < HOGS; i++)
		guest_kill(hog[i]);
	sched_free(s);
}

/* What the kernel has noted for its governor. */
static uint64_t frequency_of(unsigned cpu)
{
	char line[16];

	snprintf(line, sizeof(line), "cpu %u: ", cpu);
	return guest_dumped(s, line, "frequency ");
}

static void test_frequency(void)
{
	pid_t hog;

	/* As the kernel starts, and it stays so: "off" asks for nothing. */
	hog = guest_hog(CPU, 0);
	guest_pass(SEC / 10);
	CHECK_EQ(frequency_of(0), 1024);
	CHECK_EQ(frequency_of(CPU), 1024);
	guest_kill(hog);
	set_power(0, BPFLAND_FREQUENCY_MIN);
	CHECK_EQ(frequency_of(0), 0);
	CHECK_EQ(frequency_of(CPU), 0);
	set_power(0, BPFLAND_FREQUENCY_MAX);
	CHECK_EQ(frequency_of(0), 1024);
	CHECK_EQ(frequency_of(CPU), 1024);

	set_power(0, BPFLAND_FREQUENCY_MIN);
	set_power(0, BPFLAND_FREQUENCY_AUTO);
	hog = guest_hog(CPU, 0);
	guest_pass(SEC);
	printf("auto: a busy CPU is asked for %" PRIu64 "\n", frequency_of(CPU));
	CHECK(frequency_of(CPU) >= 1000 && frequency_of(CPU) <= 1024);
	guest_kill(hog);
	/* A tenth of the time, at any phase of the ticks. */
	guest_pin(CPU);
	for (int i = 0; i < 100; i++) {
		uint64_t end;

		guest_pass(9 * MSEC + 100000);
		end = guest_now() + MSEC;
		while (guest_now() < end)
			;
	}
	guest_pin(0);
	printf("auto: one that is busy now and then, for %" PRIu64 "\n", frequency_of(CPU));
	CHECK(frequency_of(CPU) < 700);
	/* It may share its frequency with one that is busy: what it was asked for is not kept. */
	CHECK(frequency_of(CPU) > 0);
	hog = guest_hog(0, 0);
	for (int i = 0; i < 20 && frequency_of(CPU); i++)
		guest_pass(SEC / 2);
	CHECK_EQ(frequency_of(CPU), 0);
	CHECK(frequency_of(0) >= 1000 && frequency_of(0) <= 1024);
	guest_kill(hog);

	set_power(0, BPFLAND_FREQUENCY_MIN);
	set_power(0, BPFLAND_FREQUENCY_OFF);
	CHECK_EQ(frequency_of(CPU), 1024);
}

int main(void)
{
	const char *const *features;
	uint32_t supported = 0;
	struct error err = {};

	guest_require(2);
	guest_pin(0);
	CHECK_EQ(sched_probe(&supported, &features, &err), 0);
	s = guest_start(0);
	if (supported & 1u << TUNABLE_CPU_FREQUENCY)
		RUN(test_frequency);
	if (supported & 1u << TUNABLE_THROTTLE) {
		RUN(test_throttle);
		RUN(test_switching);
		RUN(test_kthreads);
	}
	/* A new scheduler begins without: nothing of it outlives the old one. */
	set_power(9 * MSEC, BPFLAND_FREQUENCY_MIN);
	CHECK_EQ(sched_ended(s, NULL), 0);
	sched_free(s);
	s = guest_start(0);
	CHECK_EQ(frequency_of(0), 1024);
	sched_free(s);
	if (supported & 1u << TUNABLE_THROTTLE)
		RUN(test_nobody_starves);
	return TEST_RESULT();
}
