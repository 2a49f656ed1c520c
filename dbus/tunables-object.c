/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * org.bpfland1.Tunables: one property for each row of the table of tunables, and changes of several
 * at once. The vtable is made from the table, so that a tunable is described in one place only.
 */
#include "dbus/objects.h"

#include <stdbool.h>
#include <stdio.h>

#include "daemon/cleanup.h"
#include "daemon/manager.h"
#include "dbus/authorize.h"
#include "dbus/claims.h"
#include "dbus/errors.h"
#include "dbus/names.h"
#include "dbus/sender.h"
#include "dbus/shown.h"
#include "dbus/try.h"
#include "dbus/values.h"

static int property_get_tunable(sd_bus *bus, const char *path, const char *interface,
				const char *property, sd_bus_message *reply, void *userdata,
				sd_bus_error *ret_error)
{
	enum tunable t = tunable_by_name(property); /* in the vtable only if in the table */

	return value_append(reply, t, manager_tunables(userdata)->value[t]);
}

static int property_set_tunable(sd_bus *bus, const char *path, const char *interface,
				const char *property, sd_bus_message *value, void *userdata,
				sd_bus_error *ret_error)
{
	enum tunable t = tunable_by_name(property);
	struct manager *m = userdata;
	struct tunable_set set = {};
	struct error err = {};
	char what[64];
	int r;

	TRY(value_read(value, t, manager_supported_tunables(m), &set, ret_error));
	r = manager_check_tunables(m, &set, &err);
	if (r < 0)
		return errors_reply(ret_error, r, &err);
	snprintf(what, sizeof(what), "setting %s", property);
	r = authorize(value, ACTION_SET_TUNABLES, what, ret_error);
	if (r <= 0)
		return r;
	r = manager_set_tunables(m, &set, &err);
	return r < 0 ? errors_reply(ret_error, r, &err) : 1;
}

static int property_get_generation(sd_bus *bus, const char *path, const char *interface,
				   const char *property, sd_bus_message *reply, void *userdata,
				   sd_bus_error *ret_error)
{
	return sd_bus_message_append(reply, "t", manager_generation(userdata));
}

static int method_set(sd_bus_message *message, void *userdata, sd_bus_error *ret_error)
{
	struct manager *m = userdata;
	struct tunable_set set = {};
	struct error err = {};
	int r;

	TRY(values_read(message, manager_supported_tunables(m), &set, ret_error));
	r = manager_check_tunables(m, &set, &err);
	if (r < 0)
		return errors_reply(ret_error, r, &err);
	r = authorize(message, ACTION_SET_TUNABLES, "setting tunables", ret_error);
	if (r <= 0)
		return r;
	if (set.mask)
		r = manager_set_tunables(m, &set, &err);
	return errors_answer(message, r, &err, ret_error);
}

static int read_names(sd_bus_message *m, uint32_t *ret_mask, sd_bus_error *ret_error)
{
	char buf[SHOWN_VALUE_MAX];
	const char *name;
	uint32_t mask = 0;
	unsigned n = 0;
	int r, t;

	TRY(sd_bus_message_enter_container(m, SD_BUS_TYPE_ARRAY, "s"));
	while ((r = sd_bus_message_read_basic(m, SD_BUS_TYPE_STRING, &name)) > 0) {
		/* A message that has to wait is kept whole: so none may be of any size. */
		if (++n > _TUNABLE_MAX)
			return errors_replyf(ret_error, SD_BUS_ERROR_INVALID_ARGS,
					     "names: more than the %d that there are",
					     _TUNABLE_MAX);
		t = tunable_by_name(name);
		if (t < 0)
			return errors_replyf(
				ret_error, BUS_ERROR_NO_SUCH_TUNABLE,
				"there is no tunable \"%s\": Describe() lists them all",
				shown(name, buf, sizeof(buf)));
		mask |= UINT32_C(1) << t;
	}
	TRY(r);
	*ret_mask = mask;
	return sd_bus_message_exit_container(m);
}

static int method_reset(sd_bus_message *message, void *userdata, sd_bus_error *ret_error)
{
	struct error err = {};
	uint32_t mask = 0;
	int r;

	TRY(read_names(message, &mask, ret_error));
	r = manager_check_reset(userdata, mask, &err);
	if (r < 0)
		return errors_reply(ret_error, r, &err);
	r = authorize(message, ACTION_SET_TUNABLES, "resetting tunables", ret_error);
	if (r <= 0)
		return r;
	r = manager_reset_tunables(userdata, mask, &err);
	return errors_answer(message, r, &err, ret_error);
}

static int method_try(sd_bus_message *message, void *userdata, sd_bus_error *ret_error)
{
	const char *sender = sender_name(message);
	struct manager *m = userdata;
	struct tunable_set set = {};
	struct error err = {};
	uint32_t cookie;
	uint64_t usec;
	int r;

	TRY(values_read(message, manager_supported_tunables(m), &set, ret_error));
	TRY(sd_bus_message_read_basic(message, SD_BUS_TYPE_UINT64, &usec));
	r = manager_check_new_try(m, &set, usec, &err);
	if (r < 0)
		return errors_reply(ret_error, r, &err);
	r = authorize(message, ACTION_SET_TUNABLES, "trying tunables", ret_error);
	if (r <= 0)
		return r;
	r = manager_try_tunables(m, &set, usec, sender ?: "", &cookie, &err);
	if (r < 0)
		return errors_reply(ret_error, r, &err);
	return sd_bus_reply_method_return(message, "u", cookie);
}

