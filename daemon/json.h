/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * JSON, strict: what the standard allows and nothing more, no key twice, no value of a wrong type.
 *
 * @where in the reading functions is what an error message begins with, usually the file's path.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/cleanup.h"
#include "daemon/error.h"

struct json;		/* any value */

/*
 * Parses @size bytes, followed by a NUL, which must be one object. Error: ERROR_INVALID_ARGS, with
 * the line.
 */
int json_parse(struct json **ret, const char *text, size_t size, const char *where,
	       struct error *err);
struct json *json_free(struct json *j);
DEFINE_CLEANUP(struct json *, json_free);

/* Calls @member for each member of an object, until one fails. */
typedef int (*json_member_t)(void *target, const char *where, const char *key,
			     const struct json *value, struct error *err);
int json_visit(const struct json *object, const char *where, json_member_t member, void *target,
	       struct error *err);

/* Values, whose type must fit. Errors: ERROR_INVALID_ARGS, ERROR_OUT_OF_RANGE. */
int json_get_object(const struct json *value, const char *where, const char *key,
		    struct error *err);
int json_get_int(const struct json *value, const char *where, const char *key, int64_t *ret,
		 struct error *err);
int json_get_range(const struct json *value, const char *where, const char *key, int64_t min,
		   int64_t max, int64_t *ret, struct error *err);
int json_get_bool(const struct json *value, const char *where, const char *key, bool *ret,
		  struct error *err);
/* Borrowed from @value; may hold any character but NUL. */
int json_get_string(const struct json *value, const char *where, const char *key,
		    const char **ret, struct error *err);

/* The member @key, or NULL. */
const struct json *json_find(const struct json *object, const char *key);

/* How many elements an array or members an object has, 0 for anything else. */
size_t json_length(const struct json *value);

/* The element @i of an array, which must be there. */
const struct json *json_at(const struct json *array, size_t i);

/* One more owner of @value, which must not be changed from then on. NULL gives NULL. */
struct json *json_share(const struct json *value);

/* Writing. Each returns 0 or -ENOMEM. Strings are made valid UTF-8. */
struct json *json_new_object(void);
struct json *json_new_array(void);
struct json *json_new_int(int64_t value);
struct json *json_new_uint(uint64_t value);
struct json *json_new_bool(bool value);
struct json *json_new_string(const char *value);
int json_add_int(struct json *object, const char *key, int64_t value);
int json_add_uint(struct json *object, const char *key, uint64_t value);
int json_add_bool(struct json *object, const char *key, bool value);
int json_add_string(struct json *object, const char *key, const char *value);
/* Gives @child to @object, also on failure. NULL as @child is -ENOMEM, as for the next. */
int json_add(struct json *object, const char *key, struct json *child);
int json_append(struct json *array, struct json *child);
char *json_print(const struct json *object);	/* owned by the caller, ends in a newline */
char *json_print_line(const struct json *object);	/* the same in one line */
