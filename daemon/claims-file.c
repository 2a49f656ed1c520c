/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What clients hold, on disk.
 */
#include "daemon/claims-file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemon/cleanup.h"
#include "daemon/fs.h"
#include "daemon/json.h"
#include "daemon/names.h"
#include "daemon/profiles.h"

/* CLAIMS_MAX claims whose texts are of nothing but escapes. */
#define SIZE_MAX_BYTES (4 * 1024 * 1024)

static const char *const kind_names[_CLAIM_KIND_MAX] = {
	[CLAIM_HOLD] = "hold",
	[CLAIM_LATENCY] = "latency",
};

/* What is wrong is found out with each claim of the file in turn. */
struct reader {
	struct claim claim;		/* texts borrowed from the parsed line */
	const char *world;
};

static int print_world(FILE *out, const char *world)
{
	_cleanup_(json_freep) struct json *j = json_new_object();
	_cleanup_free_ char *line = NULL;

	if (j && json_add_string(j, "world", world) >= 0)
		line = json_print_line(j);
	return line && fputs(line, out) >= 0 ? 0 : -ENOMEM;
}

/* NULL without memory. */
static char *make_line(const struct claim *c)
{
	_cleanup_(json_freep) struct json *j = json_new_object();
	int r;

	if (!j)
		return NULL;
	r = json_add_string(j, "kind", kind_names[c->kind]);
	if (r >= 0)
		r = json_add_uint(j, "cookie", c->cookie);
	if (r >= 0)
		r = json_add_uint(j, "uid", c->uid);
	if (r >= 0)
		r = json_add_string(j, "owner", c->owner);
	if (r >= 0 && c->kind == CLAIM_HOLD)
		r = json_add_string(j, "profile", c->profile);
	if (r >= 0 && c->kind == CLAIM_LATENCY)
		r = json_add_uint(j, "latency_usec", c->latency_usec);
	if (r >= 0)
		r = json_add_string(j, "reason", c->reason);
	if (r >= 0)
		r = json_add_string(j, "application_id", c->application_id);
	if (r >= 0)
		r = json_add_uint(j, "since_usec", c->since_usec);
	return r >= 0 ? json_print_line(j) : NULL;
}

/* A claim never changes, and the file is written again with each that comes or goes. */
static int print_claim(FILE *out, struct claim *c)
{
	if (!c->line)
		c->line = make_line(c);
	return c->line && fputs(c->line, out) >= 0 ? 0 : -ENOMEM;
}

static int print_all(FILE *out, const struct claims *c, const char *world)
{
	int r = print_world(out, world);

	for (size_t i = 0; r >= 0 && i < c->n; i++)
		r = print_claim(out, &c->claim[i]);
	return r;
}

int claims_file_write(const struct claims *c, const char *world, const char *runtime_dir)
{
	_cleanup_free_ char *path = fs_join(runtime_dir, FILE_CLIENTS), *text = NULL;
	size_t size;
	FILE *out;
	int r;

	if (!path)
		return -ENOMEM;
	if (!c->n)
		return fs_remove(path);
	out = open_memstream(&text, &size);
	if (!out)
		return -ENOMEM;
	r = print_all(out, c, world);
	if (fclose(out) != 0 && r >= 0)
		r = -ENOMEM;
	return r < 0 ? r : fs_write(path, text, size, 0600);
}

static int read_text(char **target, const char *where, const char *key, const struct json *value,
		     struct error *err)
{
	const char *text = NULL;
	int r;

	r = json_get_string(value, where, key, &text, err);
	if (r >= 0)
		*target = (char *)text;
	return r;
}

static int read_kind(struct claim *c, const char *where, const char *key, const struct json *value,
		     struct error *err)
{
	const char *name = NULL;
	int r;

	r = json_get_string(value, where, key, &name, err);
	if (r < 0)
		return r;
	for (int kind = 0; kind < _CLAIM_KIND_MAX; kind++) {
		if (!strcmp(kind_names[kind], name)) {
			c->kind = kind;
			return 0;
		}
	}
	return error_set(err, ERROR_INVALID_ARGS, EINVAL, "%s: %s: \"%.32s\" is unknown", where,
			 key, name);
}

static int read_member(void *target, const char *where, const char *key, const struct json *value,
		       struct error *err)
{
	struct reader *reader = target;
	struct claim *c = &reader->claim;
	int64_t number = 0;
	char *world = NULL;
	int r;

