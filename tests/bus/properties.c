/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reading and writing every property, and what is answered to nonsense.
 */
#include <stdlib.h>

#include "tests/bus/fixture.h"

static uint32_t supported(struct fixture *f)
{
	return manager_supported_tunables(f->manager);
}

/* Reads the property @t as its own type into an int64_t. */
static int64_t get_number(struct fixture *f, enum tunable t)
{
	sd_bus_message *reply = fixture_get(f, BUS_INTERFACE_TUNABLES, tunable_table[t].name);
	union {
		uint64_t t;
		int64_t x;
		uint32_t u;
		int b;
		const char *s;
	} v = {};
	int64_t n = INT64_MIN;

	CHECK(sd_bus_message_read(reply, "v", tunable_signature(t), &v) > 0);
	switch (*tunable_signature(t)) {
	case 't':
		n = (int64_t)v.t;
		break;
	case 'x':
		n = v.x;
		break;
	case 'u':
		n = v.u;
		break;
	case 'b':
		n = v.b;
		break;
	case 's':
		for (n = 0; tunable_table[t].words[n]; n++)
			if (v.s && !strcmp(tunable_table[t].words[n], v.s))
				break;
		break;
	}
	sd_bus_message_unref(reply);
	return n;
}

static sd_bus_message *set_number(struct fixture *f, enum tunable t, int64_t n)
{
	const char *name = tunable_table[t].name, *type = tunable_signature(t);

	switch (*type) {
	case 't':
		return fixture_set(f, BUS_INTERFACE_TUNABLES, name, type, (uint64_t)n);
	case 'x':
		return fixture_set(f, BUS_INTERFACE_TUNABLES, name, type, n);
	case 's':
		return fixture_set(f, BUS_INTERFACE_TUNABLES, name, type,
				   tunable_table[t].words[n]);
	default:
		return fixture_set(f, BUS_INTERFACE_TUNABLES, name, type, (uint32_t)n);
	}
}

/* A value that is allowed, differs from @now, and crosses no other tunable. */
static int64_t other_value(enum tunable t, int64_t now)
{
	const struct tunable_info *info = &tunable_table[t];
	int64_t v = now == info->max ? now - 1 : now + 1;

	return info->type == TUNABLE_TYPE_BOOL ? !now : v;
}

static void every_tunable_can_be_read_and_written(void)
{
	struct fixture f;

	fixture_open(&f);
	for (enum tunable t = 0; t < _TUNABLE_MAX; t++) {
		int64_t now = get_number(&f, t), wanted = other_value(t, now);
		uint64_t generation = manager_generation(f.manager);

		CHECK_EQ(now, manager_tunables(f.manager)->value[t]);
		if (!(supported(&f) & 1u << t)) {
			CHECK_ERROR(set_number(&f, t, wanted), BUS_ERROR_NOT_SUPPORTED,
				    tunable_table[t].name, "no effect");
			CHECK_EQ(get_number(&f, t), now);
			continue;
		}
		CHECK_OK(set_number(&f, t, wanted));
		CHECK_EQ(get_number(&f, t), wanted);
		CHECK_EQ(manager_tunables(f.manager)->source[t], TUNABLE_SOURCE_OVERRIDE);
		CHECK_EQ(manager_generation(f.manager),
			 generation + !(TUNABLES_OF_POWER & 1u << t));
	}
	fixture_close(&f);
}

static void get_all_holds_every_property(void)
{
	struct fixture f;
	char *all;

	fixture_open(&f);
	all = fixture_snapshot(&f);
	for (enum tunable t = 0; t < _TUNABLE_MAX; t++)
		CHECK_NAMES(all, tunable_table[t].name);
	CHECK_NAMES(all, "Generation");
	CHECK_NAMES(all, "STRING \"running\"");
	CHECK_NAMES(all, "STRING \"" VERSION "\"");
	CHECK_NAMES(all, "STRING \"Short turns, for sound\"");
	free(all);
	fixture_close(&f);
}

