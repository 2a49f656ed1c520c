/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Set, Reset and Describe: several tunables at once.
 */
#include <stdarg.h>
#include <stdlib.h>

#include "tests/bus/fixture.h"

#define LONG_STRING_SIZE (1024 * 1024)

static sd_bus_message *call_set(struct fixture *f, const char *types, ...)
{
	sd_bus_message *call = fixture_new_call(f, BUS_INTERFACE_TUNABLES, "Set");
	va_list args;

	va_start(args, types);
	CHECK(sd_bus_message_appendv(call, types, args) >= 0);
	va_end(args);
	return fixture_send(f, call);
}

static int64_t value(struct fixture *f, enum tunable t)
{
	return manager_tunables(f->manager)->value[t];
}

static void several_change_in_one_step(void)
{
	uint64_t generation;
	struct fixture f;

	fixture_open(&f);
	generation = manager_generation(f.manager);
	CHECK_OK(call_set(&f, "a{sv}", 5, "SliceMaxUSec", "t", UINT64_C(8000), "SliceMinUSec", "t",
			  UINT64_C(4000), "InteractiveThreshold", "u", 100, "WakeSync", "b", 0,
			  "StarvationUSec", "t", UINT64_C(50000)));
	CHECK_EQ(value(&f, TUNABLE_SLICE_MAX), 8000);
	CHECK_EQ(value(&f, TUNABLE_SLICE_MIN), 4000);
	CHECK_EQ(value(&f, TUNABLE_INTERACTIVE_THRESHOLD), 100);
	CHECK_EQ(value(&f, TUNABLE_WAKE_SYNC), 0);
	CHECK_EQ(value(&f, TUNABLE_STARVATION), 50000);
	CHECK_EQ(manager_generation(f.manager), generation + 1);
	fixture_close(&f);
}

/* Past each other in one call, in either order of naming; one by one the first step is refused. */
static void slices_move_past_each_other(void)
{
	struct fixture f;

	fixture_open(&f);
	CHECK_OK(call_set(&f, "a{sv}", 2, "SliceMinUSec", "t", UINT64_C(20000), "SliceMaxUSec", "t",
			  UINT64_C(30000)));
	CHECK_ERROR(fixture_set(&f, BUS_INTERFACE_TUNABLES, "SliceMaxUSec", "t", UINT64_C(1000)),
		    BUS_ERROR_OUT_OF_RANGE, "SliceMinUSec", "SliceMaxUSec");
	CHECK_OK(call_set(&f, "a{sv}", 2, "SliceMaxUSec", "t", UINT64_C(1000), "SliceMinUSec", "t",
			  UINT64_C(500)));
	CHECK_EQ(value(&f, TUNABLE_SLICE_MAX), 1000);
	CHECK_ERROR(call_set(&f, "a{sv}", 2, "SliceMaxUSec", "t", UINT64_C(1000), "SliceMinUSec",
			     "t", UINT64_C(1001)),
		    BUS_ERROR_OUT_OF_RANGE, "1001", "1000");
	CHECK_EQ(value(&f, TUNABLE_SLICE_MIN), 500);
	fixture_close(&f);
}

/* Four good ones and @name, at each place in the dictionary. */
static void refuse_one_of_five(struct fixture *f, const char *name, const char *type, uint64_t bad,
			       const char *error, const char *word1, const char *word2)
{
	static const struct {
		const char *name;
		const char *type;
		uint64_t value;
	} good[] = {
		{ "SliceMaxUSec", "t", 9000 },
		{ "SliceLagUSec", "t", 9000 },
		{ "StickyTasks", "b", 1 },
		{ "InteractiveThreshold", "u", 90 },
	};

	for (unsigned place = 0; place < 5; place++) {
		sd_bus_message *call = fixture_new_call(f, BUS_INTERFACE_TUNABLES, "Set");
		char *before = fixture_snapshot(f);

		CHECK(sd_bus_message_open_container(call, 'a', "{sv}") >= 0);
		for (unsigned i = 0, next = 0; i < 5; i++) {
			if (i == place)
				CHECK(sd_bus_message_append(call, "{sv}", name, type, bad) >= 0);
			else
				CHECK(sd_bus_message_append(call, "{sv}", good[next].name,
							    good[next].type,
							    good[next].value) >= 0);
			next += i != place;
		}
		CHECK(sd_bus_message_close_container(call) >= 0);
		CHECK_ERROR(fixture_send(f, call), error, word1, word2);
		CHECK_UNCHANGED(f, before);
	}
}

