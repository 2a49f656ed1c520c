/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The members of org.bpfland1.Manager by which clients hold profiles and request latencies; for the
 * vtable in manager-object.c. The userdata is the struct manager.
 */
#pragma once

#include <systemd/sd-bus.h>

#include "daemon/error.h"

int method_hold_profile(sd_bus_message *message, void *userdata, sd_bus_error *ret_error);
int method_release_profile(sd_bus_message *message, void *userdata, sd_bus_error *ret_error);
int method_request_latency(sd_bus_message *message, void *userdata, sd_bus_error *ret_error);
int method_release_latency(sd_bus_message *message, void *userdata, sd_bus_error *ret_error);

/* ProfileHolds and LatencyRequests. */
int property_get_claims(sd_bus *bus, const char *path, const char *interface, const char *property,
			sd_bus_message *reply, void *userdata, sd_bus_error *ret_error);

/*
 * May the sender end what @r and @err, of a manager_check_…() for this sender, say of its cookie?
 * 1: it is its own. 2: it is somebody else's, but the sender may do that. 0: not known yet, as with
 * authorize(). Negative with @ret_error filled: no such cookie, or not the owner.
 */
int authorize_ending(sd_bus_message *message, int r, const struct error *err,
		     sd_bus_error *ret_error);
