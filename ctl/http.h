/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * As much of HTTP as one who collects metrics speaks: one request for a document, one answer.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct http_request {
	char path[64];
	bool head;		/* wants to know about the document only */
	bool openmetrics;	/* takes OpenMetrics text */
};

/*
 * Reads a request of at most some kilobytes from @fd; whoever has not sent it within @timeout_msec
 * has not. Returns 0, or the status of HTTP to refuse it with; -EIO: nobody is there any more.
 */
int http_read(struct http_request *ret, int fd, int timeout_msec);

/* The same of text that is there as a whole, up to and with its empty line. */
int http_parse(struct http_request *ret, const char *text);

/* Writes an answer; without @type it is plain text. Returns 0 or -EIO. */
int http_answer(int fd, const struct http_request *request, int status, const char *type,
		const char *body, size_t size);