static void one_bad_of_five_changes_nothing(void)
{
	struct fixture f;

	fixture_open(&f);
	refuse_one_of_five(&f, "StarvationUSec", "t", 1, BUS_ERROR_OUT_OF_RANGE,
			   "StarvationUSec: 1 ", "500000 us");
	refuse_one_of_five(&f, "StarvationUSec", "t", UINT64_MAX, BUS_ERROR_OUT_OF_RANGE,
			   "18446744073709551615", "500000 us");
	refuse_one_of_five(&f, "StarvationUSec", "x", (uint64_t)-5, BUS_ERROR_INVALID_SIGNATURE,
			   "StarvationUSec takes a value of type t", "not x");
	refuse_one_of_five(&f, "StarvationUSec", "b", 1, BUS_ERROR_INVALID_SIGNATURE, "type t",
			   "not b");
	refuse_one_of_five(&f, "NoSuchThing", "t", 1000, BUS_ERROR_NO_SUCH_TUNABLE, "NoSuchThing",
			   "Describe");
	refuse_one_of_five(&f, "Generation", "t", 1000, BUS_ERROR_NO_SUCH_TUNABLE, "Generation",
			   NULL);
	refuse_one_of_five(&f, "", "t", 1000, BUS_ERROR_NO_SUCH_TUNABLE, "\"\"", NULL);
	/* This machine's CPUs have no file for it. */
	refuse_one_of_five(&f, "IdleResumeUSec", "x", 100, BUS_ERROR_NOT_SUPPORTED,
			   "IdleResumeUSec", "no effect");
	refuse_one_of_five(&f, "StickyTasks", "b", 0, SD_BUS_ERROR_INVALID_ARGS, "StickyTasks",
			   "twice");
	refuse_one_of_five(&f, "SliceMinUSec", "t", 9001, BUS_ERROR_OUT_OF_RANGE,
			   "SliceMinUSec: 9001", "SliceMaxUSec");
	fixture_close(&f);
}

static void empty_set_is_a_success_without_effect(void)
{
	uint64_t generation;
	struct fixture f;
	char *before;

	fixture_open(&f);
	generation = manager_generation(f.manager);
	before = fixture_snapshot(&f);
	CHECK_OK(call_set(&f, "a{sv}", 0));
	CHECK_UNCHANGED(&f, before);
	CHECK_EQ(manager_generation(f.manager), generation);
	fixture_close(&f);
}

static void strange_text_is_repeated_in_short_and_clean(void)
{
	static const char escape[] = "\033[2J\n\rSliceMaxUSec\t\x7f";
	char *megabyte = malloc(LONG_STRING_SIZE + 1);
	struct fixture f;
	char *before;

	memset(megabyte, 'a', LONG_STRING_SIZE);
	megabyte[LONG_STRING_SIZE] = '\0';

	fixture_open(&f);
	before = fixture_snapshot(&f);
	CHECK_ERROR(call_set(&f, "a{sv}", 1, megabyte, "t", UINT64_C(1)), BUS_ERROR_NO_SUCH_TUNABLE,
		    "aaaa", "…");
	CHECK_ERROR(call_set(&f, "a{sv}", 1, escape, "t", UINT64_C(1)), BUS_ERROR_NO_SUCH_TUNABLE,
		    "?[2J??SliceMaxUSec??", NULL);
	CHECK_ERROR(call_set(&f, "a{sv}", 1, "SliceMaxUSec", "s", megabyte),
		    BUS_ERROR_INVALID_SIGNATURE, "SliceMaxUSec", NULL);
	CHECK_ERROR(fixture_call(&f, BUS_INTERFACE_TUNABLES, "Reset", "as", 1, megabyte),
		    BUS_ERROR_NO_SUCH_TUNABLE, "aaaa", "…");
	CHECK_ERROR(fixture_set(&f, BUS_INTERFACE_TUNABLES, megabyte, "t", UINT64_C(1)),
		    SD_BUS_ERROR_UNKNOWN_PROPERTY, "aaaa", "…");
	CHECK_ERROR(fixture_set(&f, BUS_INTERFACE_MANAGER, "Profile", "s", megabyte),
		    BUS_ERROR_NO_SUCH_PROFILE, "aaaa", "balanced");
	CHECK_ERROR(fixture_call(&f, BUS_INTERFACE_MANAGER, "SetProfile", "s", escape),
		    BUS_ERROR_NO_SUCH_PROFILE, "?[2J??SliceMaxUSec??", "balanced");
	CHECK_ERROR(fixture_call(&f, BUS_INTERFACE_MANAGER, "SetProfile", "s", ""),
		    BUS_ERROR_NO_SUCH_PROFILE, "\"\"", "balanced");
	CHECK_UNCHANGED(&f, before);
	fixture_close(&f);
	free(megabyte);
}

