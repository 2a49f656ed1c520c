/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The life of the scheduler and its profiles, from a client's side.
 */
#include <errno.h>
#include <stdlib.h>

#include "tests/bus/fixture.h"
#include "tests/fake-sched.h"

/* A property that is a string, as the client reads it. */
static const char *text(struct fixture *f, const char *property)
{
	static char copy[256];
	sd_bus_message *reply = fixture_get(f, BUS_INTERFACE_MANAGER, property);
	const char *s = "(no string)";

	CHECK(sd_bus_message_read(reply, "v", "s", &s) > 0);
	snprintf(copy, sizeof(copy), "%s", s);
	sd_bus_message_unref(reply);
	return copy;
}

static void methods_have_done_it_when_they_answer(void)
{
	struct fixture f;

	fixture_open(&f);
	CHECK_STR(text(&f, "State"), "running");
	CHECK_OK(fixture_call(&f, BUS_INTERFACE_MANAGER, "Stop", NULL));
	CHECK_STR(text(&f, "State"), "stopped");
	CHECK_EQ(manager_generation(f.manager), 0);
	CHECK_OK(fixture_call(&f, BUS_INTERFACE_MANAGER, "Stop", NULL));
	CHECK_OK(fixture_call(&f, BUS_INTERFACE_MANAGER, "Start", NULL));
	CHECK_STR(text(&f, "State"), "running");
	CHECK(manager_generation(f.manager) > 0);
	CHECK_OK(fixture_call(&f, BUS_INTERFACE_MANAGER, "Restart", NULL));
	CHECK_STR(text(&f, "State"), "running");
	CHECK_ERROR(fixture_call(&f, BUS_INTERFACE_MANAGER, "Start", "s", "now"),
		    SD_BUS_ERROR_INVALID_ARGS, "Start", NULL);
	fixture_close(&f);
}

static void both_ways_select_a_profile(void)
{
	struct fixture f;

	fixture_open(&f);
	CHECK_STR(text(&f, "Profile"), "balanced");
	CHECK_OK(fixture_call(&f, BUS_INTERFACE_MANAGER, "SetProfile", "s", "latency"));
	CHECK_STR(text(&f, "Profile"), "latency");
	CHECK_STR(text(&f, "ActiveProfile"), "latency");
	CHECK_EQ(manager_tunables(f.manager)->value[TUNABLE_SLICE_MAX], 1000);
	CHECK_OK(fixture_set(&f, BUS_INTERFACE_MANAGER, "Profile", "s", "balanced"));
	CHECK_STR(text(&f, "ActiveProfile"), "balanced");
	CHECK_EQ(manager_tunables(f.manager)->value[TUNABLE_SLICE_MAX],
		 tunable_table[TUNABLE_SLICE_MAX].def);

	CHECK_ERROR(fixture_set(&f, BUS_INTERFACE_MANAGER, "Profile", "s", "Latency"),
		    BUS_ERROR_NO_SUCH_PROFILE, "Latency", "latency");
	CHECK_STR(text(&f, "Profile"), "balanced");
	fixture_close(&f);
}

static void writing_the_profile_ends_overrides(void)
{
	struct fixture f;

	fixture_open(&f);
	CHECK_OK(fixture_set(&f, BUS_INTERFACE_TUNABLES, "SliceMaxUSec", "t", UINT64_C(8000)));
	CHECK_OK(fixture_set(&f, BUS_INTERFACE_MANAGER, "Profile", "s", "latency"));
	CHECK_EQ(manager_tunables(f.manager)->value[TUNABLE_SLICE_MAX], 1000);
	CHECK_OK(fixture_set(&f, BUS_INTERFACE_TUNABLES, "SliceMaxUSec", "t", UINT64_C(8000)));
	CHECK_OK(fixture_call(&f, BUS_INTERFACE_MANAGER, "Reload", NULL));
	CHECK_EQ(manager_tunables(f.manager)->value[TUNABLE_SLICE_MAX], 8000);
	fixture_close(&f);
}

