/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The power profile of the machine, from whichever power daemon there is: followed by signals, on
 * one connection. None is needed, and none is ever started by us.
 */
#pragma once

#include <systemd/sd-bus.h>

struct manager;
struct power;

/* Takes references on @bus and @event; tells @m (borrowed) what it learns. */
int power_new(struct power **ret, sd_bus *bus, sd_event *event, struct manager *m);
struct power *power_free(struct power *p);	/* NULL is fine; returns NULL */