static void names_that_do_not_exist(void)
{
	struct fixture f;

	fixture_open(&f);
	CHECK_ERROR(fixture_get(&f, BUS_INTERFACE_TUNABLES, "SliceMax"),
		    SD_BUS_ERROR_UNKNOWN_PROPERTY, "SliceMax", BUS_INTERFACE_TUNABLES);
	CHECK_ERROR(fixture_get(&f, BUS_INTERFACE_MANAGER, "SliceMaxUSec"),
		    SD_BUS_ERROR_UNKNOWN_PROPERTY, "SliceMaxUSec", BUS_INTERFACE_MANAGER);
	CHECK_ERROR(fixture_get(&f, "org.bpfland1.Nonsense", "State"),
		    SD_BUS_ERROR_UNKNOWN_INTERFACE, "org.bpfland1.Nonsense", "State");
	CHECK_ERROR(fixture_set(&f, BUS_INTERFACE_TUNABLES, "slice_max_usec", "t", UINT64_C(1000)),
		    SD_BUS_ERROR_UNKNOWN_PROPERTY, "slice_max_usec", NULL);
	CHECK_ERROR(fixture_set(&f, BUS_INTERFACE_TUNABLES, "", "t", UINT64_C(1000)),
		    SD_BUS_ERROR_UNKNOWN_PROPERTY, NULL, NULL);
	CHECK_ERROR(fixture_set(&f, "org.bpfland1.Nonsense", "Profile", "s", "latency"),
		    SD_BUS_ERROR_UNKNOWN_INTERFACE, "org.bpfland1.Nonsense", NULL);
	CHECK_ERROR(fixture_call(&f, BUS_INTERFACE_PROPERTIES, "GetAll", "s", "org.bpfland1.No"),
		    SD_BUS_ERROR_UNKNOWN_INTERFACE, "org.bpfland1.No", NULL);
	CHECK_ERROR(fixture_call(&f, BUS_INTERFACE_MANAGER, "Sleep", NULL),
		    SD_BUS_ERROR_UNKNOWN_METHOD, "Sleep", NULL);
	CHECK_EQ(f.n_signals, 0);
	fixture_close(&f);
}

static void read_only_means_read_only(void)
{
	static const struct {
		const char *interface, *name;
	} all[] = {
		{ BUS_INTERFACE_MANAGER, "ActiveProfile" },
		{ BUS_INTERFACE_MANAGER, "State" },
		{ BUS_INTERFACE_MANAGER, "Scheduler" },
		{ BUS_INTERFACE_MANAGER, "Version" },
		{ BUS_INTERFACE_MANAGER, "Kernel" },
		{ BUS_INTERFACE_MANAGER, "NRestarts" },
		{ BUS_INTERFACE_MANAGER, "Profiles" },
		{ BUS_INTERFACE_MANAGER, "LastExit" },
		{ BUS_INTERFACE_MANAGER, "Features" },
		{ BUS_INTERFACE_TUNABLES, "Generation" },
	};
	struct fixture f;
	char *before;

	fixture_open(&f);
	before = fixture_snapshot(&f);
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		CHECK_ERROR(fixture_set(&f, all[i].interface, all[i].name, "s", "x"),
			    SD_BUS_ERROR_PROPERTY_READ_ONLY, all[i].name, NULL);
	CHECK_UNCHANGED(&f, before);
	fixture_close(&f);
}

