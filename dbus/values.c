/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tunables and dictionaries as D-Bus values.
 */
#include "dbus/values.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "daemon/manager.h"
#include "dbus/errors.h"
#include "dbus/names.h"
#include "dbus/shown.h"
#include "dbus/try.h"

/* What people call the types of D-Bus that occur here; others are named by their signature only. */
static const char *type_text(const char *signature)
{
	static const struct {
		const char *signature, *text;
	} types[] = {
		{ "t", " (unsigned 64-bit)" }, { "x", " (signed 64-bit)" },
		{ "u", " (unsigned 32-bit)" }, { "i", " (signed 32-bit)" },
		{ "b", " (boolean)" },	       { "s", " (string)" },
		{ "d", " (floating point)" },
	};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (!strcmp(types[i].signature, signature))
			return types[i].text;
	return "";
}

int value_enter(sd_bus_message *m, const char *field, const char *signature,
		sd_bus_error *ret_error)
{
	const char *given = NULL;
	char type = 0;

	TRY(sd_bus_message_peek_type(m, &type, &given));
	if (type != SD_BUS_TYPE_VARIANT)
		return -EBADMSG;
	if (strcmp(given, signature))
		return errors_replyf(ret_error, BUS_ERROR_INVALID_SIGNATURE,
				     "%s takes a value of type %s%s, not %s%s", field, signature,
				     type_text(signature), given, type_text(given));
	return sd_bus_message_enter_container(m, SD_BUS_TYPE_VARIANT, signature);
}

/* Above what int64_t holds there is no asking the table: every range ends far below. */
static int too_big(enum tunable t, uint64_t value, uint32_t supported, sd_bus_error *ret_error)
{
	const struct tunable_info *info = &tunable_table[t];
	struct tunable_set scratch = {};
	struct error err = {};
	int r;

	/* A tunable without effect says so first, whatever the value. */
	r = tunable_set_add(&scratch, t, info->def, supported, &err);
	if (r < 0)
		return errors_reply(ret_error, r, &err);
	return errors_replyf(ret_error, BUS_ERROR_OUT_OF_RANGE,
			     "%s: %" PRIu64 " is out of range, allowed: %" PRId64 " to %" PRId64
			     "%s%s",
			     info->name, value, info->min, info->max, *info->unit ? " " : "",
			     info->unit);
}

static int read_number(sd_bus_message *m, enum tunable t, uint32_t supported, int64_t *ret,
		       sd_bus_error *ret_error)
{
	union {
		uint64_t t;
		int64_t x;
		uint32_t u;
		int b;
	} v;
	const char *signature = tunable_signature(t);

	TRY(sd_bus_message_read_basic(m, *signature, &v));
	switch (*signature) {
	case SD_BUS_TYPE_UINT64:
		if (v.t > INT64_MAX)
			return too_big(t, v.t, supported, ret_error);
		*ret = (int64_t)v.t;
		return 0;
	case SD_BUS_TYPE_INT64:
		*ret = v.x;
		return 0;
	case SD_BUS_TYPE_UINT32:
		*ret = v.u;
		return 0;
	default:
		*ret = v.b;
		return 0;
	}
}

int value_read(sd_bus_message *m, enum tunable t, uint32_t supported, struct tunable_set *set,
	       sd_bus_error *ret_error)
{
	struct error err = {};
	int64_t number = 0;
	int r;

	if (tunable_table[t].type == TUNABLE_TYPE_WORD) {
		char buf[SHOWN_VALUE_MAX];
		const char *word;

		TRY(sd_bus_message_read_basic(m, SD_BUS_TYPE_STRING, &word));
		/* Shortening does not touch any valid word, and makes none of what was not. */
		r = tunable_set_add_word(set, t, shown(word, buf, sizeof(buf)), supported, &err);
	} else {
		TRY(read_number(m, t, supported, &number, ret_error));
		r = tunable_set_add(set, t, number, supported, &err);
	}
	return r < 0 ? errors_reply(ret_error, r, &err) : 0;
}

