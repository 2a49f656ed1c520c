/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Clients of several users in one process, and calls that are under way at the same time.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <systemd/sd-bus.h>

/* The first @n users that are not root. The bus lets in only who has an account. */
bool callers_find_users(uid_t *users, size_t n);

/* A connection of @uid, for a process of root: the bus looks at who connects. */
sd_bus *caller_new(sd_event *event, uid_t uid);

struct call {
	sd_bus_slot *slot;
	sd_bus_message *reply; /* once it is there */
};

/* Takes @m. */
void call_send(sd_bus *caller, struct call *c, sd_bus_message *m, bool interactive);

/* The reply, which is for the caller to unref. Ends the program when there is none in time. */
sd_bus_message *call_finish(sd_event *event, struct call *c);
void call_forget(struct call *c);
