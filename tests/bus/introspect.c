/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Prints what the daemon says of itself; check-introspection.py compares it with the XML.
 *
 * usage: test-bus-introspect PATH
 */
#include <stdlib.h>

#include "tests/bus/fixture.h"

int main(int argc, char **argv)
{
	struct fixture f;
	sd_bus_message *call, *reply;
	const char *xml;

	fixture_open(&f);
	if (argc != 2 ||
	    sd_bus_message_new_method_call(f.client, &call, NULL, argv[1],
					   "org.freedesktop.DBus.Introspectable", "Introspect") < 0)
		return 2;
	reply = fixture_send(&f, call);
	if (sd_bus_message_read(reply, "s", &xml) < 0)
		return 1;
	puts(xml);
	sd_bus_message_unref(reply);
	fixture_close(&f);
	return 0;
}