int value_read_profile(sd_bus_message *m, const struct manager *manager, const char **ret,
		       sd_bus_error *ret_error)
{
	struct error err = {};
	const char *name;
	int r;

	TRY(sd_bus_message_read_basic(m, SD_BUS_TYPE_STRING, &name));
	r = manager_check_profile(manager, name, &err);
	if (r < 0)
		return errors_reply(ret_error, r, &err);
	*ret = name;
	return 0;
}

/* One entry of a{sv}, already entered. */
static int read_entry(sd_bus_message *m, uint32_t supported, struct tunable_set *set,
		      sd_bus_error *ret_error)
{
	char buf[SHOWN_VALUE_MAX];
	const char *name;
	int t;

	TRY(sd_bus_message_read_basic(m, SD_BUS_TYPE_STRING, &name));
	t = tunable_by_name(name);
	if (t < 0)
		return errors_replyf(ret_error, BUS_ERROR_NO_SUCH_TUNABLE,
				     "there is no tunable \"%s\": Describe() lists them all",
				     shown(name, buf, sizeof(buf)));
	if (set->mask & UINT32_C(1) << t)
		return errors_replyf(ret_error, SD_BUS_ERROR_INVALID_ARGS,
				     "%s is given twice: nothing was changed", name);
	TRY(value_enter(m, name, tunable_signature(t), ret_error));
	TRY(value_read(m, t, supported, set, ret_error));
	return sd_bus_message_exit_container(m);
}

int values_read(sd_bus_message *m, uint32_t supported, struct tunable_set *ret,
		sd_bus_error *ret_error)
{
	struct tunable_set set = {};
	int r;

	TRY(sd_bus_message_enter_container(m, SD_BUS_TYPE_ARRAY, "{sv}"));
	while ((r = sd_bus_message_enter_container(m, SD_BUS_TYPE_DICT_ENTRY, "sv")) > 0) {
		TRY(read_entry(m, supported, &set, ret_error));
		TRY(sd_bus_message_exit_container(m));
	}
	TRY(r);
	TRY(sd_bus_message_exit_container(m));

	*ret = set;
	return 0;
}

int value_append(sd_bus_message *m, enum tunable t, int64_t value)
{
	const struct tunable_info *info = &tunable_table[t];

	switch (info->type) {
	case TUNABLE_TYPE_USEC:
		return sd_bus_message_append(m, "t", (uint64_t)value);
	case TUNABLE_TYPE_USEC_OFF:
		return sd_bus_message_append(m, "x", value);
	case TUNABLE_TYPE_COUNT:
		return sd_bus_message_append(m, "u", (uint32_t)value);
	case TUNABLE_TYPE_BOOL:
		return sd_bus_message_append(m, "b", value != 0);
	case TUNABLE_TYPE_WORD:
		return sd_bus_message_append(m, "s", info->words[value]);
	}
	return -EINVAL;
}

int entry_append_text(sd_bus_message *m, const char *key, const char *value)
{
	char buf[SHOWN_MAX];

	return sd_bus_message_append(m, "{sv}", key, "s", shown(value, buf, sizeof(buf)));
}

int entry_append_value(sd_bus_message *m, const char *key, enum tunable t, int64_t value)
{
	TRY(sd_bus_message_open_container(m, SD_BUS_TYPE_DICT_ENTRY, "sv"));
	TRY(sd_bus_message_append_basic(m, SD_BUS_TYPE_STRING, key));
	TRY(sd_bus_message_open_container(m, SD_BUS_TYPE_VARIANT, tunable_signature(t)));
	TRY(value_append(m, t, value));
	TRY(sd_bus_message_close_container(m));
	return sd_bus_message_close_container(m);
}

