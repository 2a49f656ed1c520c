/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * org.scx.Loader, the interface of another loader, for the clients that exist for it.
 */
#pragma once

#include <systemd/sd-bus.h>

struct manager;
struct scx_loader;

const sd_bus_vtable *scx_loader_vtable(void);	/* its userdata is the struct scx_loader */

/* Puts the object on the connection. Takes a reference on @bus; @m is borrowed. */
int scx_loader_new(struct scx_loader **ret, sd_bus *bus, struct manager *m);
struct scx_loader *scx_loader_free(struct scx_loader *l);	/* NULL is fine; returns NULL */

/* Tells of the properties that differ from what was told last, and takes the name if configured. */
int scx_loader_flush(struct scx_loader *l);
