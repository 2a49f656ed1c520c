/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Values as people write and read them.
 */
#include "ctl/units.h"

#include <errno.h>

#include "tests/test.h"

/* What @text means where a bare number counts in µs, or what is wrong with it. */
static int64_t usec(const char *text)
{
	uint64_t value = 4711;
	int r;

	r = units_parse_usec(text, 1, &value);
	CHECK(r == 0 || value == 4711);
	return r < 0 ? r : (int64_t)value;
}

static void times_are_read(void)
{
	uint64_t value = 0;

	CHECK_EQ(usec("500"), 500);
	CHECK_EQ(usec("500us"), 500);
	CHECK_EQ(usec("500µs"), 500);
	CHECK_EQ(usec("1ms"), 1000);
	CHECK_EQ(usec("1 ms"), 1000);
	CHECK_EQ(usec("1.5ms"), 1500);
	CHECK_EQ(usec("0.001ms"), 1);
	CHECK_EQ(usec("2s"), 2000000);
	CHECK_EQ(usec("2sec"), 2000000);
	CHECK_EQ(usec("1.5min"), 90000000);
	CHECK_EQ(usec("1h"), INT64_C(3600000000));
	CHECK_EQ(usec("0"), 0);
	CHECK_EQ(units_parse_usec("30", USEC_PER_SEC, &value), 0);
	CHECK_EQ(value, 30000000);
}

static void what_is_no_time_is_refused(void)
{
	static const char *const none[] = { "", "ms", "-1", "+1", "1.", ".5", "1x", "1 m s", " 1",
					    "1e3", "0x10", "1ms ", "one", "1,5ms" };
	static const char *const odd[] = { "0.5us", "1.0001ms", "0.5", "18446744073709551616",
					   "18446744073709551615s", "1.99999999999999999999ms" };

	for (size_t i = 0; i < sizeof(none) / sizeof(*none); i++)
		if (usec(none[i]) != -EINVAL)
			CHECK_STR(none[i], "refused");
	for (size_t i = 0; i < sizeof(odd) / sizeof(*odd); i++)
		if (usec(odd[i]) != -ERANGE)
			CHECK_STR(odd[i], "out of range");
}

static void words_for_yes_and_no_are_read(void)
{
	static const char *const yes[] = { "yes", "on", "true", "1", "y", "t", "Yes", "TRUE" };
	static const char *const no[] = { "no", "off", "false", "0", "n", "f", "No", "OFF" };
	bool value;

	for (size_t i = 0; i < sizeof(yes) / sizeof(*yes); i++) {
		value = false;
		CHECK_EQ(units_parse_bool(yes[i], &value), 0);
		CHECK(value);
		CHECK_EQ(units_parse_bool(no[i], &value), 0);
		CHECK(!value);
	}
	CHECK_EQ(units_parse_bool("maybe", &value), -EINVAL);
	CHECK_EQ(units_parse_bool("", &value), -EINVAL);
}

static void times_are_written_exactly(void)
{
	char buf[UNITS_MAX];

	CHECK_STR(units_format_usec(buf, 0), "0us");
	CHECK_STR(units_format_usec(buf, 999), "999us");
	CHECK_STR(units_format_usec(buf, 1000), "1ms");
	CHECK_STR(units_format_usec(buf, 1001), "1.001ms");
	CHECK_STR(units_format_usec(buf, 2500), "2.5ms");
	CHECK_STR(units_format_usec(buf, 100000), "100ms");
	CHECK_STR(units_format_usec(buf, 1000000), "1s");
	CHECK_STR(units_format_usec(buf, 1250000), "1.25s");
	CHECK_STR(units_format_usec(buf, 1000001), "1000.001ms");
}

/* So that what get prints set takes. */
static void what_is_written_is_read_again(void)
{
	static const uint64_t some[] = { 0, 1, 999, 1000, 1001, 2500, 999999, 1000001, 1234567,
					 3600000000, INT64_MAX / 1000 };
	char buf[UNITS_MAX];

	for (size_t i = 0; i < sizeof(some) / sizeof(*some); i++)
		CHECK_EQ(usec(units_format_usec(buf, some[i])), some[i]);
}

static void spans_are_written_for_people(void)
{
	char buf[UNITS_MAX];

	CHECK_STR(units_format_span(buf, 12), "12us");
	CHECK_STR(units_format_span(buf, 41999), "41ms");
	CHECK_STR(units_format_span(buf, 12345678), "12.3s");
	CHECK_STR(units_format_span(buf, 12000000), "12s");
	CHECK_STR(units_format_span(buf, 320 * USEC_PER_SEC), "5min 20s");
	CHECK_STR(units_format_span(buf, 3600 * USEC_PER_SEC), "1h");
	CHECK_STR(units_format_span(buf, 90061 * USEC_PER_SEC), "1d 1h");
}

static void short_times_have_three_digits(void)
{
	char buf[UNITS_MAX];

	CHECK_STR(units_format_short(buf, 0), "0us");
	CHECK_STR(units_format_short(buf, 999), "999us");
	CHECK_STR(units_format_short(buf, 1024), "1.02ms");
	CHECK_STR(units_format_short(buf, 16384), "16.3ms");
	CHECK_STR(units_format_short(buf, 131072), "131ms");
	CHECK_STR(units_format_short(buf, 1048576), "1.04s");
	CHECK_STR(units_format_short(buf, 100000000), "100s");
}

static void counts_are_grouped(void)
{
	char buf[UNITS_MAX];

	CHECK_STR(units_format_count(buf, 0), "0");
	CHECK_STR(units_format_count(buf, 999), "999");
	CHECK_STR(units_format_count(buf, 1000), "1,000");
	CHECK_STR(units_format_count(buf, 12345678), "12,345,678");
	CHECK_STR(units_format_count(buf, UINT64_MAX), "18,446,744,073,709,551,615");
}

int main(void)
{
	RUN(times_are_read);
	RUN(what_is_no_time_is_refused);
	RUN(words_for_yes_and_no_are_read);
	RUN(times_are_written_exactly);
	RUN(what_is_written_is_read_again);
	RUN(spans_are_written_for_people);
	RUN(short_times_have_three_digits);
	RUN(counts_are_grouped);
	return TEST_RESULT();
}
