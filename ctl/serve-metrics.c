/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bpflandctl serve-metrics: answers one request for metrics, on the connection that is standard
 * input and output. bpfland-metrics.socket starts it, one for each connection, so that nothing
 * runs, or counts anything, while nobody asks.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl/complain.h"
#include "ctl/http.h"
#include "ctl/metrics.h"
#include "ctl/service.h"
#include "ctl/verbs.h"

#define TIMEOUT_MSEC 10000

static int refuse(const struct http_request *request, int status, const char *text)
{
	return http_answer(STDOUT_FILENO, request, status, NULL, text, strlen(text));
}

static int answer_metrics(struct ctl *ctl, const struct http_request *request)
{
	enum metrics_format format =
		request->openmetrics ? METRICS_OPENMETRICS : METRICS_PROMETHEUS;
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
	_cleanup_free_ char *text = NULL;
	struct snapshot s;
	size_t size;
	FILE *file;

	if (service_connect(&bus, ctl) < 0 || snapshot_ask(ctl, bus, &s, NULL) < 0)
		return refuse(request, 503, "bpflandd does not answer; see the journal\n");
	file = open_memstream(&text, &size);
	if (file) {
		metrics_write(file, &s, format);
		if (ferror(file) | fclose(file))
			file = NULL;
	}
	if (!file)
		return refuse(request, 503, "out of memory\n");
	return http_answer(STDOUT_FILENO, request, 200,
			   request->openmetrics ? METRICS_TYPE_OPENMETRICS
						: METRICS_TYPE_PROMETHEUS, text, size);
}

int verb_serve_metrics(struct ctl *ctl, int argc, char **argv)
{
	struct http_request request = {};
	int r;

	(void)argc, (void)argv;
	r = http_read(&request, STDIN_FILENO, TIMEOUT_MSEC);
	if (r < 0)
		return EXIT_SUCCESS;	/* somebody only looked whether there is a port */
	if (r > 0)
		r = refuse(&request, r, "this answers GET /metrics\n");
	else if (!strcmp(request.path, "/metrics"))
		r = answer_metrics(ctl, &request);
	else
		r = refuse(&request, 404, "there is only /metrics\n");
	/* Who has gone meanwhile did not need it. */
	return EXIT_SUCCESS;
}
