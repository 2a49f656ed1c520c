/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The interfaces at /org/bpfland1.
 */
#include "dbus/objects.h"

#include <string.h>

#include "dbus/methods.h"
#include "dbus/names.h"

const sd_bus_vtable *objects_vtable(const char *interface)
{
	if (!strcmp(interface, BUS_INTERFACE_MANAGER))
		return manager_object_vtable();
	if (!strcmp(interface, BUS_INTERFACE_TUNABLES))
		return tunables_object_vtable();
	if (!strcmp(interface, BUS_INTERFACE_DOMAINS))
		return domains_object_vtable();
	if (!strcmp(interface, BUS_INTERFACE_STATISTICS))
		return statistics_object_vtable();
	return NULL;
}

int objects_callback(sd_bus_message *m, void *userdata, sd_bus_error *ret_error)
{
	const char *interface = sd_bus_message_get_interface(m);
	const sd_bus_vtable *vtable;

	if (!interface || !sd_bus_message_is_method_call(m, NULL, NULL))
		return 0;
	vtable = objects_vtable(interface);
	return vtable ? methods_call(m, vtable, userdata, ret_error) : 0;
}
