/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All methods and properties that the daemon offers.
 */
#include "tests/bus/members.h"

#include <errno.h>

#include "dbus/objects.h"
#include "dbus/scx-loader-object.h"
#include "tests/bus/must.h"

static void add(struct members *all, const char *path, const char *interface,
		const sd_bus_vtable *v)
{
	struct member m = { .path = path };

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

static const sd_bus_vtable *find_vtable(const char *interface)
{
	return strcmp(interface, BUS_INTERFACE_SCX_LOADER) ? objects_vtable(interface) :
							     scx_loader_vtable();
}

static bool is_ours(const char *interface)
{
	return strncmp(interface, "org.freedesktop.", strlen("org.freedesktop."));
}

static void find_at(struct members *all, struct fixture *f, const char *path)
{
	static const char mark[] = "<interface name=\"";
	sd_bus_message *reply;
	const char *xml, *p;

	reply = fixture_send(f, fixture_new_call_at(f, path, "org.freedesktop.DBus.Introspectable",
						    "Introspect"));
	MUST(sd_bus_message_read(reply, "s", &xml));
	for (p = strstr(xml, mark); p; p = strstr(p, mark)) {
		const sd_bus_vtable *v;
		char name[64] = "";

		p += strlen(mark);
		if (!is_ours(p))
			continue;
		snprintf(name, sizeof(name), "%.*s", (int)strcspn(p, "\""), p);
		v = find_vtable(name);
		if (!v)
			must(-ENOENT, name);
		for (; v->type != _SD_BUS_VTABLE_END; v++)
			add(all, path, name, v);
	}
	sd_bus_message_unref(reply);
}

void members_find(struct members *ret, struct fixture *f)
{
	static const char *const paths[] = { BUS_PATH, BUS_PATH_SCX_LOADER };

	*ret = (struct members){};
	for (size_t i = 0; i < 2; i++) {
		size_t before = ret->n;

		find_at(ret, f, paths[i]);
		if (ret->n == before)
			must(-ENOENT, paths[i]);
	}
}

sd_bus_message *member_new_call(const struct member *m, struct fixture *f, const char *interface,
				const char *member)
{
	return fixture_new_call_at(f, m->path, interface, member);
}

sd_bus_message *member_call(const struct member *m, struct fixture *f)
{
	sd_bus_message *call;

	if (m->is_method)
		return member_new_call(m, f, m->interface, m->name);
	call = member_new_call(m, f, BUS_INTERFACE_PROPERTIES, "Set");
	MUST(sd_bus_message_append(call, "ss", m->interface, m->name));
	return call;
}
