/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Root changes, everyone reads.
 */
#include <stdlib.h>

#include "tests/bus/fixture.h"

#define NOBODY 65534

static void others_are_refused_everything_that_changes(void)
{
	static const char *const wishes[] = { "Start", "Stop", "Restart", "Reload" };
	struct fixture f;
	char *before;

	fixture_open(&f);
	before = fixture_snapshot(&f);
	fixture_uid = NOBODY;
	for (size_t i = 0; i < 4; i++)
		CHECK_ERROR(fixture_call(&f, BUS_INTERFACE_MANAGER, wishes[i], NULL),
			    SD_BUS_ERROR_ACCESS_DENIED, "manage-scheduler", "root");
	CHECK_ERROR(fixture_call(&f, BUS_INTERFACE_MANAGER, "SetProfile", "s", "latency"),
		    SD_BUS_ERROR_ACCESS_DENIED, "setting Profile", "root");
	CHECK_ERROR(fixture_set(&f, BUS_INTERFACE_MANAGER, "Profile", "s", "latency"),
		    SD_BUS_ERROR_ACCESS_DENIED, "setting Profile", "root");
	CHECK_ERROR(fixture_set(&f, BUS_INTERFACE_TUNABLES, "SliceMaxUSec", "t", UINT64_C(8000)),
		    SD_BUS_ERROR_ACCESS_DENIED, "setting SliceMaxUSec", "root");
	CHECK_ERROR(fixture_call(&f, BUS_INTERFACE_TUNABLES, "Set", "a{sv}", 1, "WakeSync", "b", 0),
		    SD_BUS_ERROR_ACCESS_DENIED, "set-tunables", "root");
	CHECK_ERROR(fixture_call(&f, BUS_INTERFACE_TUNABLES, "Set", "a{sv}", 0),
		    SD_BUS_ERROR_ACCESS_DENIED, "set-tunables", "root");
	CHECK_ERROR(fixture_call(&f, BUS_INTERFACE_TUNABLES, "Reset", "as", 0),
		    SD_BUS_ERROR_ACCESS_DENIED, "resetting tunables", "root");
	CHECK_UNCHANGED(&f, before);
	fixture_close(&f);
}

static void every_tunable_is_guarded(void)
{
	struct fixture f;

	fixture_open(&f);
	fixture_uid = NOBODY;
	for (enum tunable t = 0; t < _TUNABLE_MAX; t++) {
		const struct tunable_info *info = &tunable_table[t];

		if (!(manager_supported_tunables(f.manager) & 1u << t))
			continue;
		CHECK_ERROR(info->words ? fixture_set(&f, BUS_INTERFACE_TUNABLES, info->name, "s",
						      info->words[info->def]) :
			    fixture_set(&f, BUS_INTERFACE_TUNABLES, info->name,
					tunable_signature(t), (uint64_t)info->def),
			    SD_BUS_ERROR_ACCESS_DENIED, info->name, NULL);
	}
	CHECK_EQ(f.n_signals, 0);
	fixture_close(&f);
}

static void others_may_read(void)
{
	struct fixture f;

	fixture_open(&f);
	fixture_uid = NOBODY;
	CHECK_OK(fixture_get(&f, BUS_INTERFACE_MANAGER, "State"));
	CHECK_OK(fixture_get(&f, BUS_INTERFACE_TUNABLES, "Generation"));
	CHECK_OK(fixture_call(&f, BUS_INTERFACE_PROPERTIES, "GetAll", "s", BUS_INTERFACE_MANAGER));
	CHECK_OK(fixture_call(&f, BUS_INTERFACE_TUNABLES, "Describe", NULL));
	CHECK_OK(fixture_call(&f, "org.freedesktop.DBus.Introspectable", "Introspect", NULL));
	fixture_close(&f);
}

int main(void)
{
	RUN(others_are_refused_everything_that_changes);
	RUN(every_tunable_is_guarded);
	RUN(others_may_read);
	return TEST_RESULT();
}
