/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Profiles: reading them from profiles.d.
 */
#include "daemon/profiles.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <syslog.h>

#include "daemon/cleanup.h"
#include "daemon/fs.h"
#include "daemon/json.h"
#include "daemon/names.h"
#include "daemon/text.h"

#define SUFFIX ".json"
#define DESCRIPTION_MAX 256

static void profile_done(struct profile *p)
{
	free(p->name);
	free(p->description);
	free(p->source);
	*p = (struct profile){};
}

void profiles_done(struct profiles *p)
{
	for (size_t i = 0; i < p->n; i++)
		profile_done(&p->profile[i]);
	free(p->profile);
	*p = PROFILES_NULL;
}

bool profile_domains_equal(const struct profile *a, const struct profile *b)
{
	for (enum domain d = 0; d < _DOMAIN_MAX; d++)
		if (!domain_equal(&a->domain[d], &b->domain[d]))
			return false;
	return true;
}

const struct profile *profiles_find(const struct profiles *p, const char *name)
{
	for (size_t i = 0; i < p->n; i++)
		if (!strcmp(p->profile[i].name, name))
			return &p->profile[i];
	return NULL;
}

bool profile_name_valid(const char *name)
{
	size_t n = strlen(name);

	for (const char *c = name; *c; c++)
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-", *c))
			return false;
	return n >= 1 && n <= PROFILE_NAME_MAX;
}

int profile_name_read(const struct json *value, const char *where, const char *key,
		      const char **ret, struct error *err)
{
	const char *name = NULL;
	int r;

	r = json_get_string(value, where, key, &name, err);
	if (r < 0)
		return r;
	if (!profile_name_valid(name))
		return error_set(err, ERROR_INVALID_ARGS, EINVAL,
				 "%s: %s: not a profile's name: allowed are 1 to %d letters, "
				 "digits, \"_\" and \"-\"", where, key, PROFILE_NAME_MAX);
	*ret = name;
	return 0;
}

void profiles_list_names(const struct profiles *p, char *buf, size_t size)
{
	size_t n = 0;

	snprintf(buf, size, "none");
	for (size_t i = 0; i < p->n && n < size; i++)
		n += snprintf(buf + n, size - n, "%s%s", i ? ", " : "", p->profile[i].name);
}

/* What reading one file needs. */
struct reader {
	struct profile profile;
	uint32_t supported;
	const struct complain *complain;
};

static void complain_about(const struct complain *c, int priority, const struct error *e)
{
	if (c)
		c->function(priority, e, c->userdata);
}

/* The value as the table counts: booleans as 0 and 1, words as their index. */
static int read_value(enum tunable t, const char *where, const char *key,
		      const struct json *value, struct tunable_set *set, struct error *err)
{
	const uint32_t all = UINT32_MAX;
	const char *word = NULL;
	int64_t number = 0;
	bool flag = false;
	int r;

	switch (tunable_table[t].type) {
	case TUNABLE_TYPE_BOOL:
		r = json_get_bool(value, where, key, &flag, err);
		return r < 0 ? r : tunable_set_add(set, t, flag, all, err);
	case TUNABLE_TYPE_WORD:
		r = json_get_string(value, where, key, &word, err);
		return r < 0 ? r : tunable_set_add_word(set, t, word, all, err);
	default:
		r = json_get_int(value, where, key, &number, err);
		return r < 0 ? r : tunable_set_add(set, t, number, all, err);
	}
}

static int read_tunable(void *target, const char *where, const char *key,
			const struct json *value, struct error *err)
{
	struct reader *reader = target;
	struct error e;
	int r, t = tunable_by_key(key);

	if (t < 0)
		return error_set(err, ERROR_INVALID_ARGS, EINVAL,
				 "%s: tunables: unknown key \"%.64s\"; bpflandd(8) lists the known "
				 "ones", where, key);
	if (!(reader->supported & 1u << t)) {
		error_set(&e, ERROR_NOT_SUPPORTED, EOPNOTSUPP,
			  "%s: %s: has no effect on this kernel, ignoring this key", where, key);
		complain_about(reader->complain, LOG_WARNING, &e);
		return 0;
	}
	r = read_value(t, where, key, value, &reader->profile.tunables, &e);
	if (r >= 0)
		return 0;
	/* The table speaks of the name on the bus; the reader of this has the file open. */
	if (e.kind == ERROR_OUT_OF_RANGE || tunable_table[t].type == TUNABLE_TYPE_WORD)
		return error_set(err, e.kind, r, "%s: %s (%s)", where, key, e.message);
	return error_set(err, e.kind, r, "%s", e.message);
}

