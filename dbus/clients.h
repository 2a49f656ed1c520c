/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The clients that hold something: who leaves the bus loses it. Everything on one connection; what
 * clients hold is the manager's.
 */
#pragma once

#include <systemd/sd-bus.h>

struct clients;
struct leavers;
struct manager;

/* Takes a reference on @bus; @leavers, of the same connection, and @m are borrowed. */
int clients_new(struct clients **ret, sd_bus *bus, struct leavers *leavers, struct manager *m);
struct clients *clients_free(struct clients *c);	/* NULL is fine; returns NULL */

/*
 * What clients hold has changed: with the first of them begins the listening for those who leave.
 * It may be one of an earlier run of the daemon, and have left before.
 */
void clients_changed(struct clients *c);

/* Sends ProfileReleased to those whose hold others have ended, and stops listening for nobody. */
void clients_flush(struct clients *c);
