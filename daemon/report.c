/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The exit report on disk.
 */
#include "daemon/report.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/cleanup.h"
#include "daemon/fs.h"
#include "daemon/json.h"
#include "daemon/names.h"

/* A dump of 32 KiB, every byte of it escaped as \u00xx, and the rest. */
#define FILE_MAX (256 * 1024)

void exit_report_done(struct exit_report *r)
{
	free(r->dump);
	*r = EXIT_REPORT_NULL;
}

static int add_value(struct json *object, enum tunable t, int64_t value)
{
	const struct tunable_info *info = &tunable_table[t];

	if (info->type == TUNABLE_TYPE_BOOL)
		return json_add_bool(object, info->key, value);
	if (info->type == TUNABLE_TYPE_WORD)
		return json_add_string(object, info->key, info->words[value]);
	return json_add_int(object, info->key, value);
}

static struct json *tunables_to_json(const struct tunables *tunables)
{
	_cleanup_(json_freep) struct json *j = json_new_object();

	for (int t = 0; j && t < _TUNABLE_MAX; t++)
		if (add_value(j, t, tunables->value[t]) < 0)
			return NULL;
	return TAKE_PTR(j);
}

static struct json *report_to_json(const struct exit_report *r)
{
	_cleanup_(json_freep) struct json *j = json_new_object();

	if (!j || json_add_uint(j, "kind", r->kind) < 0 || json_add_int(j, "code", r->code) < 0 ||
	    json_add_string(j, "reason", r->reason) < 0 ||
	    json_add_string(j, "message", r->message) < 0 ||
	    json_add_uint(j, "since_usec", r->since_usec) < 0 ||
	    json_add_uint(j, "uptime_usec", r->uptime_usec) < 0 ||
	    json_add_uint(j, "generation", r->generation) < 0 ||
	    json_add_string(j, "profile", r->profile) < 0 ||
	    json_add_string(j, "kernel", r->kernel) < 0 ||
	    json_add(j, "tunables", tunables_to_json(&r->tunables)) < 0 ||
	    (r->dump && json_add_string(j, "dump", r->dump) < 0))
		return NULL;
	return TAKE_PTR(j);
}

int exit_report_write(const struct exit_report *r, const char *state_dir)
{
	_cleanup_(json_freep) struct json *j = report_to_json(r);
	_cleanup_free_ char *path = fs_join(state_dir, FILE_LAST_EXIT);
	_cleanup_free_ char *text = j ? json_print(j) : NULL;

	if (!path || !text)
		return -ENOMEM;
	return fs_write(path, text, strlen(text), 0600);
}

static int read_number(uint64_t *target, const char *where, const char *key,
		       const struct json *value, struct error *err)
{
	int64_t number = 0;
	int r;

	r = json_get_range(value, where, key, 0, INT64_MAX, &number, err);
	if (r >= 0)
		*target = number;
	return r;
}

static int read_string(char *target, size_t size, const char *where, const char *key,
		       const struct json *value, struct error *err)
{
	const char *text = NULL;
	int r;

	r = json_get_string(value, where, key, &text, err);
	if (r >= 0)
		snprintf(target, size, "%s", text);
	return r;
}

/* Values that a later version's table no longer takes are left at the default. */
static int read_tunable(void *target, const char *where, const char *key,
			const struct json *value, struct error *err)
{
	struct tunables *tunables = target;
	int64_t number = 0;
	bool flag = false;
	int r, t = tunable_by_key(key);

	if (t < 0 || tunable_table[t].type == TUNABLE_TYPE_WORD)
		return 0;
	if (tunable_table[t].type == TUNABLE_TYPE_BOOL) {
		r = json_get_bool(value, where, key, &flag, err);
		number = flag;
	} else {
		r = json_get_int(value, where, key, &number, err);
	}
	if (r >= 0)
		tunables->value[t] = number;
	return r;
}

static int read_member(void *target, const char *where, const char *key, const struct json *value,
		       struct error *err)
{
	struct exit_report *r = target;
	const char *text = NULL;
	int error;

	if (!strcmp(key, "kind"))
		return read_number(&r->kind, where, key, value, err);
	if (!strcmp(key, "code"))
		return json_get_int(value, where, key, &r->code, err);
	if (!strcmp(key, "since_usec"))
		return read_number(&r->since_usec, where, key, value, err);
	if (!strcmp(key, "uptime_usec"))
		return read_number(&r->uptime_usec, where, key, value, err);
	if (!strcmp(key, "generation"))
		return read_number(&r->generation, where, key, value, err);
	if (!strcmp(key, "reason"))
		return read_string(r->reason, sizeof(r->reason), where, key, value, err);
	if (!strcmp(key, "message"))
		return read_string(r->message, sizeof(r->message), where, key, value, err);
	if (!strcmp(key, "profile"))
		return read_string(r->profile, sizeof(r->profile), where, key, value, err);
	if (!strcmp(key, "kernel"))
		return read_string(r->kernel, sizeof(r->kernel), where, key, value, err);
	if (!strcmp(key, "tunables")) {
		error = json_get_object(value, where, key, err);
		return error < 0 ? error :
				   json_visit(value, where, read_tunable, &r->tunables, err);
	}
	if (!strcmp(key, "dump")) {
		error = json_get_string(value, where, key, &text, err);
		if (error < 0)
			return error;
		free(r->dump);
		r->dump = strdup(text);
		return r->dump ? 0 : -ENOMEM;
	}
	return 0;	/* written by a later version */
}

int exit_report_read(struct exit_report *ret, const char *state_dir, struct error *err)
{
	_cleanup_(exit_report_done) struct exit_report report = EXIT_REPORT_NULL;
	_cleanup_(fs_file_done) struct fs_file f = FS_FILE_NULL;
	_cleanup_(json_freep) struct json *j = NULL;
	int r;

	r = fs_load(&f, state_dir, FILE_LAST_EXIT, FILE_MAX, err);
	if (r < 0)
		return r;
	if (r == 0) {
		*ret = EXIT_REPORT_NULL;
		return 0;
	}
	r = json_parse(&j, f.text, f.size, f.path, err);
	if (r < 0)
		return r;
	tunables_compute(&report.tunables, NULL, NULL);
	r = json_visit(j, f.path, read_member, &report, err);
	if (r < 0)
		return r;
	report.valid = true;
	*ret = report;
	report = EXIT_REPORT_NULL;
	return 0;
}
