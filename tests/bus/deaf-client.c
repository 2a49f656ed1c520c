/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A client that follows everything and never reads costs the daemon nothing, and the others hear
 * every change.
 */

#include "tests/bus/fixture.h"
#include "tests/bus/heap.h"
#include "tests/bus/must.h"
#include "tests/bus/private.h"

#define CHANGES 100000
#define WARM_UP 100
#define BOUND (256 * 1024)

static struct fixture f;

static int on_signal(sd_bus_message *m, void *userdata, sd_bus_error *ret_error)
{
	(void)m, (void)ret_error;
	++*(unsigned *)userdata;
	return 0;
}

static void change(unsigned i)
{
	struct tunable_set set = { .mask = UINT32_C(1) << TUNABLE_SLICE_LAG };

	set.value[TUNABLE_SLICE_LAG] = 5000 + i % 2;
	MUST(manager_set_tunables(f.manager, &set, NULL));
	fixture_settle(&f);
	fixture_forget_signals(&f);
}

static void nobody_pays_for_the_deaf(void)
{
	unsigned heard = 0;
	size_t before, most = 0;
	sd_bus *deaf;

	fixture_open_on_bus(&f);
	MUST(sd_bus_open_system(&deaf));
	MUST(sd_bus_match_signal(deaf, NULL, BUS_NAME, BUS_PATH, NULL, NULL, on_signal, NULL));
	MUST(sd_bus_match_signal(f.client, NULL, BUS_NAME, BUS_PATH, NULL, "PropertiesChanged",
				 on_signal, &heard));
	for (unsigned i = 0; i < WARM_UP; i++)
		change(i);
	RUN_UNTIL(f.event, heard >= WARM_UP);
	before = heap_allocated();
	for (unsigned i = 0; i < CHANGES; i++) {
		change(i);
		if (i % 1000 == 999) {
			RUN_UNTIL(f.event, heard >= WARM_UP + i + 1);
			most = heap_allocated() > most ? heap_allocated() : most;
		}
	}
	CHECK_EQ(heard, WARM_UP + CHANGES);
	CHECK(most < before + BOUND);
	printf("%zu bytes before, at most %zu while %u signals went out\n", before, most, CHANGES);
	sd_bus_close_unref(deaf);
	fixture_close(&f);
}

int main(void)
{
	pid_t bus;

	private_bus_setup();
	bus = private_bus_start();
	RUN(nobody_pays_for_the_deaf);
	private_bus_kill(bus);
	private_bus_remove();
	return TEST_RESULT();
}
