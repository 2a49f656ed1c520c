/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * org.scx.Loader, as its clients use it: the calls that they make, in their order.
 */
#include <stdarg.h>

#include "tests/bus/fixture.h"
#include "tests/fake-sched.h"

static sd_bus_message *call(struct fixture *f, const char *member, const char *types, ...)
{
	sd_bus_message *m = NULL;
	va_list args;

	CHECK(sd_bus_message_new_method_call(f->client, &m, NULL, BUS_PATH_SCX_LOADER,
					     BUS_INTERFACE_SCX_LOADER, member) >= 0);
	va_start(args, types);
	if (types)
		CHECK(sd_bus_message_appendv(m, types, args) >= 0);
	va_end(args);
	return fixture_send(f, m);
}

static sd_bus_message *property(struct fixture *f, const char *name)
{
	sd_bus_message *m = NULL;

	CHECK(sd_bus_message_new_method_call(f->client, &m, NULL, BUS_PATH_SCX_LOADER,
					     BUS_INTERFACE_PROPERTIES, "Get") >= 0);
	CHECK(sd_bus_message_append(m, "ss", BUS_INTERFACE_SCX_LOADER, name) >= 0);
	return fixture_send(f, m);
}

static const char *text(struct fixture *f, const char *name)
{
	static char copy[64];
	sd_bus_message *reply = property(f, name);
	const char *s = "(no string)";

	CHECK(sd_bus_message_read(reply, "v", "s", &s) > 0);
	snprintf(copy, sizeof(copy), "%s", s);
	sd_bus_message_unref(reply);
	return copy;
}

static uint32_t number(struct fixture *f, const char *name)
{
	sd_bus_message *reply = property(f, name);
	uint32_t n = UINT32_MAX;

	CHECK(sd_bus_message_read(reply, "v", "u", &n) > 0);
	sd_bus_message_unref(reply);
	return n;
}

/* The strings of an array with "|" between them. */
static const char *list(struct fixture *f, const char *name)
{
	static char copy[256];
	sd_bus_message *reply = property(f, name);
	const char *s;

	copy[0] = 0;
	CHECK(sd_bus_message_enter_container(reply, 'v', "as") > 0);
	CHECK(sd_bus_message_enter_container(reply, 'a', "s") > 0);
	while (sd_bus_message_read(reply, "s", &s) > 0)
		snprintf(copy + strlen(copy), sizeof(copy) - strlen(copy), "%s%s",
			 copy[0] ? "|" : "", s);
	sd_bus_message_unref(reply);
	return copy;
}

/* Profiles of all modes. */
static void open_with_modes(struct fixture *f)
{
	fixture_open(f);
	fixture_write(f, "etc/profiles.d/gaming.json", "{}");
	fixture_write(f, "etc/profiles.d/powersave.json", "{}");
	fixture_write(f, "etc/profiles.d/throughput.json", "{}");
	CHECK_OK(fixture_call(f, BUS_INTERFACE_MANAGER, "Reload", NULL));
	fixture_forget_signals(f);
}

static void what_is_shown_is_what_is(void)
{
	struct fixture f;

	open_with_modes(&f);
	CHECK_STR(list(&f, "SupportedSchedulers"), "scx_bpfland");
	CHECK_STR(text(&f, "CurrentScheduler"), "scx_bpfland");
	CHECK_STR(text(&f, "DefaultScheduler"), "scx_bpfland");
	CHECK_EQ(number(&f, "SchedulerMode"), 0);
	CHECK_EQ(number(&f, "DefaultMode"), 0);
	CHECK_STR(list(&f, "CurrentSchedulerArgs"), "");
	CHECK_OK(fixture_call(&f, BUS_INTERFACE_MANAGER, "SetProfile", "s", "latency"));
	CHECK_EQ(number(&f, "SchedulerMode"), 3);
	CHECK_OK(fixture_call(&f, BUS_INTERFACE_MANAGER, "Stop", NULL));
	CHECK_STR(text(&f, "CurrentScheduler"), "unknown");
	fixture_close(&f);
}

/* start, switch, restart, stop, restore, as the command line client makes them. */
static void a_session_of_the_command_line_client(void)
{
	struct fixture f;

	open_with_modes(&f);
	CHECK_OK(call(&f, "StopScheduler", NULL));
	CHECK_EQ(manager_state(f.manager), LIFECYCLE_STOPPED);
	CHECK_OK(call(&f, "StartScheduler", "su", "scx_bpfland", 1));
	CHECK_STR(text(&f, "CurrentScheduler"), "scx_bpfland");
	CHECK_STR(manager_profile(f.manager), "gaming");
	for (uint32_t mode = 0; mode <= 4; mode++) {
		static const char *const profiles[] = { "balanced", "gaming", "powersave",
							"latency", "throughput" };

		CHECK_OK(call(&f, "SwitchScheduler", "su", "scx_bpfland", mode));
		CHECK_STR(manager_active_profile(f.manager), profiles[mode]);
		CHECK_EQ(number(&f, "SchedulerMode"), mode);
	}
	CHECK_OK(call(&f, "RestartScheduler", NULL));
	CHECK_EQ(manager_state(f.manager), LIFECYCLE_RUNNING);
	CHECK_OK(call(&f, "RestoreDefault", NULL));
	CHECK_STR(manager_profile(f.manager), "balanced");
	CHECK_OK(call(&f, "StopScheduler", NULL));
	CHECK_STR(text(&f, "CurrentScheduler"), "unknown");
	fixture_close(&f);
}