	if (!strcmp(key, "world")) {
		r = read_text(&world, where, key, value, err);
		reader->world = world;
		return r;
	}
	if (!strcmp(key, "kind"))
		return read_kind(c, where, key, value, err);
	if (!strcmp(key, "owner"))
		return read_text(&c->owner, where, key, value, err);
	if (!strcmp(key, "profile"))
		return read_text(&c->profile, where, key, value, err);
	if (!strcmp(key, "reason"))
		return read_text(&c->reason, where, key, value, err);
	if (!strcmp(key, "application_id"))
		return read_text(&c->application_id, where, key, value, err);
	r = json_get_range(value, where, key, 0, INT64_MAX, &number, err);
	if (r < 0)
		return r;
	if (!strcmp(key, "cookie") && number <= UINT32_MAX)
		c->cookie = number;
	else if (!strcmp(key, "uid") && number < UINT32_MAX)
		c->uid = number;
	else if (!strcmp(key, "latency_usec"))
		c->latency_usec = number;
	else if (!strcmp(key, "since_usec"))
		c->since_usec = number;
	else
		return error_set(err, ERROR_INVALID_ARGS, EINVAL,
				 "%s: unknown key \"%.64s\" or number out of range", where, key);
	return 0;
}

/* What one line alone must be, and what it must be beside those before it. */
static int check(const struct claims *claims, const struct claim *c, const char *where,
		 struct error *err)
{
	bool whole = c->cookie && c->owner && *c->owner && strlen(c->owner) <= CLAIM_OWNER_MAX &&
		     c->reason && c->application_id;

	if (c->kind == CLAIM_HOLD)
		whole = whole && c->profile && profile_name_valid(c->profile);
	else
		whole = whole && c->latency_usec;
	if (!whole)
		return error_set(err, ERROR_INVALID_ARGS, EINVAL, "%s: something is missing",
				 where);
	for (int kind = 0; kind < _CLAIM_KIND_MAX; kind++)
		if (claims_find(claims, kind, c->cookie))
			return error_set(err, ERROR_INVALID_ARGS, EINVAL,
					 "%s: cookie: given twice", where);
	return 0;
}

/* 1: there is more to read, 0: the file is of another world. */
static int read_line(struct claims *claims, const char *line, size_t size, const char *world,
		     const char *where, bool first, struct error *err)
{
	_cleanup_(json_freep) struct json *j = NULL;
	struct reader reader = {};
	int r;

	r = json_parse(&j, line, size, where, err);
	if (r >= 0)
		r = json_visit(j, where, read_member, &reader, err);
	if (r < 0)
		return r;
	if (first) {
		if (!reader.world)
			return error_set(err, ERROR_INVALID_ARGS, EINVAL, "%s: does not say world",
					 where);
		return !strcmp(reader.world, world);
	}
	r = check(claims, &reader.claim, where, err);
	if (r >= 0)
		r = claims_add(claims, &reader.claim, err);
	return r < 0 ? r : 1;
}

static int read_lines(struct claims *claims, char *text, const char *world, const char *path,
		      struct error *err)
{
	unsigned number = 1;
	char where[512], *end;
	int r = 1;

	for (char *line = text; r > 0 && *line; line = end + 1, number++) {
		end = strchr(line, '\n');
		if (!end)
			return error_set(err, ERROR_INVALID_ARGS, EINVAL, "%s:%u: has no end",
					 path, number);
		*end = 0;
		snprintf(where, sizeof(where), "%s, line %u", path, number);
		r = read_line(claims, line, end - line, world, where, number == 1, err);
	}
	return r < 0 ? r : 0;
}

int claims_file_read(struct claims *ret, const char *world, const char *runtime_dir,
		     struct error *err)
{
	_cleanup_(claims_done) struct claims claims = CLAIMS_NULL;
	_cleanup_(fs_file_done) struct fs_file f = FS_FILE_NULL;
	int r;

	r = fs_load(&f, runtime_dir, FILE_CLIENTS, SIZE_MAX_BYTES, err);
	if (r < 0)
		return r;
	if (r > 0) {
		if (strlen(f.text) != f.size)
			return error_set(err, ERROR_INVALID_ARGS, EINVAL, "%s: holds a NUL",
					 f.path);
		r = read_lines(&claims, f.text, world, f.path, err);
		if (r < 0)
			return r;
	}
	*ret = claims;
	claims = CLAIMS_NULL;
	return 0;
}
