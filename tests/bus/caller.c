/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Clients of several users in one process, and calls that are under way at the same time.
 */
#include "tests/bus/caller.h"

#include <errno.h>
#include <pwd.h>
#include <unistd.h>

#include "tests/bus/must.h"

static bool contains(const uid_t *users, size_t n, uid_t uid)
{
	for (size_t i = 0; i < n; i++)
		if (users[i] == uid)
			return true;
	return false;
}

bool callers_find_users(uid_t *users, size_t n)
{
	const struct passwd *pw;
	size_t found = 0;

	while (found < n && (pw = getpwent()))
		if (pw->pw_uid != 0 && !contains(users, found, pw->pw_uid))
			users[found++] = pw->pw_uid;
	endpwent();
	return found == n;
}

sd_bus *caller_new(sd_event *event, uid_t uid)
{
	sd_bus *bus = NULL;

	if (seteuid(uid) < 0)
		must(-errno, "seteuid");
	MUST(sd_bus_open_system(&bus));
	if (seteuid(0) < 0)
		must(-errno, "seteuid");
	MUST(sd_bus_attach_event(bus, event, 0));
	return bus;
}

static int on_reply(sd_bus_message *m, void *userdata, sd_bus_error *ret_error)
{
	(void)ret_error;
	((struct call *)userdata)->reply = sd_bus_message_ref(m);
	return 0;
}

void call_send(sd_bus *caller, struct call *c, sd_bus_message *m, bool interactive)
{
	*c = (struct call){};
	MUST(sd_bus_message_set_allow_interactive_authorization(m, interactive));
	MUST(sd_bus_call_async(caller, &c->slot, m, on_reply, c, UINT64_MAX));
	sd_bus_message_unref(m);
}

sd_bus_message *call_finish(sd_event *event, struct call *c)
{
	RUN_UNTIL(event, c->reply);
	c->slot = sd_bus_slot_unref(c->slot);
	return c->reply;
}

void call_forget(struct call *c)
{
	c->slot = sd_bus_slot_unref(c->slot);
	c->reply = sd_bus_message_unref(c->reply);
}
