/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Text that comes from outside.
 */
#include "daemon/text.h"

#include <ctype.h>
#include <string.h>

size_t text_utf8_char(const char *text, uint32_t *ret)
{
	const unsigned char *s = (const unsigned char *)text;
	static const uint32_t smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };
	uint32_t point;
	size_t n;

	if (s[0] < 0x80) {
		*ret = s[0];
		return 1;
	}
	n = s[0] >= 0xf8 ? 0 : s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : s[0] >= 0xc0 ? 2 : 0;
	if (!n)
		return 0;
	point = s[0] & (0x7f >> n);
	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)	/* also ends at a NUL */
			return 0;
		point = point << 6 | (s[i] & 0x3f);
	}
	/* Overlong forms, surrogates and what lies beyond Unicode are no characters. */
	if (point < smallest[n] || (point >= 0xd800 && point <= 0xdfff) || point > 0x10ffff)
		return 0;
	*ret = point;
	return n;
}

static bool is_control(uint32_t point)
{
	return point < 0x20 || (point >= 0x7f && point < 0xa0);
}

bool text_is_printable(const char *s)
{
	uint32_t point;
	size_t n;

	for (; *s; s += n) {
		n = text_utf8_char(s, &point);
		if (!n || is_control(point))
			return false;
	}
	return true;
}

void text_clean(char *s)
{
	uint32_t point;
	size_t n;

	while (*s) {
		n = text_utf8_char(s, &point);
		if (n && (!is_control(point) || point == '\n' || point == '\t')) {
			s += n;
			continue;
		}
		/* A control character of two bytes becomes two marks: the length stays. */
		memset(s, '?', n ? n : 1);
		s += n ? n : 1;
	}
}

void text_join(char *s)
{
	for (s = strpbrk(s, "\n\t"); s; s = strpbrk(s, "\n\t"))
		*s = ' ';
}

void text_line(char *s)
{
	text_clean(s);
	text_join(s);
}

void text_strip(char *s)
{
	size_t n = strlen(s);

	while (n && isspace((unsigned char)s[n - 1]))
		s[--n] = 0;
}
