/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The picture of how long woken tasks waited.
 */
#include "ctl/histograms.h"

#include <string.h>

#include "ctl/svg.h"
#include "ctl/units.h"
#include "daemon/waits.h"

#define WIDTH 760
#define LEFT 56
#define RIGHT 20
#define TOP 60		/* title and names of the series */
#define PANEL 190	/* one class */
#define HEAD 44		/* of a panel, before its bars */
#define BARS 104	/* the height of all waits in one bucket */
#define GAP 3

struct drawing {
	FILE *file;
	const struct series *series;
	unsigned n;
	unsigned first, last;	/* the buckets that somebody has waits in */
	unsigned class[_BPFLAND_CLASS_MAX], n_classes;	/* likewise; all, if nobody waited */
};

/* "128us – 256us", "from 4.19s on" */
static void bucket_text(char *buf, size_t size, unsigned b)
{
	char from[UNITS_MAX], to[UNITS_MAX];

	if (b == BPFLAND_LATENCY_BUCKETS - 1)
		snprintf(buf, size, "from %s on",
			 units_format_usec(from, waits_bound_usec(b - 1)));
	else if (b == 0)
		snprintf(buf, size, "under %s", units_format_usec(to, waits_bound_usec(0)));
	else
		snprintf(buf, size, "%s – %s", units_format_usec(from, waits_bound_usec(b - 1)),
			 units_format_usec(to, waits_bound_usec(b)));
}

/* One bucket to the left and to the right of those with waits, for the eye. */
static void find_range(struct drawing *d)
{
	d->first = BPFLAND_LATENCY_BUCKETS;
	d->last = 0;
	for (unsigned i = 0; i < d->n; i++)
		for (unsigned c = 0; c < _BPFLAND_CLASS_MAX; c++)
			for (unsigned b = 0; b < BPFLAND_LATENCY_BUCKETS; b++) {
				if (!d->series[i].snapshot.latency[c].bucket[b])
					continue;
				d->first = b < d->first ? b : d->first;
				d->last = b > d->last ? b : d->last;
			}
	if (d->first > d->last) {
		d->first = 0;
		d->last = 12;	/* nothing was counted: an empty picture of a usual range */
	}
	d->first -= d->first > 0;
	d->last += d->last < BPFLAND_LATENCY_BUCKETS - 1;
}

static bool has_waits(const struct drawing *d, unsigned class)
{
	for (unsigned i = 0; i < d->n; i++)
		if (waits_count(&d->series[i].snapshot.latency[class]))
			return true;
	return false;
}

static void find_classes(struct drawing *d)
{
	for (unsigned c = 0; c < _BPFLAND_CLASS_MAX; c++)
		if (has_waits(d, c))
			d->class[d->n_classes++] = c;
	if (d->n_classes)
		return;
	for (unsigned c = 0; c < _BPFLAND_CLASS_MAX; c++)
		d->class[d->n_classes++] = c;
}

static double column_width(const struct drawing *d)
{
	return (double)(WIDTH - LEFT - RIGHT) / (d->last - d->first + 1);
}

static void draw_bars(const struct drawing *d, unsigned i, unsigned class, double bottom)
{
	const struct bpfland_latency *l = &d->series[i].snapshot.latency[class];
	uint64_t count = waits_count(l);
	double step = column_width(d), width = (step - GAP) / d->n;
	char bucket[96], number[UNITS_MAX], tip[256];

	for (unsigned b = d->first; count && b <= d->last; b++) {
		double share = (double)l->bucket[b] / (double)count;
		double height = share * BARS;

		if (!l->bucket[b])
			continue;
		/* What is there can be seen. */
		if (height < 1)
			height = 1;
		bucket_text(bucket, sizeof(bucket), b);
		snprintf(tip, sizeof(tip), "%s%s%s: %s waits, %.2f %%",
			 d->series[i].name ? d->series[i].name : "",
			 d->series[i].name ? ", " : "", bucket,
			 units_format_count(number, l->bucket[b]), share * 100);
		svg_bar(d->file, LEFT + (b - d->first) * step + GAP / 2.0 + i * width,
			bottom - height, width, height, i ? SVG_SECOND : SVG_FIRST, tip);
	}
}

