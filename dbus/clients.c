/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Following the clients that hold something.
 *
 * One match serves them all. The bus cannot be asked for a set of names, so it tells of every name
 * that ends; that costs a look into a table, and only while somebody holds something.
 */
#include "dbus/clients.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/cleanup.h"
#include "daemon/log.h"
#include "daemon/manager.h"
#include "dbus/names.h"
#include "dbus/try.h"

struct clients {
	sd_bus *bus;
	struct manager *manager;
	sd_bus_slot *match, *list;
	bool listed;			/* who was gone before the match is known */
};

/* Names as the bus lists them, sorted. */
struct names {
	const char **name;
	size_t n;
};

static void names_done(struct names *n)
{
	free(n->name);
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool is_listed(const char *name, void *userdata)
{
	const struct names *names = userdata;

	return names->n &&
	       bsearch(&name, names->name, names->n, sizeof(*names->name), compare);
}

static int read_names(sd_bus_message *m, struct names *names)
{
	const char *name;
	int r;

	TRY(sd_bus_message_enter_container(m, SD_BUS_TYPE_ARRAY, "s"));
	while ((r = sd_bus_message_read_basic(m, SD_BUS_TYPE_STRING, &name)) > 0) {
		const char **grown = reallocarray(names->name, names->n + 1, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		names->name = grown;
		names->name[names->n++] = name;
	}
	if (names->n)
		qsort(names->name, names->n, sizeof(*names->name), compare);
	return r;
}

static int on_names(sd_bus_message *m, void *userdata, sd_bus_error *ret_error)
{
	_cleanup_(names_done) struct names names = {};
	struct clients *c = userdata;

	c->list = sd_bus_slot_unref(c->list);
	if (sd_bus_message_is_method_error(m, NULL) || read_names(m, &names) < 0) {
		log_message(LOG_WARNING, "the bus does not say who is there; holds of clients that "
					 "left before now stay until somebody else holds or "
					 "releases something");
		return 0;
	}
	c->listed = true;
	manager_keep_clients(c->manager, is_listed, &names);
	return 0;
}

static int on_name_ended(sd_bus_message *m, void *userdata, sd_bus_error *ret_error)
{
	const char *name, *old_owner, *new_owner;
	struct clients *c = userdata;

	TRY(sd_bus_message_read(m, "sss", &name, &old_owner, &new_owner));
	if (*name == ':' && !*new_owner)
		manager_client_gone(c->manager, name);
	return 0;
}

/* In this order: who leaves between the two is in the signal that is already asked for. */
static int listen(struct clients *c)
{
	if (!c->match)
		TRY(sd_bus_add_match_async(c->bus, &c->match,
					   "type='signal',sender='org.freedesktop.DBus',"
					   "interface='org.freedesktop.DBus',"
					   "member='NameOwnerChanged',arg2=''",
					   on_name_ended, NULL, c));
	return sd_bus_call_method_async(c->bus, &c->list, "org.freedesktop.DBus",
					"/org/freedesktop/DBus", "org.freedesktop.DBus",
					"ListNames", on_names, c, NULL);
}

void clients_changed(struct clients *c)
{
	int r;

	if (c->listed || c->list || !manager_has_clients(c->manager))
		return;
	r = listen(c);
	if (r < 0)
		log_message(LOG_WARNING, "the bus cannot be asked who leaves: %s; holds stay until "
			    "they are released", strerror(-r));
}

static int tell_released(struct clients *c, const char *owner, uint32_t cookie)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *signal = NULL;

	TRY(sd_bus_message_new_signal(c->bus, &signal, BUS_PATH, BUS_INTERFACE_MANAGER,
				      "ProfileReleased"));
	TRY(sd_bus_message_append(signal, "u", cookie));
	TRY(sd_bus_message_set_destination(signal, owner));
	return sd_bus_send(c->bus, signal, NULL);
}

void clients_flush(struct clients *c)
{
	char owner[CLAIM_OWNER_MAX + 1];
	uint32_t cookie;

	while ((cookie = manager_take_released(c->manager, owner)))
		(void)tell_released(c, owner, cookie);
	if (manager_has_clients(c->manager))
		return;
	c->list = sd_bus_slot_unref(c->list);
	c->match = sd_bus_slot_unref(c->match);
	c->listed = false;
}

int clients_new(struct clients **ret, sd_bus *bus, struct manager *m)
{
	struct clients *c = calloc(1, sizeof(*c));

	if (!c)
		return -ENOMEM;
	c->bus = sd_bus_ref(bus);
	c->manager = m;
	clients_changed(c);
	*ret = c;
	return 0;
}

struct clients *clients_free(struct clients *c)
{
	if (!c)
		return NULL;
	sd_bus_slot_unref(c->list);
	sd_bus_slot_unref(c->match);
	sd_bus_unref(c->bus);
	free(c);
	return NULL;
}
