/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who leaves the bus.
 *
 * One match serves all who want to know. The bus cannot be asked for a set of names, so it tells of
 * every name that ends; that costs a look into what clients have here, and only while they have
 * something.
 *
 * A bus that refuses, or that is too slow, does not end what clients have: the connection stays,
 * and the bus is asked again. So a hold can outlive its client for that long, but not for ever.
 */
#include "dbus/leavers.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/cleanup.h"
#include "dbus/retry.h"
#include "dbus/try.h"

struct leavers {
	sd_bus *bus;
	sd_event *event;
	sd_bus_slot *match, *list;
	struct retry retry;
	bool listed;			/* who left before the match is known */
	LIST_HEAD(, leavers_listener) listeners;
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

static void tell(struct leavers *l, bool (*is_there)(const char *name, void *names), void *names)
{
	struct leavers_listener *listener, *next;

	for (listener = LIST_FIRST(&l->listeners); listener; listener = next) {
		next = LIST_NEXT(listener, entry);
		listener->left(is_there, names, listener->userdata);
	}
}

static int on_match(sd_bus_message *m, void *userdata, sd_bus_error *ret_error)
{
	struct leavers *l = userdata;

	if (!sd_bus_message_is_method_error(m, NULL))
		return 0;
	/* Who is there now helps nobody who leaves later. */
	l->match = sd_bus_slot_unref(l->match);
	l->list = sd_bus_slot_unref(l->list);
	l->listed = false;
	(void)retry_failed(&l->retry, m);
	return 0;
}

static int on_names(sd_bus_message *m, void *userdata, sd_bus_error *ret_error)
{
	_cleanup_(names_done) struct names names = {};
	struct leavers *l = userdata;

	l->list = sd_bus_slot_unref(l->list);
	if (sd_bus_message_is_method_error(m, NULL) || read_names(m, &names) < 0) {
		(void)retry_failed(&l->retry, m);
		return 0;
	}
	retry_worked(&l->retry);
	l->listed = true;
	tell(l, is_listed, &names);
	return 0;
}

static bool is_another(const char *name, void *ended)
{
	return strcmp(name, ended) != 0;
}

static int on_name_ended(sd_bus_message *m, void *userdata, sd_bus_error *ret_error)
{
	const char *name, *old_owner, *new_owner;

	TRY(sd_bus_message_read(m, "sss", &name, &old_owner, &new_owner));
	if (*name == ':' && !*new_owner)
		tell(userdata, is_another, (void *)name);
	return 0;
}

/* What has not been asked yet, or in vain. */
static int ask(void *userdata)
{
	struct leavers *l = userdata;

	if (l->listed || l->list)
		return 0;
	/* In this order: who leaves between the two is in the signal that is already asked for. */
	if (!l->match)
		TRY(sd_bus_add_match_async(l->bus, &l->match,
					   "type='signal',sender='org.freedesktop.DBus',"
					   "interface='org.freedesktop.DBus',"
					   "member='NameOwnerChanged',arg2=''",
					   on_name_ended, on_match, l));
	return sd_bus_call_method_async(l->bus, &l->list, "org.freedesktop.DBus",
					"/org/freedesktop/DBus", "org.freedesktop.DBus",
					"ListNames", on_names, l, NULL);
}

int leavers_listen(struct leavers *l, struct leavers_listener *listener)
{
	int r;

	if (!listener->listening)
		LIST_INSERT_HEAD(&l->listeners, listener, entry);
	listener->listening = true;
	r = ask(l);
	if (r < 0)
		retry_later(&l->retry);
	return r;
}

void leavers_ignore(struct leavers *l, struct leavers_listener *listener)
{
	if (listener->listening)
		LIST_REMOVE(listener, entry);
	listener->listening = false;
	if (!LIST_EMPTY(&l->listeners))
		return;
	retry_cancel(&l->retry);
	l->list = sd_bus_slot_unref(l->list);
	l->match = sd_bus_slot_unref(l->match);
	l->listed = false;
}

int leavers_new(struct leavers **ret, sd_bus *bus, sd_event *event)
{
	struct leavers *l = calloc(1, sizeof(*l));

	if (!l)
		return -ENOMEM;
	l->bus = sd_bus_ref(bus);
	l->event = sd_event_ref(event);
	l->retry = (struct retry){
		.bus = bus,
		.event = event,
		.ask = ask,
		.userdata = l,
		.trouble = "the bus does not say who leaves, and what clients hold stays when "
			   "they are gone",
	};
	LIST_INIT(&l->listeners);
	*ret = l;
	return 0;
}

struct leavers *leavers_free(struct leavers *l)
{
	if (!l)
		return NULL;
	retry_cancel(&l->retry);
	sd_bus_slot_unref(l->list);
	sd_bus_slot_unref(l->match);
	sd_event_unref(l->event);
	sd_bus_unref(l->bus);
	free(l);
	return NULL;
}
