/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What went wrong, in one sentence on standard error.
 */
#include "ctl/complain.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

void complain(const char *format, ...)
{
	va_list args;

	fflush(stdout);
	va_start(args, format);
	fputs("bpflandctl: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
}

void complain_unknown(const char *what, const struct nearest *n, const char *instead)
{
	if (n->best)
		complain("there is no %s \"%s\"; did you mean %s?", what, n->word, n->best);
	else
		complain("there is no %s \"%s\"; %s", what, n->word, instead);
}

int complain_memory(void)
{
	complain("out of memory");
	return -ENOMEM;
}
