/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Text that comes from outside: files of administrators, names of tasks, messages of the kernel.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Length of the UTF-8 character at the start of @s, 0 if there is none; @ret is its code point. */
size_t text_utf8_char(const char *s, uint32_t *ret);

/* True if @s is UTF-8 without control characters (tab and newline count as such). */
bool text_is_printable(const char *s);

/*
 * Makes any bytes valid UTF-8 in place: what is not becomes '?'. Control characters other than
 * newline and tab do, too. The kernel's messages hold task names, which are arbitrary bytes; the
 * bus and JSON want UTF-8.
 */
void text_clean(char *s);

/* Makes one line of it: newline and tab become a space. */
void text_join(char *s);

/* Both. */
void text_line(char *s);

/* Cuts trailing white space, as sysfs files end with. */
void text_strip(char *s);
