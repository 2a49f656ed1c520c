/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * May the sender of this message do that? The one place where it is decided.
 *
 * Root may, and polkit is not asked. For everyone else polkit decides; without polkit, nobody else
 * may.
 */
#pragma once

#include <systemd/sd-bus.h>

enum authorize_flags {
	/* polkit may ask a person whether or not the message says so. */
	AUTHORIZE_INTERACTIVE = 1 << 0,
};

/*
 * @action: ACTION_…; @what begins the sentence for those who may not: "setting SliceMaxUSec".
 * Returns 1 when allowed, negative with @ret_error filled when refused, and 0 when that is not
 * known yet: then the handler returns 0, and is run again with the same message when it is. So a
 * handler reads its arguments, asks, and changes something only after a positive answer; it is one
 * that dbus/methods.h or dbus/properties.c calls.
 */
int authorize(sd_bus_message *m, const char *action, const char *what, sd_bus_error *ret_error);

/* The same for all of @actions (at most PENDING_ACTIONS_MAX, then NULL). @flags as above. */
int authorize_all(sd_bus_message *m, const char *const *actions, const char *what, unsigned flags,
		  sd_bus_error *ret_error);
