/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tables for people: columns as wide as their widest cell, or as the terminal lets them be.
 */
#pragma once

#include "ctl/ctl.h"
#include "daemon/cleanup.h"

struct table;

/*
 * @headers: one word for each column, ending with NULL; borrowed. With '>' in front the column is
 * aligned to the right. The last column is the one that is cut when the terminal is too narrow.
 */
struct table *table_new(const char *const *headers);	/* NULL: out of memory */
struct table *table_free(struct table *t);
DEFINE_CLEANUP(struct table *, table_free);

/*
 * The next cell, row by row; NULL and "" show as "-". The text is copied, and what cannot be shown
 * in it is replaced. When memory is short, the table remembers it and table_print() fails.
 */
void table_add(struct table *t, enum colour colour, const char *text);
void table_addf(struct table *t, enum colour colour, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

size_t table_rows(const struct table *t);

/* Prints it with headers, if these are wanted. Returns 0 or, after a sentence, -ENOMEM. */
int table_print(const struct table *t, const struct ctl *ctl);
