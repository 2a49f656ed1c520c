/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The daemon's configuration.
 */
#include "daemon/config.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/cleanup.h"
#include "daemon/fs.h"
#include "daemon/json.h"
#include "daemon/names.h"
#include "daemon/profiles.h"

#define USEC_PER_MSEC UINT64_C(1000)
#define USEC_PER_SEC UINT64_C(1000000)

void config_done(struct config *c)
{
	free(c->default_profile);
	free(c->source);
	*c = CONFIG_NULL;
}

int config_default(struct config *ret)
{
	char *profile = strdup(PROFILE_DEFAULT);

	if (!profile)
		return -ENOMEM;
	*ret = (struct config){
		.default_profile = profile,
		.follow_power_profile = true,
		.scx_loader = true,
		/* The third that there is, "balanced", is what default_profile is for. */
		.power_map = {
			{ "power-saver", "powersave" },
			{ "performance", "gaming" },
		},
		.n_power_map = 2,
		.restart = {
			.limit = 5,
			.interval_usec = 60 * USEC_PER_SEC,
			.delay_usec = 500 * USEC_PER_MSEC,
			.delay_max_usec = 60 * USEC_PER_SEC,
		},
	};
	return 0;
}

const char *config_map_power_profile(const struct config *c, const char *power)
{
	for (size_t i = 0; i < c->n_power_map; i++)
		if (!strcmp(c->power_map[i].power, power))
			return c->power_map[i].profile;
	return *power && strcmp(power, POWER_PROFILE_UNKNOWN) ? c->default_profile : NULL;
}

/* Numbers of "restart": each is kept in microseconds or, for the count, as it is. */
static int read_restart(void *target, const char *where, const char *key,
			const struct json *value, struct error *err)
{
	struct restart_limits *restart = target;
	int64_t number = 0;
	int r;

	if (!strcmp(key, "limit")) {
		r = json_get_range(value, where, "restart.limit", 0, 1000, &number, err);
		if (r >= 0)
			restart->limit = number;
	} else if (!strcmp(key, "interval_sec")) {
		r = json_get_range(value, where, "restart.interval_sec", 1, 86400, &number, err);
		if (r >= 0)
			restart->interval_usec = number * USEC_PER_SEC;
	} else if (!strcmp(key, "delay_ms")) {
		r = json_get_range(value, where, "restart.delay_ms", 1, 3600000, &number, err);
		if (r >= 0)
			restart->delay_usec = number * USEC_PER_MSEC;
	} else if (!strcmp(key, "delay_max_ms")) {
		r = json_get_range(value, where, "restart.delay_max_ms", 1, 3600000, &number, err);
		if (r >= 0)
			restart->delay_max_usec = number * USEC_PER_MSEC;
	} else {
		r = error_set(err, ERROR_INVALID_ARGS, EINVAL,
			      "%s: unknown key \"restart.%.64s\", known: limit, interval_sec, "
			      "delay_ms, delay_max_ms", where, key);
	}
	return r;
}

static int read_default_profile(struct config *c, const char *where, const struct json *value,
				struct error *err)
{
	const char *name = NULL;
	char *copy;
	int r;

	r = profile_name_read(value, where, "default_profile", &name, err);
	if (r < 0)
		return r;
	copy = strdup(name);
	if (!copy)
		return error_set(err, ERROR_FAILED, ENOMEM, "%s: out of memory", where);
	free(c->default_profile);
	c->default_profile = copy;
	return 0;
}

