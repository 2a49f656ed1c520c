/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the user selected, on disk.
 */
#include "daemon/selection.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemon/cleanup.h"
#include "daemon/fs.h"
#include "daemon/json.h"
#include "daemon/names.h"

int selection_write(const struct selection *s, const char *state_dir)
{
	_cleanup_(json_freep) struct json *j = json_new_object();
	_cleanup_free_ char *path = fs_join(state_dir, FILE_SELECTION), *text = NULL;

	if (!j || !path)
		return -ENOMEM;
	if (s->profile[0] && json_add_string(j, "profile", s->profile) < 0)
		return -ENOMEM;
	if (s->follow != SELECTION_FOLLOW_UNSET &&
	    json_add_bool(j, "follow_power_profile", s->follow == SELECTION_FOLLOW_YES) < 0)
		return -ENOMEM;
	if (json_add_string(j, "default_profile", s->default_profile) < 0)
		return -ENOMEM;
	text = json_print(j);
	return text ? fs_write(path, text, strlen(text), 0644) : -ENOMEM;
}

int selection_remove(const char *state_dir)
{
	_cleanup_free_ char *path = fs_join(state_dir, FILE_SELECTION);

	return path ? fs_remove(path) : -ENOMEM;
}

static int read_name(char *target, const char *where, const char *key, const struct json *value,
		     struct error *err)
{
	const char *name = NULL;
	int r;

	r = profile_name_read(value, where, key, &name, err);
	if (r >= 0)
		snprintf(target, PROFILE_NAME_MAX + 1, "%s", name);
	return r;
}

static int read_member(void *target, const char *where, const char *key, const struct json *value,
		       struct error *err)
{
	struct selection *s = target;
	bool follow = false;
	int r;

	if (!strcmp(key, "follow_power_profile")) {
		r = json_get_bool(value, where, key, &follow, err);
		s->follow = follow ? SELECTION_FOLLOW_YES : SELECTION_FOLLOW_NO;
		return r;
	}
	if (!strcmp(key, "profile"))
		return read_name(s->profile, where, key, value, err);
	if (!strcmp(key, "default_profile"))
		return read_name(s->default_profile, where, key, value, err);
	return 0;	/* written by a later version */
}

int selection_read(struct selection *ret, const char *state_dir, struct error *err)
{
	_cleanup_(fs_file_done) struct fs_file f = FS_FILE_NULL;
	_cleanup_(json_freep) struct json *j = NULL;
	struct selection s = SELECTION_NULL;
	int r;

	r = fs_load(&f, state_dir, FILE_SELECTION, FS_CONFIG_MAX, err);
	if (r > 0) {
		r = json_parse(&j, f.text, f.size, f.path, err);
		if (r >= 0)
			r = json_visit(j, f.path, read_member, &s, err);
	}
	if (r >= 0)
		*ret = s;
	return r;
}
