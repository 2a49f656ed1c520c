/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * org.freedesktop.PolicyKit1.Authority: how a question is put, and what its answers mean.
 *
 * polkit is started by the bus when it is asked something. It trusts root with questions about
 * others, takes the subject's name from the question and looks up by itself who that is.
 */
#include "dbus/polkit.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "daemon/cleanup.h"
#include "dbus/shown.h"
#include "dbus/try.h"

#define NAME "org.freedesktop.PolicyKit1"
#define PATH "/org/freedesktop/PolicyKit1/Authority"
#define INTERFACE "org.freedesktop.PolicyKit1.Authority"

#define FLAG_ALLOW_USER_INTERACTION UINT32_C(1)

static const char *id_text(char *buf, size_t size, uint64_t id)
{
	snprintf(buf, size, "check-%" PRIu64, id);
	return buf;
}

int polkit_check(sd_bus *bus, sd_bus_slot **ret_slot, const char *sender, const char *action,
		 bool interactive, uint64_t id, sd_bus_message_handler_t answered, void *userdata)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
	char buf[32];

	TRY(sd_bus_message_new_method_call(bus, &m, NAME, PATH, INTERFACE, "CheckAuthorization"));
	TRY(sd_bus_message_append(m, "(sa{sv})sa{ss}us", "system-bus-name", 1, "name", "s", sender,
				  action, 0, interactive ? FLAG_ALLOW_USER_INTERACTION : 0,
				  id_text(buf, sizeof(buf), id)));
	/* A time limit here would forget a call that the bus still counts against us. */
	return sd_bus_call_async(bus, ret_slot, m, answered, userdata, UINT64_MAX);
}

void polkit_cancel(sd_bus *bus, uint64_t id)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
	char buf[32];

	if (sd_bus_message_new_method_call(bus, &m, NAME, PATH, INTERFACE,
					   "CancelCheckAuthorization") < 0 ||
	    sd_bus_message_append(m, "s", id_text(buf, sizeof(buf), id)) < 0 ||
	    sd_bus_message_set_auto_start(m, false) < 0 ||
	    sd_bus_message_set_expect_reply(m, false) < 0)
		return;
	(void)sd_bus_send(bus, m, NULL);
}

static enum polkit_verdict broken(char *reason, size_t size, const char *text)
{
	shown(text, reason, size);
	return POLKIT_BROKEN;
}

/* 1 if a person was asked and closed the dialog. */
static int read_dismissed(sd_bus_message *m)
{
	const char *key, *value;
	int r, dismissed = 0;

	TRY(sd_bus_message_enter_container(m, 'a', "{ss}"));
	while ((r = sd_bus_message_read(m, "{ss}", &key, &value)) > 0)
		if (!strcmp(key, "polkit.dismissed") && *value)
			dismissed = 1;
	TRY(r);
	TRY(sd_bus_message_exit_container(m));
	return dismissed;
}

enum polkit_verdict polkit_verdict(sd_bus_message *answer, char *reason, size_t size)
{
	const sd_bus_error *e = sd_bus_message_get_error(answer);
	int authorized, challenge, dismissed;

	*reason = '\0';
	if (e && (sd_bus_error_has_name(e, SD_BUS_ERROR_SERVICE_UNKNOWN) ||
		  sd_bus_error_has_name(e, SD_BUS_ERROR_NAME_HAS_NO_OWNER)))
		return POLKIT_ABSENT;
	if (e && sd_bus_error_has_name(e, SD_BUS_ERROR_NO_REPLY))
		return broken(reason, size, "it ended before it answered");
	if (e)
		return broken(reason, size, e->message && *e->message ? e->message : e->name);

	if (sd_bus_message_enter_container(answer, 'r', "bba{ss}") <= 0 ||
	    sd_bus_message_read(answer, "bb", &authorized, &challenge) <= 0)
		return broken(reason, size, "its answer makes no sense");
	dismissed = read_dismissed(answer);
	if (dismissed < 0)
		return broken(reason, size, "its answer makes no sense");
	if (authorized)
		return POLKIT_ALLOWED;
	if (dismissed)
		return POLKIT_DISMISSED;
	return challenge ? POLKIT_CHALLENGE : POLKIT_DENIED;
}
