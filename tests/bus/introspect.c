/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Prints what the daemon says of itself; check-introspection.py compares it with the XML.
 */
#include <stdlib.h>

#include "tests/bus/fixture.h"

int main(void)
{
	struct fixture f;
	sd_bus_message *reply;
	const char *xml;

	fixture_open(&f);
	reply = fixture_call(&f, "org.freedesktop.DBus.Introspectable", "Introspect", NULL);
	if (sd_bus_message_read(reply, "s", &xml) < 0)
		return 1;
	puts(xml);
	sd_bus_message_unref(reply);
	fixture_close(&f);
	return 0;
}
