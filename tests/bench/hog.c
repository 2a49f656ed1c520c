/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Computing threads that never sleep: the build, the encoder, the runaway script.
 *
 * Prints "running" when all of them run, and at the end, for each, how many units of 100 µs of
 * work it did and how often it was switched out of its own will and against it. Ends after
 * --seconds, or at SIGTERM.
 */
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tests/bench/bench.h"
#include "tests/bench/options.h"

#define UNIT_NS (100 * NSEC_PER_USEC)

struct hog {
	pthread_t thread;
	int cpu;		/* -1: any */
	uint64_t units;
	long voluntary, involuntary;
};

static pthread_barrier_t ready;
static atomic_bool stopped;

static void hog_pin(const struct hog *h)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(h->cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set) < 0)
		die("pinning to CPU %d", h->cpu);
}

static void *hog_run(void *userdata)
{
	struct rusage before, after;
	struct hog *h = userdata;

	if (h->cpu >= 0)
		hog_pin(h);
	pthread_barrier_wait(&ready);
	getrusage(RUSAGE_THREAD, &before);
	while (!atomic_load_explicit(&stopped, memory_order_relaxed)) {
		work(UNIT_NS);
		h->units++;
	}
	getrusage(RUSAGE_THREAD, &after);
	h->voluntary = after.ru_nvcsw - before.ru_nvcsw;
	h->involuntary = after.ru_nivcsw - before.ru_nivcsw;
	return NULL;
}

static void hogs_print(const struct hog *hogs, size_t n, uint64_t took, bool json)
{
	uint64_t least = UINT64_MAX, most = 0, sum = 0;

	for (size_t i = 0; i < n; i++) {
		least = hogs[i].units < least ? hogs[i].units : least;
		most = hogs[i].units > most ? hogs[i].units : most;
		sum += hogs[i].units;
	}
	if (json)
		printf("{\"seconds\":%.6f,\"units\":%" PRIu64 ",\"fairness\":%.4f,\"threads\":[",
		       (double)took / (double)NSEC_PER_SEC, sum,
		       most ? (double)least / (double)most : 0);
	else
		printf("%" PRIu64 " units in %.3f s; least to most work %.4f\n", sum,
		       (double)took / (double)NSEC_PER_SEC,
		       most ? (double)least / (double)most : 0);
	for (size_t i = 0; i < n; i++) {
		const struct hog *h = &hogs[i];

		if (json)
			printf("%s{\"units\":%" PRIu64 ",\"voluntary\":%ld,\"involuntary\":%ld}",
			       i ? "," : "", h->units, h->voluntary, h->involuntary);
		else
			printf("  %" PRIu64 " units, switches: %ld voluntary, %ld involuntary\n",
			       h->units, h->voluntary, h->involuntary);
	}
	if (json)
		puts("]}");
}

/* Sleeps until SIGTERM, SIGINT or the end of @length_ns (0: for ever). */
static void wait_for_end(const sigset_t *signals, uint64_t length_ns)
{
	uint64_t now = clock_read(CLOCK_MONOTONIC), end = now + length_ns;

	do {
		struct timespec ts = clock_spec(end - now);

		if (sigtimedwait(signals, NULL, length_ns ? &ts : NULL) > 0)
			return;
		now = clock_read(CLOCK_MONOTONIC);
	} while (!length_ns || now < end);
}

struct hog_options {
	uint64_t threads, length_ns;
	bool json, pin;
};

static struct hog_options parse(int argc, char **argv, long cpus)
{
	struct hog_options o = { .threads = 1 };
	uint64_t nice = UINT64_MAX;
	const struct bench_option options[] = {
		{ "threads", .number = &o.threads, .min = 1, .max = 65536 },
		{ "per-cpu", .number = &o.threads, .min = 1, .max = 64, .unit = (uint64_t)cpus },
		{ "pin", .flag = &o.pin },
		{ "nice", .number = &nice, .max = 19 },
		{ "seconds", .seconds = &o.length_ns },
		{ "json", .flag = &o.json },
		{},
	};

	options_parse(argc, argv, options);
	if (nice != UINT64_MAX && setpriority(PRIO_PROCESS, 0, (int)nice) < 0)
		die("--nice %d", (int)nice);
	return o;
}

static void hogs_start(struct hog *hogs, const struct hog_options *o, long cpus)
{
	errno = pthread_barrier_init(&ready, NULL, (unsigned)o->threads + 1);
	if (errno)
		die("barrier");
	for (size_t i = 0; i < o->threads; i++) {
		hogs[i].cpu = o->pin ? (int)(i % (size_t)cpus) : -1;
		errno = pthread_create(&hogs[i].thread, NULL, hog_run, &hogs[i]);
		if (errno)
			die("starting thread %zu", i);
	}
	pthread_barrier_wait(&ready);
}

int main(int argc, char **argv)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	const struct hog_options o = parse(argc, argv, cpus);
	struct hog *hogs = calloc(o.threads, sizeof(*hogs));
	sigset_t signals;
	uint64_t start;

	if (!hogs)
		die("no memory for %zu threads", (size_t)o.threads);
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	work_calibrate();
	hogs_start(hogs, &o, cpus);
	start = clock_read(CLOCK_MONOTONIC);
	puts("running");
	fflush(stdout);
	wait_for_end(&signals, o.length_ns);
	atomic_store(&stopped, true);
	for (size_t i = 0; i < o.threads; i++)
		pthread_join(hogs[i].thread, NULL);
	hogs_print(hogs, o.threads, clock_read(CLOCK_MONOTONIC) - start, o.json);
	free(hogs);
	return 0;
}
