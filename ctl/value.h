/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the service says, as values: every reply becomes a tree of JSON values (daemon/json.h),
 * which is printed with --json, and read by key otherwise.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-bus.h>

#include "ctl/ctl.h"
#include "daemon/json.h"

/*
 * The next complete value of @m: a dictionary becomes an object, an array or a structure an array,
 * a variant what is in it. At the end of the message an empty object. Errors: of sd-bus; -ENOMEM.
 */
int value_read(struct json **ret, sd_bus_message *m);

/*
 * Members of an object by key. What is not there, or is of another type, since the service may be
 * older, is "", 0, false or NULL.
 */
const char *value_string(const struct json *object, const char *key);
int64_t value_int(const struct json *object, const char *key);
uint64_t value_uint(const struct json *object, const char *key);
bool value_bool(const struct json *object, const char *key);
bool value_has(const struct json *object, const char *key);

/*
 * Those members of @object that @keys (NULL at its end) names and that are there, as an object of
 * their own. NULL if there is no memory.
 */
struct json *value_choose(const struct json *object, const char *const *keys);

/* Prints it as --json asks for. Returns 0 or, after a sentence, -ENOMEM. */
int value_print(const struct ctl *ctl, const struct json *value);
