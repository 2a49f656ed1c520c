/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * JSON: the only door to json-c. A `struct json` is json-c's object under a name of ours, so that
 * nobody else includes its headers.
 */
#include "daemon/json.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "daemon/text.h"

/* Our files nest two deep. */
#define DEPTH_MAX 8
#define KEYS_MAX 512

static struct json_object *object_of(const struct json *j)
{
	return (struct json_object *)j;
}

static struct json *json_of(struct json_object *o)
{
	return (struct json *)o;
}

static void free_tokener(struct json_tokener *t)
{
	json_tokener_free(t);
}

DEFINE_CLEANUP(struct json_tokener *, free_tokener);

static unsigned line_of(const char *text, size_t offset)
{
	unsigned line = 1;

	for (size_t i = 0; i < offset; i++)
		line += text[i] == '\n';
	return line;
}

struct key {
	unsigned object;	/* which object it belongs to, counted in order of appearance */
	const char *start;
	size_t length;
};

/*
 * json-c keeps the last of two equal keys without a word, so they are looked for in the text,
 * which is known to be well-formed here but for keys in single quotes, which json-c lets pass.
 * Keys with escapes are refused: they could hide a twin, and no key of ours needs one.
 */
static int check_keys(const char *text, size_t size, const char *where, struct error *err)
{
	unsigned object[DEPTH_MAX + 1] = {}, depth = 0, n_objects = 0, n_keys = 0;
	_cleanup_free_ struct key *keys = calloc(KEYS_MAX, sizeof(*keys));
	const char *end = text + size, *start, *p, *after;
	struct key key;

	if (!keys)
		return error_set(err, ERROR_FAILED, ENOMEM, "%s: out of memory", where);
	for (p = text; p < end; p++) {
		if ((*p == '{' || *p == '[') && depth < DEPTH_MAX)
			object[++depth] = ++n_objects;
		else if ((*p == '}' || *p == ']') && depth)
			depth--;
		if (*p == '\'')
			return error_set(err, ERROR_INVALID_ARGS, EINVAL,
					 "%s:%u: not JSON: strings and keys take double quotes",
					 where, line_of(text, p - text));
		if (*p != '"')
			continue;
		for (start = ++p; p < end && *p != '"'; p++)
			p += *p == '\\';
		for (after = p + 1; after < end && isspace((unsigned char)*after); after++)
			;
		if (after >= end || *after != ':')
			continue;
		key = (struct key){ object[depth], start, p - start };
		if (memchr(start, '\\', key.length))
			return error_set(err, ERROR_INVALID_ARGS, EINVAL,
					 "%s:%u: a key is written with escapes, spell it plainly",
					 where, line_of(text, start - text));
		for (unsigned i = 0; i < n_keys; i++)
			if (keys[i].object == key.object && keys[i].length == key.length &&
			    !memcmp(keys[i].start, key.start, key.length))
				return error_set(err, ERROR_INVALID_ARGS, EINVAL,
						 "%s:%u: \"%.*s\" is given twice", where,
						 line_of(text, start - text), (int)key.length,
						 start);
		if (n_keys == KEYS_MAX)
			return error_set(err, ERROR_INVALID_ARGS, EINVAL,
					 "%s: too many keys, allowed: up to %d", where, KEYS_MAX);
		keys[n_keys++] = key;
	}
	return 0;
}

/*
 * The same text in ASCII, with every other character as an escape; NULL after an error. json-c
 * (0.18) lets control characters and broken UTF-8 pass that strict JSON forbids, and when told to
 * be strict takes every byte above 127 for a control character.
 */
