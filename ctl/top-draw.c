/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The live view: what is on the screen. Lines that do not fit are left out from below, and columns
 * from the right.
 */
#include <ncurses.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "ctl/top.h"
#include "ctl/units.h"
#include "daemon/waits.h"

#define CELL 22		/* one CPU */
#define BAR 10

static void paint(enum colour c, bool on)
{
	attr_t attr = c == COLOUR_BOLD ? A_BOLD : c == COLOUR_GREY ? A_DIM : COLOR_PAIR(c);

	if (c == COLOUR_NONE || (attr == COLOR_PAIR(c) && !has_colors()))
		return;
	if (on)
		attron(attr);
	else
		attroff(attr);
}

/* ncurses would go on in the next line with what is too long for one. */
static void add(int y, int x, const char *text)
{
	wchar_t wide[512];
	int n = 0, length;

	if (x >= COLS)
		return;
	mbtowc(NULL, NULL, 0);
	for (; *text && n < (int)(sizeof(wide) / sizeof(wide[0])) - 1; text += length) {
		length = mbtowc(&wide[n], text, strlen(text));
		/* A locale may lack it, and what was cut may end in half of one. */
		if (length < 1) {
			length = 1;
			wide[n] = L'?';
		}
		n++;
	}
	wide[n] = 0;
	mvaddnwstr(y, x, wide, COLS - x);
}

