/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Method calls, handed to the handlers in the vtables by us and not by sd-bus.
 *
 * To sd-bus a handler that returns 0 is one that did not want the message, and the caller hears
 * that there is no such method. With us 0 means that the answer comes later (dbus/authorize.h).
 */
#pragma once

#include <systemd/sd-bus.h>

/*
 * Calls the method of @vtable that @m names, with @userdata; 0 if there is none, or if its
 * arguments are not of the method's types: then sd-bus finds the words for that.
 */
int methods_call(sd_bus_message *m, const sd_bus_vtable *vtable, void *userdata,
		 sd_bus_error *ret_error);