static char *to_ascii(const char *text, size_t size, const char *where, struct error *err)
{
	/* Two bytes become six, which is the worst. */
	_cleanup_free_ char *ascii = malloc(3 * size + 1);
	uint32_t point = 0;
	char *end = ascii;
	size_t n;

	if (!ascii) {
		error_set(err, ERROR_FAILED, ENOMEM, "%s: out of memory", where);
		return NULL;
	}
	for (size_t i = 0; i < size; i += n) {
		n = text[i] ? text_utf8_char(text + i, &point) : 0;
		if (!n || (point < 0x20 && !isspace((unsigned char)text[i]))) {
			error_set(err, ERROR_INVALID_ARGS, EINVAL,
				  "%s:%u: not JSON: byte 0x%02x is a control character or not "
				  "UTF-8", where, line_of(text, i), (unsigned char)text[i]);
			return NULL;
		}
		if (point < 0x80)
			*end++ = point;
		else if (point < 0x10000)
			end += sprintf(end, "\\u%04x", point);
		else
			end += sprintf(end, "\\u%04x\\u%04x", 0xd7c0 + (point >> 10),
				       0xdc00 + (point & 0x3ff));
	}
	*end = 0;
	return TAKE_PTR(ascii);
}

int json_parse(struct json **ret, const char *text, size_t size, const char *where,
	       struct error *err)
{
	_cleanup_(free_tokenerp) struct json_tokener *tokener = NULL;
	_cleanup_(json_freep) struct json *j = NULL;
	_cleanup_free_ char *ascii = NULL;
	size_t length, offset;
	int r;

	ascii = to_ascii(text, size, where, err);
	if (!ascii)
		return -EINVAL;
	tokener = json_tokener_new_ex(DEPTH_MAX);
	if (!tokener)
		return error_set(err, ERROR_FAILED, ENOMEM, "%s: out of memory", where);
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
	/* With its NUL, or a text that is cut short would merely be "to be continued". */
	length = strlen(ascii);
	j = json_of(json_tokener_parse_ex(tokener, ascii, length + 1));
	offset = json_tokener_get_parse_end(tokener);
	if (json_tokener_get_error(tokener) != json_tokener_success || offset < length)
		return error_set(err, ERROR_INVALID_ARGS, EINVAL, "%s:%u: not JSON: %s", where,
				 line_of(ascii, offset < length ? offset : length),
				 json_tokener_error_desc(json_tokener_get_error(tokener)));
	if (!json_object_is_type(object_of(j), json_type_object))
		return error_set(err, ERROR_INVALID_ARGS, EINVAL,
				 "%s: must be an object: { \"key\": value, … }", where);
	r = check_keys(text, size, where, err);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(j);
	return 0;
}

struct json *json_free(struct json *j)
{
	json_object_put(object_of(j));
	return NULL;
}

int json_visit(const struct json *object, const char *where, json_member_t member, void *target,
	       struct error *err)
{
	int r;

	json_object_object_foreach(object_of(object), key, value) {
		r = member(target, where, key, json_of(value), err);
		if (r < 0)
			return r;
	}
	return 0;
}

static int wrong_type(const struct json *value, const char *where, const char *key,
		      const char *wanted, struct error *err)
{
	return error_set(err, ERROR_INVALID_ARGS, EINVAL, "%s: %s: %.64s is not %s", where, key,
			 json_object_to_json_string_ext(object_of(value), JSON_C_TO_STRING_PLAIN),
			 wanted);
}

int json_get_object(const struct json *value, const char *where, const char *key,
		    struct error *err)
{
	if (!json_object_is_type(object_of(value), json_type_object))
		return wrong_type(value, where, key, "an object: { \"key\": value, … }", err);
	return 0;
}

int json_get_int(const struct json *value, const char *where, const char *key, int64_t *ret,
		 struct error *err)
{
	if (!json_object_is_type(object_of(value), json_type_int))
		return wrong_type(value, where, key, "a whole number", err);
	/* What does not fit is cut to the nearest number that does: out of every range of ours. */
	*ret = json_object_get_int64(object_of(value));
	return 0;
}

int json_get_range(const struct json *value, const char *where, const char *key, int64_t min,
		   int64_t max, int64_t *ret, struct error *err)
{
	int64_t number = 0;
	int r;

	r = json_get_int(value, where, key, &number, err);
	if (r < 0)
		return r;
	if (number < min || number > max)
		return error_set(err, ERROR_OUT_OF_RANGE, ERANGE,
				 "%s: %s: %" PRId64 " is out of range, allowed: %" PRId64
				 " to %" PRId64, where, key, number, min, max);
	*ret = number;
	return 0;
}