/* At a place of the screen, if that is on it. */
static void put(int y, int x, enum colour c, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

static void put(int y, int x, enum colour c, const char *format, ...)
{
	char buf[512];
	va_list args;

	if (y < 0 || y >= LINES - 2 || x >= COLS)
		return;
	va_start(args, format);
	vsnprintf(buf, sizeof(buf), format, args);
	va_end(args);
	paint(c, true);
	add(y, x, buf);
	paint(c, false);
}

static enum colour state_colour(const char *state)
{
	if (!strcmp(state, "running"))
		return COLOUR_GREEN;
	return !strcmp(state, "failed") || !strcmp(state, "foreign") ? COLOUR_RED : COLOUR_YELLOW;
}

static int draw_head(const struct top *t)
{
	char span[UNITS_MAX];
	int x = 9;

	put(0, 0, COLOUR_BOLD, "bpfland");
	if (!t->answered) {
		put(0, x, COLOUR_RED, "no service");
		return 2;
	}
	put(0, x, state_colour(t->now.state), "%s", t->now.state);
	x += (int)strlen(t->now.state) + 2;
	put(0, x, COLOUR_NONE, "profile ");
	put(0, x + 8, COLOUR_BOLD, "%s", t->now.profile[0] ? t->now.profile : "none");
	x += 8 + (int)strlen(t->now.profile) + 2;
	if (t->now.uptime_usec)
		put(0, x, COLOUR_GREY, "attached for %s, Linux %s",
		    units_format_span(span, t->now.uptime_usec), t->now.kernel);
	return 2;
}

/* Eight heights for 24 buckets, which double from one to the next. */
static const char *height(const struct top *t, int bucket)
{
	static const char *const blocks[] = { "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };
	static const char *const plain[] = { "_", ".", ":", "-", "=", "+", "*", "#" };

	if (bucket < 0)
		return " ";
	return (t->ctl->terminal.utf8 ? blocks : plain)[bucket / 3];
}

static void draw_curve(const struct top *t, int y, int x, unsigned class)
{
	int n = COLS - x;

	if (n > TOP_HISTORY)
		n = TOP_HISTORY;
	for (int i = 0; i < n; i++) {
		unsigned at = (t->at + TOP_HISTORY - (unsigned)(n - 1 - i)) % TOP_HISTORY;
		int bucket = t->history[class][at];

		/* From 4 ms on people notice. */
		put(y, x + i, bucket > 12 ? COLOUR_RED : bucket > 9 ? COLOUR_YELLOW : COLOUR_GREEN,
		    "%s", height(t, bucket));
	}
}

static uint64_t per_second(const struct top *t, uint64_t n)
{
	return t->span_usec ? (n * 1000000 + t->span_usec / 2) / t->span_usec : 0;
}

static int draw_waits(const struct top *t, int y)
{
	static const unsigned per_mille[] = { 500, 990 };
	char buf[UNITS_MAX];

	put(y++, 0, COLOUR_GREY, "%-12s %9s %9s %9s %9s  %s", "WAKE-UPS", "WAITS/S", "P50", "P99",
	    "MAX", "P99 OVER TIME");
	for (unsigned c = 0; c < _BPFLAND_CLASS_MAX; c++, y++) {
		const struct bpfland_latency *l = &t->between.latency[c];
		uint64_t count = waits_count(l);

		put(y, 0, COLOUR_NONE, "%-12s %9s", bpfland_class_name(c),
		    units_format_count(buf, per_second(t, count)));
		for (int i = 0; i < 2; i++)
			put(y, 22 + i * 10, COLOUR_BOLD, " %9s",
			    count ? units_format_usec(buf, waits_percentile_usec(l, per_mille[i]))
				  : "-");
		put(y, 42, COLOUR_NONE, " %9s",
		    count ? units_format_usec(buf, waits_max_usec(l)) : "-");
		draw_curve(t, y, 54, c);
	}
	return y + 1;
}

static void rate(const struct top *t, int y, int x, const char *name, enum bpfland_counter c)
{
	char buf[UNITS_MAX];

	put(y, x, COLOUR_NONE, "%-14s %9s", name,
	    units_format_count(buf, per_second(t, t->between.counter[c])));
}

static int draw_rates(const struct top *t, int y)
{
	char buf[UNITS_MAX];

	put(y++, 0, COLOUR_GREY, "PER SECOND");
	rate(t, y, 0, "to idle CPU", BPFLAND_COUNTER_DIRECT_DISPATCHES);
	rate(t, y, 27, "preemptions", BPFLAND_COUNTER_PREEMPTIONS);
	rate(t, y, 54, "hand-overs", BPFLAND_COUNTER_HANDOVERS);
	y++;
	rate(t, y, 0, "to a queue", BPFLAND_COUNTER_SHARED_DISPATCHES);
	rate(t, y, 27, "went on", BPFLAND_COUNTER_KEPT_RUNNING);
	rate(t, y, 54, "stolen", BPFLAND_COUNTER_STOLEN_DISPATCHES);
	y++;
	rate(t, y, 0, "promotions", BPFLAND_COUNTER_INTERACTIVE_PROMOTIONS);
	if (t->load.cpus)
		put(y, 27, COLOUR_NONE, "%-14s %9s", "switches",
		    units_format_count(buf, per_second(t, t->load.switches -
							  t->load_before.switches)));
	put(y, 54, COLOUR_NONE, "%-14s %9s", "queue depth", units_format_count(buf, t->now.queued));
	return y + 2;
}

static void draw_bar(int y, int x, int percent)
{
	enum colour c = percent > 90 ? COLOUR_RED : percent > 60 ? COLOUR_YELLOW : COLOUR_GREEN;
	int n = (percent * BAR + 50) / 100;

	put(y, x, COLOUR_GREY, "[");
	put(y, x + 1, c, "%.*s", n, "||||||||||");
	put(y, x + 1 + BAR, COLOUR_GREY, "]%4d%%", percent);
}

/* One cell for each CPU; where there are too many for the screen, one digit: tens of per cent. */
static void draw_cpus(const struct top *t, int y)
{
	int columns = COLS / CELL > 0 ? COLS / CELL : 1, lines = LINES - 2 - y - 1, at = 0;
	bool cells = (int)t->load.cpus <= columns * lines;

	if (!t->load.cpus || lines < 1)
		return;
	put(y++, 0, COLOUR_GREY, "CPUS%s", cells ? "" : ", tens of per cent each");
	for (unsigned cpu = 0; cpu < t->load.cpus; cpu++) {
		int percent = load_percent(&t->load_before, &t->load, cpu);

		if (percent < 0)
			continue;
		if (cells) {
			put(y + at / columns, at % columns * CELL, COLOUR_NONE, "%4u", cpu);
			draw_bar(y + at / columns, at % columns * CELL + 4, percent);
		} else
			put(y + at / COLS, at % COLS, percent > 90 ? COLOUR_RED : COLOUR_NONE,
			    "%d", percent > 99 ? 9 : percent / 10);
		at++;
	}
}

static void draw_list(const struct top *t, int y, const char *title)
{
	const struct top_list *l = &t->list;
	int lines = LINES - 2 - y - 1;
	size_t first = 0;

	if (lines < 1)
		lines = 1;
	/* The chosen one is always there to be seen. */
	if (l->chosen >= (size_t)lines)
		first = l->chosen - (size_t)lines + 1;
	put(y++, 0, COLOUR_BOLD, "%s", title);
	for (size_t i = first; i < l->n && i < first + (size_t)lines; i++, y++) {
		if (i == l->chosen)
			attron(A_REVERSE);
		put(y, 2, COLOUR_NONE, " %-22s %s ", l->name[i], l->about[i]);
		attroff(A_REVERSE);
	}
}

static void draw_help(int y)
{
	static const char *const lines[] = {
		"p  choose a profile; it stays selected",
		"t  try another value of a tunable for 30 seconds",
		"c  confirm: the value that is tried stays",
		"r  revert: it goes at once",
		"q  leave; a try that is under way is reverted",
		"",
		"Queue depth is how many tasks wait now in the scheduler's queues for a CPU.",
		"The curves show how long the slowest of 100 woken tasks waited, second by second;",
		"each step up is eight times as long.",
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		put(y + (int)i, 2, COLOUR_NONE, "%s", lines[i]);
}

static const char *hint(const struct top *t)
{
	if (t->waiting)
		return t->acting ? "Waiting for the service   Esc: go on without it   q: quit"
				 : "Waiting for the service   q: quit";
	switch (t->mode) {
	case TOP_CHOOSE_PROFILE:
	case TOP_CHOOSE_TUNABLE:
		return "Up, Down: move   Enter: take it   Esc: back";
	case TOP_TYPE_VALUE:
		return "Enter: try it   Esc: back";
	case TOP_HELP:
		return "Any key: back";
	case TOP_WATCH:
		break;
	}
	return t->trial_end_usec ? "c confirm  r revert  p profile  t try  h help  q quit"
				 : "p profile  t try a tunable  h help  q quit";
}

/* The last two lines are there whatever else fits. */
static void draw_foot(const struct top *t)
{
	uint64_t now = top_clock_usec();
	int y = LINES - 2;

	if (LINES < 2)
		return;
	if (t->mode == TOP_TYPE_VALUE) {
		mvprintw(y, 0, "%s=%s", t->list.name[t->list.chosen], t->input);
	} else if (t->trial_end_usec > now && !t->message[0]) {
		attron(A_BOLD);
		mvprintw(y, 0, "trying for %u more seconds",
			 (unsigned)((t->trial_end_usec - now) / 1000000 + 1));
		attroff(A_BOLD);
	} else
		add(y, 0, t->message);
	attron(A_DIM);
	mvaddnstr(LINES - 1, 0, hint(t), COLS - 1);
	attroff(A_DIM);
	if (t->mode == TOP_TYPE_VALUE) {
		curs_set(1);
		move(y, (int)strlen(t->list.name[t->list.chosen]) + 1 + (int)strlen(t->input));
	} else
		curs_set(0);
}

void top_draw(struct top *t)
{
	int y;

	erase();
	y = draw_head(t);
	if (t->answered)
		y = draw_waits(t, y);
	if (t->mode == TOP_CHOOSE_PROFILE)
		draw_list(t, y, "Profile:");
	else if (t->mode == TOP_CHOOSE_TUNABLE || t->mode == TOP_TYPE_VALUE)
		draw_list(t, y, "Tunable:");
	else if (t->mode == TOP_HELP)
		draw_help(y);
	else {
		if (t->answered)
			y = draw_rates(t, y);
		draw_cpus(t, y);
	}
	draw_foot(t);
	refresh();
}
