/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Any bytes become one line that the bus takes.
 */
#include "dbus/shown.h"

#include "tests/test.h"

static void good_text_stays_as_it_is(void)
{
	char buf[32];

	CHECK_STR(shown("", buf, sizeof(buf)), "");
	CHECK_STR(shown("latency", buf, sizeof(buf)), "latency");
	CHECK_STR(shown("Größe 😀", buf, sizeof(buf)), "Größe 😀");
}

static void bad_bytes_are_marked(void)
{
	char buf[32];

	CHECK_STR(shown("a\nb\tc\033[0m\x7f", buf, sizeof(buf)), "a?b?c?[0m?");
	CHECK_STR(shown("\xff"
			"evil\xc3",
			buf, sizeof(buf)),
		  "?evil?");
	CHECK_STR(shown("\xed\xa0\x80", buf, sizeof(buf)), "???");
}

static void long_text_is_cut_between_characters(void)
{
	char buf[8];

	CHECK_STR(shown("1234567", buf, sizeof(buf)), "1234567");
	CHECK_STR(shown("12345678", buf, sizeof(buf)), "1234…");
	CHECK_STR(shown("äöüßä", buf, sizeof(buf)), "äö…");
	CHECK_STR(shown("123ä5678", buf, sizeof(buf)), "123…");
	CHECK_STR(shown("\x80\x80\x80\x80\x80\x80\x80\x80\x80", buf, sizeof(buf)), "…");
}

int main(void)
{
	RUN(good_text_stays_as_it_is);
	RUN(bad_bytes_are_marked);
	RUN(long_text_is_cut_between_characters);
	return TEST_RESULT();
}