static int read_domain(void *target, const char *where, const char *key,
		       const struct json *value, struct error *err)
{
	struct profile *p = target;
	const char *text = NULL;
	struct error e;
	int r;

	for (enum domain d = 0; d < _DOMAIN_MAX; d++) {
		if (strcmp(key, domain_key(d)))
			continue;
		r = json_get_string(value, where, key, &text, err);
		if (r < 0)
			return r;
		r = domain_parse(text, key, &p->domain[d], &e);
		if (r < 0)
			return error_set(err, e.kind, r, "%s: domains: %s", where, e.message);
		if (p->domain[d].kind == DOMAIN_AUTO)
			return error_set(err, ERROR_INVALID_ARGS, EINVAL,
					 "%s: domains: %s: \"auto\" means what the profile says, "
					 "and this is the profile; allowed: all, performance, "
					 "powersave, turbo, or a list of CPUs", where, key);
		return 0;
	}
	return error_set(err, ERROR_INVALID_ARGS, EINVAL,
			 "%s: domains: unknown key \"%.64s\", known: primary, interactive", where,
			 key);
}

static int read_description(struct profile *p, const char *where, const struct json *value,
			    struct error *err)
{
	const char *text = NULL;
	int r;

	r = json_get_string(value, where, "description", &text, err);
	if (r < 0)
		return r;
	if (!text_is_printable(text))
		return error_set(err, ERROR_INVALID_ARGS, EINVAL,
				 "%s: description: control characters are not allowed", where);
	if (strlen(text) > DESCRIPTION_MAX)
		return error_set(err, ERROR_OUT_OF_RANGE, ERANGE,
				 "%s: description: %zu bytes is too long, allowed: up to %d",
				 where, strlen(text), DESCRIPTION_MAX);
	free(p->description);
	p->description = strdup(text);
	if (!p->description)
		return error_set(err, ERROR_FAILED, ENOMEM, "%s: out of memory", where);
	return 0;
}

static int read_member(void *target, const char *where, const char *key, const struct json *value,
		       struct error *err)
{
	struct reader *reader = target;
	const char *name = NULL;
	int64_t priority = 0;
	int r;

	if (!strcmp(key, "name")) {
		r = json_get_string(value, where, key, &name, err);
		if (r < 0)
			return r;
		if (strcmp(name, reader->profile.name))
			return error_set(err, ERROR_INVALID_ARGS, EINVAL,
					 "%s: name: must be \"%s\", the name of the file", where,
					 reader->profile.name);
		return 0;
	}
	if (!strcmp(key, "description"))
		return read_description(&reader->profile, where, value, err);
	if (!strcmp(key, "priority")) {
		r = json_get_range(value, where, key, -PROFILE_PRIORITY_MAX, PROFILE_PRIORITY_MAX,
				   &priority, err);
		if (r >= 0)
			reader->profile.priority = priority;
		return r;
	}
	if (!strcmp(key, "tunables")) {
		r = json_get_object(value, where, key, err);
		return r < 0 ? r : json_visit(value, where, read_tunable, reader, err);
	}
	if (!strcmp(key, "domains")) {
		r = json_get_object(value, where, key, err);
		return r < 0 ? r : json_visit(value, where, read_domain, &reader->profile, err);
	}
	return error_set(err, ERROR_INVALID_ARGS, EINVAL,
			 "%s: unknown key \"%.64s\", known: name, description, priority, tunables, "
			 "domains", where, key);
}

static int read_text(struct reader *reader, const char *path, const char *text, size_t size,
		     struct error *err)
{
	_cleanup_(json_freep) struct json *j = NULL;
	struct tunables tunables;
	struct error e;
	int r;

	r = json_parse(&j, text, size, path, err);
	if (r < 0)
		return r;
	r = json_visit(j, path, read_member, reader, err);
	if (r < 0)
		return r;
	tunables_compute(&tunables, &reader->profile.tunables, NULL);
	r = tunables_check(&tunables, &e);
	return r < 0 ? error_set(err, e.kind, r, "%s: %s", path, e.message) : 0;
}

static bool is_mask(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return false;
	return S_ISCHR(st.st_mode) ? st.st_rdev == makedev(1, 3) :
				     S_ISREG(st.st_mode) && st.st_size == 0;
}

/* Fills reader->profile. On failure it may be half filled; the caller frees it. */
static int read_profile(struct reader *reader, const char *path, const char *file,
			struct error *err)
{
	_cleanup_free_ char *text = NULL;
	struct profile *p = &reader->profile;
	size_t size, stem = strlen(file) - strlen(SUFFIX);
	int r;

