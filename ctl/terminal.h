/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the output goes: colours, width and character set.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum colour {
	COLOUR_NONE,
	COLOUR_GREEN,
	COLOUR_YELLOW,
	COLOUR_RED,
	COLOUR_BOLD,
	COLOUR_GREY,
	_COLOUR_MAX,
};

struct terminal {
	bool is_terminal;	/* standard output is one */
	bool colour;
	bool utf8;
	unsigned columns;	/* 0: as wide as need be, since nobody reads it on a terminal */
};

/*
 * What standard output is. Of the environment count, as for systemd's tools: SYSTEMD_COLORS,
 * NO_COLOR, TERM, COLUMNS, SYSTEMD_UTF8 and the locale, which is put in force for characters.
 */
struct terminal terminal_of_stdout(void);

/* The escape sequence that begins @c, "" where there are no colours; one for COLOUR_NONE ends. */
const char *terminal_colour(const struct terminal *t, enum colour c);

/* @utf8 or @ascii, whichever can be shown. */
const char *terminal_glyph(const struct terminal *t, const char *utf8, const char *ascii);

/* How many columns @s takes; escape sequences take none. */
size_t terminal_width(const char *s);

/*
 * Prints @s, cut to @width columns with an ellipsis if it is longer. Control characters that came
 * from outside are for the caller to clean (daemon/text.h).
 */
void terminal_print_cut(const struct terminal *t, const char *s, size_t width);
