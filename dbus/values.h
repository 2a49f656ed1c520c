/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tunables and dictionaries as D-Bus values.
 */
#pragma once

#include <systemd/sd-bus.h>

#include "daemon/error.h"
#include "daemon/profiles.h"
#include "daemon/tunables.h"

struct exit_report;
struct manager;

/*
 * Enters the variant that comes next in @m if it holds a @signature; else the error names @field,
 * the type given and the type wanted. sd_bus_message_exit_container() leaves it.
 */
int value_enter(sd_bus_message *m, const char *field, const char *signature,
		sd_bus_error *ret_error);

/* Reads the bare value of @t that comes next in @m and adds it to @set, checked. */
int value_read(sd_bus_message *m, enum tunable t, uint32_t supported, struct tunable_set *set,
	       sd_bus_error *ret_error);

/*
 * Reads the name of a profile that is there, borrowed from @m. Every other is refused before
 * anybody is asked, so that none of any size is kept in a message that waits.
 */
int value_read_profile(sd_bus_message *m, const struct manager *manager, const char **ret,
		       sd_bus_error *ret_error);

/* Reads a{sv} of tunables. On failure @ret is untouched. */
int values_read(sd_bus_message *m, uint32_t supported, struct tunable_set *ret,
		sd_bus_error *ret_error);

/* The bare value, as the property of the tunable has it. */
int value_append(sd_bus_message *m, enum tunable t, int64_t value);

/* Entries of an open a{sv}. */
int entry_append_text(sd_bus_message *m, const char *key, const char *value);
int entry_append_value(sd_bus_message *m, const char *key, enum tunable t, int64_t value);
int entry_append_values(sd_bus_message *m, const char *key, const struct tunable_set *set);

/* A whole a{sv}: of one profile, of an exit report (empty if there is none). */
int profile_append(sd_bus_message *m, const struct profile *p);
int exit_report_append(sd_bus_message *m, const struct exit_report *report);
