/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Real-time threads that keep the CPUs from everybody else: SCHED_FIFO, computing, for a given
 * time, one on each CPU, or on one CPU only.
 */
#include <errno.h>
#include <getopt.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/bench/bench.h"

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

static void usage(FILE *f)
{
	fputs("usage: rt-hog [--cpu N] [--seconds S]\n", f);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "cpu", required_argument, NULL, 'c' },
		{ "seconds", required_argument, NULL, 's' },
		{ "help", no_argument, NULL, 'h' },
		{},
	};
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	uint64_t length = 10 * NSEC_PER_SEC;
	struct rt_hog *hogs;
	int only = -1, c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) >= 0)
		switch (c) {
		case 'c':
			only = (int)number("--cpu", optarg, 0, CPU_SETSIZE - 1);
			break;
		case 's':
			length = seconds("--seconds", optarg);
			break;
		default:
			usage(c == 'h' ? stdout : stderr);
			return c == 'h' ? 0 : 2;
		}

	work_calibrate();
	if (only >= 0)
		cpus = 1;
	hogs = calloc((size_t)cpus, sizeof(*hogs));
	if (!hogs)
		die("no memory for %ld threads", cpus);
	for (int i = 0; i < cpus; i++) {
		hogs[i] = (struct rt_hog){ .cpu = only >= 0 ? only : i, .length_ns = length };
		errno = pthread_create(&hogs[i].thread, NULL, rt_hog_run, &hogs[i]);
		if (errno)
			die("starting the thread on CPU %d", hogs[i].cpu);
	}
	for (int i = 0; i < cpus; i++)
		pthread_join(hogs[i].thread, NULL);
	free(hogs);
	return 0;
}
