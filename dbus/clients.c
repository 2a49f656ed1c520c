/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What clients hold ends when they leave the bus, and who loses a hold to others is told.
 */
#include "dbus/clients.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/cleanup.h"
#include "daemon/log.h"
#include "daemon/manager.h"
#include "dbus/leavers.h"
#include "dbus/names.h"
#include "dbus/try.h"

struct clients {
	sd_bus *bus;
	struct manager *manager;
	struct leavers *leavers;
	struct leavers_listener listener;
};

static void on_left(bool (*is_there)(const char *name, void *names), void *names, void *userdata)
{
	struct clients *c = userdata;

	manager_keep_clients(c->manager, is_there, names);
}

void clients_changed(struct clients *c)
{
	int r;

	if (!manager_has_clients(c->manager))
		return;
	r = leavers_listen(c->leavers, &c->listener);
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
	if (!manager_has_clients(c->manager))
		leavers_ignore(c->leavers, &c->listener);
}

int clients_new(struct clients **ret, sd_bus *bus, struct leavers *leavers, struct manager *m)
{
	struct clients *c = calloc(1, sizeof(*c));

	if (!c)
		return -ENOMEM;
	c->bus = sd_bus_ref(bus);
	c->manager = m;
	c->leavers = leavers;
	c->listener = (struct leavers_listener){ .left = on_left, .userdata = c };
	clients_changed(c);
	*ret = c;
	return 0;
}

struct clients *clients_free(struct clients *c)
{
	if (!c)
		return NULL;
	leavers_ignore(c->leavers, &c->listener);
	sd_bus_unref(c->bus);
	free(c);
	return NULL;
}
