/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Timer wake-ups: how late a thread runs that asked the kernel to wake it at a given time.
 *
 * A few threads sleep to absolute times about 3 ms apart and work 30 µs after each wake-up, as
 * input handling, audio and network code do. The periods differ a little between the threads, so
 * that their phases drift past each other and past the tick, in the same way in every run.
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/bench/bench.h"
#include "tests/bench/options.h"

struct waker {
	pthread_t thread;
	uint64_t start_ns, end_ns, period_ns, work_ns;
	struct samples late;
};

/* Powers of two of a µs up to 16 ms and more. */
static const struct buckets buckets = { .n = 16 };

static void *waker_run(void *userdata)
{
	struct waker *w = userdata;

	for (uint64_t next = w->start_ns; next < w->end_ns; next += w->period_ns) {
		uint64_t now;

		sleep_until(next);
		now = clock_read(CLOCK_MONOTONIC);
		samples_add(&w->late, now - next);
		work(w->work_ns);
		/* Who is late by whole periods has missed those wake-ups; it does not catch up. */
		while (next + w->period_ns < now)
			next += w->period_ns;
	}
	return NULL;
}

struct wake_options {
	uint64_t threads, period_ns, work_ns, length_ns;
	bool json;
};

static struct wake_options parse(int argc, char **argv)
{
	struct wake_options o = {
		.threads = 4,
		.period_ns = 3 * NSEC_PER_MSEC,
		.work_ns = 30 * NSEC_PER_USEC,
		.length_ns = 3 * NSEC_PER_SEC,
	};
	const struct bench_option options[] = {
		{ "threads", .number = &o.threads, .min = 1, .max = 4096 },
		{ "period-usec", .number = &o.period_ns, .min = 100, .max = 1000000,
		  .unit = NSEC_PER_USEC },
		{ "work-usec", .number = &o.work_ns, .max = 1000000, .unit = NSEC_PER_USEC },
		{ "seconds", .seconds = &o.length_ns },
		{ "json", .flag = &o.json },
		{},
	};

	options_parse(argc, argv, options);
	return o;
}

static void wakers_run(const struct wake_options *o, struct samples *ret)
{
	struct waker *wakers = calloc(o->threads, sizeof(*wakers));
	size_t capacity = o->length_ns / o->period_ns + 2;
	uint64_t start;

	if (!wakers)
		die("no memory for %zu threads", (size_t)o->threads);
	samples_init(ret, capacity * o->threads);
	start = clock_read(CLOCK_MONOTONIC) + 10 * NSEC_PER_MSEC;
	for (size_t i = 0; i < o->threads; i++) {
		struct waker *w = &wakers[i];

		w->period_ns = o->period_ns + o->period_ns / 80 * (i % 16);
		w->work_ns = o->work_ns;
		w->start_ns = start + o->period_ns * i / o->threads;
		w->end_ns = start + o->length_ns;
		samples_init(&w->late, capacity);
		errno = pthread_create(&w->thread, NULL, waker_run, w);
		if (errno)
			die("starting thread %zu", i);
	}
	for (size_t i = 0; i < o->threads; i++) {
		pthread_join(wakers[i].thread, NULL);
		samples_merge(ret, &wakers[i].late);
		samples_done(&wakers[i].late);
	}
	free(wakers);
}

int main(int argc, char **argv)
{
	const struct wake_options o = parse(argc, argv);
	struct samples late;

	work_calibrate();
	wakers_run(&o, &late);
	if (o.json) {
		putchar('{');
		samples_print_json(&late, buckets);
		puts("}");
	} else {
		samples_print_text(&late, buckets);
	}
	samples_done(&late);
	return 0;
}