static void reset_gives_back_what_the_profile_says(void)
{
	const struct tunables *now;
	struct fixture f;

	fixture_open(&f);
	CHECK_OK(fixture_set(&f, BUS_INTERFACE_MANAGER, "Profile", "s", "latency"));
	CHECK_OK(call_set(&f, "a{sv}", 3, "SliceMaxUSec", "t", UINT64_C(8000), "WakeSync", "b", 1,
			  "SliceLagUSec", "t", UINT64_C(1)));
	now = manager_tunables(f.manager);
	CHECK_OK(fixture_call(&f, BUS_INTERFACE_TUNABLES, "Reset", "as", 1, "SliceMaxUSec"));
	CHECK_EQ(value(&f, TUNABLE_SLICE_MAX), 1000);
	CHECK_EQ(now->source[TUNABLE_SLICE_MAX], TUNABLE_SOURCE_PROFILE);
	CHECK_EQ(value(&f, TUNABLE_WAKE_SYNC), 1);

	CHECK_ERROR(fixture_call(&f, BUS_INTERFACE_TUNABLES, "Reset", "as", 2, "WakeSync",
				 "Nothing"),
		    BUS_ERROR_NO_SUCH_TUNABLE, "Nothing", NULL);
	CHECK_EQ(value(&f, TUNABLE_WAKE_SYNC), 1);

	CHECK_OK(fixture_call(&f, BUS_INTERFACE_TUNABLES, "Reset", "as", 0));
	CHECK_EQ(value(&f, TUNABLE_WAKE_SYNC), 0);
	CHECK_EQ(value(&f, TUNABLE_SLICE_LAG), tunable_table[TUNABLE_SLICE_LAG].def);
	CHECK_EQ(manager_tunables(f.manager)->source[TUNABLE_SLICE_LAG], TUNABLE_SOURCE_DEFAULT);

	fixture_forget_signals(&f);
	CHECK_OK(
		fixture_call(&f, BUS_INTERFACE_TUNABLES, "Reset", "as", 2, "WakeSync", "WakeSync"));
	CHECK_EQ(f.n_signals, 0);
	fixture_close(&f);
}

/* What Describe says of one tunable. */
static void check_description(sd_bus_message *m, struct fixture *f)
{
	unsigned seen = 0;
	const char *name;
	int t;

	CHECK(sd_bus_message_read(m, "s", &name) > 0);
	t = tunable_by_name(name);
	CHECK(t >= 0);
	if (t < 0)
		return;
	CHECK(sd_bus_message_enter_container(m, 'a', "{sv}") > 0);
	while (sd_bus_message_enter_container(m, 'e', "sv") > 0) {
		static const char *const keys[] = { "Type",	 "Unit",   "Summary", "Source",
						    "Supported", "Min",	   "Max",     "Words",
						    "Default",	 "Current" };
		const char *key, *contents, *text;
		unsigned k = 0;
		int flag;

		CHECK(sd_bus_message_read(m, "s", &key) > 0);
		while (k < 10 && strcmp(keys[k], key))
			k++;
		CHECK(k < 10);
		seen |= 1u << k;
		CHECK(sd_bus_message_peek_type(m, NULL, &contents) > 0);
		if (k >= 5 && k != 7)
			CHECK_STR(contents, tunable_signature(t));
		if (k == 0 && sd_bus_message_read(m, "v", "s", &text) > 0)
			CHECK_STR(text, tunable_signature(t));
		else if (k == 1 && sd_bus_message_read(m, "v", "s", &text) > 0)
			CHECK_STR(text, tunable_table[t].unit);
		else if (k == 3 && sd_bus_message_read(m, "v", "s", &text) > 0)
			CHECK_STR(text,
				  tunable_source_name(manager_tunables(f->manager)->source[t]));
		else if (k == 4 && sd_bus_message_read(m, "v", "b", &flag) > 0)
			CHECK_EQ(flag, !!(manager_supported_tunables(f->manager) & 1u << t));
		else
			CHECK(sd_bus_message_skip(m, "v") > 0);
		CHECK(sd_bus_message_exit_container(m) >= 0);
	}
	CHECK(sd_bus_message_exit_container(m) >= 0);
	/* All but Words, or all but Min and Max. */
	CHECK_EQ(seen, tunable_table[t].type == TUNABLE_TYPE_WORD ? 0x3ff & ~0x60 : 0x3ff & ~0x80);
}

static void describe_tells_everything(void)
{
	sd_bus_message *reply;
	struct fixture f;
	unsigned n = 0;

	fixture_open(&f);
	CHECK_OK(call_set(&f, "a{sv}", 1, "SliceMaxUSec", "t", UINT64_C(8000)));
	reply = fixture_call(&f, BUS_INTERFACE_TUNABLES, "Describe", NULL);
	CHECK(sd_bus_message_enter_container(reply, 'a', "{sa{sv}}") > 0);
	while (sd_bus_message_enter_container(reply, 'e', "sa{sv}") > 0) {
		check_description(reply, &f);
		n++;
		CHECK(sd_bus_message_exit_container(reply) >= 0);
	}
	CHECK_EQ(n, _TUNABLE_MAX);
	sd_bus_message_unref(reply);
	fixture_close(&f);
}

int main(void)
{
	RUN(several_change_in_one_step);
	RUN(slices_move_past_each_other);
	RUN(one_bad_of_five_changes_nothing);
	RUN(empty_set_is_a_success_without_effect);
	RUN(strange_text_is_repeated_in_short_and_clean);
	RUN(reset_gives_back_what_the_profile_says);
	RUN(describe_tells_everything);
	return TEST_RESULT();
}
