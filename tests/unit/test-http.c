/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Requests for metrics: what is taken for one, and what is refused.
 */
#include "ctl/http.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/test.h"

static struct http_request request;

static void requests_are_understood(void)
{
	CHECK_EQ(http_parse(&request, "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"), 0);
	CHECK_STR(request.path, "/metrics");
	CHECK(!request.head && !request.openmetrics);
	CHECK_EQ(http_parse(&request,
			    "GET /metrics?x=y HTTP/1.1\r\nHost: x\r\n"
			    "accept: application/openmetrics-text;q=0.5,text/plain\r\n\r\n"), 0);
	CHECK_STR(request.path, "/metrics");
	CHECK(request.openmetrics);
	CHECK_EQ(http_parse(&request,
			    "GET /metrics?collect[]=a-name-of-length&collect[]=and-one-more-name "
			    "HTTP/1.1\r\n\r\n"), 0);
	CHECK_STR(request.path, "/metrics");
	CHECK_EQ(http_parse(&request, "HEAD / HTTP/1.0\r\n\r\n"), 0);
	CHECK(request.head);
	/* Of another header it is no wish. */
	CHECK_EQ(http_parse(&request, "GET / HTTP/1.1\r\nX: application/openmetrics-text\r\n\r\n"),
		 0);
	CHECK(!request.openmetrics);
}

static void what_is_none_is_refused(void)
{
	static char path[5000];

	CHECK_EQ(http_parse(&request, "\r\n\r\n"), 400);
	CHECK_EQ(http_parse(&request, "GET /metrics\r\n\r\n"), 400);
	CHECK_EQ(http_parse(&request, "GET /metrics SPDY/3\r\n\r\n"), 400);
	CHECK_EQ(http_parse(&request, "POST /metrics HTTP/1.1\r\n\r\n"), 405);
	memset(path, 'x', sizeof(path) - 1);
	memcpy(path, "GET /", 5);
	CHECK_EQ(http_parse(&request, path), 400);
	memcpy(path + 100, " HTTP/1.1\r\n\r\n", sizeof(" HTTP/1.1\r\n\r\n"));
	CHECK_EQ(http_parse(&request, path), 404);
}

/* @text comes in two parts, then the other side closes, or keeps silent. */
static int read_from(const char *text, size_t size, bool silent)
{
	int fds[2], r;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds) < 0)
		return -1;
	if (write(fds[0], text, size / 2) < 0 ||
	    write(fds[0], text + size / 2, size - size / 2) < 0)
		return -1;
	if (!silent)
		shutdown(fds[0], SHUT_WR);
	r = http_read(&request, fds[1], silent ? 1 : 60000);
	close(fds[0]);
	close(fds[1]);
	return r;
}

static void nobody_is_waited_for_for_ever(void)
{
	static const char whole[] = "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n";
	static char big[10000];

	CHECK_EQ(read_from(whole, strlen(whole), false), 0);
	CHECK_STR(request.path, "/metrics");
	CHECK_EQ(read_from(whole, 10, false), -EIO);
	CHECK_EQ(read_from(whole, 10, true), 408);
	memset(big, 'x', sizeof(big));
	CHECK_EQ(read_from(big, sizeof(big), true), 431);
}

static void answers_have_a_length(void)
{
	char text[1024] = "";
	int fds[2];

	CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	request = (struct http_request){};
	CHECK_EQ(http_answer(fds[0], &request, 200, "text/x", "hello", 5), 0);
	CHECK(read(fds[1], text, sizeof(text) - 1) > 0);
	CHECK_NAMES(text, "HTTP/1.1 200 OK\r\n");
	CHECK_NAMES(text, "Content-Type: text/x\r\n");
	CHECK_NAMES(text, "Content-Length: 5\r\n");
	CHECK_NAMES(text, "\r\n\r\nhello");
	request.head = true;
	memset(text, 0, sizeof(text));
	CHECK_EQ(http_answer(fds[0], &request, 404, NULL, "hello", 5), 0);
	CHECK(read(fds[1], text, sizeof(text) - 1) > 0);
	CHECK_NAMES(text, "HTTP/1.1 404 Not Found\r\n");
	CHECK(!strstr(text, "hello"));
	close(fds[0]);
	close(fds[1]);
}

int main(void)
{
	RUN(requests_are_understood);
	RUN(what_is_none_is_refused);
	RUN(nobody_is_waited_for_for_ever);
	RUN(answers_have_a_length);
	return TEST_RESULT();
}
