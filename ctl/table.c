/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tables for people.
 */
#include "ctl/table.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/complain.h"
#include "daemon/text.h"

/* Narrower than this the last column is not cut, and the terminal breaks the line. */
#define LAST_MIN 12

struct cell {
	char *text;
	enum colour colour;
};

struct table {
	const char *const *headers;
	size_t n_columns;
	struct cell *cells;
	size_t n_cells, room;
	bool failed;
};

struct table *table_new(const char *const *headers)
{
	struct table *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->headers = headers;
	while (headers[t->n_columns])
		t->n_columns++;
	return t;
}

struct table *table_free(struct table *t)
{
	if (!t)
		return NULL;
	for (size_t i = 0; i < t->n_cells; i++)
		free(t->cells[i].text);
	free(t->cells);
	free(t);
	return NULL;
}

static int make_room(struct table *t)
{
	size_t room = t->room ? 2 * t->room : 64;
	struct cell *cells;

	if (t->n_cells < t->room)
		return 0;
	cells = reallocarray(t->cells, room, sizeof(*cells));
	if (!cells)
		return -1;
	t->cells = cells;
	t->room = room;
	return 0;
}

void table_add(struct table *t, enum colour colour, const char *text)
{
	char *copy;

	copy = strdup(text && *text ? text : "-");
	if (!copy || make_room(t) < 0) {
		free(copy);
		t->failed = true;
		return;
	}
	text_line(copy);
	t->cells[t->n_cells++] = (struct cell){ copy, colour };
}

void table_addf(struct table *t, enum colour colour, const char *format, ...)
{
	_cleanup_free_ char *text = NULL;
	va_list args;
	int n;

	va_start(args, format);
	n = vasprintf(&text, format, args);
	va_end(args);
	if (n < 0) {
		text = NULL;
		t->failed = true;
		return;
	}
	table_add(t, colour, text);
}

size_t table_rows(const struct table *t)
{
	return t->n_cells / t->n_columns;
}

static size_t width_of(const struct table *t, size_t column, bool legend)
{
	const char *header = t->headers[column];
	size_t width = legend ? terminal_width(header + (*header == '>')) : 0, w;

	for (size_t i = column; i < t->n_cells; i += t->n_columns) {
		w = terminal_width(t->cells[i].text);
		width = w > width ? w : width;
	}
	return width;
}

static void print_cell(const struct terminal *term, const char *text, enum colour colour,
		       size_t width, bool right, bool last)
{
	size_t w = terminal_width(text), blanks = w < width ? width - w : 0;

	if (right)
		printf("%*s", (int)blanks, "");
	if (colour != COLOUR_NONE)
		fputs(terminal_colour(term, colour), stdout);
	terminal_print_cut(term, text, width);
	if (colour != COLOUR_NONE)
		fputs(terminal_colour(term, COLOUR_NONE), stdout);
	if (last)
		putchar('\n');
	else
		printf("%*s", (int)(right ? 2 : blanks + 2), "");
}

/* The last column's width, when the others have theirs. */
static size_t fit(const struct terminal *term, size_t others, size_t wanted)
{
	if (!term->columns || others + wanted <= term->columns)
		return wanted;
	if (term->columns < others + LAST_MIN)
		return wanted < LAST_MIN ? wanted : LAST_MIN;
	return term->columns - others;
}

int table_print(const struct table *t, const struct ctl *ctl)
{
	_cleanup_free_ size_t *width = calloc(t->n_columns, sizeof(*width));
	size_t last = t->n_columns - 1, others = 0;

	if (t->failed || !width)
		return complain_memory();
	for (size_t c = 0; c < t->n_columns; c++) {
		width[c] = width_of(t, c, ctl->legend);
		others += c < last ? width[c] + 2 : 0;
	}
	width[last] = fit(&ctl->terminal, others, width[last]);
	for (size_t c = 0; ctl->legend && c < t->n_columns; c++)
		print_cell(&ctl->terminal, t->headers[c] + (t->headers[c][0] == '>'), COLOUR_BOLD,
			   width[c], t->headers[c][0] == '>', c == last);
	for (size_t i = 0; i < t->n_cells; i++)
		print_cell(&ctl->terminal, t->cells[i].text, t->cells[i].colour,
			   width[i % t->n_columns], t->headers[i % t->n_columns][0] == '>',
			   i % t->n_columns == last);
	return 0;
}
