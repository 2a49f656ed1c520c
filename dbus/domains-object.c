/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * org.bpfland1.Domains: the CPUs that tasks prefer, and the CPUs that there are.
 */
#include "dbus/objects.h"

#include <stdio.h>
#include <string.h>

#include "daemon/manager.h"
#include "dbus/authorize.h"
#include "dbus/errors.h"
#include "dbus/names.h"
#include "dbus/try.h"
#include "dbus/values.h"

/* "Primary", "PrimaryCPUs" and so on: all of its properties begin with the domain's name. */
static enum domain domain_of(const char *property)
{
	const char *name = domain_name(DOMAIN_INTERACTIVE);

	return strncmp(property, name, strlen(name)) ? DOMAIN_PRIMARY : DOMAIN_INTERACTIVE;
}

static int property_get_domain(sd_bus *bus, const char *path, const char *interface,
			       const char *property, sd_bus_message *reply, void *userdata,
			       sd_bus_error *ret_error)
{
	char buf[CPULIST_MAX];

	return sd_bus_message_append(
		reply, "s", domain_format(manager_domain(userdata, domain_of(property)), buf));
}

static int property_set_domain(sd_bus *bus, const char *path, const char *interface,
			       const char *property, sd_bus_message *value, void *userdata,
			       sd_bus_error *ret_error)
{
	enum domain d = domain_of(property);
	struct error err = {};
	const char *text;
	char what[64];
	int r;

	TRY(sd_bus_message_read_basic(value, SD_BUS_TYPE_STRING, &text));
	r = manager_check_domain(userdata, d, text, &err);
	if (r < 0)
		return errors_reply(ret_error, r, &err);
	snprintf(what, sizeof(what), "setting %s", property);
	r = authorize(value, ACTION_SET_DOMAINS, what, ret_error);
	if (r <= 0)
		return r;
	r = manager_set_domain(userdata, d, text, &err);
	return r < 0 ? errors_reply(ret_error, r, &err) : 1;
}

static int property_get_resolved(sd_bus *bus, const char *path, const char *interface,
				 const char *property, sd_bus_message *reply, void *userdata,
				 sd_bus_error *ret_error)
{
	char buf[CPULIST_MAX];

	return sd_bus_message_append(
		reply, "s",
		cpulist_format(manager_domain_cpus(userdata, domain_of(property)), buf));
}

static int cpu_append(sd_bus_message *m, const struct topology_cpu *c)
{
	TRY(sd_bus_message_open_container(m, SD_BUS_TYPE_ARRAY, "{sv}"));
	TRY(sd_bus_message_append(m, "{sv}", "Id", "u", (uint32_t)c->id));
	TRY(sd_bus_message_append(m, "{sv}", "Core", "i", c->core));
	TRY(sd_bus_message_append(m, "{sv}", "LLC", "i", c->llc));
	TRY(sd_bus_message_append(m, "{sv}", "Node", "i", c->node));
	TRY(sd_bus_message_append(m, "{sv}", "Capacity", "u", c->capacity));
	TRY(entry_append_text(m, "Class", cpu_class_name(c->class)));
	TRY(sd_bus_message_append(m, "{sv}", "Online", "b", c->online));
	return sd_bus_message_close_container(m);
}

static int property_get_cpus(sd_bus *bus, const char *path, const char *interface,
			     const char *property, sd_bus_message *reply, void *userdata,
			     sd_bus_error *ret_error)
{
	const struct topology *t = manager_topology(userdata);

	TRY(sd_bus_message_open_container(reply, SD_BUS_TYPE_ARRAY, "a{sv}"));
	for (uint32_t i = 0; i < t->n_cpus; i++)
		TRY(cpu_append(reply, &t->cpu[i]));
	return sd_bus_message_close_container(reply);
}

/* See manager-object.c for SD_BUS_VTABLE_UNPRIVILEGED. */
static const sd_bus_vtable vtable[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_WRITABLE_PROPERTY("Primary", "s", property_get_domain, property_set_domain, 0,
				 SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE | SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_WRITABLE_PROPERTY("Interactive", "s", property_get_domain, property_set_domain, 0,
				 SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE | SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_PROPERTY("PrimaryCPUs", "s", property_get_resolved, 0,
			SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
	SD_BUS_PROPERTY("InteractiveCPUs", "s", property_get_resolved, 0,
			SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
	SD_BUS_PROPERTY("CPUs", "aa{sv}", property_get_cpus, 0,
			SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
	SD_BUS_VTABLE_END,
};

const sd_bus_vtable *domains_object_vtable(void)
{
	return vtable;
}
