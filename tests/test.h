/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a unit test needs: checks that say what was wrong and go on, and a main() made of cases.
 */
#pragma once

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static unsigned test_failures __attribute__((unused));

#define CHECK(cond)                                                                              \
	do {                                                                                     \
		if (!(cond)) {                                                                   \
			fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #cond);     \
			test_failures++;                                                         \
		}                                                                                \
	} while (0)

#define CHECK_EQ(a, b)                                                                           \
	do {                                                                                     \
		intmax_t _a = (intmax_t)(a), _b = (intmax_t)(b);                                 \
		if (_a != _b) {                                                                  \
			fprintf(stderr, "%s:%d: %s is %" PRIdMAX ", expected %" PRIdMAX "\n",    \
				__FILE__, __LINE__, #a, _a, _b);                                 \
			test_failures++;                                                         \
		}                                                                                \
	} while (0)

#define CHECK_STR(a, b)                                                                          \
	do {                                                                                     \
		const char *_a = (a), *_b = (b);                                                 \
		if (!_a || !_b || strcmp(_a, _b)) {                                              \
			fprintf(stderr, "%s:%d: %s is \"%s\", expected \"%s\"\n", __FILE__,      \
				__LINE__, #a, _a ? _a : "(null)", _b ? _b : "(null)");           \
			test_failures++;                                                         \
		}                                                                                \
	} while (0)

/* The text @a must hold the word @b: for messages that have to name something. */
#define CHECK_NAMES(a, b)                                                                        \
	do {                                                                                     \
		const char *_a = (a), *_b = (b);                                                 \
		if (!strstr(_a, _b)) {                                                           \
			fprintf(stderr, "%s:%d: \"%s\" does not name \"%s\"\n", __FILE__,        \
				__LINE__, _a, _b);                                               \
			test_failures++;                                                         \
		}                                                                                \
	} while (0)

#define RUN(test)                                                                                \
	do {                                                                                     \
		unsigned _before = test_failures;                                                \
		test();                                                                          \
		printf("%s %s\n", test_failures == _before ? "ok    " : "FAILED", #test);        \
	} while (0)

#define TEST_RESULT() (test_failures ? 1 : 0)
