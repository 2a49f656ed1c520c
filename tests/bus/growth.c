/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What clients take and give back again and again leaves nothing behind: holds, latency requests
 * and tries, by clients that release them, and by clients that just leave. The argument is how
 * often.
 */
#include <stdlib.h>

#include "tests/bus/fixture.h"
#include "tests/bus/heap.h"

#define PAIRS 10000
#define WARM_UP 100

static struct fixture f;

static uint32_t take(sd_bus_message *reply)
{
	uint32_t cookie = 0;

	CHECK(sd_bus_message_read(reply, "u", &cookie) > 0);
	CHECK(cookie != 0);
	CHECK_OK(reply);
	return cookie;
}

static void pair(unsigned i)
{
	uint32_t hold, request, try;

	hold = take(fixture_call(&f, BUS_INTERFACE_MANAGER, "HoldProfile", "sss", "latency",
				 "a reason", "a.program"));
	request = take(fixture_call(&f, BUS_INTERFACE_MANAGER, "RequestLatency", "tss",
				    UINT64_C(500), "a reason", "a.program"));
	try = take(fixture_call(&f, BUS_INTERFACE_TUNABLES, "Try", "a{sv}t", 1, "SliceLagUSec",
				"t", UINT64_C(7000), UINT64_C(60000000)));
	if (i % 4 == 0) {
		fixture_leave(&f, fixture_sender);
	} else {
		CHECK_OK(fixture_call(&f, BUS_INTERFACE_TUNABLES, "Revert", "u", try));
		CHECK_OK(fixture_call(&f, BUS_INTERFACE_MANAGER, "ReleaseLatency", "u", request));
		CHECK_OK(fixture_call(&f, BUS_INTERFACE_MANAGER, "ReleaseProfile", "u", hold));
	}
	fixture_forget_signals(&f);
}

int main(int argc, char **argv)
{
	unsigned pairs = argc > 1 ? strtoul(argv[1], NULL, 0) : PAIRS;
	size_t before, after;

	heap_count_exactly(argv);
	fixture_open(&f);
	for (unsigned i = 0; i < WARM_UP; i++)
		pair(i);
	before = heap_allocated();
	for (unsigned i = 0; i < pairs && !test_failures; i++)
		pair(i);
	after = heap_allocated();
	CHECK(after < before + 4096);
	printf("%u pairs: %zu bytes before, %zu after\n", pairs, before, after);

	/* And nothing of it is in force any more. */
	CHECK_STR(manager_active_profile(f.manager), "balanced");
	CHECK_EQ(manager_claims(f.manager)->n, 0);
	CHECK(manager_tunables(f.manager)->value[TUNABLE_SLICE_LAG] != 7000);
	fixture_close(&f);
	return TEST_RESULT();
}
