/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A task that notices when it is kept from running: it works a little, sleeps a little, looks at
 * the clock all the time, and remembers the longest time that it was ready and did not run.
 *
 * Prints "running" when it does, and at SIGTERM what it noticed.
 */
#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/bench/bench.h"
#include "tests/bench/options.h"

/* A piece of work between two looks at the clock; pieces per round; the sleep after a round. */
#define PIECE_NS (20 * NSEC_PER_USEC)
#define PIECES 50
#define SLEEP_NS (20 * NSEC_PER_MSEC)

static volatile sig_atomic_t stopped;

static void stop(int signal)
{
	(void)signal;
	stopped = 1;
}

static void pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set) < 0)
		die("pinning to CPU %d", cpu);
}

static void be_idle_class(void)
{
	const struct sched_param param = {};

	if (sched_setscheduler(0, SCHED_IDLE, &param) < 0)
		die("becoming SCHED_IDLE");
}

struct watch {
	uint64_t last;		/* when it ran last, or asked to run again */
	uint64_t longest, rounds;
};

/* What has passed since the last look is work, or time without a CPU. */
static void look(struct watch *w, uint64_t work_ns)
{
	uint64_t now = clock_read(CLOCK_MONOTONIC), gap = now - w->last;

	gap = gap > work_ns ? gap - work_ns : 0;
	if (w->longest < gap)
		w->longest = gap;
	w->last = now;
}

static void one_round(struct watch *w)
{
	struct timespec ts;

	for (int i = 0; i < PIECES && !stopped; i++) {
		work(PIECE_NS);
		look(w, PIECE_NS);
	}
	w->last += SLEEP_NS;
	ts = clock_spec(w->last);
	if (!clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL))
		look(w, 0);
	w->rounds++;
}

int main(int argc, char **argv)
{
	uint64_t cpu = UINT64_MAX;
	bool idle = false;
	const struct bench_option options[] = {
		{ "cpu", .number = &cpu, .max = CPU_SETSIZE - 1 },
		{ "idle", .flag = &idle },
		{},
	};
	struct watch w = {};

	options_parse(argc, argv, options);
	work_calibrate();
	if (cpu != UINT64_MAX)
		pin((int)cpu);
	if (idle)
		be_idle_class();
	if (signal(SIGTERM, stop) == SIG_ERR)
		die("SIGTERM");
	puts("running");
	fflush(stdout);
	w.last = clock_read(CLOCK_MONOTONIC);
	while (!stopped)
		one_round(&w);
	printf("{\"longest_us\":%.1f,\"rounds\":%" PRIu64 "}\n",
	       (double)w.longest / (double)NSEC_PER_USEC, w.rounds);
	return 0;
}
