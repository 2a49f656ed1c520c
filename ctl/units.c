/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Values as people write and read them.
 */
#include "ctl/units.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

static const struct unit {
	const char *name;
	uint64_t usec;
} units[] = {
	{ "us", 1 },
	{ "µs", 1 },	/* U+00B5, as keyboards have it … */
	{ "μs", 1 },	/* … and U+03BC, as Unicode prefers */
	{ "usec", 1 },
	{ "ms", 1000 },
	{ "msec", 1000 },
	{ "s", USEC_PER_SEC },
	{ "sec", USEC_PER_SEC },
	{ "m", 60 * USEC_PER_SEC },
	{ "min", 60 * USEC_PER_SEC },
	{ "h", 3600 * USEC_PER_SEC },
};

static int find_unit(const char *text, uint64_t *ret)
{
	while (*text == ' ')
		text++;
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++)
		if (!strcmp(text, units[i].name)) {
			*ret = units[i].usec;
			return 0;
		}
	return *text ? -EINVAL : 0;
}

/* Reads digits into @ret, which goes on from its value. */
static int digits(const char **p, uint64_t *ret)
{
	for (; isdigit((unsigned char)**p); (*p)++)
		if (__builtin_mul_overflow(*ret, 10, ret) ||
		    __builtin_add_overflow(*ret, (uint64_t)(**p - '0'), ret))
			return -ERANGE;
	return 0;
}

int units_parse_usec(const char *text, uint64_t unit_usec, uint64_t *ret)
{
	uint64_t whole = 0, part = 0, scale = 1, usec;
	const char *p = text, *point;
	int r;

	if (!isdigit((unsigned char)*p))
		return -EINVAL;
	r = digits(&p, &whole);
	if (r < 0)
		return r;
	if (*p == '.') {
		point = ++p;
		r = digits(&p, &part);
		if (r < 0)
			return r;
		if (p == point)
			return -EINVAL;
		for (; point < p; point++)
			if (__builtin_mul_overflow(scale, 10, &scale))
				return -ERANGE;
	}
	r = find_unit(p, &unit_usec);
	if (r < 0)
		return r;
	if (__builtin_mul_overflow(part, unit_usec, &part) || part % scale != 0 ||
	    __builtin_mul_overflow(whole, unit_usec, &usec) ||
	    __builtin_add_overflow(usec, part / scale, &usec))
		return -ERANGE;
	*ret = usec;
	return 0;
}

int units_parse_bool(const char *text, bool *ret)
{
	static const char *const words[] = { "0",   "1", "no", "yes", "off", "on", "false", "true",
					     "n",   "y", "f",  "t" };

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (!strcasecmp(text, words[i])) {
			*ret = i % 2;
			return 0;
		}
	return -EINVAL;
}

const char *units_format_usec(char buf[static UNITS_MAX], uint64_t usec)
{
	static const struct unit shown[] = { { "s", USEC_PER_SEC }, { "ms", 1000 } };

	for (size_t i = 0; i < sizeof(shown) / sizeof(*shown); i++) {
		uint64_t u = shown[i].usec, thousandths = usec % u * 1000 / u;
		char decimals[8] = "";

		if (usec < u || usec * 1000 % u)
			continue;
		if (thousandths) {
			snprintf(decimals, sizeof(decimals), ".%03u", (unsigned)thousandths);
			for (char *end = decimals + 3; *end == '0'; end--)
				*end = 0;
		}
		snprintf(buf, UNITS_MAX, "%" PRIu64 "%s%s", usec / u, decimals, shown[i].name);
		return buf;
	}
	snprintf(buf, UNITS_MAX, "%" PRIu64 "us", usec);
	return buf;
}

const char *units_format_span(char buf[static UNITS_MAX], uint64_t usec)
{
	static const struct unit shown[] = {
		{ "d", 86400 * USEC_PER_SEC }, { "h", 3600 * USEC_PER_SEC },
		{ "min", 60 * USEC_PER_SEC },  { "s", USEC_PER_SEC },
	};
	uint64_t sec = usec / USEC_PER_SEC, tenths = usec % USEC_PER_SEC / 100000;

	for (size_t i = 0; i + 1 < sizeof(shown) / sizeof(*shown); i++) {
		const struct unit *u = &shown[i], *next = u + 1;
		uint64_t rest = usec % u->usec / next->usec;

		if (usec < u->usec)
			continue;
		if (rest)
			snprintf(buf, UNITS_MAX, "%" PRIu64 "%s %" PRIu64 "%s", usec / u->usec,
				 u->name, rest, next->name);
		else
			snprintf(buf, UNITS_MAX, "%" PRIu64 "%s", usec / u->usec, u->name);
		return buf;
	}
	if (sec && tenths)
		snprintf(buf, UNITS_MAX, "%" PRIu64 ".%us", sec, (unsigned)tenths);
	else if (sec)
		snprintf(buf, UNITS_MAX, "%" PRIu64 "s", sec);
	else if (usec >= 1000)
		snprintf(buf, UNITS_MAX, "%" PRIu64 "ms", usec / 1000);
	else
		snprintf(buf, UNITS_MAX, "%" PRIu64 "us", usec);
	return buf;
}

const char *units_format_short(char buf[static UNITS_MAX], uint64_t usec)
{
	uint64_t unit = usec >= USEC_PER_SEC ? USEC_PER_SEC : USEC_PER_MSEC;
	uint64_t whole = usec / unit, hundredths = usec % unit * 100 / unit;
	const char *name = unit == USEC_PER_SEC ? "s" : "ms";

	if (usec < USEC_PER_MSEC)
		snprintf(buf, UNITS_MAX, "%" PRIu64 "us", usec);
	else if (whole < 10)
		snprintf(buf, UNITS_MAX, "%" PRIu64 ".%02u%s", whole, (unsigned)hundredths, name);
	else if (whole < 100)
		snprintf(buf, UNITS_MAX, "%" PRIu64 ".%u%s", whole,
			 (unsigned)hundredths / 10, name);
	else
		snprintf(buf, UNITS_MAX, "%" PRIu64 "%s", whole, name);
	return buf;
}

const char *units_format_date(char buf[static UNITS_MAX], uint64_t usec)
{
	time_t sec = usec / USEC_PER_SEC;
	struct tm tm;

	if (!localtime_r(&sec, &tm) || !strftime(buf, UNITS_MAX, "%a %Y-%m-%d %H:%M:%S %Z", &tm))
		snprintf(buf, UNITS_MAX, "%" PRIu64 "s", usec / USEC_PER_SEC);
	return buf;
}

const char *units_format_count(char buf[static UNITS_MAX], uint64_t count)
{
	char plain[24];
	size_t n = snprintf(plain, sizeof(plain), "%" PRIu64, count), end = 0;

	for (size_t i = 0; i < n; i++) {
		if (i && (n - i) % 3 == 0)
			buf[end++] = ',';
		buf[end++] = plain[i];
	}
	buf[end] = 0;
	return buf;
}
