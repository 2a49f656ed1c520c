/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All methods and properties that the daemon offers.
 */
#include "tests/bus/members.h"

#include <errno.h>

#include "dbus/objects.h"
#include "tests/bus/must.h"

static void add(struct members *all, const char *interface, const sd_bus_vtable *v)
{
	struct member m = {};

	switch (v->type) {
	case _SD_BUS_VTABLE_METHOD:
		m.is_method = true;
		m.name = v->x.method.member;
		m.signature = v->x.method.signature ?: "";
		break;
	case _SD_BUS_VTABLE_WRITABLE_PROPERTY:
		m.is_writable = true;
		/* fall through */
	case _SD_BUS_VTABLE_PROPERTY:
		m.name = v->x.property.member;
		m.signature = v->x.property.signature;
		break;
	default:
		return;
	}
	if (all->n >= MEMBERS_MAX)
		must(-E2BIG, "more members than the test is made for");
	snprintf(m.interface, sizeof(m.interface), "%s", interface);
	all->member[all->n++] = m;
}

void members_find(struct members *ret, struct fixture *f)
{
	static const char mark[] = "<interface name=\"";
	sd_bus_message *reply = fixture_call(f, "org.freedesktop.DBus.Introspectable",
					     "Introspect", NULL);
	const char *xml, *p;

	*ret = (struct members){};
	MUST(sd_bus_message_read(reply, "s", &xml));
	for (p = strstr(xml, mark); p; p = strstr(p, mark)) {
		const sd_bus_vtable *v;
		char name[64] = "";

		p += strlen(mark);
		if (strncmp(p, BUS_INTERFACE_PREFIX, strlen(BUS_INTERFACE_PREFIX)))
			continue;
		snprintf(name, sizeof(name), "%.*s", (int)strcspn(p, "\""), p);
		v = objects_vtable(name);
		if (!v)
			must(-ENOENT, name);
		for (; v->type != _SD_BUS_VTABLE_END; v++)
			add(ret, name, v);
	}
	sd_bus_message_unref(reply);
	if (ret->n == 0)
		must(-ENOENT, "members");
}

sd_bus_message *member_call(const struct member *m, struct fixture *f)
{
	sd_bus_message *call;

	if (m->is_method)
		return fixture_new_call(f, m->interface, m->name);
	call = fixture_new_call(f, BUS_INTERFACE_PROPERTIES, "Set");
	MUST(sd_bus_message_append(call, "ss", m->interface, m->name));
	return call;
}
