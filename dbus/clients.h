/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Following the clients that hold something: who leaves the bus loses it. Everything on one
 * connection; what clients hold is the manager's.
 */
#pragma once

#include <systemd/sd-bus.h>

struct clients;
struct manager;

/* Takes a reference on @bus; @m is borrowed. */
int clients_new(struct clients **ret, sd_bus *bus, struct manager *m);
struct clients *clients_free(struct clients *c);	/* NULL is fine; returns NULL */

/*
 * What clients hold has changed. With the first of them the bus is asked to tell who leaves, and
 * then, once, who is there: so nobody is missed who left before, be it the first or one of an
 * earlier run of the daemon. The end of later ones is told after the call that made them clients,
 * for the bus keeps the order, and a call that waited is forgotten when its sender leaves.
 */
void clients_changed(struct clients *c);

/* Sends ProfileReleased to those whose hold others have ended, and stops listening for nobody. */
void clients_flush(struct clients *c);
