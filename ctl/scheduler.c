/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bpflandctl start, stop, restart and reload: the scheduler, not the service that owns it.
 */
#include <stdlib.h>

#include "ctl/service.h"
#include "ctl/verbs.h"

static int manage(const struct ctl *ctl, const char *member, const char *what)
{
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;

	if (service_connect(&bus, ctl) < 0 ||
	    service_call(ctl, bus, what, BUS_INTERFACE_MANAGER, member, NULL) < 0)
		return EXIT_FAILURE;
	return EXIT_SUCCESS;
}

int verb_start(struct ctl *ctl, int argc, char **argv)
{
	(void)argc, (void)argv;
	return manage(ctl, "Start", "start the scheduler");
}

int verb_stop(struct ctl *ctl, int argc, char **argv)
{
	(void)argc, (void)argv;
	return manage(ctl, "Stop", "stop the scheduler");
}

int verb_restart(struct ctl *ctl, int argc, char **argv)
{
	(void)argc, (void)argv;
	return manage(ctl, "Restart", "restart the scheduler");
}

int verb_reload(struct ctl *ctl, int argc, char **argv)
{
	(void)argc, (void)argv;
	return manage(ctl, "Reload", "reload the configuration");
}