int json_get_bool(const struct json *value, const char *where, const char *key, bool *ret,
		  struct error *err)
{
	if (!json_object_is_type(object_of(value), json_type_boolean))
		return wrong_type(value, where, key, "true or false", err);
	*ret = json_object_get_boolean(object_of(value));
	return 0;
}

int json_get_string(const struct json *value, const char *where, const char *key,
		    const char **ret, struct error *err)
{
	const char *string;

	if (!json_object_is_type(object_of(value), json_type_string))
		return wrong_type(value, where, key, "a string", err);
	string = json_object_get_string(object_of(value));
	if (strlen(string) != (size_t)json_object_get_string_len(object_of(value)))
		return error_set(err, ERROR_INVALID_ARGS, EINVAL,
				 "%s: %s: the character NUL is not allowed", where, key);
	*ret = string;
	return 0;
}

const struct json *json_find(const struct json *object, const char *key)
{
	struct json_object *value;

	return json_object_object_get_ex(object_of(object), key, &value) ? json_of(value) : NULL;
}

size_t json_length(const struct json *value)
{
	if (json_object_is_type(object_of(value), json_type_array))
		return json_object_array_length(object_of(value));
	if (json_object_is_type(object_of(value), json_type_object))
		return json_object_object_length(object_of(value));
	return 0;
}

const struct json *json_at(const struct json *array, size_t i)
{
	return json_of(json_object_array_get_idx(object_of(array), i));
}

struct json *json_share(const struct json *value)
{
	return json_of(json_object_get(object_of(value)));
}

struct json *json_new_object(void)
{
	return json_of(json_object_new_object());
}

struct json *json_new_array(void)
{
	return json_of(json_object_new_array());
}

struct json *json_new_int(int64_t value)
{
	return json_of(json_object_new_int64(value));
}

struct json *json_new_uint(uint64_t value)
{
	return json_of(json_object_new_uint64(value));
}

struct json *json_new_bool(bool value)
{
	return json_of(json_object_new_boolean(value));
}

struct json *json_new_string(const char *value)
{
	_cleanup_free_ char *clean = strdup(value);

	if (!clean)
		return NULL;
	text_clean(clean);
	return json_of(json_object_new_string(clean));
}

int json_add_int(struct json *object, const char *key, int64_t value)
{
	return json_add(object, key, json_new_int(value));
}

int json_add_uint(struct json *object, const char *key, uint64_t value)
{
	return json_add(object, key, json_new_uint(value));
}

int json_add_bool(struct json *object, const char *key, bool value)
{
	return json_add(object, key, json_new_bool(value));
}

int json_add_string(struct json *object, const char *key, const char *value)
{
	return json_add(object, key, json_new_string(value));
}

int json_add(struct json *object, const char *key, struct json *child)
{
	if (!child)
		return -ENOMEM;
	if (json_object_object_add(object_of(object), key, object_of(child)) < 0) {
		json_free(child);
		return -ENOMEM;
	}
	return 0;
}

int json_append(struct json *array, struct json *child)
{
	if (!child)
		return -ENOMEM;
	if (json_object_array_add(object_of(array), object_of(child)) < 0) {
		json_free(child);
		return -ENOMEM;
	}
	return 0;
}

static char *print(const struct json *object, int flags)
{
	const char *text = json_object_to_json_string_ext(object_of(object),
							  flags | JSON_C_TO_STRING_NOSLASHESCAPE);
	char *line;

	return text && asprintf(&line, "%s\n", text) >= 0 ? line : NULL;
}

char *json_print(const struct json *object)
{
	return print(object, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED);
}

char *json_print_line(const struct json *object)
{
	return print(object, JSON_C_TO_STRING_SPACED);
}
