/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Words and numbers of the command line.
 */
#include "tests/sim/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

bool text_word(const char **text, char separator, char *buf, size_t size)
{
	const char *end = strchrnul(*text, separator);
	size_t n = (size_t)(end - *text);

	if (!**text || n >= size)
		return false;
	memcpy(buf, *text, n);
	buf[n] = 0;
	*text = *end ? end + 1 : end;
	return true;
}

/* As strtoull(), but without signs, white space and wrapping around. */
static bool digits(const char **text, u64 *ret)
{
	char *end;

	if (**text < '0' || **text > '9')
		return false;
	errno = 0;
	*ret = strtoull(*text, &end, 10);
	*text = end;
	return errno == 0;
}

bool text_number(const char *text, u64 *ret)
{
	u64 n;

	if (!digits(&text, &n) || *text)
		return false;
	*ret = n;
	return true;
}

bool text_time(const char *text, u64 *ret_ns)
{
	static const struct {
		const char *name;
		u64 ns;
	} units[] = { { "", NSEC_PER_SEC }, { "s", NSEC_PER_SEC }, { "ms", NSEC_PER_MSEC },
		      { "us", NSEC_PER_USEC }, { "ns", 1 } };
	u64 whole, part = 0, scale = 1;

	if (!digits(&text, &whole) || whole > 3600 * NSEC_PER_SEC)
		return false;
	if (*text == '.')
		for (text++; *text >= '0' && *text <= '9'; text++)
			if (scale < NSEC_PER_SEC) {
				part = part * 10 + (u64)(*text - '0');
				scale *= 10;
			}
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (!strcmp(text, units[i].name)) {
			if (whole > 3600 * NSEC_PER_SEC / units[i].ns)
				return false;
			*ret_ns = whole * units[i].ns + part * units[i].ns / scale;
			return true;
		}
	return false;
}

bool text_cpus(const char *text, u32 limit, struct cpuset *ret)
{
	struct cpuset s = {};

	do {
		u64 first, last;

		if (!digits(&text, &first))
			return false;
		last = first;
		if (*text == '-' && (text++, !digits(&text, &last)))
			return false;
		if (first > last || last >= limit)
			return false;
		for (u64 cpu = first; cpu <= last; cpu++)
			cpuset_add(&s, (u32)cpu);
	} while ((*text == ',' || *text == '+') && *++text);
	if (*text)
		return false;
	*ret = s;
	return true;
}
