/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bpflandctl set-profile and follow: which profile is in force while nobody holds one.
 */
#include <stdio.h>
#include <stdlib.h>

#include "ctl/complain.h"
#include "ctl/service.h"
#include "ctl/units.h"
#include "ctl/verbs.h"

int verb_set_profile(struct ctl *ctl, int argc, char **argv)
{
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
	const char *profile = argv[0];
	char what[128];

	(void)argc;
	snprintf(what, sizeof(what), "select %s", profile);
	if (service_connect(&bus, ctl) < 0 ||
	    service_call_profile(ctl, bus, what, "SetProfile", profile) < 0)
		return EXIT_FAILURE;
	return EXIT_SUCCESS;
}

int verb_follow(struct ctl *ctl, int argc, char **argv)
{
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
	bool yes = true;

	if (argc > 0 && units_parse_bool(argv[0], &yes) < 0) {
		complain("\"%s\" is neither yes nor no", argv[0]);
		return EXIT_FAILURE;
	}
	if (service_connect(&bus, ctl) < 0 ||
	    service_call(ctl, bus, "follow the power profile", SERVICE_INTERFACE_PROPERTIES, "Set",
			 "ssv", BUS_INTERFACE_MANAGER, "FollowPowerProfile", "b", yes) < 0)
		return EXIT_FAILURE;
	return EXIT_SUCCESS;
}
