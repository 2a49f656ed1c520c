/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Real-time threads that keep the CPUs from everybody else: SCHED_FIFO, computing, for a given
 * time, one on each CPU, or on one CPU only.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/bench/bench.h"
#include "tests/bench/options.h"

struct rt_hog {
	pthread_t thread;
	int cpu;
	uint64_t length_ns;
};

static void *rt_hog_run(void *userdata)
{
	const struct sched_param param = { .sched_priority = 40 };
	const struct rt_hog *h = userdata;
	uint64_t end;
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(h->cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set) < 0)
		die("pinning to CPU %d", h->cpu);
	errno = pthread_setschedparam(pthread_self(), SCHED_FIFO, &param);
	if (errno)
		die("becoming a real-time thread");
	end = clock_read(CLOCK_MONOTONIC) + h->length_ns;
	while (clock_read(CLOCK_MONOTONIC) < end)
		work(100 * NSEC_PER_USEC);
	return NULL;
}

int main(int argc, char **argv)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	uint64_t length = 10 * NSEC_PER_SEC, only = UINT64_MAX;
	const struct bench_option options[] = {
		{ "cpu", .number = &only, .max = CPU_SETSIZE - 1 },
		{ "seconds", .seconds = &length },
		{},
	};
	struct rt_hog *hogs;

	options_parse(argc, argv, options);
	work_calibrate();
	if (only != UINT64_MAX)
		cpus = 1;
	hogs = calloc((size_t)cpus, sizeof(*hogs));
	if (!hogs)
		die("no memory for %ld threads", cpus);
	for (int i = 0; i < cpus; i++) {
		hogs[i] = (struct rt_hog){ .cpu = only != UINT64_MAX ? (int)only : i,
					   .length_ns = length };
		errno = pthread_create(&hogs[i].thread, NULL, rt_hog_run, &hogs[i]);
		if (errno)
			die("starting the thread on CPU %d", hogs[i].cpu);
	}
	for (int i = 0; i < cpus; i++)
		pthread_join(hogs[i].thread, NULL);
	free(hogs);
	return 0;
}
