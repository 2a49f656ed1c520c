/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How long a change takes from the call on the bus to the reply, and what it left.
 *
 * The daemon replies to Tunables.Set after the scheduler's tunables have been replaced, so the time
 * to the reply bounds the time until the change is in force. After each call the generation that
 * the scheduler itself reads must be the one before plus one; every change writes two values that
 * belong together, and both must be read back. Any other answer is an error.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <systemd/sd-bus.h>

#include "tests/bench/bench.h"
#include "tests/bench/bus.h"
#include "tests/bench/options.h"

/* Tenths of a millisecond up to 3.1 ms and more. */
static const struct buckets buckets = { .width_ns = 100 * NSEC_PER_USEC, .n = 32 };

/* Sets both slice limits in one call: a longest slice and half of it as the shortest. */
static void change(sd_bus *bus, uint64_t slice_usec)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	int r;

	r = sd_bus_call_method(bus, NAME, PATH, TUNABLES, "Set", &error, NULL, "a{sv}", 2,
			       "SliceMaxUSec", "t", slice_usec, "SliceMinUSec", "t",
			       slice_usec / 2);
	if (r < 0)
		die_bus("Set", r, &error);
}

static void verify(sd_bus *bus, const char *property, uint64_t expected)
{
	uint64_t value = read_u64(bus, property);

	if (value != expected) {
		errno = 0;
		die("%s is %" PRIu64 ", expected %" PRIu64, property, value, expected);
	}
}

struct latency_options {
	uint64_t changes, verify_every;
	bool json;
};

static struct latency_options parse(int argc, char **argv)
{
	struct latency_options o = { .changes = 1000, .verify_every = 1 };
	const struct bench_option options[] = {
		{ "changes", .number = &o.changes, .min = 1, .max = 10000000 },
		{ "verify-every", .number = &o.verify_every, .min = 1, .max = 10000000 },
		{ "json", .flag = &o.json },
		{},
	};

	options_parse(argc, argv, options);
	return o;
}

/* The generation before the first of the changes. */
static uint64_t changes_run(sd_bus *bus, const struct latency_options *o, struct samples *replies)
{
	uint64_t first;

	/* A slice that no change below uses, so that each of them changes something. */
	change(bus, 1900);
	first = read_u64(bus, "Generation");
	for (uint64_t i = 1; i <= o->changes; i++) {
		uint64_t slice = 2000 + i % 1000 * 2, start = clock_read(CLOCK_MONOTONIC);

		change(bus, slice);
		samples_add(replies, clock_read(CLOCK_MONOTONIC) - start);
		if (i % o->verify_every && i != o->changes)
			continue;
		verify(bus, "Generation", first + i);
		verify(bus, "SliceMaxUSec", slice);
		verify(bus, "SliceMinUSec", slice / 2);
	}
	return first;
}

int main(int argc, char **argv)
{
	const struct latency_options o = parse(argc, argv);
	struct samples replies;
	sd_bus *bus = connect_bus();
	uint64_t first;

	samples_init(&replies, o.changes);
	first = changes_run(bus, &o, &replies);
	sd_bus_flush_close_unref(bus);

	if (o.json) {
		printf("{\"changes\":%" PRIu64 ",\"generation_before\":%" PRIu64
		       ",\"generation_after\":%" PRIu64 ",",
		       o.changes, first, first + o.changes);
		samples_print_json(&replies, buckets);
		puts("}");
	} else {
		printf("%" PRIu64 " changes, each in force when the reply came:\n", o.changes);
		samples_print_text(&replies, buckets);
	}
	samples_done(&replies);
	return 0;
}
