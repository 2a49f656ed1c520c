/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What went wrong, in one sentence on standard error.
 */
#pragma once

#include "ctl/words.h"

/* Prints one sentence, with the program's name in front. */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* There is no such @what ("verb"); what was meant, if something is near, else @instead. */
void complain_unknown(const char *what, const struct nearest *n, const char *instead);

/* complain("out of memory"); always -ENOMEM. */
int complain_memory(void);
