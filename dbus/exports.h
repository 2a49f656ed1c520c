/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Our objects on one connection: what makes the manager visible there, and tells when it changed.
 */
#pragma once

#include <systemd/sd-bus.h>

struct exports;
struct manager;

/* Takes references on @bus and @event; @m is borrowed. */
int bus_export(struct exports **ret, sd_bus *bus, sd_event *event, struct manager *m);

/* Takes the objects off the connection; NULL is fine. Returns NULL. */
struct exports *exports_free(struct exports *x);

/*
 * Notes what has changed (bits of enum manager_change). The signals go out after the event that is
 * being handled: one PropertiesChanged per interface, however often this was called, and behind the
 * reply to the call that caused it.
 */
void exports_changed(struct exports *x, unsigned what);

/* Sends these signals now, when no event will follow. */
void exports_flush(struct exports *x);
