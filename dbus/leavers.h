/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who leaves the bus. Everything on one connection.
 */
#pragma once

#include <stdbool.h>
#include <sys/queue.h>
#include <systemd/sd-bus.h>

struct leavers;

/* One who wants to know, for as long as it has something that belongs to clients. */
struct leavers_listener {
	/*
	 * Somebody may have left: whose name @is_there (asked with @names) does not know has. May
	 * end the listening.
	 */
	void (*left)(bool (*is_there)(const char *name, void *names), void *names, void *userdata);
	void *userdata;

	bool listening;
	LIST_ENTRY(leavers_listener) entry;
};

/* Takes references on @bus and @event. */
int leavers_new(struct leavers **ret, sd_bus *bus, sd_event *event);
struct leavers *leavers_free(struct leavers *l);	/* NULL is fine; returns NULL */

/*
 * From now on @listener, which is borrowed, is told of everybody who leaves. The bus is asked to
 * tell, and then, once, who is there: so who left before is not missed. Later ones leave after all
 * that they have sent, for the bus keeps the order. Nothing waits. To listen twice is fine, and so
 * is to ignore twice. If the bus refuses, or does not answer in time, it is asked again by the
 * next who listens, and by itself after 1 s, 2 s and so on up to 256 s: what belongs to clients
 * that left meanwhile ends then.
 */
int leavers_listen(struct leavers *l, struct leavers_listener *listener);
void leavers_ignore(struct leavers *l, struct leavers_listener *listener);
