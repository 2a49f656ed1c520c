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
#include "daemon/log.h"
#include "dbus/try.h"

/* From one attempt to the next, twice as long each time. */
#define RETRY_FIRST_USEC UINT64_C(1000000)
#define RETRY_DOUBLINGS_MAX 8

struct leavers {
	sd_bus *bus;
	sd_event *event;
	sd_bus_slot *match, *list;
	sd_event_source *retry;
	unsigned n_failed;		/* attempts, one after the other */
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

static int ask(struct leavers *l);
static void ask_later(struct leavers *l);

static int on_retry(sd_event_source *source, uint64_t usec, void *userdata)
{
	if (ask(userdata) < 0)
		ask_later(userdata);
	return 0;
}

static void ask_later(struct leavers *l)
{
	unsigned doublings = l->n_failed < RETRY_DOUBLINGS_MAX ? l->n_failed : RETRY_DOUBLINGS_MAX;
	uint64_t delay = RETRY_FIRST_USEC << doublings;

	l->n_failed++;
	l->retry = sd_event_source_disable_unref(l->retry);
	if (sd_event_add_time_relative(l->event, &l->retry, CLOCK_MONOTONIC, delay, delay / 10,
				       on_retry, l) >= 0)
		(void)sd_event_source_set_description(l->retry, "leavers-retry");
}

/* The bus has not done what it was asked for, as @answer says. */
static void failed(struct leavers *l, sd_bus_message *answer)
{
	const sd_bus_error *e = sd_bus_message_get_error(answer);

	/* So are all questions answered that are open when a connection ends. */
	if (sd_bus_is_open(l->bus) <= 0)
		return;
	if (!l->n_failed)
		log_message(LOG_WARNING, "The bus does not say who leaves (%s): it is asked again, "
			    "and until it does, what clients hold stays when they are gone.",
			    e && e->message ? e->message : "its answer makes no sense");
	ask_later(l);
}

/* With no function here, sd-bus would end the connection, and with it all that clients hold. */
static int on_match(sd_bus_message *m, void *userdata, sd_bus_error *ret_error)
{
	struct leavers *l = userdata;

	if (!sd_bus_message_is_method_error(m, NULL))
		return 0;
	/* Who is there now helps nobody who leaves later. */
	l->match = sd_bus_slot_unref(l->match);
	l->list = sd_bus_slot_unref(l->list);
	l->listed = false;
	failed(l, m);
	return 0;
}

static int on_names(sd_bus_message *m, void *userdata, sd_bus_error *ret_error)
{
	_cleanup_(names_done) struct names names = {};
	struct leavers *l = userdata;

	l->list = sd_bus_slot_unref(l->list);
	if (sd_bus_message_is_method_error(m, NULL) || read_names(m, &names) < 0) {
		failed(l, m);
		return 0;
	}
	if (l->n_failed)
		log_message(LOG_INFO, "The bus says again who leaves.");
	l->n_failed = 0;
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
static int ask(struct leavers *l)
{
	if (l->listed || l->list)
		return 0;
	l->retry = sd_event_source_disable_unref(l->retry);

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
		ask_later(l);
	return r;
}

void leavers_ignore(struct leavers *l, struct leavers_listener *listener)
{
	if (listener->listening)
		LIST_REMOVE(listener, entry);
	listener->listening = false;
	if (!LIST_EMPTY(&l->listeners))
		return;
	l->retry = sd_event_source_disable_unref(l->retry);
	l->list = sd_bus_slot_unref(l->list);
	l->match = sd_bus_slot_unref(l->match);
	l->listed = false;
	l->n_failed = 0;
}

int leavers_new(struct leavers **ret, sd_bus *bus, sd_event *event)
{
	struct leavers *l = calloc(1, sizeof(*l));

	if (!l)
		return -ENOMEM;
	l->bus = sd_bus_ref(bus);
	l->event = sd_event_ref(event);
	LIST_INIT(&l->listeners);
	*ret = l;
	return 0;
}

struct leavers *leavers_free(struct leavers *l)
{
	if (!l)
		return NULL;
	sd_event_source_disable_unref(l->retry);
	sd_bus_slot_unref(l->list);
	sd_bus_slot_unref(l->match);
	sd_event_unref(l->event);
	sd_bus_unref(l->bus);
	free(l);
	return NULL;
}
