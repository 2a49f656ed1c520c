/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Text that is safe to put on the bus and before people.
 */
#include "dbus/shown.h"

#include <string.h>

#include "daemon/text.h"

static const char ellipsis[] = "…";

const char *shown(const char *s, char *buf, size_t size)
{
	size_t n = strnlen(s, size);

	if (n < size) {
		memcpy(buf, s, n + 1);
	} else {
		n = size - sizeof(ellipsis);
		while (n > 0 && (s[n] & 0xc0) == 0x80) /* not inside a character */
			n--;
		memcpy(buf, s, n);
		memcpy(buf + n, ellipsis, sizeof(ellipsis));
	}

	text_clean(buf);
	for (char *p = buf; *p; p++)
		if (*p == '\n' || *p == '\t')
			*p = '?';
	return buf;
}
