/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bpflandctl stats: what the scheduler counts, for people and for programs.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "ctl/complain.h"
#include "ctl/metrics.h"
#include "ctl/options.h"
#include "ctl/pager.h"
#include "ctl/service.h"
#include "ctl/table.h"
#include "ctl/units.h"
#include "ctl/verbs.h"
#include "daemon/waits.h"

struct watch {
	const struct ctl *ctl;
	sd_bus *bus;
	struct snapshot now, before;
	unsigned turn;		/* from 0 */
};

static void add_usec(struct table *t, uint64_t usec)
{
	char buf[UNITS_MAX];

	table_add(t, COLOUR_NONE, units_format_usec(buf, usec));
}

static int print_latency(const struct ctl *ctl, const struct snapshot *s)
{
	static const char *const headers[] = { "WAKE-UPS", ">WAITS", ">MEAN", ">P50",	">P90",
					       ">P99",	   ">P99.9", ">MAX", "WHICH TASKS", NULL };
	static const unsigned per_mille[] = { 500, 900, 990, 999 };
	_cleanup_(table_freep) struct table *t = table_new(headers);
	char buf[UNITS_MAX];

	if (!t)
		return complain_memory();
	for (enum bpfland_class c = 0; c < _BPFLAND_CLASS_MAX; c++) {
		const struct bpfland_latency *l = &s->latency[c];
		uint64_t count = waits_count(l);

		table_add(t, COLOUR_BOLD, bpfland_class_name(c));
		table_add(t, COLOUR_NONE, units_format_count(buf, count));
		add_usec(t, count ? l->sum_ns / count / 1000 : 0);
		for (size_t i = 0; i < sizeof(per_mille) / sizeof(per_mille[0]); i++)
			add_usec(t, waits_percentile_usec(l, per_mille[i]));
		add_usec(t, waits_max_usec(l));
		table_add(t, COLOUR_GREY, snapshot_class_meaning(c));
	}
	return table_print(t, ctl);
}

/* @between: what was counted in @span_usec; NULL: not known. */
static int print_counters(const struct ctl *ctl, const struct snapshot *s,
			  const struct snapshot *between, uint64_t span_usec)
{
	static const char *const plain[] = { "COUNTER", ">TOTAL", "HOW OFTEN", NULL };
	static const char *const live[] = { "COUNTER", ">TOTAL", ">PER SECOND", "HOW OFTEN", NULL };
	_cleanup_(table_freep) struct table *t = table_new(between ? live : plain);
	char buf[UNITS_MAX];

	if (!t)
		return complain_memory();
	for (enum bpfland_counter c = 0; c < _BPFLAND_COUNTER_MAX; c++) {
		table_add(t, COLOUR_NONE, bpfland_counter_name(c));
		table_add(t, COLOUR_NONE, units_format_count(buf, s->counter[c]));
		if (between)
			table_add(t, between->counter[c] ? COLOUR_BOLD : COLOUR_GREY,
				  units_format_count(buf, between->counter[c] * USEC_PER_SEC /
								  (span_usec ? span_usec : 1)));
		table_add(t, COLOUR_GREY, snapshot_counter_meaning(c));
	}
	return table_print(t, ctl);
}

static void print_head(const struct ctl *ctl, const struct snapshot *s)
{
	char span[UNITS_MAX], date[UNITS_MAX];

	if (!ctl->legend)
		return;
	if (s->uptime_usec)
		printf("%s with profile %s, attached for %s; counted since %s\n\n", s->state,
		       s->profile[0] ? s->profile : "none",
		       units_format_span(span, s->uptime_usec),
		       units_format_date(date, s->since_usec));
	else
		printf("%s; counted since %s\n\n", s->state,
		       units_format_date(date, s->since_usec));
}

static int print_once(const struct ctl *ctl, const struct snapshot *s)
{
	print_head(ctl, s);
	if (print_latency(ctl, s) < 0)
		return -ENOMEM;
	putchar('\n');
	return print_counters(ctl, s, NULL, 0);
}

/* The waits of the last interval, and how fast each counter goes. */
static int print_change(struct watch *w)
{
	struct snapshot between;

	snapshot_between(&between, &w->before, &w->now);
	/* From the top of the screen; what is left of the last time is cleared. */
	if (w->ctl->terminal.is_terminal)
		fputs("\033[H\033[J", stdout);
	else if (w->turn)
		putchar('\n');
	print_head(w->ctl, &w->now);
	if (print_latency(w->ctl, &between) < 0)
		return -ENOMEM;
	putchar('\n');
	return print_counters(w->ctl, &w->now, &between, w->now.time_usec - w->before.time_usec);
}

/* @paged: once somebody answered, so that a complaint does not wait behind an empty page. */
static int look(struct watch *w, bool paged)
{
	_cleanup_(json_freep) struct json *j = NULL;
	int r;

	r = snapshot_ask(w->ctl, w->bus, &w->now, &j);
	if (r < 0)
		return r;
	if (paged)
		pager_open(w->ctl);
	if (w->ctl->json != JSON_OFF)
		r = value_print(w->ctl, j);
	else if (w->turn == 0)
		r = print_once(w->ctl, &w->now);
	else
		r = print_change(w);
	fflush(stdout);
	w->before = w->now;
	return ferror(stdout) ? -EIO : r;
}

static int watch(const struct ctl *ctl, sd_bus *bus, unsigned times)
{
	static const struct timespec second = { .tv_sec = 1 };
	struct watch w = { .ctl = ctl, .bus = bus };
	int r;

	for (; !times || w.turn < times; w.turn++) {
		if (w.turn)
			nanosleep(&second, NULL);
		r = look(&w, times == 1);
		if (r < 0)
			return r;
	}
	return 0;
}

static int print_metrics(const struct ctl *ctl, sd_bus *bus)
{
	struct snapshot s;
	int r = snapshot_ask(ctl, bus, &s, NULL);

	if (r >= 0)
		metrics_write(stdout, &s, METRICS_OPENMETRICS);
	return r;
}

/* How often --watch looks: 0 for ever, 1 without it. -EINVAL after a sentence. */
static int read_times(const struct ctl *ctl)
{
	const char *count = option_value(ctl, "count");
	char *end;
	long n;

	if (!count)
		return option_value(ctl, "watch") ? 0 : 1;
	n = strtol(count, &end, 10);
	if (*end || end == count || n < 1 || n > 1000000) {
		complain("--count: %s is no number from 1 to 1000000", count);
		return -EINVAL;
	}
	return (int)n;
}

int verb_stats(struct ctl *ctl, int argc, char **argv)
{
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
	bool metrics = option_value(ctl, "openmetrics");
	int r, times = read_times(ctl);

	(void)argc, (void)argv;
	if (times < 0)
		return EXIT_FAILURE;
	if (metrics && (times != 1 || ctl->json != JSON_OFF)) {
		complain("--openmetrics does not go together with --watch, --count and --json");
		return EXIT_FAILURE;
	}
	if (service_connect(&bus, ctl) < 0)
		return EXIT_FAILURE;
	if (metrics)
		r = print_metrics(ctl, bus);
	else
		r = watch(ctl, bus, (unsigned)times);
	return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
