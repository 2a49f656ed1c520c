/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A profile held by this process, for as long as its connection lives.
 */
#include "ctl/holding.h"

#include <errno.h>
#include <stdlib.h>

#include "daemon/cleanup.h"
#include "daemon/names.h"

struct holding {
	sd_bus *bus;
	const struct holding_wish *wish;
	sd_bus_slot *released, *owner, *again;
	uint32_t cookie;
	holding_ended_t ended;
	void *userdata;
};

DEFINE_CLEANUP(struct holding *, holding_free);

static int new_call(struct holding *h, sd_bus_message **ret)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL;
	int r;

	r = sd_bus_message_new_method_call(h->bus, &call, BUS_NAME, BUS_PATH,
					   BUS_INTERFACE_MANAGER, "HoldProfile");
	if (r < 0)
		return r;
	r = sd_bus_message_append(call, "sss", h->wish->profile, h->wish->reason,
				  h->wish->application_id);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(call);
	return 0;
}

static int on_released(sd_bus_message *m, void *userdata, sd_bus_error *ret_error)
{
	struct holding *h = userdata;
	uint32_t cookie;

	(void)ret_error;
	if (sd_bus_message_read(m, "u", &cookie) > 0 && cookie == h->cookie && h->ended)
		h->ended(h->userdata);
	return 0;
}

static int on_held_again(sd_bus_message *m, void *userdata, sd_bus_error *ret_error)
{
	struct holding *h = userdata;
	uint32_t old = h->cookie;

	(void)ret_error;
	if (sd_bus_message_is_method_error(m, NULL) || sd_bus_message_read(m, "u", &h->cookie) < 0)
		return 0;	/* the old one may have been restored: it does as well */
	/* No answer is wanted: it may be unknown, if the service was stopped and not restarted. */
	sd_bus_call_method_async(h->bus, NULL, BUS_NAME, BUS_PATH, BUS_INTERFACE_MANAGER,
				 "ReleaseProfile", NULL, NULL, "u", old);
	return 0;
}

static int on_owner(sd_bus_message *m, void *userdata, sd_bus_error *ret_error)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL;
	const char *name, *before, *now;
	struct holding *h = userdata;

	(void)ret_error;
	if (sd_bus_message_read(m, "sss", &name, &before, &now) < 0 || !*now)
		return 0;
	if (new_call(h, &call) < 0)
		return 0;
	h->again = sd_bus_slot_unref(h->again);
	sd_bus_call_async(h->bus, &h->again, call, on_held_again, h, 0);
	return 0;
}

static int watch(struct holding *h)
{
	int r;

	/* Not waited for: the bus has them before it has the call that follows. */
	r = sd_bus_match_signal_async(h->bus, &h->released, BUS_NAME, BUS_PATH,
				      BUS_INTERFACE_MANAGER, "ProfileReleased", on_released, NULL,
				      h);
	if (r < 0)
		return r;
	return sd_bus_add_match_async(h->bus, &h->owner,
				      "type='signal',sender='org.freedesktop.DBus',"
				      "interface='org.freedesktop.DBus',member='NameOwnerChanged',"
				      "arg0='" BUS_NAME "'", on_owner, NULL, h);
}

int holding_new(struct holding **ret, sd_bus *bus, const struct holding_wish *wish,
		uint64_t timeout_usec, sd_bus_error *ret_error)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL, *reply = NULL;
	_cleanup_(holding_freep) struct holding *h = NULL;
	int r;

	h = calloc(1, sizeof(*h));
	if (!h)
		return -ENOMEM;
	h->bus = sd_bus_ref(bus);
	h->wish = wish;
	r = watch(h);
	if (r < 0)
		return r;
	r = new_call(h, &call);
	if (r < 0)
		return r;
	r = sd_bus_call(bus, call, timeout_usec, ret_error, &reply);
	if (r < 0)
		return r;
	r = sd_bus_message_read(reply, "u", &h->cookie);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(h);
	return 0;
}

void holding_observe(struct holding *h, holding_ended_t ended, void *userdata)
{
	h->ended = ended;
	h->userdata = userdata;
}

struct holding *holding_free(struct holding *h)
{
	if (!h)
		return NULL;
	sd_bus_slot_unref(h->again);
	sd_bus_slot_unref(h->owner);
	sd_bus_slot_unref(h->released);
	sd_bus_unref(h->bus);
	free(h);
	return NULL;
}
