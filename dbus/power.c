/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The power profile, as power-profiles-daemon and tuned-ppd serve it: under a name that is new and
 * one that is old, often both. The first of them that somebody owns is believed.
 *
 * The daemon behind a name is spoken to by its unique name: a call to the name itself could start
 * one, and an answer could come from another than was asked.
 */
#include "dbus/power.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/log.h"
#include "daemon/manager.h"
#include "dbus/names.h"
#include "dbus/retry.h"
#include "dbus/shown.h"
#include "dbus/try.h"

#define BUS_NAME_MAX 255

static const struct {
	const char *name;	/* and interface */
	const char *path;
} services[] = {
	{ "org.freedesktop.UPower.PowerProfiles", "/org/freedesktop/UPower/PowerProfiles" },
	{ "net.hadess.PowerProfiles", "/net/hadess/PowerProfiles" },
};

#define N_SERVICES (sizeof(services) / sizeof(services[0]))

struct source {
	struct power *power;
	size_t index;			/* in services */
	char owner[BUS_NAME_MAX + 1];	/* "" if there is none */
	sd_bus_slot *changed, *owner_changed, *get_owner, *get;
	struct retry retry;
};

struct power {
	sd_bus *bus;
	sd_event *event;
	struct manager *manager;
	struct source source[N_SERVICES];
};

static struct source *believed(struct power *p)
{
	for (size_t i = 0; i < N_SERVICES; i++)
		if (p->source[i].owner[0])
			return &p->source[i];
	return NULL;
}

static void learn(struct power *p, const char *profile)
{
	char buf[PROFILE_NAME_MAX + 1];

	manager_set_power_profile(p->manager, shown(profile, buf, sizeof(buf)));
}

static int on_profile(sd_bus_message *m, void *userdata, sd_bus_error *ret_error)
{
	struct source *s = userdata;
	const char *profile = "";

	s->get = sd_bus_slot_unref(s->get);
	if (believed(s->power) != s)
		return 0;
	if (sd_bus_message_is_method_error(m, NULL) ||
	    sd_bus_message_read(m, "v", "s", &profile) < 0)
		log_message(LOG_WARNING, "%s does not say which power profile is active; going on "
			    "without", services[s->index].name);
	learn(s->power, profile);
	return 0;
}

/* Asks the one who is believed now, if there is anybody. */
static int ask(struct power *p)
{
	struct source *s = believed(p);

	for (size_t i = 0; i < N_SERVICES; i++)
		p->source[i].get = sd_bus_slot_unref(p->source[i].get);
	if (!s) {
		learn(p, "");
		return 0;
	}
	return sd_bus_call_method_async(p->bus, &s->get, s->owner, services[s->index].path,
					BUS_INTERFACE_PROPERTIES, "Get", on_profile, s, "ss",
					services[s->index].name, "ActiveProfile");
}

static int set_owner(struct source *s, const char *owner)
{
	struct source *before = believed(s->power);

	if (!strcmp(s->owner, owner))
		return 0;
	snprintf(s->owner, sizeof(s->owner), "%s", owner);
	/* Of two that are there, what happens to the second does not matter. */
	if (before == believed(s->power) && before != s)
		return 0;
	return ask(s->power);
}

static int on_owner_changed(sd_bus_message *m, void *userdata, sd_bus_error *ret_error)
{
	const char *name, *old_owner, *new_owner;

	TRY(sd_bus_message_read(m, "sss", &name, &old_owner, &new_owner));
	return set_owner(userdata, new_owner);
}

static void unfollow(struct source *s)
{
	s->get_owner = sd_bus_slot_unref(s->get_owner);
	s->changed = sd_bus_slot_unref(s->changed);
	s->owner_changed = sd_bus_slot_unref(s->owner_changed);
}

/* The bus has not done a part of what follow() asks it for: all of it is asked for again. */
static int failed(struct source *s, sd_bus_message *answer)
{
	if (!retry_failed(&s->retry, answer))
		return 0;
	unfollow(s);
	return set_owner(s, "");
}

static int on_match(sd_bus_message *m, void *userdata, sd_bus_error *ret_error)
{
	return sd_bus_message_is_method_error(m, NULL) ? failed(userdata, m) : 0;
}

static int on_get_owner(sd_bus_message *m, void *userdata, sd_bus_error *ret_error)
{
	struct source *s = userdata;
	const char *owner = "";

	s->get_owner = sd_bus_slot_unref(s->get_owner);
	if (!sd_bus_message_is_method_error(m, SD_BUS_ERROR_NAME_HAS_NO_OWNER) &&
	    (sd_bus_message_is_method_error(m, NULL) || sd_bus_message_read(m, "s", &owner) < 0))
		return failed(s, m);
	retry_worked(&s->retry);
	return set_owner(s, owner);
}