/* One member of power_profile_map: names of power profiles look like ours. */
static int read_power_profile(void *target, const char *where, const char *key,
			      const struct json *value, struct error *err)
{
	struct config *c = target;
	struct power_profile *p = &c->power_map[c->n_power_map];
	char full[PROFILE_NAME_MAX + 32];
	const char *name = NULL;
	int r;

	if (!profile_name_valid(key))
		return error_set(err, ERROR_INVALID_ARGS, EINVAL,
				 "%s: power_profile_map: \"%.64s\" is not a power profile's name: "
				 "allowed are 1 to %d letters, digits, \"_\" and \"-\"", where, key,
				 PROFILE_NAME_MAX);
	if (c->n_power_map == CONFIG_POWER_PROFILES_MAX)
		return error_set(err, ERROR_OUT_OF_RANGE, ERANGE,
				 "%s: power_profile_map: %.64s is one too many, allowed: up to %d",
				 where, key, CONFIG_POWER_PROFILES_MAX);
	snprintf(full, sizeof(full), "power_profile_map.%s", key);
	r = profile_name_read(value, where, full, &name, err);
	if (r < 0)
		return r;
	snprintf(p->power, sizeof(p->power), "%s", key);
	snprintf(p->profile, sizeof(p->profile), "%s", name);
	c->n_power_map++;
	return 0;
}

static int read_power_map(struct config *c, const char *where, const struct json *value,
			  struct error *err)
{
	int r = json_get_object(value, where, "power_profile_map", err);

	if (r < 0)
		return r;
	c->n_power_map = 0;
	return json_visit(value, where, read_power_profile, c, err);
}

static int read_member(void *target, const char *where, const char *key, const struct json *value,
		       struct error *err)
{
	struct config *c = target;
	int r;

	if (!strcmp(key, "default_profile"))
		return read_default_profile(c, where, value, err);
	if (!strcmp(key, "follow_power_profile"))
		return json_get_bool(value, where, key, &c->follow_power_profile, err);
	if (!strcmp(key, "power_profile_map"))
		return read_power_map(c, where, value, err);
	if (!strcmp(key, "scx_loader"))
		return json_get_bool(value, where, key, &c->scx_loader, err);
	if (!strcmp(key, "restart")) {
		r = json_get_object(value, where, key, err);
		return r < 0 ? r : json_visit(value, where, read_restart, &c->restart, err);
	}
	return error_set(err, ERROR_INVALID_ARGS, EINVAL,
			 "%s: unknown key \"%.64s\", known: default_profile, "
			 "follow_power_profile, power_profile_map, restart, scx_loader", where,
			 key);
}

static int read_file(struct config *c, const struct fs_file *f, struct error *err)
{
	_cleanup_(json_freep) struct json *j = NULL;
	int r;

	r = json_parse(&j, f->text, f->size, f->path, err);
	if (r < 0)
		return r;
	r = json_visit(j, f->path, read_member, c, err);
	if (r < 0)
		return r;
	if (c->restart.delay_usec > c->restart.delay_max_usec)
		return error_set(err, ERROR_OUT_OF_RANGE, ERANGE,
				 "%s: restart.delay_ms: %llu exceeds restart.delay_max_ms, which "
				 "is %llu", f->path,
				 (unsigned long long)(c->restart.delay_usec / USEC_PER_MSEC),
				 (unsigned long long)(c->restart.delay_max_usec / USEC_PER_MSEC));
	return 0;
}

/* 1: read, 0: there is no such file. */
static int load_from(struct config *c, const char *dir, struct error *err)
{
	_cleanup_(fs_file_done) struct fs_file f = FS_FILE_NULL;
	int r;

	r = fs_load(&f, dir, FILE_CONFIG, FS_CONFIG_MAX, err);
	if (r <= 0)
		return r;
	r = read_file(c, &f, err);
	if (r < 0)
		return r;
	c->source = TAKE_PTR(f.path);
	return 1;
}

int config_load(struct config *ret, const char *const *dirs, struct error *err)
{
	_cleanup_(config_done) struct config c = CONFIG_NULL;
	int r;

	if (config_default(&c) < 0)
		return error_set(err, ERROR_FAILED, ENOMEM, "configuration: out of memory");
	for (; *dirs; dirs++) {
		r = load_from(&c, *dirs, err);
		if (r < 0)
			return r;
		if (r > 0)
			break;
	}
	*ret = c;
	c = CONFIG_NULL;
	return 0;
}
