/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What clients are told, and that they are told nothing else.
 */
#include <stdlib.h>

#include "tests/bus/fixture.h"
#include "tests/fake-sched.h"

static void several_changes_are_told_once(void)
{
	struct fixture f;

	fixture_open(&f);
	CHECK_OK(fixture_call(&f, BUS_INTERFACE_TUNABLES, "Set", "a{sv}", 3, "SliceMaxUSec", "t",
			      UINT64_C(8000), "WakeSync", "b", 0, "InteractiveThreshold", "u", 10));
	CHECK_EQ(f.n_before_reply, 0);
	CHECK_EQ(f.n_signals, 1);
	CHECK(fixture_told(&f, BUS_INTERFACE_TUNABLES, "SliceMaxUSec"));
	CHECK(fixture_told(&f, BUS_INTERFACE_TUNABLES, "WakeSync"));
	CHECK(fixture_told(&f, BUS_INTERFACE_TUNABLES, "Generation"));
	/* It was 10 before. */
	CHECK(!fixture_told(&f, BUS_INTERFACE_TUNABLES, "InteractiveThreshold"));
	CHECK(!fixture_told(&f, BUS_INTERFACE_TUNABLES, "SliceMinUSec"));
	fixture_close(&f);
}

static void changes_within_one_event_are_told_once(void)
{
	struct tunable_set set = {};
	struct fixture f;

	fixture_open(&f);
	for (int64_t n = 1; n <= 100; n++) {
		CHECK_EQ(tunable_set_add(&set, TUNABLE_SLICE_LAG, n, UINT32_MAX, NULL), 0);
		CHECK_EQ(manager_set_tunables(f.manager, &set, NULL), 0);
	}
	fixture_settle(&f);
	CHECK_EQ(f.n_signals, 1);
	CHECK(fixture_told(&f, BUS_INTERFACE_TUNABLES, "SliceLagUSec"));
	CHECK(fixture_told(&f, BUS_INTERFACE_TUNABLES, "Generation"));
	fixture_close(&f);
}

static void nothing_changed_is_told_to_nobody(void)
{
	struct fixture f;

	fixture_open(&f);
	CHECK_OK(fixture_set(&f, BUS_INTERFACE_MANAGER, "FollowPowerProfile", "b", 0));
	fixture_forget_signals(&f);
	CHECK_OK(fixture_set(&f, BUS_INTERFACE_MANAGER, "FollowPowerProfile", "b", 0));
	CHECK_OK(fixture_set(&f, BUS_INTERFACE_TUNABLES, "SliceMaxUSec", "t",
			     (uint64_t)manager_tunables(f.manager)->value[TUNABLE_SLICE_MAX]));
	CHECK_OK(fixture_set(&f, BUS_INTERFACE_MANAGER, "Profile", "s", "balanced"));
	CHECK_OK(fixture_call(&f, BUS_INTERFACE_MANAGER, "Start", NULL));
	CHECK_OK(fixture_call(&f, BUS_INTERFACE_MANAGER, "Reload", NULL));
	CHECK_OK(fixture_call(&f, BUS_INTERFACE_TUNABLES, "Reset", "as", 0));
	CHECK_OK(fixture_call(&f, BUS_INTERFACE_TUNABLES, "Set", "a{sv}", 0));
	CHECK_OK(fixture_set(&f, BUS_INTERFACE_DOMAINS, "Primary", "s", "auto"));
	for (size_t i = 0; i < f.n_signals; i++)
		sd_bus_message_dump(f.signals[i], stderr, 0);
	CHECK_EQ(f.n_signals, 0);
	fixture_close(&f);
}

