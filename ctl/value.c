/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the service says, as values.
 */
#include "ctl/value.h"

#include <errno.h>
#include <stdio.h>

#include "ctl/complain.h"

static int read_entries(struct json *object, sd_bus_message *m)
{
	const char *key;
	int r;

	while ((r = sd_bus_message_at_end(m, false)) == 0) {
		struct json *value = NULL;

		r = sd_bus_message_enter_container(m, SD_BUS_TYPE_DICT_ENTRY, NULL);
		if (r >= 0)
			r = sd_bus_message_read_basic(m, SD_BUS_TYPE_STRING, &key);
		if (r >= 0)
			r = value_read(&value, m);
		if (r >= 0)
			r = json_add(object, key, value);
		if (r >= 0)
			r = sd_bus_message_exit_container(m);
		if (r < 0)
			return r;
	}
	return r;
}

static int read_elements(struct json *array, sd_bus_message *m)
{
	int r;

	while ((r = sd_bus_message_at_end(m, false)) == 0) {
		struct json *value = NULL;

		r = value_read(&value, m);
		if (r >= 0)
			r = json_append(array, value);
		if (r < 0)
			return r;
	}
	return r;
}

static int read_container(struct json **ret, sd_bus_message *m, char type, const char *contents)
{
	bool is_object = type == SD_BUS_TYPE_ARRAY && *contents == SD_BUS_TYPE_DICT_ENTRY_BEGIN;
	_cleanup_(json_freep) struct json *j = NULL;
	int r;

	if (type != SD_BUS_TYPE_VARIANT) {
		j = is_object ? json_new_object() : json_new_array();
		if (!j)
			return -ENOMEM;
	}
	r = sd_bus_message_enter_container(m, type, contents);
	if (r < 0)
		return r;
	if (type == SD_BUS_TYPE_VARIANT)
		r = value_read(&j, m);
	else
		r = is_object ? read_entries(j, m) : read_elements(j, m);
	if (r >= 0)
		r = sd_bus_message_exit_container(m);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(j);
	return 0;
}

static struct json *basic(char type, const void *p)
{
	switch (type) {
	case SD_BUS_TYPE_BYTE:
		return json_new_uint(*(const uint8_t *)p);
	case SD_BUS_TYPE_BOOLEAN:
		return json_new_bool(*(const int *)p);
	case SD_BUS_TYPE_INT16:
		return json_new_int(*(const int16_t *)p);
	case SD_BUS_TYPE_UINT16:
		return json_new_uint(*(const uint16_t *)p);
	case SD_BUS_TYPE_INT32:
		return json_new_int(*(const int32_t *)p);
	case SD_BUS_TYPE_UINT32:
		return json_new_uint(*(const uint32_t *)p);
	case SD_BUS_TYPE_INT64:
		return json_new_int(*(const int64_t *)p);
	case SD_BUS_TYPE_UINT64:
		return json_new_uint(*(const uint64_t *)p);
	default:
		return json_new_string(*(const char *const *)p);
	}
}

int value_read(struct json **ret, sd_bus_message *m)
{
	union {
		uint64_t number;
		const char *string;
	} u = {};
	const char *contents;
	struct json *j;
	char type;
	int r;

	r = sd_bus_message_peek_type(m, &type, &contents);
	if (r < 0)
		return r;
	if (r > 0 && contents)
		return read_container(ret, m, type, contents);
	if (r > 0) {
		r = sd_bus_message_read_basic(m, type, &u);
		if (r < 0)
			return r;
		j = basic(type, &u);
	} else {
		j = json_new_object();
	}
	if (!j)
		return -ENOMEM;
	*ret = j;
	return 0;
}

const char *value_string(const struct json *object, const char *key)
{
	const char *s = "";

	json_get_string(json_find(object, key), "", key, &s, NULL);
	return s;
}

int64_t value_int(const struct json *object, const char *key)
{
	int64_t n = 0;

	json_get_int(json_find(object, key), "", key, &n, NULL);
	return n;
}

uint64_t value_uint(const struct json *object, const char *key)
{
	int64_t n = value_int(object, key);

	return n < 0 ? 0 : n;
}

bool value_bool(const struct json *object, const char *key)
{
	bool b = false;

	json_get_bool(json_find(object, key), "", key, &b, NULL);
	return b;
}

bool value_has(const struct json *object, const char *key)
{
	return json_find(object, key) != NULL;
}

struct json *value_choose(const struct json *object, const char *const *keys)
{
	_cleanup_(json_freep) struct json *chosen = json_new_object();

	for (; chosen && *keys; keys++)
		if (value_has(object, *keys) &&
		    json_add(chosen, *keys, json_share(json_find(object, *keys))) < 0)
			return NULL;
	return TAKE_PTR(chosen);
}

int value_print(const struct ctl *ctl, const struct json *value)
{
	_cleanup_free_ char *text = NULL;

	text = ctl->json == JSON_PRETTY ? json_print(value) : json_print_line(value);
	if (!text)
		return complain_memory();
	fputs(text, stdout);
	fflush(stdout);
	return 0;
}
