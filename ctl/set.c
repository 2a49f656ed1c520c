/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bpflandctl set and reset: overrides of tunables.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/assignment.h"
#include "ctl/complain.h"
#include "ctl/service.h"
#include "ctl/tunable.h"
#include "ctl/verbs.h"

static int new_call(sd_bus *bus, const char *member, sd_bus_message **ret)
{
	int r;

	r = sd_bus_message_new_method_call(bus, ret, BUS_NAME, BUS_PATH, BUS_INTERFACE_TUNABLES,
					   member);
	if (r < 0)
		complain("cannot ask the service: %s", strerror(-r));
	return r;
}

/* One call for all of them, so that all are set or none. */
int verb_set(struct ctl *ctl, int argc, char **argv)
{
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL;

	(void)argc;
	if (service_connect(&bus, ctl) < 0 || new_call(bus, "Set", &call) < 0 ||
	    assignments_append(ctl, bus, call, argv) < 0 ||
	    service_change(ctl, bus, call, "set the tunables", NULL) < 0)
		return EXIT_FAILURE;
	return EXIT_SUCCESS;
}

static int append_names(const struct ctl *ctl, sd_bus *bus, sd_bus_message *m, char **words)
{
	struct question q = QUESTION_DESCRIBE;
	const char *name;
	int r;

	r = *words ? service_ask(ctl, bus, &q, 1) : 0;
	if (r >= 0)
		r = sd_bus_message_open_container(m, SD_BUS_TYPE_ARRAY, "s");
	for (; r >= 0 && *words; words++) {
		name = tunable_find(q.answer, *words);
		r = name ? sd_bus_message_append_basic(m, SD_BUS_TYPE_STRING, name) : -EINVAL;
	}
	if (r >= 0)
		r = sd_bus_message_close_container(m);
	questions_done(&q, 1);
	return r;
}

int verb_reset(struct ctl *ctl, int argc, char **argv)
{
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL;

	(void)argc;
	if (service_connect(&bus, ctl) < 0 || new_call(bus, "Reset", &call) < 0 ||
	    append_names(ctl, bus, call, argv) < 0 ||
	    service_change(ctl, bus, call, "reset the tunables", NULL) < 0)
		return EXIT_FAILURE;
	return EXIT_SUCCESS;
}
