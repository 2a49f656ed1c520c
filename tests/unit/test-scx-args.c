/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The arguments of another loader's scheduler: what is understood, and what is refused by name.
 */
#include "daemon/scx-args.h"

#include <errno.h>

#include "tests/test.h"

#define ALL UINT32_MAX
#define ARGS(...) ((const char *const[]){ __VA_ARGS__, NULL })

static struct scx_args good(const char *const *args)
{
	struct scx_args a = {};
	struct error e = {};

	if (scx_args_parse(&a, args, ALL, &e) < 0) {
		fprintf(stderr, "%s …: %s\n", args[0] ? args[0] : "", e.message);
		test_failures++;
	}
	return a;
}

/* Refused with this kind of error, whose sentence names @word; and nothing is written. */
static void bad(const char *const *args, enum error_kind kind, const char *word)
{
	struct scx_args a = { .primary = "untouched" };
	struct error e = {};

	CHECK(scx_args_parse(&a, args, ALL, &e) < 0);
	CHECK_EQ(e.kind, kind);
	CHECK_NAMES(e.message, word);
	CHECK_STR(a.primary, "untouched");
	CHECK_EQ(a.tunables.mask, 0);
}

static void numbers_stand_in_every_form(void)
{
	const char *const *const forms[] = {
		ARGS("-s", "5000"), ARGS("-s5000"), ARGS("-s=5000"), ARGS("--slice-us", "5000"),
		ARGS("--slice-us=5000"),
	};

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		struct scx_args a = good(forms[i]);

		CHECK_EQ(a.tunables.mask, 1u << TUNABLE_SLICE_MAX);
		CHECK_EQ(a.tunables.value[TUNABLE_SLICE_MAX], 5000);
		CHECK(!a.primary);
	}
}

/* The flags that the other loader passes for its modes are all understood. */
static void modes_of_the_other_loader(void)
{
	struct scx_args a;

	a = good(ARGS("-m", "performance", "-w"));
	CHECK_STR(a.primary, "performance");
	CHECK_EQ(a.tunables.mask, 1u << TUNABLE_WAKE_SYNC);
	CHECK_EQ(a.tunables.value[TUNABLE_WAKE_SYNC], 0);

	a = good(ARGS("-s", "20000", "-S"));
	CHECK_EQ(a.tunables.value[TUNABLE_SLICE_MAX], 20000);
	CHECK_EQ(a.tunables.value[TUNABLE_STICKY_TASKS], 1);

	a = good(ARGS("-m", "all"));
	CHECK_STR(a.primary, "all");
	CHECK_EQ(a.tunables.mask, 0);
	a = good(ARGS("-mnone"));
	CHECK_STR(a.primary, "all");
}

static void switches_stand_together(void)
{
	struct scx_args a = good(ARGS("-kpws2000", "--disable-smt"));

	CHECK_EQ(a.tunables.value[TUNABLE_LOCAL_KTHREADS], 1);
	CHECK_EQ(a.tunables.value[TUNABLE_LOCAL_PER_CPU], 1);
	CHECK_EQ(a.tunables.value[TUNABLE_WAKE_SYNC], 0);
	CHECK_EQ(a.tunables.value[TUNABLE_SLICE_MAX], 2000);
	CHECK_EQ(a.tunables.value[TUNABLE_SMT_AWARE], 0);
}

static void nothing_is_nothing(void)
{
	struct scx_args a = good((const char *const[]){ NULL });

	CHECK_EQ(a.tunables.mask, 0);
	CHECK(!a.primary);
}

static void everything_else_is_refused_by_name(void)
{
	bad(ARGS("--kconfig", "/dev/zero"), ERROR_INVALID_ARGS, "--kconfig");
	bad(ARGS("--slice-us-max", "1"), ERROR_INVALID_ARGS, "--slice-us-max");
	bad(ARGS("--slice", "1000"), ERROR_INVALID_ARGS, "--slice");
	bad(ARGS("-s", "1000", "-x"), ERROR_INVALID_ARGS, "-x");
	bad(ARGS("-kx"), ERROR_INVALID_ARGS, "-kx");
	bad(ARGS("1000"), ERROR_INVALID_ARGS, "1000");
	bad(ARGS("-"), ERROR_INVALID_ARGS, "\"-\"");
	bad(ARGS("--"), ERROR_INVALID_ARGS, "\"--\"");
	bad(ARGS(""), ERROR_INVALID_ARGS, "\"\"");
	bad(ARGS("-s 5000"), ERROR_INVALID_ARGS, "slice-us");
	bad(ARGS("\x1b[2J"), ERROR_INVALID_ARGS, "?[2J");
}

static void values_are_checked(void)
{
	bad(ARGS("-s"), ERROR_INVALID_ARGS, "slice-us");
	bad(ARGS("-s", ""), ERROR_INVALID_ARGS, "slice-us");
	bad(ARGS("--slice-us="), ERROR_INVALID_ARGS, "slice-us");
	bad(ARGS("-s", "1ms"), ERROR_INVALID_ARGS, "1ms");
	bad(ARGS("-s", "0x100"), ERROR_INVALID_ARGS, "0x100");
	bad(ARGS("-s", "+500"), ERROR_INVALID_ARGS, "+500");
	bad(ARGS("-s", "99"), ERROR_OUT_OF_RANGE, "100 to 1000000");
	bad(ARGS("-s", "-1"), ERROR_OUT_OF_RANGE, "SliceMaxUSec");
	bad(ARGS("-s", "18446744073709551615"), ERROR_OUT_OF_RANGE, "SliceMaxUSec");
	bad(ARGS("-m", "0xff"), ERROR_INVALID_ARGS, "0xff");
	bad(ARGS("-m"), ERROR_INVALID_ARGS, "primary-domain");
	bad(ARGS("--no-wake-sync=1"), ERROR_INVALID_ARGS, "no-wake-sync");
	bad(ARGS("-s", "1000", "--slice-us=2000"), ERROR_INVALID_ARGS, "twice");
}

/* Or one who may change nothing could have it kept while polkit is asked. */
static void no_argument_is_longer_than_it_has_to_be(void)
{
	char number[66] = "";
	struct scx_args a;

	memset(number, '0', 64);
	memcpy(number + 60, "5000", 4);
	a = good(ARGS("-s", number));
	CHECK_EQ(a.tunables.value[TUNABLE_SLICE_MAX], 5000);
	memset(number, '0', 65);
	memcpy(number + 61, "5000", 4);
	bad(ARGS("-s", number), ERROR_INVALID_ARGS, "65 characters");
	bad(ARGS("-k", number), ERROR_INVALID_ARGS, "up to 64");
}

static void what_has_no_effect_here_is_not_accepted(void)
{
	struct scx_args a = {};
	struct error e = {};

	CHECK_EQ(scx_args_parse(&a, ARGS("-S"), ALL & ~(1u << TUNABLE_STICKY_TASKS), &e),
		 -EOPNOTSUPP);
	CHECK_EQ(e.kind, ERROR_NOT_SUPPORTED);
	CHECK_NAMES(e.message, "StickyTasks");
}

int main(void)
{
	RUN(numbers_stand_in_every_form);
	RUN(modes_of_the_other_loader);
	RUN(switches_stand_together);
	RUN(nothing_is_nothing);
	RUN(everything_else_is_refused_by_name);
	RUN(values_are_checked);
	RUN(no_argument_is_longer_than_it_has_to_be);
	RUN(what_has_no_effect_here_is_not_accepted);
	return TEST_RESULT();
}
