/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The log: the only door to sd-journal.
 */
#include "daemon/log.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

#include "daemon/cleanup.h"
#include "daemon/names.h"

/*
 * systemd says in $JOURNAL_STREAM which file leads to the journal; when standard error is not (or
 * no longer) that file, someone wants to read us there.
 */
static bool stderr_is_journal(void)
{
	const char *stream = getenv(ENV_JOURNAL_STREAM);
	uintmax_t device, inode;
	struct stat st;

	return stream && sscanf(stream, "%ju:%ju", &device, &inode) == 2 &&
	       !fstat(STDERR_FILENO, &st) && st.st_dev == device && st.st_ino == inode;
}

static void log_stderr(int priority, const char *message)
{
	/* The prefix is for whoever collects our standard error; a person does not want it. */
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "%s\n", message);
	else
		fprintf(stderr, "<%d>%s\n", priority, message);
}

static bool log_journal(int priority, const char *message_id, const struct log_field *fields,
			size_t n, const char *message)
{
	char *text[LOG_FIELDS_MAX + 3] = {};
	struct iovec iov[LOG_FIELDS_MAX + 3];
	int count = 0, r = -1;

	if (n > LOG_FIELDS_MAX)
		n = LOG_FIELDS_MAX;
	if (asprintf(&text[count], "MESSAGE=%s", message) < 0)
		goto out;
	count++;
	if (asprintf(&text[count], "PRIORITY=%d", priority) < 0)
		goto out;
	count++;
	if (message_id) {
		if (asprintf(&text[count], "MESSAGE_ID=%s", message_id) < 0)
			goto out;
		count++;
	}
	for (size_t i = 0; i < n; i++, count++)
		if (asprintf(&text[count], "%s=%s", fields[i].name, fields[i].value) < 0)
			goto out;
	for (int i = 0; i < count; i++)
		iov[i] = (struct iovec){ text[i], strlen(text[i]) };
	r = sd_journal_sendv(iov, count);
out:
	for (int i = 0; i < count; i++)
		free(text[i]);
	return r >= 0;
}

static void log_anywhere(int priority, const char *message_id, const struct log_field *fields,
			 size_t n, const char *format, va_list ap)
{
	_cleanup_free_ char *message = NULL;

	if (vasprintf(&message, format, ap) < 0) {
		message = NULL;
		return;
	}
	if (!stderr_is_journal() || !log_journal(priority, message_id, fields, n, message))
		log_stderr(priority, message);
}

void log_message(int priority, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	log_anywhere(priority, NULL, NULL, 0, format, ap);
	va_end(ap);
}

void log_event(int priority, const char *message_id, const struct log_field *fields, size_t n,
	       const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	log_anywhere(priority, message_id, fields, n, format, ap);
	va_end(ap);
}