static void wrong_types_name_both(void)
{
	struct fixture f;
	char *before;

	fixture_open(&f);
	before = fixture_snapshot(&f);
	CHECK_ERROR(fixture_set(&f, BUS_INTERFACE_TUNABLES, "SliceMaxUSec", "b", 1),
		    BUS_ERROR_INVALID_SIGNATURE, "SliceMaxUSec takes a value of type t", "not b");
	CHECK_ERROR(fixture_set(&f, BUS_INTERFACE_TUNABLES, "SliceMaxUSec", "s", "1000"),
		    BUS_ERROR_INVALID_SIGNATURE, "type t", "not s");
	CHECK_ERROR(fixture_set(&f, BUS_INTERFACE_TUNABLES, "SliceMaxUSec", "x", INT64_C(-1)),
		    BUS_ERROR_INVALID_SIGNATURE, "type t", "not x");
	CHECK_ERROR(fixture_set(&f, BUS_INTERFACE_TUNABLES, "SliceMaxUSec", "u", 1000),
		    BUS_ERROR_INVALID_SIGNATURE, "type t", "not u");
	CHECK_ERROR(fixture_set(&f, BUS_INTERFACE_TUNABLES, "WakeSync", "u", 1),
		    BUS_ERROR_INVALID_SIGNATURE, "WakeSync takes a value of type b", "not u");
	CHECK_ERROR(fixture_set(&f, BUS_INTERFACE_TUNABLES, "CPUFrequency", "as", 1, "max"),
		    BUS_ERROR_INVALID_SIGNATURE, "CPUFrequency takes a value of type s", "not as");
	CHECK_ERROR(fixture_set(&f, BUS_INTERFACE_TUNABLES, "WakeSync", "v", "b", 1),
		    BUS_ERROR_INVALID_SIGNATURE, "type b", "not v");
	CHECK_ERROR(fixture_set(&f, BUS_INTERFACE_MANAGER, "Profile", "t", UINT64_C(1)),
		    BUS_ERROR_INVALID_SIGNATURE, "Profile takes a value of type s", "not t");
	CHECK_ERROR(fixture_call(&f, BUS_INTERFACE_PROPERTIES, "Set", "ss", "a", "b"),
		    SD_BUS_ERROR_INVALID_ARGS, "ssv", "(ss)");
	CHECK_UNCHANGED(&f, before);
	fixture_close(&f);
}

static void values_out_of_range_name_the_range(void)
{
	struct fixture f;
	char *before;

	fixture_open(&f);
	before = fixture_snapshot(&f);
	for (enum tunable t = 0; t < _TUNABLE_MAX; t++) {
		const struct tunable_info *info = &tunable_table[t];
		char max[32], value[32];

		if (!(supported(&f) & 1u << t) || info->type == TUNABLE_TYPE_BOOL ||
		    info->type == TUNABLE_TYPE_WORD)
			continue;
		snprintf(max, sizeof(max), "%" PRId64, info->max);
		snprintf(value, sizeof(value), "%" PRId64, info->max + 1);
		CHECK_ERROR(set_number(&f, t, info->max + 1), BUS_ERROR_OUT_OF_RANGE, info->name,
			    max);
		CHECK_ERROR(set_number(&f, t, info->max + 1), BUS_ERROR_OUT_OF_RANGE, value, NULL);
		if (info->min > 0)
			CHECK_ERROR(set_number(&f, t, info->min - 1), BUS_ERROR_OUT_OF_RANGE,
				    info->name, max);
	}
	CHECK_ERROR(set_number(&f, TUNABLE_SLICE_MAX, -1), BUS_ERROR_OUT_OF_RANGE,
		    "SliceMaxUSec: 18446744073709551615", "1000000 us");
	CHECK_ERROR(set_number(&f, TUNABLE_INTERACTIVE_THRESHOLD, UINT32_MAX),
		    BUS_ERROR_OUT_OF_RANGE, "InteractiveThreshold: 4294967295", NULL);
	CHECK_ERROR(set_number(&f, TUNABLE_IDLE_RESUME, -2), BUS_ERROR_NOT_SUPPORTED,
		    "IdleResumeUSec", NULL);

	/* Within its own range, but beyond what SliceMaxUSec is. */
	CHECK_ERROR(set_number(&f, TUNABLE_SLICE_MIN, tunable_table[TUNABLE_SLICE_MIN].max),
		    BUS_ERROR_OUT_OF_RANGE, "SliceMinUSec", "SliceMaxUSec");
	CHECK_UNCHANGED(&f, before);
	fixture_close(&f);
}

int main(void)
{
	RUN(every_tunable_can_be_read_and_written);
	RUN(get_all_holds_every_property);
	RUN(names_that_do_not_exist);
	RUN(read_only_means_read_only);
	RUN(wrong_types_name_both);
	RUN(values_out_of_range_name_the_range);
	return TEST_RESULT();
}
