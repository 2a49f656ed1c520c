/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Statistics as metrics for monitoring.
 */
#include "ctl/metrics.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "daemon/waits.h"

#define PREFIX "bpfland_"
#define WAIT PREFIX "wake_latency_seconds"

struct writer {
	FILE *file;
	enum metrics_format format;
};

/* The underscore goes before a capital that begins a word: RTReenqueues, HandOvers, NRestarts. */
void metrics_name(char *buf, size_t size, const char *name)
{
	size_t n = 0;

	for (size_t i = 0; name[i] && n + 2 < size; i++) {
		bool begins = isupper(name[i]) && i &&
			      (islower(name[i - 1]) ||
			       (isupper(name[i - 1]) && islower(name[i + 1])));

		if (begins)
			buf[n++] = '_';
		buf[n++] = (char)tolower(name[i]);
	}
	buf[n] = 0;
}

/*
 * The lines in front of a family. @suffix is what its samples add to the name: in OpenMetrics the
 * family goes without.
 */
static void family(const struct writer *w, const char *name, const char *suffix, const char *type,
		   const char *unit, const char *help)
{
	bool open = w->format == METRICS_OPENMETRICS;

	if (!open && !strcmp(type, "info"))
		type = "gauge";		/* the other format knows no such type */
	if (open)
		suffix = "";
	fprintf(w->file, "# HELP %s%s %s.\n", name, suffix, help);
	fprintf(w->file, "# TYPE %s%s %s\n", name, suffix, type);
	if (open && unit)
		fprintf(w->file, "# UNIT %s %s\n", name, unit);
}

/* What a label may hold: a quote, a backslash and a new line have to be escaped. */
static void label(const struct writer *w, const char *name, const char *value)
{
	fprintf(w->file, "%s=\"", name);
	for (const char *c = value; *c; c++)
		if (*c == '\n')
			fputs("\\n", w->file);
		else
			fprintf(w->file, "%s%c", *c == '"' || *c == '\\' ? "\\" : "", *c);
	fputc('"', w->file);
}

static void gauge(const struct writer *w, const char *name, uint64_t value, const char *help)
{
	family(w, name, "", "gauge", NULL, help);
	fprintf(w->file, "%s %" PRIu64 "\n", name, value);
}

static void counter(const struct writer *w, const char *name, uint64_t value, const char *help)
{
	family(w, name, "_total", "counter", NULL, help);
	fprintf(w->file, "%s_total %" PRIu64 "\n", name, value);
}

/* Exact: a double could not hold µs since 1970. */
static void print_seconds(FILE *file, uint64_t usec)
{
	fprintf(file, "%" PRIu64 ".%06" PRIu64 "\n", usec / 1000000, usec % 1000000);
}

static void seconds(const struct writer *w, const char *name, uint64_t usec, const char *help)
{
	family(w, name, "", "gauge", "seconds", help);
	fprintf(w->file, "%s ", name);
	print_seconds(w->file, usec);
}

static void write_state(const struct writer *w, const struct snapshot *s)
{
	static const char *const states[] = { "stopped", "starting", "running", "backoff",
					      "failed",	 "foreign" };

	family(w, PREFIX "build", "_info", "info", NULL, "Version of the service, and the kernel");
	fputs(PREFIX "build_info{", w->file);
	label(w, "version", s->version);
	fputc(',', w->file);
	label(w, "kernel", s->kernel);
	fputs("} 1\n", w->file);
	family(w, PREFIX "state", "", "gauge", NULL, "1 for the state that the scheduler is in");
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		fprintf(w->file, PREFIX "state{state=\"%s\"} %d\n", states[i],
			!strcmp(states[i], s->state));
	family(w, PREFIX "active_profile", "", "gauge", NULL,
	       "1 for the profile that is in force");
	if (s->profile[0]) {
		fputs(PREFIX "active_profile{", w->file);
		label(w, "profile", s->profile);
		fputs("} 1\n", w->file);
	}
}

/* A bucket counts what is shorter than its bound, to the nanosecond: nobody will see that. */
static void write_latency(const struct writer *w, const char *class,
			  const struct bpfland_latency *l)
{
	uint64_t sum = 0;

	for (unsigned b = 0; b < BPFLAND_LATENCY_BUCKETS; b++) {
		sum += l->bucket[b];
		fprintf(w->file, WAIT "_bucket{class=\"%s\",le=\"", class);
		if (b < BPFLAND_LATENCY_BUCKETS - 1)
			fprintf(w->file, "%.6f\"} %" PRIu64 "\n",
				(double)waits_bound_usec(b) / 1e6, sum);
		else
			fprintf(w->file, "+Inf\"} %" PRIu64 "\n", sum);
	}
	fprintf(w->file, WAIT "_sum{class=\"%s\"} ", class);
	print_seconds(w->file, l->sum_ns / 1000);
	fprintf(w->file, WAIT "_count{class=\"%s\"} %" PRIu64 "\n", class, sum);
}

static void write_help(char *buf, size_t size, const char *meaning)
{
	snprintf(buf, size, "How often: %s", meaning);
}

void metrics_write(FILE *file, const struct snapshot *s, enum metrics_format format)
{
	const struct writer w = { file, format };
	char name[80], help[160];

	write_state(&w, s);
	seconds(&w, PREFIX "uptime_seconds", s->uptime_usec,
		"How long the scheduler has been attached; 0 when it is not");
	seconds(&w, PREFIX "counting_since_timestamp_seconds", s->since_usec,
		"When counting began, in seconds since 1970");
	gauge(&w, PREFIX "tunables_generation", s->generation,
	      "Number of the set of tunables in force; 0 when nothing is attached");
	gauge(&w, PREFIX "queued_tasks", s->queued,
	      "Tasks that wait in the shared queues, ready and not yet handed to a CPU");
	gauge(&w, PREFIX "profile_holds", s->holds, "Profiles held by programs");
	gauge(&w, PREFIX "latency_requests", s->requests, "Latencies requested by programs");
	counter(&w, PREFIX "restarts", s->restarts,
		"How often the scheduler was started again after an error");
	for (enum bpfland_counter c = 0; c < _BPFLAND_COUNTER_MAX; c++) {
		strcpy(name, PREFIX);
		metrics_name(name + strlen(PREFIX), sizeof(name) - strlen(PREFIX),
			     bpfland_counter_name(c));
		write_help(help, sizeof(help), snapshot_counter_meaning(c));
		counter(&w, name, s->counter[c], help);
	}
	family(&w, WAIT, "", "histogram", "seconds",
	       "How long woken tasks waited for a CPU, by class of task");
	for (enum bpfland_class c = 0; c < _BPFLAND_CLASS_MAX; c++) {
		metrics_name(name, sizeof(name), bpfland_class_name(c));
		write_latency(&w, name, &s->latency[c]);
	}
	if (format == METRICS_OPENMETRICS)
		fputs("# EOF\n", file);
}
