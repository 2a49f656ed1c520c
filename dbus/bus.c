/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The connection to the system bus.
 *
 * Reconnecting costs nothing while there is no bus: sd-bus watches for the socket's file
 * (sd_bus_set_watch_bind()) and connects when it is there. Only a bus that takes connections and
 * drops them again is tried at growing intervals, and given up after two minutes.
 *
 * Everything after the start is asynchronous. A bus daemon that is being restarted by systemd
 * already has its socket: a connection succeeds at once and then hears nothing for a while, and a
 * daemon that waited for it could not schedule.
 */
#include "dbus/bus.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-bus.h>

#include "daemon/cleanup.h"
#include "daemon/log.h"
#include "daemon/manager.h"
#include "dbus/exports.h"
#include "dbus/names.h"
#include "dbus/power.h"
#include "dbus/retry.h"
#include "dbus/try.h"

#define DEFAULT_ADDRESS "unix:path=/run/dbus/system_bus_socket"

/* At once, then after 100 ms, 200 ms and so on: the last attempt is 102 s after the first. */
#define RETRY_FIRST_USEC UINT64_C(100000)
#define RETRY_MAX 11

/* For the start, which waits: a bus that is there but answers this slowly is none. */
#define START_TIMEOUT_USEC UINT64_C(10000000)

struct bus {
	sd_event *event;
	struct manager *manager;
	sd_bus *bus; /* NULL: none, or being replaced */
	struct exports *exports;
	struct power *power;
	sd_bus_slot *disconnected, *owner_changed, *request;
	struct retry follow_name;
	sd_event_source *retry;
	unsigned attempts; /* since the name was last ours */
	enum bus_state state;
};

static void schedule_retry(struct bus *b);

static void drop_connection(struct bus *b)
{
	b->exports = exports_free(b->exports);
	b->power = power_free(b->power);
	b->request = sd_bus_slot_unref(b->request);
	retry_cancel(&b->follow_name);
	b->owner_changed = sd_bus_slot_unref(b->owner_changed);
	b->disconnected = sd_bus_slot_unref(b->disconnected);
	b->bus = sd_bus_close_unref(b->bus);
}

static int on_disconnected(sd_bus_message *m, void *userdata, sd_bus_error *ret_error)
{
	struct bus *b = userdata;

	if (b->state == BUS_OWNED || b->state == BUS_NOT_OWNED)
		log_message(LOG_WARNING, "the system bus is gone; scheduling goes on without it, "
					 "and it is joined again when it is back");
	manager_enter_world(b->manager, NULL);
	manager_set_power_profile(b->manager, "");
	schedule_retry(b);
	return 0;
}

/* From now on clients reach us. Their names are those of this run of the bus. */
static void joined(struct bus *b)
{
	char world[SD_ID128_STRING_MAX] = "";
	sd_id128_t id;

	b->state = BUS_OWNED;
	if (sd_bus_get_bus_id(b->bus, &id) >= 0)
		sd_id128_to_string(id, world);
	manager_enter_world(b->manager, world);
	exports_changed(b->exports, MANAGER_CHANGED_SCX_LOADER); /* a name to take as well */
}

/* What is the same for the first connection and for later ones. */
static int connection_new(struct bus *b, bool watch)
{
	const char *address = secure_getenv("DBUS_SYSTEM_BUS_ADDRESS");

	TRY(sd_bus_new(&b->bus));
	TRY(sd_bus_set_description(b->bus, "system"));
	TRY(sd_bus_set_address(b->bus, address && *address ? address : DEFAULT_ADDRESS));
	TRY(sd_bus_set_bus_client(b->bus, true));
	/* Nothing here takes files, and those of calls that wait would use up ours. */
	TRY(sd_bus_negotiate_fds(b->bus, false));
	TRY(sd_bus_set_watch_bind(b->bus, watch));
	TRY(sd_bus_set_method_call_timeout(b->bus, START_TIMEOUT_USEC));
	TRY(sd_bus_start(b->bus));
	/* Attached, it would flush at the end of the loop, and wait for a bus that is not there. */
	TRY(sd_bus_set_close_on_exit(b->bus, false));
	TRY(bus_export(&b->exports, b->bus, b->event, b->manager));
	return power_new(&b->power, b->bus, b->event, b->manager);
}