static void figures_text(char *buf, size_t size, const struct bpfland_latency *l)
{
	char count[UNITS_MAX], p50[UNITS_MAX], p99[UNITS_MAX], p999[UNITS_MAX], max[UNITS_MAX];

	if (!waits_count(l)) {
		snprintf(buf, size, "no waits");
		return;
	}
	snprintf(buf, size, "p50 %s, p99 %s, p99.9 %s, max %s, %s waits",
		 units_format_usec(p50, waits_percentile_usec(l, 500)),
		 units_format_usec(p99, waits_percentile_usec(l, 990)),
		 units_format_usec(p999, waits_percentile_usec(l, 999)),
		 units_format_usec(max, waits_max_usec(l)),
		 units_format_count(count, waits_count(l)));
}

static void draw_axis(const struct drawing *d, double bottom)
{
	double step = column_width(d);
	char buf[UNITS_MAX];

	for (unsigned share = 50; share <= 100; share += 50) {
		double y = bottom - BARS * share / 100.0;

		svg_line(d->file, LEFT, y, WIDTH - RIGHT, y);
		snprintf(buf, sizeof(buf), "%u %%", share);
		svg_text(d->file, LEFT - 6, y + 4, 11, SVG_END, SVG_FAINT, buf);
	}
	svg_line(d->file, LEFT, bottom, WIDTH - RIGHT, bottom);
	/* A bound stands between its two buckets; every second one, if there are many. */
	for (unsigned b = d->first; b < d->last; b += d->last - d->first > 12 ? 2 : 1)
		svg_text(d->file, LEFT + (b - d->first + 1) * step, bottom + 15, 11, SVG_MIDDLE,
			 SVG_FAINT, units_format_usec(buf, waits_bound_usec(b)));
}

/* @place: 0 is the uppermost. */
static void draw_class(const struct drawing *d, unsigned place)
{
	double top = TOP + (double)place * PANEL, bottom = top + HEAD + BARS;
	unsigned class = d->class[place];
	char title[160], figures[400];

	snprintf(title, sizeof(title), "%s: %s", bpfland_class_name(class),
		 snapshot_class_meaning(class));
	svg_text(d->file, LEFT, top + 6, 13, SVG_START, SVG_TEXT, title);
	for (unsigned i = 0; i < d->n; i++) {
		figures_text(figures, sizeof(figures), &d->series[i].snapshot.latency[class]);
		svg_text(d->file, LEFT, top + 21 + 14 * i, 11, SVG_START,
			 d->n == 1 ? SVG_FAINT : i ? SVG_SECOND : SVG_FIRST, figures);
	}
	draw_axis(d, bottom);
	for (unsigned i = 0; i < d->n; i++)
		draw_bars(d, i, class, bottom);
}

/* The same as the picture, in words. */
static void describe(char *buf, size_t size, const struct series *series, unsigned n)
{
	char figures[400];
	size_t used = 0;

	buf[0] = 0;
	for (unsigned i = 0; i < n; i++)
		for (unsigned c = 0; c < _BPFLAND_CLASS_MAX && used < size; c++) {
			figures_text(figures, sizeof(figures), &series[i].snapshot.latency[c]);
			used += (size_t)snprintf(buf + used, size - used, "%s%s%s%s: %s.",
						 used ? " " : "",
						 series[i].name ? series[i].name : "",
						 series[i].name ? ", " : "", bpfland_class_name(c),
						 figures);
		}
}

void histograms_draw(FILE *file, const struct series *series, unsigned n)
{
	struct drawing d = { .file = file, .series = series, .n = n };
	static const char title[] = "How long woken tasks waited for a CPU";
	char description[4096], name[160];

	find_range(&d);
	find_classes(&d);
	describe(description, sizeof(description), series, n);
	svg_begin(file, WIDTH, TOP + d.n_classes * PANEL, title, description);
	svg_text(file, LEFT, 24, 16, SVG_START, SVG_TEXT, title);
	for (unsigned i = 0; i < n; i++) {
		if (!series[i].name)
			continue;
		snprintf(name, sizeof(name), "%s %.120s", i ? "▪ right:" : "▪ left:",
			 series[i].name);
		svg_text(file, LEFT + (double)i * (WIDTH - LEFT - RIGHT) / 2, 42, 12, SVG_START,
			 i ? SVG_SECOND : SVG_FIRST, name);
	}
	for (unsigned place = 0; place < d.n_classes; place++)
		draw_class(&d, place);
	svg_end(file);
}
