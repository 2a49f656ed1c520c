/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the workloads share: exact pieces of work, samples with percentiles and histograms, and
 * results as text for people or JSON for scripts.
 *
 * Work is a number of loop rounds, calibrated by the thread's own CPU time, not a wall clock: a
 * piece of work costs the same however often it is interrupted. In the lab's virtual time, where
 * one instruction is one nanosecond, that makes it exact.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#define NSEC_PER_USEC UINT64_C(1000)
#define NSEC_PER_MSEC UINT64_C(1000000)
#define NSEC_PER_SEC UINT64_C(1000000000)

/* Prints the message and errno's text to stderr and exits with status 2. */
void die(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

/* Parses a whole number in [@min, @max] or dies naming @what. */
uint64_t number(const char *what, const char *text, uint64_t min, uint64_t max);

/* Parses seconds such as "3" or "0.25", greater than 0, to nanoseconds, or dies. */
uint64_t seconds(const char *what, const char *text);

uint64_t clock_read(clockid_t clock);
struct timespec clock_spec(uint64_t ns);

/* Until CLOCK_MONOTONIC has that time, or dies. */
void sleep_until(uint64_t ns);

/* Finds out how many rounds a nanosecond takes. Once, before the first work(). */
void work_calibrate(void);
void work(uint64_t ns);

/* A bounded list of durations in nanoseconds; what does not fit any more is not taken. */
struct samples {
	uint64_t *ns;
	size_t n, capacity;
	bool sorted;
};

void samples_init(struct samples *s, size_t capacity);	/* dies without memory */
void samples_done(struct samples *s);
void samples_add(struct samples *s, uint64_t ns);
void samples_merge(struct samples *s, const struct samples *from);

/* The smallest sample that is not exceeded by @permille thousandths of them; 0 without any. */
uint64_t samples_quantile(struct samples *s, unsigned permille);

/* How a histogram cuts its buckets; @width_ns 0: powers of two of a microsecond. */
struct buckets {
	uint64_t width_ns;
	unsigned n;		/* the last one takes all that is longer */
};

/* The fields that every list of samples has: p50, p99, max (µs) and the histogram. */
void samples_print_json(struct samples *s, struct buckets b);
void samples_print_text(struct samples *s, struct buckets b);
