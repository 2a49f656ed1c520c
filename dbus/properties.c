/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * org.freedesktop.DBus.Properties, where sd-bus's own answers are not enough.
 */
#include "dbus/objects.h"

#include <string.h>

#include "dbus/errors.h"
#include "dbus/names.h"
#include "dbus/shown.h"
#include "dbus/try.h"
#include "dbus/values.h"

static bool is_property(const sd_bus_vtable *v)
{
	return v->type == _SD_BUS_VTABLE_PROPERTY || v->type == _SD_BUS_VTABLE_WRITABLE_PROPERTY;
}

/* Reads interface and name; NULL in @ret if the interface is not ours. */
static int find(sd_bus_message *m, const char **ret_interface, const sd_bus_vtable **ret,
		sd_bus_error *ret_error)
{
	char shown_interface[SHOWN_VALUE_MAX], shown_name[SHOWN_VALUE_MAX];
	const char *interface, *name;
	const sd_bus_vtable *v;

	TRY(sd_bus_message_read(m, "ss", &interface, &name));
	v = objects_vtable(interface);
	for (; v && v->type != _SD_BUS_VTABLE_END; v++) {
		if (is_property(v) && !strcmp(v->x.property.member, name)) {
			*ret_interface = interface;
			*ret = v;
			return 0;
		}
	}

	shown(interface, shown_interface, sizeof(shown_interface));
	shown(name, shown_name, sizeof(shown_name));
	if (!objects_vtable(interface))
		return errors_replyf(ret_error, SD_BUS_ERROR_UNKNOWN_INTERFACE,
				     "there is no interface \"%s\" at " BUS_PATH
				     " with a property \"%s\"",
				     shown_interface, shown_name);
	return errors_replyf(ret_error, SD_BUS_ERROR_UNKNOWN_PROPERTY,
			     "interface %s has no property \"%s\"", shown_interface, shown_name);
}

static int property_set(sd_bus_message *m, void *userdata, sd_bus_error *ret_error)
{
	const char *interface;
	const sd_bus_vtable *v;
	int r;

	if (!sd_bus_message_has_signature(m, "ssv"))
		return errors_replyf(
			ret_error, SD_BUS_ERROR_INVALID_ARGS,
			"Set takes an interface, a property and a value (ssv), not (%s)",
			sd_bus_message_get_signature(m, true));
	TRY(find(m, &interface, &v, ret_error));
	if (v->type != _SD_BUS_VTABLE_WRITABLE_PROPERTY)
		return errors_replyf(ret_error, SD_BUS_ERROR_PROPERTY_READ_ONLY,
				     "%s can be read only", v->x.property.member);
	TRY(value_enter(m, v->x.property.member, v->x.property.signature, ret_error));

	/* Positive: done. 0: it answers by itself when it knows who may do it. */
	r = v->x.property.set(sd_bus_message_get_bus(m), sd_bus_message_get_path(m), interface,
			      v->x.property.member, m, userdata, ret_error);
	return r <= 0 ? r : sd_bus_reply_method_return(m, NULL);
}

int properties_callback(sd_bus_message *m, void *userdata, sd_bus_error *ret_error)
{
	const sd_bus_vtable *v;
	const char *interface;
	int r;

	if (sd_bus_message_is_method_call(m, BUS_INTERFACE_PROPERTIES, "Set")) {
		r = property_set(m, userdata, ret_error);
		/* 0 would hand the message on, to the vtable: it is answered, or will be. */
		return r < 0 ? r : 1;
	}
	if (sd_bus_message_is_method_call(m, BUS_INTERFACE_PROPERTIES, "Get") &&
	    sd_bus_message_has_signature(m, "ss"))
		return find(m, &interface, &v, ret_error);
	return 0;
}