	p->name = strndup(file, stem);
	p->source = strdup(path);
	p->description = strdup("");
	if (!p->name || !p->source || !p->description)
		return error_set(err, ERROR_FAILED, ENOMEM, "%s: out of memory", path);
	if (!profile_name_valid(p->name))
		return error_set(err, ERROR_INVALID_ARGS, EINVAL,
				 "%s: not a profile's name: allowed are 1 to %d letters, digits, "
				 "\"_\" and \"-\"", path, PROFILE_NAME_MAX);
	r = fs_read(path, FS_CONFIG_MAX, &text, &size);
	if (r < 0)
		return fs_explain(path, r, FS_CONFIG_MAX, err);
	return read_text(reader, path, text, size, err);
}

/* File names that are taken: by a profile that was read or by a mask. */
struct taken {
	char *name[PROFILES_MAX];
	size_t n;
};

static void taken_done(struct taken *t)
{
	for (size_t i = 0; i < t->n; i++)
		free(t->name[i]);
}

static bool is_taken(const struct taken *t, const char *file)
{
	for (size_t i = 0; i < t->n; i++)
		if (!strcmp(t->name[i], file))
			return true;
	return false;
}

static int append(struct profiles *profiles, struct profile *p)
{
	struct profile *grown;

	grown = reallocarray(profiles->profile, profiles->n + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	profiles->profile = grown;
	grown[profiles->n++] = *p;
	*p = (struct profile){};
	return 0;
}

static int load_file(struct profiles *profiles, struct taken *taken, const char *dir,
		     const char *file, uint32_t supported, const struct complain *complain)
{
	_cleanup_free_ char *path = fs_join(dir, file);
	struct reader reader = { .supported = supported, .complain = complain };
	struct error e;
	int r = 0;

	if (!path)
		return -ENOMEM;
	if (taken->n == PROFILES_MAX) {
		error_set(&e, ERROR_FAILED, E2BIG, "%s: skipped, there are %d profiles already",
			  path, PROFILES_MAX);
		complain_about(complain, LOG_ERR, &e);
		return 0;
	}
	if (!is_mask(path)) {
		r = read_profile(&reader, path, file, &e);
		if (r >= 0)
			r = append(profiles, &reader.profile);
		profile_done(&reader.profile);
		if (r == -ENOMEM)
			return r;
		if (r < 0) {
			complain_about(complain, LOG_ERR, &e);
			return 0;
		}
	}
	taken->name[taken->n] = strdup(file);
	return taken->name[taken->n++] ? 0 : -ENOMEM;
}

/* Editors leave `x.json~`, `.x.json.swp` and the like behind: not ours. */
static int is_profile_file(const struct dirent *entry)
{
	size_t n = strlen(entry->d_name), suffix = strlen(SUFFIX);

	return entry->d_name[0] != '.' && n > suffix &&
	       !strcmp(entry->d_name + n - suffix, SUFFIX);
}

static int load_folder(struct profiles *profiles, struct taken *taken, const char *dir,
		       uint32_t supported, const struct complain *complain)
{
	struct dirent **entry = NULL;
	struct error e;
	int n, r = 0;

	/* Sorted, so that what is complained about first does not depend on the file system. */
	n = scandir(dir, &entry, is_profile_file, alphasort);
	if (n < 0 && errno != ENOENT) {
		r = -errno;
		if (r == -ENOMEM)
			return r;
		error_set(&e, ERROR_FAILED, r, "%s: cannot be read, going on without it: %s", dir,
			  strerror(-r));
		complain_about(complain, LOG_ERR, &e);
		return 0;
	}
	for (int i = 0; i < n; i++) {
		if (r >= 0 && !is_taken(taken, entry[i]->d_name))
			r = load_file(profiles, taken, dir, entry[i]->d_name, supported, complain);
		free(entry[i]);
	}
	free(entry);
	return r;
}

static int compare(const void *a, const void *b)
{
	return strcmp(((const struct profile *)a)->name, ((const struct profile *)b)->name);
}

int profiles_load(struct profiles *ret, const char *const *dirs, uint32_t supported,
		  const struct complain *complain)
{
	_cleanup_(profiles_done) struct profiles profiles = PROFILES_NULL;
	_cleanup_(taken_done) struct taken taken = {};
	int r;

	for (; *dirs; dirs++) {
		_cleanup_free_ char *dir = fs_join(*dirs, FILE_PROFILES);

		r = dir ? load_folder(&profiles, &taken, dir, supported, complain) : -ENOMEM;
		if (r < 0)
			return r;
	}
	if (profiles.n)
		qsort(profiles.profile, profiles.n, sizeof(*profiles.profile), compare);
	*ret = profiles;
	profiles = PROFILES_NULL;
	return 0;
}