/* Reads one a{sv} of Profiles and checks it if it is @wanted's. */
static bool check_profile(sd_bus_message *m, const char *wanted)
{
	const char *name = "", *description = "", *source = "", *key;
	const char *primary = "", *interactive = "";
	int32_t priority = -1;
	unsigned tunables = 0;

	while (sd_bus_message_enter_container(m, 'e', "sv") > 0) {
		CHECK(sd_bus_message_read(m, "s", &key) > 0);
		if (!strcmp(key, "Name"))
			CHECK(sd_bus_message_read(m, "v", "s", &name) > 0);
		else if (!strcmp(key, "Description"))
			CHECK(sd_bus_message_read(m, "v", "s", &description) > 0);
		else if (!strcmp(key, "Source"))
			CHECK(sd_bus_message_read(m, "v", "s", &source) > 0);
		else if (!strcmp(key, "Priority"))
			CHECK(sd_bus_message_read(m, "v", "i", &priority) > 0);
		else if (!strcmp(key, "Tunables")) {
			CHECK(sd_bus_message_enter_container(m, 'v', "a{sv}") > 0);
			CHECK(sd_bus_message_enter_container(m, 'a', "{sv}") > 0);
			for (; sd_bus_message_at_end(m, false) == 0; tunables++)
				CHECK(sd_bus_message_skip(m, "{sv}") > 0);
			CHECK(sd_bus_message_exit_container(m) >= 0);
			CHECK(sd_bus_message_exit_container(m) >= 0);
		} else if (!strcmp(key, "Primary"))
			CHECK(sd_bus_message_read(m, "v", "s", &primary) > 0);
		else if (!strcmp(key, "Interactive"))
			CHECK(sd_bus_message_read(m, "v", "s", &interactive) > 0);
		CHECK(sd_bus_message_exit_container(m) >= 0);
	}
	if (strcmp(name, wanted))
		return false;
	CHECK_STR(description, "Short turns, for sound");
	CHECK_NAMES(source, "/usr/profiles.d/latency.json");
	CHECK_EQ(priority, 20);
	CHECK_EQ(tunables, 3);
	CHECK_STR(primary, "all");
	CHECK_STR(interactive, "0-1");
	return true;
}

static void profiles_say_what_they_set(void)
{
	sd_bus_message *reply;
	unsigned found = 0, all = 0;
	struct fixture f;

	fixture_open(&f);
	reply = fixture_get(&f, BUS_INTERFACE_MANAGER, "Profiles");
	CHECK(sd_bus_message_enter_container(reply, 'v', "aa{sv}") > 0);
	CHECK(sd_bus_message_enter_container(reply, 'a', "a{sv}") > 0);
	while (sd_bus_message_enter_container(reply, 'a', "{sv}") > 0) {
		found += check_profile(reply, "latency");
		all++;
		CHECK(sd_bus_message_exit_container(reply) >= 0);
	}
	CHECK_EQ(found, 1);
	CHECK_EQ(all, 2);
	sd_bus_message_unref(reply);
	fixture_close(&f);
}

static void descriptions_are_in_any_language(void)
{
	struct fixture f;
	char *all;

	fixture_open(&f);
	fixture_write(&f, "etc/profiles.d/studio.json",
		      "{ \"description\": \"Für Aufnahmen — 44 µs, 音楽 🎙\" }");
	CHECK_OK(fixture_call(&f, BUS_INTERFACE_MANAGER, "Reload", NULL));
	all = fixture_snapshot(&f);
	CHECK_NAMES(all, "STRING \"Für Aufnahmen — 44 µs, 音楽 🎙\"");
	free(all);
	fixture_close(&f);
}

static void bad_file_on_reload_leaves_the_old_ones(void)
{
	struct fixture f;
	char *before, *after;

	fixture_open(&f);
	before = fixture_snapshot(&f);
	fixture_write(&f, "etc/profiles.d/broken.json", "{ \"tunables\": { \"slice_max_usec\": ");
	CHECK_ERROR(fixture_call(&f, BUS_INTERFACE_MANAGER, "Reload", NULL),
		    SD_BUS_ERROR_INVALID_ARGS, "broken.json", NULL);
	after = fixture_snapshot(&f);
	CHECK_STR(after, before);
	free(before);
	free(after);
	fixture_close(&f);
}

static void constants_are_what_they_say(void)
{
	struct fixture f;

	fixture_open(&f);
	CHECK_STR(text(&f, "Version"), VERSION);
	CHECK_STR(text(&f, "Kernel"), "6.18.0-test");
	fixture_close(&f);
}

/* Root asks and the kernel says no: that is no lack of rights of the caller. */
static void what_the_kernel_denies_us_is_a_failure(void)
{
	struct fixture f;

	fixture_open(&f);
	CHECK_OK(fixture_call(&f, BUS_INTERFACE_MANAGER, "Stop", NULL));
	fake_sched_fail(1, ERROR_ACCESS_DENIED, EPERM, "CAP_BPF is needed");
	CHECK_ERROR(fixture_call(&f, BUS_INTERFACE_MANAGER, "Start", NULL), BUS_ERROR_FAILED,
		    "CAP_BPF is needed", NULL);
	CHECK_EQ(manager_state(f.manager), LIFECYCLE_FAILED);
	fixture_close(&f);
}

int main(void)
{
	RUN(methods_have_done_it_when_they_answer);
	RUN(both_ways_select_a_profile);
	RUN(writing_the_profile_ends_overrides);
	RUN(profiles_say_what_they_set);
	RUN(descriptions_are_in_any_language);
	RUN(bad_file_on_reload_leaves_the_old_ones);
	RUN(constants_are_what_they_say);
	RUN(what_the_kernel_denies_us_is_a_failure);
	return TEST_RESULT();
}
