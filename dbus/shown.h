/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Text that is safe to put on the bus and before people.
 *
 * A string on the bus must be valid UTF-8, or the whole message is lost. What comes from outside
 * need not be: file names are any bytes, and so are names of tasks. And a client may send
 * megabytes, or bytes that move the cursor of the terminal where its error message ends up.
 */
#pragma once

#include <stddef.h>

/* Holds every text of the daemon whole: the longest is the message of an exit report. */
#define SHOWN_MAX 1088

/* How much of a client's own value is repeated to it. */
#define SHOWN_VALUE_MAX 80

/*
 * Copies @s into @buf (of @size, at least 8) as one line of valid UTF-8 without control characters;
 * each of those becomes '?'. What does not fit ends in "…". Returns @buf.
 */
const char *shown(const char *s, char *buf, size_t size);