static int on_request_name(sd_bus_message *m, void *userdata, sd_bus_error *ret_error)
{
	struct bus *b = userdata;
	uint32_t result;

	/*
	 * What a connection says that ends before the answer, and then on_disconnected() comes
	 * next; but also what an open one says when the bus takes too long.
	 */
	if (sd_bus_message_is_method_error(m, SD_BUS_ERROR_NO_REPLY) && sd_bus_is_open(b->bus) <= 0)
		return 0;
	if (sd_bus_message_is_method_error(m, NULL) || sd_bus_message_read(m, "u", &result) < 0) {
		const sd_bus_error *e = sd_bus_message_get_error(m);

		log_message(LOG_WARNING, "the bus does not give us the name " BUS_NAME ": %s",
			    e && e->message ? e->message : "its answer makes no sense");
		schedule_retry(b);
		return 0;
	}

	/* 1: ours now, 4: it was already; 3: somebody else's. */
	if (result == 1 || result == 4) {
		joined(b);
		b->attempts = 0;
		(void)manager_take_changed_tunables(b->manager); /* old news: who joins now reads */
		(void)manager_take_changed_domains(b->manager);
		log_message(LOG_INFO, "joined the system bus");
	} else {
		b->state = BUS_NOT_OWNED;
		log_message(LOG_ERR, "another process took " BUS_NAME " while the bus was away; "
				     "clients reach it instead of us until it ends");
	}
	return 0;
}

static int request_name(struct bus *b)
{
	b->request = sd_bus_slot_unref(b->request);
	return sd_bus_request_name_async(b->bus, &b->request, BUS_NAME, 0, on_request_name, b);
}

static int on_owner_changed(sd_bus_message *m, void *userdata, sd_bus_error *ret_error)
{
	const char *name, *old_owner, *new_owner;
	struct bus *b = userdata;

	TRY(sd_bus_message_read(m, "sss", &name, &old_owner, &new_owner));
	if (b->state == BUS_NOT_OWNED && !*new_owner)
		return request_name(b);
	return 0;
}

static int on_match(sd_bus_message *m, void *userdata, sd_bus_error *ret_error)
{
	struct bus *b = userdata;

	if (!sd_bus_message_is_method_error(m, NULL))
		retry_worked(&b->follow_name);
	else
		(void)retry_failed(&b->follow_name, m);
	return 0;
}

static int follow_name(void *userdata)
{
	struct bus *b = userdata;

	b->owner_changed = sd_bus_slot_unref(b->owner_changed);
	TRY(sd_bus_add_match_async(b->bus, &b->owner_changed,
				   "type='signal',sender='org.freedesktop.DBus',"
				   "interface='org.freedesktop.DBus',member='NameOwnerChanged',"
				   "arg0='" BUS_NAME "'",
				   on_owner_changed, on_match, b));
	/* Asked again: the name may have become free before that. */
	return b->state == BUS_NOT_OWNED ? request_name(b) : 0;
}

static int add_matches(struct bus *b)
{
	b->follow_name = (struct retry){
		.bus = b->bus,
		.event = b->event,
		.ask = follow_name,
		.userdata = b,
		.trouble = "the bus does not say when " BUS_NAME " is free",
	};
	/* Made by sd-bus itself, on this connection only. */
	TRY(sd_bus_match_signal(b->bus, &b->disconnected, "org.freedesktop.DBus.Local",
				"/org/freedesktop/DBus/Local", "org.freedesktop.DBus.Local",
				"Disconnected", on_disconnected, b));
	return follow_name(b);
}

static int reconnect(struct bus *b)
{
	TRY(connection_new(b, true));
	TRY(sd_bus_attach_event(b->bus, b->event, SD_EVENT_PRIORITY_NORMAL));
	TRY(add_matches(b));
	TRY(request_name(b));
	b->state = BUS_CONNECTING;
	return 0;
}

