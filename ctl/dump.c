/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bpflandctl dump: the scheduler's queues as they are, or as they were when it ended.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/complain.h"
#include "ctl/pager.h"
#include "ctl/service.h"
#include "ctl/verbs.h"

int verb_dump(struct ctl *ctl, int argc, char **argv)
{
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL, *reply = NULL;
	const char *dump = "";
	int r;

	(void)argc, (void)argv;
	if (service_connect(&bus, ctl) < 0)
		return EXIT_FAILURE;
	r = sd_bus_message_new_method_call(bus, &call, BUS_NAME, BUS_PATH,
					   BUS_INTERFACE_STATISTICS, "GetDump");
	if (r >= 0 && service_change(ctl, bus, call, "read the dump", &reply) < 0)
		return EXIT_FAILURE;
	if (r >= 0)
		r = sd_bus_message_read(reply, "s", &dump);
	if (r < 0) {
		complain("cannot read the dump: %s", strerror(-r));
		return EXIT_FAILURE;
	}
	if (!*dump && !ctl->quiet)
		complain("there is none: the scheduler is not attached, and left none");
	pager_open(ctl);
	fputs(dump, stdout);
	return EXIT_SUCCESS;
}
