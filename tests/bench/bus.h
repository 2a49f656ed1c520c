/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the workloads that are clients of the daemon share.
 */
#pragma once

#include <errno.h>
#include <string.h>
#include <systemd/sd-bus.h>

#include "tests/bench/bench.h"

#define NAME "org.bpfland1"
#define PATH "/org/bpfland1"
#define TUNABLES "org.bpfland1.Tunables"

static inline _Noreturn void die_bus(const char *what, int r, const sd_bus_error *error)
{
	errno = 0;
	die("%s: %s", what, error && error->message ? error->message : strerror(-r));
}

/* A connection of its own to the system bus. */
static inline sd_bus *connect_bus(void)
{
	sd_bus *bus = NULL;
	int r;

	r = sd_bus_open_system(&bus);
	if (r < 0)
		die_bus("connecting to the system bus", r, NULL);
	return bus;
}

/* A tunable of type t, or the generation. */
static inline uint64_t read_u64(sd_bus *bus, const char *property)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	uint64_t value;
	int r;

	r = sd_bus_get_property_trivial(bus, NAME, PATH, TUNABLES, property, &error, 't', &value);
	if (r < 0)
		die_bus(property, r, &error);
	return value;
}
