/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The log: the journal when we run under it, else standard error.
 *
 * Only manager.c's family, dbus/ and main.c log; everything below returns errors to them.
 */
#pragma once

#include <stddef.h>
#include <syslog.h>

struct log_field {
	const char *name;	/* one of LOG_FIELD_… in names.h */
	const char *value;
};

#define LOG_FIELDS_MAX 16

/* One line; @priority is one of syslog.h's. */
void log_message(int priority, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* One line with a message id (NULL: none) and @n structured fields. */
void log_event(int priority, const char *message_id, const struct log_field *fields, size_t n,
	       const char *format, ...) __attribute__((format(printf, 5, 6)));