static void arguments_are_overrides(void)
{
	const struct tunables *t;
	uint64_t generation;
	struct fixture f;

	open_with_modes(&f);
	t = manager_tunables(f.manager);
	generation = manager_generation(f.manager);
	CHECK_OK(call(&f, "SwitchSchedulerWithArgs", "sas", "scx_bpfland", 3, "-s", "5000", "-S"));
	CHECK_EQ(t->value[TUNABLE_SLICE_MAX], 5000);
	CHECK_EQ(t->value[TUNABLE_STICKY_TASKS], 1);
	CHECK_STR(list(&f, "CurrentSchedulerArgs"), "-s|5000|-S");
	/* One change, seen whole. */
	CHECK_EQ(manager_generation(f.manager), generation + 1);

	CHECK_OK(call(&f, "SwitchSchedulerWithArgs", "sas", "scx_bpfland", 2, "-m",
		      "performance"));
	CHECK_EQ(manager_domain(f.manager, DOMAIN_PRIMARY)->kind, DOMAIN_PERFORMANCE);
	/* They stand for a whole command line: what was set before is gone. */
	CHECK_OK(call(&f, "SwitchSchedulerWithArgs", "sas", "scx_bpfland", 1, "--no-wake-sync"));
	CHECK_EQ(t->source[TUNABLE_SLICE_MAX], TUNABLE_SOURCE_DEFAULT);
	CHECK_EQ(t->value[TUNABLE_WAKE_SYNC], 0);
	CHECK_EQ(manager_domain(f.manager, DOMAIN_PRIMARY)->kind, DOMAIN_AUTO);

	/* Somebody else changes an override: the arguments are not what is in force any more. */
	CHECK_OK(fixture_set(&f, BUS_INTERFACE_TUNABLES, "SliceMaxUSec", "t", UINT64_C(7000)));
	CHECK_STR(list(&f, "CurrentSchedulerArgs"), "");

	CHECK_OK(call(&f, "SwitchSchedulerWithArgs", "sas", "scx_bpfland", 0));
	CHECK_EQ(t->source[TUNABLE_SLICE_MAX], TUNABLE_SOURCE_DEFAULT);
	CHECK_OK(call(&f, "StopScheduler", NULL));
	CHECK_OK(call(&f, "StartSchedulerWithArgs", "sas", "scx_bpfland", 2, "-l", "20000"));
	CHECK_EQ(manager_state(f.manager), LIFECYCLE_RUNNING);
	CHECK_EQ(t->value[TUNABLE_SLICE_LAG], 20000);
	fixture_close(&f);
}

static void what_is_refused_changes_nothing(void)
{
	struct fixture f;

	open_with_modes(&f);
	CHECK_ERROR(call(&f, "SwitchScheduler", "su", "scx_lavd", 0), BUS_ERROR_NOT_SUPPORTED,
		    "scx_lavd", "scx_bpfland");
	CHECK_ERROR(call(&f, "SwitchScheduler", "su", "scx_bpfland", 5), BUS_ERROR_OUT_OF_RANGE,
		    "sched_mode: 5", "0 (Auto)");
	CHECK_ERROR(call(&f, "SwitchSchedulerWithArgs", "sas", "scx_bpfland", 2, "--kconfig",
			 "/dev/zero"),
		    SD_BUS_ERROR_INVALID_ARGS, "--kconfig", NULL);
	CHECK_ERROR(call(&f, "SwitchSchedulerWithArgs", "sas", "scx_bpfland", 2, "-s", "1"),
		    BUS_ERROR_OUT_OF_RANGE, "SliceMaxUSec", "100");
	CHECK_ERROR(call(&f, "SwitchSchedulerWithArgs", "sas", "scx_bpfland", 4, "-s", "1000", "-L",
			 "2000"),
		    BUS_ERROR_OUT_OF_RANGE, "SliceMinUSec", NULL);
	CHECK_ERROR(call(&f, "StartScheduler", "s", "scx_bpfland"), SD_BUS_ERROR_INVALID_ARGS,
		    "StartScheduler", NULL);
	CHECK_STR(list(&f, "CurrentSchedulerArgs"), "");
	CHECK_EQ(f.n_signals, 0);

	fixture_close(&f);
}

