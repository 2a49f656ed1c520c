/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Thousands of threads that all wake up at once, work a little and wait for the next time: how long
 * until the last of them has had its turn.
 */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/bench/bench.h"
#include "tests/bench/options.h"

#define STACK_BYTES (64 * 1024)

static _Atomic uint32_t call;		/* counts the times that all were called; ~0: the end */
static _Atomic uint32_t missing;	/* who was called and is not done */
static uint64_t work_ns;

static void futex_wait(_Atomic uint32_t *word, uint32_t value)
{
	syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, NULL, NULL, 0);
}

static void futex_wake(_Atomic uint32_t *word)
{
	syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
}

static void *animal_run(void *userdata)
{
	uint32_t heard = 0;

	(void)userdata;
	while (heard != ~0U) {
		uint32_t now = atomic_load(&call);

		if (now == heard) {
			futex_wait(&call, heard);
			continue;
		}
		heard = now;
		work(work_ns);
		if (atomic_fetch_sub(&missing, 1) == 1)
			futex_wake(&missing);
	}
	return NULL;
}

/* Calls all of them and waits for the last one; how long that took. */
static uint64_t call_all(uint32_t threads, uint32_t number_of_call)
{
	uint64_t start = clock_read(CLOCK_MONOTONIC);
	uint32_t left;

	atomic_store(&missing, threads);
	atomic_store(&call, number_of_call);
	futex_wake(&call);
	while ((left = atomic_load(&missing)))
		futex_wait(&missing, left);
	return clock_read(CLOCK_MONOTONIC) - start;
}

static void herd_start(pthread_t *herd, uint32_t threads)
{
	pthread_attr_t attr;

	errno = pthread_attr_init(&attr);
	if (!errno)
		errno = pthread_attr_setstacksize(&attr, STACK_BYTES);
	for (uint32_t i = 0; i < threads && !errno; i++)
		errno = pthread_create(&herd[i], &attr, animal_run, NULL);
	if (errno)
		die("starting %" PRIu32 " threads", threads);
	pthread_attr_destroy(&attr);
}

int main(int argc, char **argv)
{
	uint64_t length = 3 * NSEC_PER_SEC, pause = 100 * NSEC_PER_MSEC, end, longest = 0, took;
	uint64_t threads = 10000;
	uint32_t rounds = 0;
	const struct bench_option options[] = {
		{ "threads", .number = &threads, .min = 1, .max = 100000 },
		{ "work-usec", .number = &work_ns, .max = 1000000, .unit = NSEC_PER_USEC },
		{ "pause-usec", .number = &pause, .max = 60000000, .unit = NSEC_PER_USEC },
		{ "seconds", .seconds = &length },
		{},
	};
	struct timespec ts;
	pthread_t *herd;

	work_ns = 100 * NSEC_PER_USEC;
	options_parse(argc, argv, options);
	work_calibrate();
	herd = calloc(threads, sizeof(*herd));
	if (!herd)
		die("no memory for %" PRIu64 " threads", threads);
	herd_start(herd, threads);
	end = clock_read(CLOCK_MONOTONIC) + length;
	do {
		took = call_all(threads, ++rounds);
		longest = took > longest ? took : longest;
		ts = clock_spec(pause);
		clock_nanosleep(CLOCK_MONOTONIC, 0, &ts, NULL);
	} while (clock_read(CLOCK_MONOTONIC) < end);
	call_all(threads, ~0U);
	for (uint32_t i = 0; i < threads; i++)
		pthread_join(herd[i], NULL);
	printf("{\"threads\":%" PRIu64 ",\"rounds\":%" PRIu32 ",\"longest_us\":%.1f}\n", threads,
	       rounds, (double)longest / (double)NSEC_PER_USEC);
	free(herd);
	return 0;
}
