/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Root changes, everyone reads; what is wrong is told to everyone.
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

static sd_bus_message *try(struct fixture *f, uint64_t slice, uint64_t usec)
{
	return fixture_call(f, BUS_INTERFACE_TUNABLES, "Try", "a{sv}t", 1, "SliceMaxUSec", "t",
			    slice, usec);
}

/* Or a person would type a password for something that is refused anyway. */
static void what_is_wrong_is_told_to_everybody(void)
{
	struct fixture f;

	fixture_open(&f);
	fixture_uid = 1000;
	CHECK_ERROR(fixture_call(&f, BUS_INTERFACE_MANAGER, "HoldProfile", "sss", "nothere", "",
				 ""), BUS_ERROR_NO_SUCH_PROFILE, "nothere", "balanced, latency");
	CHECK_ERROR(fixture_call(&f, BUS_INTERFACE_MANAGER, "RequestLatency", "tss", UINT64_C(49),
				 "", ""),
		    BUS_ERROR_OUT_OF_RANGE, "latency: 49", "50 to 1000000");
	CHECK_ERROR(fixture_call(&f, BUS_INTERFACE_MANAGER, "SetProfile", "s", "nothere"),
		    BUS_ERROR_NO_SUCH_PROFILE, "nothere", "balanced, latency");
	CHECK_ERROR(try(&f, 7000, 999), BUS_ERROR_OUT_OF_RANGE, "time: 999", "1000 to");
	CHECK_ERROR(try(&f, 7, 5000), BUS_ERROR_OUT_OF_RANGE, "SliceMaxUSec: 7", NULL);
	CHECK_ERROR(fixture_call(&f, BUS_INTERFACE_TUNABLES, "Revert", "u", 5),
		    BUS_ERROR_NO_SUCH_COOKIE, "5", NULL);
	CHECK_ERROR(fixture_call(&f, BUS_INTERFACE_TUNABLES, "Reset", "as", 1, "Nothere"),
		    BUS_ERROR_NO_SUCH_TUNABLE, "Nothere", NULL);
	CHECK_ERROR(fixture_set(&f, BUS_INTERFACE_DOMAINS, "Primary", "s", "fast"),
		    SD_BUS_ERROR_INVALID_ARGS, "Primary", "fast");
	CHECK_ERROR(fixture_set(&f, BUS_INTERFACE_DOMAINS, "Primary", "s", "0-9"),
		    BUS_ERROR_OUT_OF_RANGE, "Primary: 0-9", "allowed: 0-3");
	fixture_close(&f);
}

/* The same for what would be right at another time. */
static void what_contradicts_is_told_to_everybody(void)
{
	static const char contradiction[] = "SliceMinUSec: 3500 us exceeds SliceMaxUSec";
	struct fixture f;

	fixture_open(&f);
	CHECK_OK(fixture_set(&f, BUS_INTERFACE_TUNABLES, "SliceMaxUSec", "t", UINT64_C(4000)));
	CHECK_OK(fixture_set(&f, BUS_INTERFACE_TUNABLES, "SliceMinUSec", "t", UINT64_C(3500)));
	fixture_uid = 1000;
	CHECK_ERROR(fixture_set(&f, BUS_INTERFACE_TUNABLES, "SliceMaxUSec", "t", UINT64_C(2000)),
		    BUS_ERROR_OUT_OF_RANGE, contradiction, "2000");
	CHECK_ERROR(fixture_call(&f, BUS_INTERFACE_TUNABLES, "Set", "a{sv}", 1, "SliceMaxUSec", "t",
				 UINT64_C(2000)),
		    BUS_ERROR_OUT_OF_RANGE, contradiction, "2000");
	CHECK_ERROR(fixture_call(&f, BUS_INTERFACE_TUNABLES, "Reset", "as", 1, "SliceMaxUSec"),
		    BUS_ERROR_OUT_OF_RANGE, contradiction, "3000");
	CHECK_ERROR(try(&f, 2000, 5000), BUS_ERROR_OUT_OF_RANGE, contradiction, "2000");
	/* But not that another try runs: it may be over before the password is typed. */
	fixture_uid = 0;
	CHECK_OK(try(&f, 5000, 60000000));
	fixture_uid = 1000;
	CHECK_ERROR(try(&f, 6000, 5000), SD_BUS_ERROR_ACCESS_DENIED, "trying tunables", NULL);
	fixture_close(&f);
}

int main(void)
{
	RUN(others_are_refused_everything_that_changes);
	RUN(every_tunable_is_guarded);
	RUN(others_may_read);
	RUN(what_is_wrong_is_told_to_everybody);
	RUN(what_contradicts_is_told_to_everybody);
	return TEST_RESULT();
}