static int on_retry(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct bus *b = userdata;
	int r;

	drop_connection(b);
	r = reconnect(b);
	if (r < 0) {
		drop_connection(b);
		schedule_retry(b);
	}
	return 0;
}

static void schedule_retry(struct bus *b)
{
	uint64_t delay = b->attempts == 0 ? 0 : RETRY_FIRST_USEC << (b->attempts - 1);
	int r = -ETIMEDOUT;

	if (b->attempts++ < RETRY_MAX) {
		b->retry = sd_event_source_disable_unref(b->retry);
		r = sd_event_add_time_relative(b->event, &b->retry, CLOCK_MONOTONIC, delay,
					       delay / 10 + 1, on_retry, b);
	}
	if (r < 0) {
		b->state = BUS_OFF;
		log_message(LOG_ERR,
			    "no connection to the system bus is to be had; not trying any more: "
			    "restart the service when the bus works again");
		return;
	}
	(void)sd_event_source_set_description(b->retry, "bus-retry");
	b->state = BUS_WAITING;
}

/* Says who has the name, if the bus tells. */
static int name_taken(struct bus *b, struct error *err)
{
	_cleanup_(sd_bus_creds_unrefp) sd_bus_creds *creds = NULL;
	pid_t pid;

	if (sd_bus_get_name_creds(b->bus, BUS_NAME, SD_BUS_CREDS_PID, &creds) < 0 ||
	    sd_bus_creds_get_pid(creds, &pid) < 0)
		return error_set(err, ERROR_FAILED, EEXIST,
				 "another bpflandd owns " BUS_NAME " on this bus: stop it first");
	return error_set(err, ERROR_FAILED, EEXIST,
			 "another bpflandd (pid %d) owns " BUS_NAME " on this bus: stop it first",
			 (int)pid);
}

static int connect_now(struct bus *b)
{
	TRY(connection_new(b, false));
	TRY(sd_bus_request_name(b->bus, BUS_NAME, 0));
	TRY(add_matches(b));
	return sd_bus_attach_event(b->bus, b->event, SD_EVENT_PRIORITY_NORMAL);
}

int bus_start(struct bus *b, struct error *err)
{
	int r;

	r = connect_now(b);
	if (r >= 0) {
		joined(b);
		return 0;
	}
	if (r == -EEXIST) {
		(void)name_taken(b, err);
		drop_connection(b);
		return -EEXIST;
	}

	error_set(err, ERROR_FAILED, r,
		  r == -EPERM || r == -EACCES
			  ? "the system bus does not let us own " BUS_NAME " (%s): is its policy, "
			    "org.bpfland1.conf, installed, and are we root?"
			  : "no system bus (%s); it is joined as soon as there is one",
		  strerror(-r));
	drop_connection(b);
	schedule_retry(b);
	return r;
}

void bus_changed(unsigned what, void *userdata)
{
	struct bus *b = userdata;

	/* Without the name nobody follows us; who finds it again reads everything anew. */
	if (b->state == BUS_OWNED)
		exports_changed(b->exports, what);
}

enum bus_state bus_state(const struct bus *b)
{
	return b->state;
}

int bus_new(struct bus **ret, sd_event *event, struct manager *m)
{
	struct bus *b = calloc(1, sizeof(*b));

	if (!b)
		return -ENOMEM;
	b->event = sd_event_ref(event);
	b->manager = m;
	*ret = b;
	return 0;
}

struct bus *bus_free(struct bus *b)
{
	if (!b)
		return NULL;

	b->retry = sd_event_source_disable_unref(b->retry);
	/* The loop is over: what the end of the scheduler changed has not gone out yet. */
	if (b->state == BUS_OWNED)
		exports_flush(b->exports);
	if (b->bus && sd_bus_is_ready(b->bus) > 0) /* else it would wait until it is */
		sd_bus_flush(b->bus);
	drop_connection(b);
	sd_event_unref(b->event);
	free(b);
	return NULL;
}
