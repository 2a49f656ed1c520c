/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A profile held by this process, for as long as its connection lives.
 */
#pragma once

#include <systemd/sd-bus.h>

struct holding_wish {
	const char *profile, *reason, *application_id;
};

struct holding;

/* The hold ended, and not by us: the user has selected a profile, or an administrator ended it. */
typedef void (*holding_ended_t)(void *userdata);

/*
 * Takes the hold and watches it. When the service is started anew, the hold is taken anew. Takes a
 * reference on @bus; @wish is borrowed. @timeout_usec: for the answer, 0 the usual one. On failure
 * @ret_error says why.
 */
int holding_new(struct holding **ret, sd_bus *bus, const struct holding_wish *wish,
		uint64_t timeout_usec, sd_bus_error *ret_error);
void holding_observe(struct holding *h, holding_ended_t ended, void *userdata);

/* Forgets it. The hold itself ends with the connection. NULL is fine; returns NULL. */
struct holding *holding_free(struct holding *h);
