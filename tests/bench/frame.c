/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A 60 Hz frame loop: what a game or a compositor does.
 *
 * At each refresh of the screen a frame is begun and takes 2.3 ms of work. A frame that is not done
 * before the next refresh is missed: the old picture stays for one refresh more, which the eye sees
 * as a stutter. The loop then goes on with the next refresh to come.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>

#include "tests/bench/bench.h"
#include "tests/bench/options.h"

/* Milliseconds up to 31 ms and more. */
static const struct buckets buckets = { .width_ns = NSEC_PER_MSEC, .n = 32 };

struct frames {
	uint64_t period_ns, work_ns, length_ns;
	uint64_t refreshes, missed;
	struct samples done;	/* from the refresh to the end of the work */
};

static void frames_run(struct frames *f)
{
	uint64_t start = clock_read(CLOCK_MONOTONIC) + 10 * NSEC_PER_MSEC;
	uint64_t last = f->length_ns / f->period_ns;

	for (uint64_t i = 0; i < last;) {
		uint64_t begin = start + i * f->period_ns, took, spans;

		sleep_until(begin);
		work(f->work_ns);
		took = clock_read(CLOCK_MONOTONIC) - begin;
		samples_add(&f->done, took);
		spans = took / f->period_ns;
		f->missed += spans;
		f->refreshes += spans + 1;
		i += spans + 1;
	}
}

static struct frames parse(int argc, char **argv, bool *ret_json)
{
	struct frames f = {
		.work_ns = 2300 * NSEC_PER_USEC,
		.length_ns = 3 * NSEC_PER_SEC,
	};
	uint64_t rate = 60;
	const struct bench_option options[] = {
		{ "rate", .number = &rate, .min = 1, .max = 1000 },
		{ "work-usec", .number = &f.work_ns, .min = 1, .max = 1000000,
		  .unit = NSEC_PER_USEC },
		{ "seconds", .seconds = &f.length_ns },
		{ "json", .flag = ret_json },
		{},
	};

	*ret_json = false;
	options_parse(argc, argv, options);
	f.period_ns = NSEC_PER_SEC / rate;
	return f;
}

int main(int argc, char **argv)
{
	bool json;
	struct frames f = parse(argc, argv, &json);

	/* A refresh is an interrupt, not a timer that may be 50 µs late to save power. */
	if (prctl(PR_SET_TIMERSLACK, 1) < 0)
		die("asking for exact timers");
	work_calibrate();
	samples_init(&f.done, f.length_ns / f.period_ns + 1);
	frames_run(&f);
	if (json) {
		printf("{\"refreshes\":%" PRIu64 ",\"missed\":%" PRIu64 ",", f.refreshes, f.missed);
		samples_print_json(&f.done, buckets);
		puts("}");
	} else {
		printf("%" PRIu64 " of %" PRIu64 " frames missed; from refresh to done:\n",
		       f.missed, f.refreshes);
		samples_print_text(&f.done, buckets);
	}
	samples_done(&f.done);
	return 0;
}
