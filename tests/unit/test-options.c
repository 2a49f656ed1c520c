/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The command line.
 */
#include "daemon/options.h"

#include <errno.h>

#include "tests/test.h"

static int parse(const char *argument, enum options_mode *ret)
{
	char *argv[] = { (char *)"bpflandd", (char *)argument, NULL };

	return options_parse(ret, argument ? 2 : 1, argv);
}

static void every_option_works_as_listed(void)
{
	enum options_mode mode = OPTIONS_HELP;
	char text[32];

	CHECK_EQ(parse(NULL, &mode), 0);
	CHECK_EQ(mode, OPTIONS_RUN);
	for (size_t i = 0; i < options_table_size; i++) {
		snprintf(text, sizeof(text), "--%s", options_table[i].name);
		CHECK_EQ(parse(text, &mode), 0);
		CHECK_EQ(mode, options_table[i].mode);
		snprintf(text, sizeof(text), "-%c", options_table[i].letter);
		mode = OPTIONS_RUN;
		CHECK_EQ(parse(text, &mode), 0);
		CHECK_EQ(mode, options_table[i].mode);
	}
}

/* An argument that is accepted and ignored is worse than none. */
static void everything_else_is_refused(void)
{
	static const char *const unknown[] = { "x", "", "-", "--", "--hel", "--helpx", "-hV", "-x",
					       "--help=1", "--profile" };
	enum options_mode mode = OPTIONS_VERSION;

	for (size_t i = 0; i < sizeof(unknown) / sizeof(*unknown); i++)
		CHECK_EQ(parse(unknown[i], &mode), -EINVAL);
	CHECK_EQ(mode, OPTIONS_VERSION);
}

int main(void)
{
	RUN(every_option_works_as_listed);
	RUN(everything_else_is_refused);
	return TEST_RESULT();
}