int entry_append_values(sd_bus_message *m, const char *key, const struct tunable_set *set)
{
	TRY(sd_bus_message_open_container(m, SD_BUS_TYPE_DICT_ENTRY, "sv"));
	TRY(sd_bus_message_append_basic(m, SD_BUS_TYPE_STRING, key));
	TRY(sd_bus_message_open_container(m, SD_BUS_TYPE_VARIANT, "a{sv}"));
	TRY(sd_bus_message_open_container(m, SD_BUS_TYPE_ARRAY, "{sv}"));
	for (enum tunable t = 0; t < _TUNABLE_MAX; t++)
		if (set->mask & UINT32_C(1) << t)
			TRY(entry_append_value(m, tunable_table[t].name, t, set->value[t]));
	TRY(sd_bus_message_close_container(m));
	TRY(sd_bus_message_close_container(m));
	return sd_bus_message_close_container(m);
}

/* Not in the file is all CPUs. */
static int entry_append_domain(sd_bus_message *m, const char *key, const struct domain_choice *c)
{
	char buf[CPULIST_MAX];

	return sd_bus_message_append(m, "{sv}", key, "s",
				     c->kind == DOMAIN_AUTO ? "all" : domain_format(c, buf));
}

int profile_append(sd_bus_message *m, const struct profile *p)
{
	TRY(sd_bus_message_open_container(m, SD_BUS_TYPE_ARRAY, "{sv}"));
	TRY(entry_append_text(m, "Name", p->name));
	TRY(entry_append_text(m, "Description", p->description ?: ""));
	TRY(entry_append_text(m, "Source", p->source ?: ""));
	TRY(sd_bus_message_append(m, "{sv}", "Priority", "i", p->priority));
	TRY(entry_append_values(m, "Tunables", &p->tunables));
	TRY(entry_append_domain(m, "Primary", &p->domain[DOMAIN_PRIMARY]));
	TRY(entry_append_domain(m, "Interactive", &p->domain[DOMAIN_INTERACTIVE]));
	return sd_bus_message_close_container(m);
}

/* enum scx_exit_kind in words; the kernel's own sentence is in Reason. */
static const char *exit_kind_name(uint64_t kind)
{
	static const struct {
		uint64_t kind;
		const char *name;
	} names[] = {
		{ 0, "none" },
		{ 1, "done" },
		{ 64, "unregistered" },
		{ 65, "unregistered-by-bpf" },
		{ 66, "unregistered-by-kernel" },
		{ 67, "sysrq" },
		{ 68, "parent" },
		{ 1024, "error" },
		{ 1025, "error-bpf" },
		{ 1026, "error-stall" },
		{ 1027, "error-reenqueue" },
		{ 1028, "error-rescue" },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].kind == kind)
			return names[i].name;
	return "unknown";
}

int exit_report_append(sd_bus_message *m, const struct exit_report *report)
{
	struct tunable_set all = { .mask = (UINT32_C(1) << _TUNABLE_MAX) - 1 };

	TRY(sd_bus_message_open_container(m, SD_BUS_TYPE_ARRAY, "{sv}"));
	if (report->valid) {
		memcpy(all.value, report->tunables.value, sizeof(all.value));
		TRY(sd_bus_message_append(m, "{sv}", "Kind", "t", report->kind));
		TRY(entry_append_text(m, "KindName", exit_kind_name(report->kind)));
		TRY(sd_bus_message_append(m, "{sv}", "Code", "x", report->code));
		TRY(entry_append_text(m, "Reason", report->reason));
		TRY(entry_append_text(m, "Message", report->message));
		TRY(sd_bus_message_append(m, "{sv}", "Since", "t", report->since_usec));
		TRY(sd_bus_message_append(m, "{sv}", "UptimeUSec", "t", report->uptime_usec));
		TRY(sd_bus_message_append(m, "{sv}", "Generation", "t", report->generation));
		TRY(entry_append_text(m, "Profile", report->profile));
		TRY(entry_append_text(m, "Kernel", report->kernel));
		TRY(entry_append_values(m, "Tunables", &all));
	}
	return sd_bus_message_close_container(m);
}
