/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Method calls, handed to the handlers in the vtables by us and not by sd-bus.
 */
#include "dbus/methods.h"

#include <stdbool.h>
#include <string.h>

/* Open to everyone, as all of ours are: who may do what is decided by the handler. */
static bool is_method(const sd_bus_vtable *v, const char *member)
{
	return v->type == _SD_BUS_VTABLE_METHOD && (v->flags & SD_BUS_VTABLE_UNPRIVILEGED) &&
	       !strcmp(v->x.method.member, member);
}

int methods_call(sd_bus_message *m, const sd_bus_vtable *vtable, void *userdata,
		 sd_bus_error *ret_error)
{
	const char *member = sd_bus_message_get_member(m);
	int r;

	for (const sd_bus_vtable *v = vtable; v->type != _SD_BUS_VTABLE_END; v++) {
		if (!is_method(v, member))
			continue;
		if (!sd_bus_message_has_signature(m, v->x.method.signature ?: ""))
			return 0;
		r = v->x.method.handler(m, userdata, ret_error);
		return r < 0 ? r : 1;
	}
	return 0;
}
