/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bpflandctl status: how it is doing, on one screen and with one round trip.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/complain.h"
#include "ctl/pager.h"
#include "ctl/service.h"
#include "ctl/status.h"
#include "ctl/verbs.h"

/* As systemctl(1) says of a unit that is not active. */
#define STATUS_NOT_RUNNING 3

enum { MANAGER, TUNABLES, DOMAINS, STATISTICS, LATENCY, _PARTS_MAX };

static const char *const part_names[] = {
	[MANAGER] = "Manager", [TUNABLES] = "Tunables", [DOMAINS] = "Domains",
	[STATISTICS] = "Statistics", [LATENCY] = "Latency",
};

static bool is_running(const struct json *manager)
{
	return !strcmp(value_string(manager, "State"), "running");
}

static int print_json(const struct ctl *ctl, const struct question *q)
{
	_cleanup_(json_freep) struct json *j = json_new_object();
	int r = j ? 0 : -ENOMEM;

	for (size_t i = 0; r >= 0 && i < _PARTS_MAX; i++)
		r = json_add(j, part_names[i], json_share(q[i].answer));
	return r < 0 ? complain_memory() : value_print(ctl, j);
}

static int print(const struct ctl *ctl, const struct question *q)
{
	const struct terminal *t = &ctl->terminal;

	pager_open(ctl);
	status_print_life(t, q[MANAGER].answer, q[STATISTICS].answer);
	status_print_profile(t, q[MANAGER].answer);
	status_print_tunables(t, q[TUNABLES].answer);
	status_print_requests(t, q[MANAGER].answer);
	status_print_domains(t, q[DOMAINS].answer);
	status_print_exit(t, q[MANAGER].answer, q[STATISTICS].answer);
	return status_print_latency(ctl, q[LATENCY].answer);
}

int verb_status(struct ctl *ctl, int argc, char **argv)
{
	struct question q[_PARTS_MAX] = {
		[MANAGER] = QUESTION_ALL(BUS_INTERFACE_MANAGER),
		[TUNABLES] = QUESTION_DESCRIBE,
		[DOMAINS] = QUESTION_ALL(BUS_INTERFACE_DOMAINS),
		[STATISTICS] = { .interface = BUS_INTERFACE_STATISTICS, .member = "GetStatistics" },
		[LATENCY] = { .interface = BUS_INTERFACE_STATISTICS, .member = "GetLatency" },
	};
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
	bool running;
	int r;

	(void)argc, (void)argv;
	if (service_connect(&bus, ctl) < 0)
		return EXIT_FAILURE;
	r = service_ask(ctl, bus, q, _PARTS_MAX);
	running = r >= 0 && is_running(q[MANAGER].answer);
	if (r >= 0 && ctl->json != JSON_OFF)
		r = print_json(ctl, q);
	else if (r >= 0 && !ctl->quiet)
		r = print(ctl, q);
	questions_done(q, _PARTS_MAX);
	if (r == -EHOSTUNREACH)	/* nobody has our name on the bus */
		return STATUS_NOT_RUNNING;
	return r < 0 ? EXIT_FAILURE : running ? EXIT_SUCCESS : STATUS_NOT_RUNNING;
}
