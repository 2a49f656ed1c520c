/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the output goes.
 */
#include "ctl/terminal.h"

#include <langinfo.h>
#include <locale.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

#include "ctl/units.h"
#include "daemon/text.h"

static bool wants_colour(bool is_terminal)
{
	const char *colours = getenv("SYSTEMD_COLORS"), *no = getenv("NO_COLOR");
	const char *term = getenv("TERM");
	bool yes;

	/* Also words such as "256", which mean more of them. */
	if (colours && *colours)
		return units_parse_bool(colours, &yes) < 0 || yes;
	return is_terminal && !(no && *no) && term && *term && strcmp(term, "dumb");
}

static bool wants_utf8(void)
{
	const char *forced = getenv("SYSTEMD_UTF8");
	bool yes;

	if (forced && units_parse_bool(forced, &yes) == 0)
		return yes;
	setlocale(LC_CTYPE, "");
	return !strcmp(nl_langinfo(CODESET), "UTF-8");
}

static unsigned width(bool is_terminal)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size;
	int n;

	n = columns ? atoi(columns) : 0;
	if (n > 0)
		return n;
	if (!is_terminal)
		return 0;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		return size.ws_col;
	return 80;
}

struct terminal terminal_of_stdout(void)
{
	bool is_terminal = isatty(STDOUT_FILENO);

	return (struct terminal){
		.is_terminal = is_terminal,
		.colour = wants_colour(is_terminal),
		.utf8 = wants_utf8(),
		.columns = width(is_terminal),
	};
}

const char *terminal_colour(const struct terminal *t, enum colour c)
{
	static const char *const sequence[_COLOUR_MAX] = {
		[COLOUR_NONE] = "\033[0m",
		[COLOUR_GREEN] = "\033[32m",
		[COLOUR_YELLOW] = "\033[33m",
		[COLOUR_RED] = "\033[31m",
		[COLOUR_BOLD] = "\033[1m",
		[COLOUR_GREY] = "\033[90m",
	};

	return t->colour ? sequence[c] : "";
}

const char *terminal_glyph(const struct terminal *t, const char *utf8, const char *ascii)
{
	return t->utf8 ? utf8 : ascii;
}

/* Length of what is one character or one escape sequence at @s; @ret is its width. */
static size_t step(const char *s, size_t *ret)
{
	uint32_t point;
	size_t n;
	int w;

	if (s[0] == '\033' && s[1] == '[') {
		*ret = 0;
		return 2 + strcspn(s + 2, "m") + (strchr(s, 'm') ? 1 : 0);
	}
	n = text_utf8_char(s, &point);
	w = n > 1 ? wcwidth(point) : 1;
	*ret = w < 0 ? 1 : w;
	return n ? n : 1;
}

size_t terminal_width(const char *s)
{
	size_t sum = 0, w;

	for (; *s; sum += w)
		s += step(s, &w);
	return sum;
}

void terminal_print_cut(const struct terminal *t, const char *s, size_t width)
{
	const char *ellipsis = terminal_glyph(t, "…", "...");
	size_t used = 0, w, n, keep;

	if (terminal_width(s) <= width) {
		fputs(s, stdout);
		return;
	}
	w = terminal_width(ellipsis);
	keep = width > w ? width - w : 0;
	for (; *s; s += n) {
		n = step(s, &w);
		/* Sequences go on to the end: the last one brings the usual colour back. */
		if (w > 0 && used + w > keep)
			used = width;
		else if (w == 0 || used < width)
			fwrite(s, 1, n, stdout);
		if (used < width)
			used += w;
		else if (ellipsis) {
			fputs(ellipsis, stdout);
			ellipsis = NULL;
		}
	}
}
