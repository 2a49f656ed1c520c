/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Requests to a pool of workers: one thread hands them out, a worker computes for a moment, answers
 * and waits for the next. The loop is closed: who has answered is given the next request at once,
 * so the rate says what the machine does and the latency who waits for whom.
 *
 * "p50" and "p99" are the time from handing out a request to its answer.
 */
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/bench/bench.h"
#include "tests/bench/options.h"

struct worker {
	pthread_t thread;
	sem_t posted;
	uint64_t posted_ns, work_ns;
	atomic_bool answered;
	struct samples took;
};

/* Powers of two of a µs up to 16 ms and more. */
static const struct buckets buckets = { .n = 16 };

/* Counts the answers that the handing thread has not seen. */
static sem_t answers;
static atomic_bool stopped;

static void sem_take(sem_t *sem)
{
	while (sem_wait(sem) < 0)
		if (errno != EINTR)
			die("waiting for a semaphore");
}

static void *worker_run(void *userdata)
{
	struct worker *w = userdata;

	for (;;) {
		sem_take(&w->posted);
		if (atomic_load(&stopped))
			return NULL;
		work(w->work_ns);
		samples_add(&w->took, clock_read(CLOCK_MONOTONIC) - w->posted_ns);
		atomic_store(&w->answered, true);
		sem_post(&answers);
	}
}

static void hand_out(struct worker *w)
{
	w->posted_ns = clock_read(CLOCK_MONOTONIC);
	sem_post(&w->posted);
}

struct request_options {
	uint64_t workers, work_ns, length_ns;
	bool json;
};

static struct request_options parse(int argc, char **argv)
{
	struct request_options o = {
		.workers = 2 * (uint64_t)sysconf(_SC_NPROCESSORS_ONLN),
		.work_ns = 300 * NSEC_PER_USEC,
		.length_ns = 3 * NSEC_PER_SEC,
	};
	const struct bench_option options[] = {
		{ "workers", .number = &o.workers, .min = 1, .max = 4096 },
		{ "work-usec", .number = &o.work_ns, .max = 1000000, .unit = NSEC_PER_USEC },
		{ "seconds", .seconds = &o.length_ns },
		{ "json", .flag = &o.json },
		{},
	};

	options_parse(argc, argv, options);
	return o;
}

static void workers_start(struct worker *workers, const struct request_options *o)
{
	if (sem_init(&answers, 0, 0) < 0)
		die("making a semaphore");
	for (size_t i = 0; i < o->workers; i++) {
		struct worker *w = &workers[i];

		w->work_ns = o->work_ns;
		if (sem_init(&w->posted, 0, 0) < 0)
			die("making a semaphore");
		/* No worker answers more often than once in the time of its work. */
		samples_init(&w->took, o->length_ns / (o->work_ns + NSEC_PER_USEC) + 2);
		errno = pthread_create(&w->thread, NULL, worker_run, w);
		if (errno)
			die("starting worker %zu", i);
	}
}

/* Returns how long it took in nanoseconds. */
static uint64_t requests_run(struct worker *workers, const struct request_options *o)
{
	uint64_t start = clock_read(CLOCK_MONOTONIC), now = start;

	for (size_t i = 0; i < o->workers; i++)
		hand_out(&workers[i]);
	while (now - start < o->length_ns) {
		sem_take(&answers);
		for (size_t i = 0; i < o->workers; i++)
			if (atomic_exchange(&workers[i].answered, false))
				hand_out(&workers[i]);
		now = clock_read(CLOCK_MONOTONIC);
	}
	atomic_store(&stopped, true);
	for (size_t i = 0; i < o->workers; i++)
		sem_post(&workers[i].posted);
	for (size_t i = 0; i < o->workers; i++)
		pthread_join(workers[i].thread, NULL);
	return now - start;
}

int main(int argc, char **argv)
{
	const struct request_options o = parse(argc, argv);
	struct worker *workers = calloc(o.workers, sizeof(*workers));
	struct samples took;
	double rate;

	if (!workers)
		die("no memory for %zu workers", (size_t)o.workers);
	work_calibrate();
	workers_start(workers, &o);
	samples_init(&took, (o.length_ns / (o.work_ns + NSEC_PER_USEC) + 2) * o.workers);
	rate = (double)NSEC_PER_SEC / (double)requests_run(workers, &o);
	for (size_t i = 0; i < o.workers; i++) {
		samples_merge(&took, &workers[i].took);
		samples_done(&workers[i].took);
	}
	rate *= (double)took.n;
	if (o.json) {
		printf("{\"rate\":%.1f,", rate);
		samples_print_json(&took, buckets);
		puts("}");
	} else {
		printf("%.1f requests a second\n", rate);
		samples_print_text(&took, buckets);
	}
	samples_done(&took);
	free(workers);
	return 0;
}
