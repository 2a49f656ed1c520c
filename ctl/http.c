/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * As much of HTTP as one who collects metrics speaks.
 */
#include "ctl/http.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#define REQUEST_MAX 8192

static long clock_msec(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* "Accept: application/openmetrics-text;version=1.0.0,text/plain;q=0.5" */
static void parse_header(struct http_request *request, const char *line, size_t length)
{
	static const char name[] = "accept:", type[] = "application/openmetrics-text";
	char value[1024];

	if (strncasecmp(line, name, strlen(name)))
		return;
	snprintf(value, sizeof(value), "%.*s", (int)length, line);
	request->openmetrics |= strcasestr(value, type) != NULL;
}

int http_parse(struct http_request *ret, const char *text)
{
	struct http_request request = {};
	int target = 0, end = 0;
	char method[16], version[16];
	const char *line;
	size_t length;

	if (sscanf(text, "%15s %n%*s%n %15s", method, &target, &end, version) != 2 ||
	    strncmp(version, "HTTP/1.", 7))
		return 400;
	request.head = !strcmp(method, "HEAD");
	if (!request.head && strcmp(method, "GET"))
		return 405;
	/* What is behind a question mark selects nothing here. */
	length = strcspn(text + target, "? \t\r\n");
	if (length >= sizeof(request.path))
		return 404;
	memcpy(request.path, text + target, length);
	for (line = strstr(text, "\r\n"); line && line[2]; line = strstr(line + 2, "\r\n"))
		parse_header(&request, line + 2, strcspn(line + 2, "\r"));
	*ret = request;
	return 0;
}

int http_read(struct http_request *ret, int fd, int timeout_msec)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	long left, end = clock_msec() + timeout_msec;
	char text[REQUEST_MAX + 1];
	size_t have = 0;
	ssize_t n;

	while (have < REQUEST_MAX) {
		left = end - clock_msec();
		if (left <= 0 || poll(&p, 1, (int)left) == 0)
			return 408;
		n = read(fd, text + have, REQUEST_MAX - have);
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n <= 0)
			return -EIO;
		have += (size_t)n;
		text[have] = 0;
		if (strstr(text, "\r\n\r\n"))
			return http_parse(ret, text);
	}
	return 431;
}

static const char *reason(int status)
{
	switch (status) {
	case 200:
		return "OK";
	case 400:
		return "Bad Request";
	case 404:
		return "Not Found";
	case 405:
		return "Method Not Allowed";
	case 408:
		return "Request Timeout";
	case 431:
		return "Request Header Fields Too Large";
	}
	return "Service Unavailable";
}

static int write_all(int fd, const char *data, size_t size)
{
	ssize_t n;

	for (; size; data += n, size -= (size_t)n) {
		n = write(fd, data, size);
		if (n < 0 && errno == EINTR)
			n = 0;
		else if (n <= 0)
			return -EIO;
	}
	return 0;
}

int http_answer(int fd, const struct http_request *request, int status, const char *type,
		const char *body, size_t size)
{
	char head[512];
	int n;

	n = snprintf(head, sizeof(head),
		     "HTTP/1.1 %d %s\r\n"
		     "Content-Type: %s\r\n"
		     "Content-Length: %zu\r\n"
		     "%s"
		     "Connection: close\r\n\r\n", status, reason(status),
		     type ? type : "text/plain; charset=utf-8", size,
		     status == 405 ? "Allow: GET, HEAD\r\n" : "");
	if (write_all(fd, head, (size_t)n) < 0)
		return -EIO;
	return request->head ? 0 : write_all(fd, body, size);
}