/* Of the try whose cookie comes next in @message; see authorize_ending(). */
static int end_try(sd_bus_message *message, struct manager *m, bool confirm,
		   sd_bus_error *ret_error)
{
	const char *sender = sender_name(message);
	struct error err = {};
	uint32_t cookie;
	int r;

	TRY(sd_bus_message_read_basic(message, SD_BUS_TYPE_UINT32, &cookie));
	r = manager_check_try(m, cookie, sender ?: "", &err);
	r = authorize_ending(message, r, &err, ret_error);
	/* To take back what is one's own needs nothing; to make it stay is setting it. */
	if (r == 1 && confirm)
		r = authorize(message, ACTION_SET_TUNABLES, "confirming a try", ret_error);
	if (r <= 0)
		return r;
	r = confirm ? manager_confirm_try(m, cookie, &err) : manager_revert_try(m, cookie, &err);
	return errors_answer(message, r, &err, ret_error);
}

static int method_confirm(sd_bus_message *message, void *userdata, sd_bus_error *ret_error)
{
	return end_try(message, userdata, true, ret_error);
}

static int method_revert(sd_bus_message *message, void *userdata, sd_bus_error *ret_error)
{
	return end_try(message, userdata, false, ret_error);
}

static int describe_append(sd_bus_message *reply, struct manager *m, enum tunable t)
{
	const struct tunable_info *info = &tunable_table[t];
	const struct tunables *now = manager_tunables(m);
	bool supported = manager_supported_tunables(m) & UINT32_C(1) << t;

	TRY(sd_bus_message_open_container(reply, SD_BUS_TYPE_DICT_ENTRY, "sa{sv}"));
	TRY(sd_bus_message_append_basic(reply, SD_BUS_TYPE_STRING, info->name));
	TRY(sd_bus_message_open_container(reply, SD_BUS_TYPE_ARRAY, "{sv}"));
	TRY(entry_append_text(reply, "Type", tunable_signature(t)));
	TRY(entry_append_text(reply, "Unit", info->unit));
	TRY(entry_append_text(reply, "Summary", info->summary));
	if (info->type == TUNABLE_TYPE_WORD) {
		TRY(sd_bus_message_open_container(reply, SD_BUS_TYPE_DICT_ENTRY, "sv"));
		TRY(sd_bus_message_append_basic(reply, SD_BUS_TYPE_STRING, "Words"));
		TRY(sd_bus_message_open_container(reply, SD_BUS_TYPE_VARIANT, "as"));
		TRY(sd_bus_message_append_strv(reply, (char **)info->words));
		TRY(sd_bus_message_close_container(reply));
		TRY(sd_bus_message_close_container(reply));
	} else {
		TRY(entry_append_value(reply, "Min", t, info->min));
		TRY(entry_append_value(reply, "Max", t, info->max));
	}
	TRY(entry_append_value(reply, "Default", t, info->def));
	TRY(entry_append_value(reply, "Current", t, now->value[t]));
	TRY(entry_append_text(reply, "Source", tunable_source_name(now->source[t])));
	TRY(sd_bus_message_append(reply, "{sv}", "Supported", "b", supported));
	TRY(sd_bus_message_close_container(reply));
	return sd_bus_message_close_container(reply);
}

static int method_describe(sd_bus_message *message, void *userdata, sd_bus_error *ret_error)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;

	TRY(sd_bus_message_new_method_return(message, &reply));
	TRY(sd_bus_message_open_container(reply, SD_BUS_TYPE_ARRAY, "{sa{sv}}"));
	for (enum tunable t = 0; t < _TUNABLE_MAX; t++)
		TRY(describe_append(reply, userdata, t));
	TRY(sd_bus_message_close_container(reply));
	return sd_bus_message_send(reply);
}

/* See manager-object.c for SD_BUS_VTABLE_UNPRIVILEGED. */
static const sd_bus_vtable members[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_METHOD_WITH_ARGS("Set", SD_BUS_ARGS("a{sv}", tunables), SD_BUS_NO_RESULT, method_set,
				SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_ARGS("Try", SD_BUS_ARGS("a{sv}", tunables, "t", time),
				SD_BUS_RESULT("u", cookie), method_try, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_ARGS("Confirm", SD_BUS_ARGS("u", cookie), SD_BUS_NO_RESULT,
				method_confirm, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_ARGS("Revert", SD_BUS_ARGS("u", cookie), SD_BUS_NO_RESULT, method_revert,
				SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_ARGS("Reset", SD_BUS_ARGS("as", names), SD_BUS_NO_RESULT, method_reset,
				SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_ARGS("Describe", SD_BUS_NO_ARGS, SD_BUS_RESULT("a{sa{sv}}", tunables),
				method_describe, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_PROPERTY("Generation", "t", property_get_generation, 0,
			SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
};

#define N_MEMBERS (sizeof(members) / sizeof(members[0]))

const sd_bus_vtable *tunables_object_vtable(void)
{
	/* sd-bus keeps pointers to the entries for as long as they are registered. */
	static sd_bus_vtable vtable[N_MEMBERS + _TUNABLE_MAX + 1];
	sd_bus_vtable *end = vtable;

	if (vtable[0].type == _SD_BUS_VTABLE_START)
		return vtable;

	for (size_t i = 0; i < N_MEMBERS; i++)
		*end++ = members[i];
	for (enum tunable t = 0; t < _TUNABLE_MAX; t++)
		*end++ = (sd_bus_vtable)SD_BUS_WRITABLE_PROPERTY(
			tunable_table[t].name, tunable_signature(t), property_get_tunable,
			property_set_tunable, 0,
			SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE | SD_BUS_VTABLE_UNPRIVILEGED);
	*end = (sd_bus_vtable)SD_BUS_VTABLE_END;
	return vtable;
}
