/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The interfaces at /org/bpfland1, one file each, and what they share. The userdata of every vtable
 * is the struct manager.
 */
#pragma once

#include <systemd/sd-bus.h>

struct manager;

const sd_bus_vtable *manager_object_vtable(void);
const sd_bus_vtable *tunables_object_vtable(void);
const sd_bus_vtable *domains_object_vtable(void);
const sd_bus_vtable *statistics_object_vtable(void);

/* The vtable of one of them; NULL if @interface is none of ours. */
const sd_bus_vtable *objects_vtable(const char *interface);

/* Answers the method calls to all of them; 0 for every other message. */
int objects_callback(sd_bus_message *m, void *userdata, sd_bus_error *ret_error);

/*
 * Answers Properties.Set for all of them, and Get for properties that do not exist (to name them);
 * 0 for every other message. A vtable's own setter has to answer before it returns; this does not.
 */
int properties_callback(sd_bus_message *m, void *userdata, sd_bus_error *ret_error);