/* 1 and @ret if the dictionary of changed values holds the profile. */
static int find_profile(sd_bus_message *m, const char **ret)
{
	const char *name;
	int r;

	TRY(sd_bus_message_enter_container(m, SD_BUS_TYPE_ARRAY, "{sv}"));
	while ((r = sd_bus_message_enter_container(m, SD_BUS_TYPE_DICT_ENTRY, "sv")) > 0) {
		TRY(sd_bus_message_read(m, "s", &name));
		if (!strcmp(name, "ActiveProfile")) {
			TRY(sd_bus_message_read(m, "v", "s", ret));
			return 1;
		}
		TRY(sd_bus_message_skip(m, "v"));
		TRY(sd_bus_message_exit_container(m));
	}
	TRY(r);
	return sd_bus_message_exit_container(m) < 0 ? -EBADMSG : 0;
}

/* 1 if the list of names without their values names it. */
static int is_invalidated(sd_bus_message *m)
{
	const char *name;
	int r;

	TRY(sd_bus_message_enter_container(m, SD_BUS_TYPE_ARRAY, "s"));
	while ((r = sd_bus_message_read(m, "s", &name)) > 0)
		if (!strcmp(name, "ActiveProfile"))
			return 1;
	return r;
}

static int on_properties(sd_bus_message *m, void *userdata, sd_bus_error *ret_error)
{
	const char *interface, *profile, *sender = sd_bus_message_get_sender(m);
	struct source *s = userdata;
	int r;

	if (believed(s->power) != s || !sender || strcmp(sender, s->owner))
		return 0;
	TRY(sd_bus_message_read(m, "s", &interface));
	r = find_profile(m, &profile);
	if (r > 0) {
		/* Newer than what a question that is under way will be answered with. */
		s->get = sd_bus_slot_unref(s->get);
		learn(s->power, profile);
		return 0;
	}
	TRY(r);
	return is_invalidated(m) > 0 ? ask(s->power) : 0;
}

/* The signals first, then the question: nothing falls between the two. */
static int follow(void *userdata)
{
	struct source *s = userdata;
	const char *name = services[s->index].name;
	sd_bus *bus = s->power->bus;
	char match[512];

	unfollow(s);
	snprintf(match, sizeof(match),
		 "type='signal',sender='org.freedesktop.DBus',interface='org.freedesktop.DBus',"
		 "member='NameOwnerChanged',arg0='%s'", name);
	TRY(sd_bus_add_match_async(bus, &s->owner_changed, match, on_owner_changed, on_match, s));
	snprintf(match, sizeof(match),
		 "type='signal',sender='%s',path='%s',interface='" BUS_INTERFACE_PROPERTIES "',"
		 "member='PropertiesChanged',arg0='%s'", name, services[s->index].path, name);
	TRY(sd_bus_add_match_async(bus, &s->changed, match, on_properties, on_match, s));
	return sd_bus_call_method_async(bus, &s->get_owner, "org.freedesktop.DBus",
					"/org/freedesktop/DBus", "org.freedesktop.DBus",
					"GetNameOwner", on_get_owner, s, "s", name);
}

int power_new(struct power **ret, sd_bus *bus, sd_event *event, struct manager *m)
{
	struct power *p = calloc(1, sizeof(*p));
	int r = 0;

	if (!p)
		return -ENOMEM;
	p->bus = sd_bus_ref(bus);
	p->event = sd_event_ref(event);
	p->manager = m;
	for (size_t i = 0; i < N_SERVICES && r >= 0; i++) {
		struct source *s = &p->source[i];

		s->power = p;
		s->index = i;
		s->retry = (struct retry){
			.bus = bus,
			.event = event,
			.ask = follow,
			.userdata = s,
			.trouble = "the bus does not say who sets the power profile, which is not "
				   "followed",
		};
		r = follow(s);
	}
	if (r < 0) {
		power_free(p);
		return r;
	}
	*ret = p;
	return 0;
}

struct power *power_free(struct power *p)
{
	if (!p)
		return NULL;
	for (size_t i = 0; i < N_SERVICES; i++) {
		sd_bus_slot_unref(p->source[i].get);
		unfollow(&p->source[i]);
		retry_cancel(&p->source[i].retry);
	}
	sd_event_unref(p->event);
	sd_bus_unref(p->bus);
	free(p);
	return NULL;
}
