/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Filling a struct error; error.h states the convention.
 */
#include "daemon/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

int error_set(struct error *e, enum error_kind kind, int errnum, const char *format, ...)
{
	/* The arguments may point into e->message: callers extend the sentence they got. */
	char message[sizeof(e->message)];
	va_list ap;

	if (e) {
		va_start(ap, format);
		vsnprintf(message, sizeof(message), format, ap);
		va_end(ap);
		e->kind = kind;
		snprintf(e->message, sizeof(e->message), "%s", message);
	}
	return -abs(errnum);
}
