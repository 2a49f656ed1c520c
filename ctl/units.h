/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Values as people write and read them: times with units, words for yes and no.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Long enough for what each function here writes. */
#define UNITS_MAX 64

#define USEC_PER_MSEC UINT64_C(1000)
#define USEC_PER_SEC UINT64_C(1000000)

/*
 * Reads "1ms", "500us", "1.5 s", "2min": a number, with decimals if it likes, and a unit: us (or
 * µs), ms, s (sec), min (m), h. Without a unit it counts in @unit_usec. Errors: -EINVAL for what is
 * no time; -ERANGE for one that does not fit, or is no whole number of µs.
 */
int units_parse_usec(const char *text, uint64_t unit_usec, uint64_t *ret);

/* yes, no, on, off, true, false, y, n, t, f, 1, 0, in any case. Else -EINVAL. */
int units_parse_bool(const char *text, bool *ret);

/*
 * Exactly @usec, in the largest unit of us, ms and s that needs no more than three decimals: "3ms",
 * "2.5ms", "500us". What it writes units_parse_usec() reads. Returns @buf.
 */
const char *units_format_usec(char buf[static UNITS_MAX], uint64_t usec);

/* About @usec, in the two largest units: "3d 4h", "5min 20s", "12.3s", "41ms". Returns @buf. */
const char *units_format_span(char buf[static UNITS_MAX], uint64_t usec);

/* About @usec, in one unit and three digits: "85us", "1.02ms", "16.3ms", "131ms", "1.04s". */
const char *units_format_short(char buf[static UNITS_MAX], uint64_t usec);

/* @usec of CLOCK_REALTIME as "Mon 2026-11-23 09:00:00 UTC", in the local time zone. */
const char *units_format_date(char buf[static UNITS_MAX], uint64_t usec);

/* A count with the digits in groups of three: "12,345,678". Returns @buf. */
const char *units_format_count(char buf[static UNITS_MAX], uint64_t count);
