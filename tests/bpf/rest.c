/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Idle time is injected where CPUs come and go and where there are several caches: rests end,
 * nobody is left behind, and nothing of it outlives the scheduler.
 */
#include <stdlib.h>
#include <unistd.h>

#include "daemon/tunable-table.h"
#include "tests/bpf/guest.h"

#define CPUS_MAX 8
#define HOGS_MAX (2 * CPUS_MAX)
#define ROUNDS 5

static struct sched *s;
static unsigned cpus, n_hogs;
static pid_t hogs[HOGS_MAX];
static volatile uint64_t *rounds[HOGS_MAX];
static uint64_t all;	/* rounds per ms that the CPUs compute without rests */

static void rest(uint64_t throttle_ns)
{
	const struct bpfland_power p = {
		.throttle_ns = throttle_ns,
		.run_ns = guest_tunables.slice_max_ns,
		.frequency = BPFLAND_FREQUENCY_OFF,
	};

	CHECK_EQ(sched_set_power(s, &p), 0);
}

/* One for each CPU, and as many again that may run anywhere. */
static void start_hogs(void)
{
	n_hogs = 2 * cpus;
	for (unsigned i = 0; i < n_hogs; i++)
		hogs[i] = guest_counting_hog(i < cpus ? (int)i : -1, &rounds[i]);
}

static void end_hogs(void)
{
	for (unsigned i = 0; i < n_hogs; i++)
		guest_kill(hogs[i]);
}

/* What all hogs together compute per ms, for @ns. Every one runs. */
static uint64_t speed(uint64_t ns)
{
	uint64_t before[HOGS_MAX], sum = 0, start = guest_now();

	for (unsigned i = 0; i < n_hogs; i++)
		before[i] = *rounds[i];
	guest_pass(ns);
	for (unsigned i = 0; i < n_hogs; i++) {
		uint64_t more = *rounds[i] - before[i];

		CHECK(more > 0);
		sum += more;
	}
	return sum / ((guest_now() - start) / MSEC);
}

static unsigned share(const char *when, uint64_t ns)
{
	unsigned ran = (unsigned)(speed(ns) * 100 / all);

	printf("%s: the CPUs ran %u %%\n", when, ran);
	return ran;
}

/* A quarter of the time is for work; a late timer is made up for by more or less. */
static void check_throttled(const char *when)
{
	unsigned ran = share(when, SEC);

	CHECK(ran >= 15 && ran <= 35);
}

static void check_free(const char *when)
{
	CHECK(share(when, SEC / 2) >= 90);
}

static void test_hotplug_in_rests(void)
{
	uint64_t seq = guest_kernel().enable_seq;

	start_hogs();
	all = speed(SEC / 2);
	CHECK(all > 0);
	rest(9 * MSEC);
	check_throttled("throttled");
	for (unsigned i = 0; i < ROUNDS; i++) {
		/* Any but the first: now in the one cache, now in the other. */
		unsigned cpu = cpus - 1 - i % (cpus - 1);

		/* Sooner or later in a cycle of 12 ms. */
		CHECK(guest_set_online(cpu, false));
		guest_pass(20 * MSEC + i * 7 * MSEC);
		CHECK(guest_set_online(cpu, true));
		guest_pass(20 * MSEC + i * 5 * MSEC);
	}
	check_throttled("after CPUs came and went");
	/* Gone in a rest or in between, it is not waited for; and switched off without it. */
	CHECK(guest_set_online(cpus - 1, false));
	guest_pass(50 * MSEC);
	rest(0);
	CHECK(guest_set_online(cpus - 1, true));
	check_free("off");
	CHECK_EQ(guest_kernel().enable_seq, seq);
	CHECK_EQ(guest_counter(s, BPFLAND_COUNTER_HOTPLUGS), 2 * ROUNDS + 2);
	end_hogs();
}

/* Rests that are longer than StarvationUSec leave no queue alone: nobody is to be rescued. */
static void test_rests_are_no_neglect(void)
{
	uint64_t before = guest_counter(s, BPFLAND_COUNTER_STARVATION_RESCUES);

	start_hogs();
	rest(3 * guest_tunables.starvation_ns);
	guest_pass(3 * SEC);
	CHECK_EQ(guest_counter(s, BPFLAND_COUNTER_STARVATION_RESCUES), before);
	rest(0);
	check_free("after long rests");
	end_hogs();
}

static void test_it_ends_with_the_scheduler(void)
{
	start_hogs();
	rest(9 * MSEC);
	check_throttled("before the end");
	CHECK_EQ(sched_ended(s, NULL), 0);
	sched_free(s);
	check_free("under the kernel's own scheduler");
	s = guest_start(0);
	check_free("under the next one of ours");
	end_hogs();
}

int main(void)
{
	const char *const *features;
	uint32_t supported = 0;
	struct error err = {};

	guest_require(2);
	cpus = (unsigned)sysconf(_SC_NPROCESSORS_ONLN);
	if (cpus > CPUS_MAX || !guest_set_online(1, true)) {
		printf("skipped: %u CPUs, or CPU 1 cannot be taken offline here\n", cpus);
		return 77;
	}
	CHECK_EQ(sched_probe(&supported, &features, &err), 0);
	if (!(supported & 1u << TUNABLE_THROTTLE)) {
		printf("skipped: this kernel refuses timers in BPF\n");
		return 77;
	}
	s = guest_start(0);
	guest_settle();
	RUN(test_hotplug_in_rests);
	RUN(test_rests_are_no_neglect);
	RUN(test_it_ends_with_the_scheduler);
	CHECK_EQ(sched_ended(s, NULL), 0);
	sched_free(s);
	return TEST_RESULT();
}