/* How the graphical client turns it off and on again: it knows no start. */
static void to_switch_what_does_not_run_is_to_start_it(void)
{
	struct fixture f;

	open_with_modes(&f);
	CHECK_OK(call(&f, "StopScheduler", NULL));
	fixture_uid = 1000;
	CHECK_ERROR(call(&f, "SwitchScheduler", "su", "scx_bpfland", 1), SD_BUS_ERROR_ACCESS_DENIED,
		    ACTION_MANAGE_SCHEDULER, NULL);
	CHECK_ERROR(call(&f, "SwitchSchedulerWithArgs", "sas", "scx_bpfland", 0),
		    SD_BUS_ERROR_ACCESS_DENIED, ACTION_MANAGE_SCHEDULER, NULL);
	CHECK_EQ(manager_state(f.manager), LIFECYCLE_STOPPED);
	fixture_uid = 0;
	CHECK_OK(call(&f, "SwitchScheduler", "su", "scx_bpfland", 1));
	CHECK_STR(text(&f, "CurrentScheduler"), "scx_bpfland");
	CHECK_STR(manager_profile(f.manager), "gaming");
	CHECK_OK(call(&f, "StopScheduler", NULL));
	CHECK_OK(call(&f, "SwitchSchedulerWithArgs", "sas", "scx_bpfland", 2, "-s", "5000"));
	CHECK_EQ(manager_state(f.manager), LIFECYCLE_RUNNING);
	CHECK_STR(list(&f, "CurrentSchedulerArgs"), "-s|5000");
	/* While it runs, another right is enough. */
	fixture_uid = 1000;
	CHECK_ERROR(call(&f, "SwitchScheduler", "su", "scx_bpfland", 1), SD_BUS_ERROR_ACCESS_DENIED,
		    ACTION_SET_PROFILE, NULL);
	fixture_uid = 0;
	fixture_close(&f);
}

/* Each of the two is in its range. Nobody is asked about such a call, and nothing is started. */
static void arguments_that_contradict_each_other(void)
{
	struct fixture f;

	open_with_modes(&f);
	CHECK_OK(call(&f, "StopScheduler", NULL));
	fixture_forget_signals(&f);
	CHECK_ERROR(call(&f, "StartSchedulerWithArgs", "sas", "scx_bpfland", 4, "-s", "1000", "-L",
			 "2000"),
		    BUS_ERROR_OUT_OF_RANGE, "SliceMinUSec", "1000");
	fixture_uid = 1000;
	CHECK_ERROR(call(&f, "StartSchedulerWithArgs", "sas", "scx_bpfland", 4, "-s", "1000", "-L",
			 "2000"),
		    BUS_ERROR_OUT_OF_RANGE, "SliceMinUSec", "1000");
	fixture_uid = 0;
	CHECK_EQ(manager_state(f.manager), LIFECYCLE_STOPPED);
	CHECK_EQ(f.n_signals, 0);
	fixture_close(&f);
}

static void a_mode_without_its_profile(void)
{
	struct fixture f;

	fixture_open(&f);	/* balanced and latency only */
	CHECK_ERROR(call(&f, "SwitchScheduler", "su", "scx_bpfland", 1), BUS_ERROR_NO_SUCH_PROFILE,
		    "Gaming", "gaming");
	fixture_close(&f);
}

/* The clients that exist poll, because the original never tells. */
static void changes_are_told(void)
{
	struct fixture f;

	open_with_modes(&f);
	CHECK_OK(call(&f, "SwitchScheduler", "su", "scx_bpfland", 1));
	CHECK(fixture_told(&f, BUS_INTERFACE_SCX_LOADER, "SchedulerMode"));
	fixture_forget_signals(&f);
	/* Clients that poll often set what is set. */
	CHECK_OK(call(&f, "SwitchScheduler", "su", "scx_bpfland", 1));
	CHECK_OK(call(&f, "StartScheduler", "su", "scx_bpfland", 1));
	CHECK_EQ(f.n_signals, 0);
	CHECK_OK(call(&f, "SwitchSchedulerWithArgs", "sas", "scx_bpfland", 1, "-w"));
	CHECK(fixture_told(&f, BUS_INTERFACE_SCX_LOADER, "CurrentSchedulerArgs"));
	CHECK(!fixture_told(&f, BUS_INTERFACE_SCX_LOADER, "SchedulerMode"));
	fixture_forget_signals(&f);
	CHECK_OK(fixture_call(&f, BUS_INTERFACE_MANAGER, "Stop", NULL));
	CHECK(fixture_told(&f, BUS_INTERFACE_SCX_LOADER, "CurrentScheduler"));
	fixture_forget_signals(&f);
	CHECK_OK(call(&f, "StopScheduler", NULL));
	CHECK_EQ(f.n_signals, 0);
	fixture_close(&f);
}

int main(void)
{
	RUN(what_is_shown_is_what_is);
	RUN(a_session_of_the_command_line_client);
	RUN(arguments_are_overrides);
	RUN(what_is_refused_changes_nothing);
	RUN(to_switch_what_does_not_run_is_to_start_it);
	RUN(arguments_that_contradict_each_other);
	RUN(a_mode_without_its_profile);
	RUN(changes_are_told);
	return TEST_RESULT();
}