static void profile_is_one_signal_for_each_interface(void)
{
	struct fixture f;

	fixture_open(&f);
	CHECK_OK(fixture_set(&f, BUS_INTERFACE_MANAGER, "Profile", "s", "latency"));
	CHECK_EQ(f.n_before_reply, 0);
	CHECK_EQ(f.n_signals, 4);
	CHECK(fixture_told(&f, BUS_INTERFACE_SCX_LOADER, "SchedulerMode"));
	CHECK(fixture_told(&f, BUS_INTERFACE_DOMAINS, "InteractiveCPUs"));
	CHECK(!fixture_told(&f, BUS_INTERFACE_DOMAINS, "Interactive"));
	CHECK(fixture_told(&f, BUS_INTERFACE_MANAGER, "Profile"));
	CHECK(fixture_told(&f, BUS_INTERFACE_MANAGER, "ActiveProfile"));
	CHECK(!fixture_told(&f, BUS_INTERFACE_MANAGER, "Profiles"));
	CHECK(!fixture_told(&f, BUS_INTERFACE_MANAGER, "State"));
	CHECK(fixture_told(&f, BUS_INTERFACE_TUNABLES, "SliceMaxUSec"));
	CHECK(fixture_told(&f, BUS_INTERFACE_TUNABLES, "Generation"));
	fixture_close(&f);
}

static void new_profiles_are_told(void)
{
	struct fixture f;

	fixture_open(&f);
	fixture_write(&f, "etc/profiles.d/studio.json", "{ \"description\": \"For recording\" }");
	CHECK_OK(fixture_call(&f, BUS_INTERFACE_MANAGER, "Reload", NULL));
	CHECK_EQ(f.n_signals, 1);
	CHECK(fixture_told(&f, BUS_INTERFACE_MANAGER, "Profiles"));
	fixture_close(&f);
}

static void stop_and_start_are_told(void)
{
	struct fixture f;

	fixture_open(&f);
	CHECK_OK(fixture_call(&f, BUS_INTERFACE_MANAGER, "Stop", NULL));
	CHECK_EQ(fixture_count(&f, "PropertiesChanged", BUS_INTERFACE_MANAGER), 1);
	CHECK(fixture_told(&f, BUS_INTERFACE_MANAGER, "State"));
	CHECK(fixture_told(&f, BUS_INTERFACE_MANAGER, "Scheduler"));
	CHECK_EQ(fixture_count(&f, "PropertiesChanged", BUS_INTERFACE_TUNABLES), 1);
	CHECK(fixture_told(&f, BUS_INTERFACE_TUNABLES, "Generation"));
	fixture_forget_signals(&f);

	CHECK_OK(fixture_call(&f, BUS_INTERFACE_MANAGER, "Start", NULL));
	CHECK(fixture_told(&f, BUS_INTERFACE_MANAGER, "State"));
	CHECK(fixture_told(&f, BUS_INTERFACE_MANAGER, "Scheduler"));
	CHECK(fixture_told(&f, BUS_INTERFACE_TUNABLES, "Generation"));
	fixture_close(&f);
}

/* What a client finds in a report. */
struct report {
	uint64_t kind, since, uptime, generation;
	const char *kind_name, *reason, *message;
	int64_t code;
	unsigned keys;
};

static void read_report(sd_bus_message *m, struct report *r)
{
	const char *key;

	*r = (struct report){ .kind_name = "", .reason = "", .message = "" };
	CHECK(sd_bus_message_enter_container(m, 'a', "{sv}") > 0);
	while (sd_bus_message_enter_container(m, 'e', "sv") > 0) {
		CHECK(sd_bus_message_read(m, "s", &key) > 0);
		r->keys++;
		CHECK(strcmp(key, "Dump") != 0);
		if (!strcmp(key, "Kind"))
			CHECK(sd_bus_message_read(m, "v", "t", &r->kind) > 0);
		else if (!strcmp(key, "KindName"))
			CHECK(sd_bus_message_read(m, "v", "s", &r->kind_name) > 0);
		else if (!strcmp(key, "Code"))
			CHECK(sd_bus_message_read(m, "v", "x", &r->code) > 0);
		else if (!strcmp(key, "Reason"))
			CHECK(sd_bus_message_read(m, "v", "s", &r->reason) > 0);
		else if (!strcmp(key, "Message"))
			CHECK(sd_bus_message_read(m, "v", "s", &r->message) > 0);
		else if (!strcmp(key, "Since"))
			CHECK(sd_bus_message_read(m, "v", "t", &r->since) > 0);
		else if (!strcmp(key, "UptimeUSec"))
			CHECK(sd_bus_message_read(m, "v", "t", &r->uptime) > 0);
		else if (!strcmp(key, "Generation"))
			CHECK(sd_bus_message_read(m, "v", "t", &r->generation) > 0);
		else
			CHECK(sd_bus_message_skip(m, "v") > 0);
		CHECK(sd_bus_message_exit_container(m) >= 0);
	}
	CHECK(sd_bus_message_exit_container(m) >= 0);
}

