/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The connection to the system bus: made at the start, and made again when the bus comes back.
 *
 * Scheduling never depends on it. While there is no bus, or none any more, the daemon works on with
 * what it has.
 */
#pragma once

#include <systemd/sd-event.h>

#include "daemon/error.h"

struct bus;
struct manager;

enum bus_state {
	BUS_OFF,	/* not started, or given up: only a restart of the service helps */
	BUS_CONNECTING, /* under way */
	BUS_WAITING,	/* for the next attempt, at a time that is set */
	BUS_OWNED,	/* connected, and the name is ours */
	BUS_NOT_OWNED,	/* connected, but somebody else has the name; taken when it is free */
};

/* Takes a reference on @event; @m is borrowed. Connects nothing. */
int bus_new(struct bus **ret, sd_event *event, struct manager *m);

/*
 * Connects and takes the name, waiting until it is known how that went.
 * -EEXIST: another daemon has the name, and it is not for us to run: @err names it. Everything else
 * means that there is no bus now; @err says why, and the daemon goes on: the connection is made as
 * soon as there is one.
 */
int bus_start(struct bus *b, struct error *err);

/* The observer of the manager; @userdata is the struct bus. */
void bus_changed(unsigned what, void *userdata);

enum bus_state bus_state(const struct bus *b);

/* Sends what is still to be sent, and leaves the bus; NULL is fine. Returns NULL. */
struct bus *bus_free(struct bus *b);
