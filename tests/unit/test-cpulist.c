/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lists of CPUs: what is one, what is not, and how they are written.
 */
#include "daemon/cpulist.h"

#include "tests/test.h"

/* The list as we would write it, or the error's kind and sentence. */
static const char *normal(const char *text)
{
	static char buf[CPULIST_MAX + 1100];
	struct bpfland_cpus cpus;
	struct error err = {};

	if (cpulist_parse(text, "Primary", &cpus, &err) >= 0)
		return cpulist_format(&cpus, buf);
	snprintf(buf, sizeof(buf), "%s %s",
		 err.kind == ERROR_OUT_OF_RANGE ? "range" :
		 err.kind == ERROR_INVALID_ARGS ? "invalid" : "?", err.message);
	return buf;
}

static void lists_are_read_and_written(void)
{
	CHECK_STR(normal("0"), "0");
	CHECK_STR(normal("0-3,8"), "0-3,8");
	CHECK_STR(normal("8,0-3"), "0-3,8");
	CHECK_STR(normal("3,2,1"), "1-3");
	CHECK_STR(normal("0-1,1-2,2"), "0-2");
	CHECK_STR(normal("5-5"), "5");
	CHECK_STR(normal("62-66"), "62-66");
	CHECK_STR(normal("0-1023"), "0-1023");
	CHECK_STR(normal("007"), "7");
}

static void anything_else_is_refused(void)
{
	static const char *const malformed[] = {
		"", " ", "0 ", " 0", "0, 1", "a", "0-", "-3", "0--3", "3-1", "0,", ",0", "0,,1",
		"0-3-5", "0x3", "+1", "0;1", "all", "0-3:1/2", "0\n", "1.5",
	};

	for (size_t i = 0; i < sizeof(malformed) / sizeof(*malformed); i++) {
		CHECK_NAMES(normal(malformed[i]), "invalid Primary: \"");
		CHECK_NAMES(normal(malformed[i]), malformed[i]);
	}
}

static void numbers_have_a_range(void)
{
	static const char *const large[] = {
		"1024", "0-1024", "5,4294967296", "18446744073709551617", "99999999999999999999999",
	};

	for (size_t i = 0; i < sizeof(large) / sizeof(*large); i++)
		CHECK_NAMES(normal(large[i]), "range Primary: \"");
	CHECK_NAMES(normal("2000"), "\"2000\"");
	CHECK_NAMES(normal("2000"), "0 to 1023");
}

static void a_failure_writes_nothing(void)
{
	struct bpfland_cpus cpus = CPUS_NONE;

	cpus_add(&cpus, 7);
	CHECK(cpulist_parse("0-3,x", "Primary", &cpus, NULL) < 0);
	CHECK(cpus_has(&cpus, 7) && !cpus_has(&cpus, 0));
}

/* Or one who may change nothing could have it kept while polkit is asked. */
static void no_list_is_longer_than_it_has_to_be(void)
{
	char text[CPULIST_MAX + 1] = "";

	memset(text, '0', CPULIST_MAX - 1);
	CHECK_STR(normal(text), "0");
	text[CPULIST_MAX - 1] = '0';
	CHECK_NAMES(normal(text), "invalid Primary: ");
	CHECK_NAMES(normal(text), "2560 characters");
	CHECK_NAMES(normal(text), "up to 2559");
	for (size_t i = 1; i < CPULIST_MAX; i += 2)
		text[i] = ',';
	text[CPULIST_MAX - 1] = '0';
	CHECK_NAMES(normal(text), "up to 2559");
}

static void the_longest_list_fits(void)
{
	struct bpfland_cpus every_other = CPUS_NONE, again;
	char buf[CPULIST_MAX];

	for (unsigned cpu = 1; cpu < BPFLAND_MAX_CPUS; cpu += 2)
		cpus_add(&every_other, cpu);
	cpulist_format(&every_other, buf);
	CHECK(strlen(buf) < sizeof(buf) - 1);
	CHECK_EQ(cpulist_parse(buf, "", &again, NULL), 0);
	CHECK(cpus_equal(&every_other, &again));
}

int main(void)
{
	RUN(lists_are_read_and_written);
	RUN(anything_else_is_refused);
	RUN(numbers_have_a_range);
	RUN(a_failure_writes_nothing);
	RUN(no_list_is_longer_than_it_has_to_be);
	RUN(the_longest_list_fits);
	return TEST_RESULT();
}