static void check_report(const struct report *r)
{
	CHECK_EQ(r->kind, 1026);
	CHECK_STR(r->kind_name, "error-stall");
	CHECK_EQ(r->code, -7);
	CHECK_STR(r->reason, "runnable task stall");
	/* The name of a task is any bytes; on the bus it must be text. */
	CHECK_NAMES(r->message, "evil??[31m[42] failed to run for 30.1s");
	CHECK_EQ(r->generation, 2);
	CHECK(r->since > UINT64_C(1600000000000000));
	CHECK(r->uptime > 0 && r->uptime < UINT64_C(60000000));
	CHECK_EQ(r->keys, 11);
}

static void exit_is_told_with_its_report(void)
{
	sd_bus_message *reply, *last;
	struct report report;
	struct fixture f;

	fixture_open(&f);
	CHECK_OK(fixture_set(&f, BUS_INTERFACE_TUNABLES, "SliceMaxUSec", "t", UINT64_C(8000)));
	fixture_forget_signals(&f);
	fake_sched_end(1026, -7, "runnable task stall",
		       "evil\xff\033[31m[42] failed to run for 30.1s", "DUMP of everything");
	fixture_settle(&f);

	CHECK_EQ(fixture_count(&f, "SchedulerExited", BUS_INTERFACE_MANAGER), 1);
	CHECK(fixture_told(&f, BUS_INTERFACE_MANAGER, "State"));
	CHECK(fixture_told(&f, BUS_INTERFACE_MANAGER, "LastExit"));
	CHECK(f.n_signals >= 2);
	if (f.n_signals >= 2) {
		/* State and LastExit are known when the event is. */
		last = f.signals[f.n_signals - 1];
		CHECK(sd_bus_message_is_signal(last, BUS_INTERFACE_MANAGER, "SchedulerExited"));
		read_report(last, &report);
		check_report(&report);
	}

	reply = fixture_get(&f, BUS_INTERFACE_MANAGER, "LastExit");
	CHECK(sd_bus_message_enter_container(reply, 'v', "a{sv}") > 0);
	read_report(reply, &report);
	check_report(&report);
	sd_bus_message_unref(reply);
	fixture_close(&f);
}

/* At the end of the service no event follows that would carry them. */
static void last_changes_are_told(void)
{
	struct fixture f;

	fixture_open(&f);
	CHECK_EQ(manager_sched_stop(f.manager, NULL), 0);
	exports_flush(f.exports);
	fixture_settle(&f);
	CHECK_EQ(fixture_count(&f, "PropertiesChanged", BUS_INTERFACE_MANAGER), 1);
	CHECK(fixture_told(&f, BUS_INTERFACE_MANAGER, "State"));
	fixture_close(&f);
}

static void no_exit_is_an_empty_report(void)
{
	struct report report;
	sd_bus_message *reply;
	struct fixture f;

	fixture_open(&f);
	reply = fixture_get(&f, BUS_INTERFACE_MANAGER, "LastExit");
	CHECK(sd_bus_message_enter_container(reply, 'v', "a{sv}") > 0);
	read_report(reply, &report);
	CHECK_EQ(report.keys, 0);
	sd_bus_message_unref(reply);
	fixture_close(&f);
}

int main(void)
{
	RUN(several_changes_are_told_once);
	RUN(changes_within_one_event_are_told_once);
	RUN(nothing_changed_is_told_to_nobody);
	RUN(profile_is_one_signal_for_each_interface);
	RUN(new_profiles_are_told);
	RUN(stop_and_start_are_told);
	RUN(exit_is_told_with_its_report);
	RUN(last_changes_are_told);
	RUN(no_exit_is_an_empty_report);
	return TEST_RESULT();
}
