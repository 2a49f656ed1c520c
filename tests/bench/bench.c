/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Work, samples and output of the workloads.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/bench.h"

/* Rounds per 1,024 ns, so that short pieces do not suffer from rounding. */
static uint64_t work_rate;

void die(const char *format, ...)
{
	int saved = errno;
	va_list ap;

	va_start(ap, format);
	vfprintf(stderr, format, ap);
	va_end(ap);
	if (saved)
		fprintf(stderr, ": %s", strerror(saved));
	fputc('\n', stderr);
	exit(2);
}

uint64_t number(const char *what, const char *text, uint64_t min, uint64_t max)
{
	char *end;
	unsigned long long v;

	errno = 0;
	v = strtoull(text, &end, 10);
	if (errno || end == text || *end || *text == '-' || v < min || v > max) {
		errno = 0;
		die("%s: \"%s\" is not a number from %" PRIu64 " to %" PRIu64, what, text, min,
		    max);
	}
	return v;
}

uint64_t seconds(const char *what, const char *text)
{
	char *end;
	double v;

	v = strtod(text, &end);
	if (end == text || *end || !(v > 0) || v > 86400) {
		errno = 0;
		die("%s: \"%s\" is not a number of seconds up to 86400", what, text);
	}
	return (uint64_t)(v * (double)NSEC_PER_SEC);
}

uint64_t clock_read(clockid_t clock)
{
	struct timespec ts;

	if (clock_gettime(clock, &ts) < 0)
		die("clock %d", (int)clock);
	return (uint64_t)ts.tv_sec * NSEC_PER_SEC + (uint64_t)ts.tv_nsec;
}

struct timespec clock_spec(uint64_t ns)
{
	return (struct timespec){
		.tv_sec = (time_t)(ns / NSEC_PER_SEC),
		.tv_nsec = (long)(ns % NSEC_PER_SEC),
	};
}

void sleep_until(uint64_t ns)
{
	struct timespec ts = clock_spec(ns);

	do
		errno = clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
	while (errno == EINTR);
	if (errno)
		die("sleeping");
}

static void work_rounds(uint64_t rounds)
{
	/* The empty asm keeps the compiler from finding out that this computes nothing. */
	while (rounds) {
		rounds--;
		__asm__ volatile("" : "+r"(rounds));
	}
}

/* The least CPU time that @rounds took in a few attempts: those without an interrupt. */
static uint64_t work_time(uint64_t rounds)
{
	uint64_t best = UINT64_MAX;

	for (unsigned i = 0; i < 8; i++) {
		uint64_t start = clock_read(CLOCK_THREAD_CPUTIME_ID), took;

		work_rounds(rounds);
		took = clock_read(CLOCK_THREAD_CPUTIME_ID) - start;
		if (took < best)
			best = took;
	}
	return best;
}

void work_calibrate(void)
{
	const uint64_t few = 50000, many = 250000;
	uint64_t took;

	work_time(few); /* a first run pays for page faults and cold caches */
	/* The difference of two lengths is free of what reading the clock costs. */
	took = work_time(many);
	took -= work_time(few);
	work_rate = took ? (many - few) * 1024 / took : 1024;
	if (!work_rate)
		work_rate = 1;
}

void work(uint64_t ns)
{
	work_rounds(ns * work_rate / 1024);
}

void samples_init(struct samples *s, size_t capacity)
{
	*s = (struct samples){ .capacity = capacity };
	s->ns = malloc(capacity * sizeof(*s->ns));
	if (!s->ns)
		die("no memory for %zu samples", capacity);
	/* Touch it now: a page fault in the middle would be measured. */
	memset(s->ns, 0xff, capacity * sizeof(*s->ns));
}

void samples_done(struct samples *s)
{
	free(s->ns);
	*s = (struct samples){};
}

void samples_add(struct samples *s, uint64_t ns)
{
	if (s->n == s->capacity)
		return;
	s->ns[s->n++] = ns;
	s->sorted = false;
}

void samples_merge(struct samples *s, const struct samples *from)
{
	for (size_t i = 0; i < from->n; i++)
		samples_add(s, from->ns[i]);
}

static int compare_u64(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

uint64_t samples_quantile(struct samples *s, unsigned permille)
{
	size_t rank;

	if (!s->n)
		return 0;
	if (!s->sorted)
		qsort(s->ns, s->n, sizeof(*s->ns), compare_u64);
	s->sorted = true;
	rank = (s->n * permille + 999) / 1000;
	return s->ns[rank ? rank - 1 : 0];
}

static unsigned bucket_of(struct buckets b, uint64_t ns)
{
	uint64_t i;

	if (b.width_ns) {
		i = ns / b.width_ns;
	} else {
		uint64_t us = ns / NSEC_PER_USEC;

		/* 0: below 1 µs, 1: 1 µs, 2: 2 to 3 µs, 3: 4 to 7 µs, … */
		i = us ? 64 - (uint64_t)__builtin_clzll(us) : 0;
	}
	return i < b.n ? (unsigned)i : b.n - 1;
}

static uint64_t bucket_start_us(struct buckets b, unsigned i)
{
	if (b.width_ns)
		return i * b.width_ns / NSEC_PER_USEC;
	return i ? UINT64_C(1) << (i - 1) : 0;
}

static void bucket_count(struct samples *s, struct buckets b, uint64_t *ret_counts)
{
	memset(ret_counts, 0, b.n * sizeof(*ret_counts));
	for (size_t i = 0; i < s->n; i++)
		ret_counts[bucket_of(b, s->ns[i])]++;
}

static double quantile_us(struct samples *s, unsigned permille)
{
	return (double)samples_quantile(s, permille) / (double)NSEC_PER_USEC;
}

void samples_print_json(struct samples *s, struct buckets b)
{
	uint64_t counts[64];

	bucket_count(s, b, counts);
	printf("\"samples\":%zu,\"p50_us\":%.1f,\"p99_us\":%.1f,\"max_us\":%.1f,\"histogram\":[",
	       s->n, quantile_us(s, 500), quantile_us(s, 990), quantile_us(s, 1000));
	for (unsigned i = 0; i < b.n; i++)
		printf("%s[%" PRIu64 ",%" PRIu64 "]", i ? "," : "", bucket_start_us(b, i),
		       counts[i]);
	putchar(']');
}

void samples_print_text(struct samples *s, struct buckets b)
{
	uint64_t counts[64], most = 1;

	bucket_count(s, b, counts);
	for (unsigned i = 0; i < b.n; i++)
		if (counts[i] > most)
			most = counts[i];
	printf("samples %zu  p50 %.1f us  p99 %.1f us  max %.1f us\n", s->n, quantile_us(s, 500),
	       quantile_us(s, 990), quantile_us(s, 1000));
	for (unsigned i = 0; i < b.n; i++) {
		int bar = (int)((counts[i] * 40 + most - 1) / most);

		if (counts[i])
			printf("  from %8" PRIu64 " us %8" PRIu64 "  %.*s\n", bucket_start_us(b, i),
			       counts[i], bar, "########################################");
	}
}
