/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The manager and the settings: what is read from disk, what people select, and what is kept of it.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemon/cleanup.h"
#include "daemon/log.h"
#include "daemon/manager-internal.h"
#include "daemon/names.h"

/* What is read from disk in one go: it comes into force as a whole or not at all. */
struct settings {
	struct config config;
	struct profiles profiles;
	struct selection selection;
	bool selection_void;
	bool reload;			/* the first error is the answer to whoever asked for it */
	unsigned n_errors;
	struct error first_error;
};

static void settings_done(struct settings *s)
{
	config_done(&s->config);
	profiles_done(&s->profiles);
}

static void on_complaint(int priority, const struct error *e, void *userdata)
{
	struct settings *s = userdata;

	if (priority <= LOG_ERR && !s->n_errors++) {
		s->first_error = *e;
		if (s->reload)
			return;
	}
	log_event(priority, MESSAGE_ID_BAD_CONFIGURATION, NULL, 0, "%s", e->message);
}

/* A wish is fulfilled even where it cannot be kept over a restart. */
static void store_selection(struct manager *m)
{
	int r = selection_write(&m->selection, m->paths->state_dir);

	m->unstored = r < 0;
	if (r < 0)
		log_event(LOG_WARNING, MESSAGE_ID_NOT_STORED, NULL, 0,
			  "%s/%s: cannot be written, so the selected profile is in force, but not "
			  "after a restart: %s", m->paths->state_dir, FILE_SELECTION, strerror(-r));
}

/* What is written by hand belongs to the default that it was written against. */
static void select_against_default(struct manager *m)
{
	snprintf(m->selection.default_profile, sizeof(m->selection.default_profile), "%s",
		 m->config.default_profile);
	store_selection(m);
}

/* From disk as well, or it would be back after a restart, or when the old default is. */
static void forget_selection(struct manager *m)
{
	int r = selection_remove(m->paths->state_dir);

	if (r < 0)
		log_event(LOG_WARNING, MESSAGE_ID_NOT_STORED, NULL, 0,
			  "%s/%s: cannot be removed, so an old choice comes back with the "
			  "service: %s",
			  m->paths->state_dir, FILE_SELECTION, strerror(-r));
}

int manager_check_profile(const struct manager *m, const char *name, struct error *err)
{
	char names[512];

	if (profiles_find(&m->profiles, name))
		return 0;
	profiles_list_names(&m->profiles, names, sizeof(names));
	return error_set(err, ERROR_NO_SUCH_PROFILE, ENOENT,
			 "there is no profile \"%.*s\"; there are: %s", PROFILE_NAME_MAX, name,
			 names);
}

/* What was asked for on top of the profile that is about to be replaced. */
static void end_all_but_selection(struct manager *m)
{
	m->overrides = (struct tunable_set){};
	m->override_changes++;
	manager_reset_domains(m);
	manager_end_trial(m);
	manager_end_holds(m);
}

int manager_set_profile(struct manager *m, const char *name, struct error *err)
{
	bool changed = strcmp(name, manager_profile(m));
	bool followed = manager_follows_power_profile(m);
	int r = manager_check_profile(m, name, err);

	if (r < 0)
		return r;
	end_all_but_selection(m);
	if (changed || followed || m->unstored) {
		snprintf(m->selection.profile, sizeof(m->selection.profile), "%s", name);
		m->selection.follow = SELECTION_FOLLOW_NO;
		select_against_default(m);
	}
	if (changed)
		m->pending |= MANAGER_CHANGED_PROFILE;
	if (followed)
		m->pending |= MANAGER_CHANGED_FOLLOW_POWER_PROFILE;
	manager_update(m);
	manager_tell(m);
	return 0;
}

void manager_restore_default(struct manager *m)
{
	bool followed = manager_follows_power_profile(m);

	end_all_but_selection(m);
	if (strcmp(manager_profile(m), m->config.default_profile))
		m->pending |= MANAGER_CHANGED_PROFILE;
	m->selection = SELECTION_NULL;
	m->unstored = false;
	forget_selection(m);
	if (followed != manager_follows_power_profile(m))
		m->pending |= MANAGER_CHANGED_FOLLOW_POWER_PROFILE;
	manager_update(m);
	manager_tell(m);
}

const char *manager_default_profile(const struct manager *m)
{
	return m->config.default_profile;
}

bool manager_serves_scx_loader(const struct manager *m)
{
	return m->config.scx_loader;
}

void manager_follow_power_profile(struct manager *m, bool follow)
{
	bool changed = follow != manager_follows_power_profile(m);

	if (!changed && !m->unstored)
		return;
	m->selection.follow = follow ? SELECTION_FOLLOW_YES : SELECTION_FOLLOW_NO;
	select_against_default(m);
	if (changed)
		m->pending |= MANAGER_CHANGED_FOLLOW_POWER_PROFILE;
	manager_update(m);
	manager_tell(m);
}

void manager_set_power_profile(struct manager *m, const char *name)
{
	if (!strcmp(m->power_profile, name))
		return;
	snprintf(m->power_profile, sizeof(m->power_profile), "%s", name);
	m->pending |= MANAGER_CHANGED_POWER_PROFILE;
	manager_update(m);
	manager_tell(m);
}

/* As far as the bus shows them. */
static bool profiles_equal(const struct profiles *a, const struct profiles *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (strcmp(a->profile[i].name, b->profile[i].name) ||
		    strcmp(a->profile[i].description, b->profile[i].description) ||
		    strcmp(a->profile[i].source, b->profile[i].source) ||
		    a->profile[i].priority != b->profile[i].priority ||
		    !profile_domains_equal(&a->profile[i], &b->profile[i]) ||
		    !tunable_sets_equal(&a->profile[i].tunables, &b->profile[i].tunables))
			return false;
	return true;
}

static int read_profiles(struct manager *m, struct settings *s, struct error *err)
{
	const struct complain complain = { on_complaint, s };
	uint32_t supported = m->supported ? m->supported : UINT32_MAX;

	if (profiles_load(&s->profiles, m->paths->config_dirs, supported, &complain) < 0)
		return error_set(err, ERROR_FAILED, ENOMEM, "profiles: out of memory");
	return 0;
}

static int check_default_profile(const struct settings *s, struct error *err)
{
	char names[512];

	if (profiles_find(&s->profiles, s->config.default_profile) || !s->config.source)
		return 0;
	profiles_list_names(&s->profiles, names, sizeof(names));
	return error_set(err, ERROR_NO_SUCH_PROFILE, ENOENT,
			 "%s: default_profile: there is no profile \"%s\"; there are: %s",
			 s->config.source, s->config.default_profile, names);
}

/* A mapped profile that is not there is a mistake, but one that matters only when it is wanted. */
static void look_at_power_map(const struct settings *s)
{
	const struct config *c = &s->config;

	for (size_t i = 0; c->source && i < c->n_power_map; i++)
		if (!profiles_find(&s->profiles, c->power_map[i].profile))
			log_event(LOG_WARNING, MESSAGE_ID_BAD_CONFIGURATION, NULL, 0,
				  "%s: power_profile_map.%s: there is no profile \"%s\"; the "
				  "selected one stays in force instead", c->source,
				  c->power_map[i].power, c->power_map[i].profile);
}

/* A selection ends when the default that it was made against is no longer the default. */
static void drop_void_selection(struct settings *s)
{
	if (!s->selection.profile[0] && s->selection.follow == SELECTION_FOLLOW_UNSET)
		return;
	if (!strcmp(s->selection.default_profile, s->config.default_profile))
		return;
	s->selection = SELECTION_NULL;
	s->selection_void = true;
}

/* Takes the content of @s. */
static void put_settings_in_force(struct manager *m, struct settings *s)
{
	bool followed = manager_follows_power_profile(m);
	char selected[PROFILE_NAME_MAX + 1];

	snprintf(selected, sizeof(selected), "%s", manager_profile(m));
	if (!profiles_equal(&m->profiles, &s->profiles))
		m->pending |= MANAGER_CHANGED_PROFILES;
	if (m->config.scx_loader != s->config.scx_loader)
		m->pending |= MANAGER_CHANGED_SCX_LOADER;
	config_done(&m->config);
	profiles_done(&m->profiles);
	m->config = s->config;
	m->profiles = s->profiles;
	m->selection = s->selection;
	if (s->selection_void)
		forget_selection(m);
	s->config = CONFIG_NULL;
	s->profiles = PROFILES_NULL;
	if (strcmp(selected, manager_profile(m)))
		m->pending |= MANAGER_CHANGED_PROFILE;
	if (followed != manager_follows_power_profile(m))
		m->pending |= MANAGER_CHANGED_FOLLOW_POWER_PROFILE;
	manager_update(m);
	if (!profiles_find(&m->profiles, manager_profile(m)))
		log_message(LOG_WARNING, "There is no profile %s; %s stands in for it.",
			    manager_profile(m), m->active[0] ? m->active : "none");
}

/* Overrides and a try stay over what was read: they must fit it. */
static int check_layers(const struct manager *m, const struct settings *s, struct error *err)
{
	const struct choice choice = {
		.config = &s->config,
		.profiles = &s->profiles,
		.selection = &s->selection,
		.claims = &m->claims,
		.power_profile = m->power_profile,
	};

	return manager_check(m, choice_make(&choice), &m->overrides, &m->trial.set, err);
}

/* At the start: whatever is wrong is logged, and the best is made of the rest. */
void manager_load_settings(struct manager *m)
{
	_cleanup_(settings_done) struct settings s = {};
	struct error e;
	bool bad = config_load(&s.config, m->paths->config_dirs, &e) < 0;

	if (bad) {
		log_event(LOG_ERR, MESSAGE_ID_BAD_CONFIGURATION, NULL, 0,
			  "%s; going on with the built-in configuration", e.message);
		if (config_default(&s.config) < 0)
			return;
	}
	if (read_profiles(m, &s, &e) < 0)
		return;
	if (check_default_profile(&s, &e) < 0)
		log_event(LOG_ERR, MESSAGE_ID_BAD_CONFIGURATION, NULL, 0, "%s", e.message);
	if (selection_read(&s.selection, m->paths->state_dir, &e) < 0)
		log_message(LOG_WARNING, "%s; going on with the default profile", e.message);
	/* Whether the default has changed cannot be told from a file that cannot be read. */
	if (!bad)
		drop_void_selection(&s);
	look_at_power_map(&s);
	put_settings_in_force(m, &s);
}

static int reload(struct manager *m, struct error *err)
{
	_cleanup_(settings_done) struct settings s = { .selection = m->selection, .reload = true };
	int r;

	r = config_load(&s.config, m->paths->config_dirs, err);
	if (r < 0)
		return r;
	r = read_profiles(m, &s, err);
	if (r < 0)
		return r;
	if (s.n_errors)
		return error_set(err, s.first_error.kind, EINVAL, "%s", s.first_error.message);
	r = check_default_profile(&s, err);
	if (r < 0)
		return r;
	drop_void_selection(&s);
	r = check_layers(m, &s, err);
	if (r < 0)
		return r;
	look_at_power_map(&s);
	put_settings_in_force(m, &s);
	return 0;
}

/* All or nothing, so that a reload can be tried without a risk. */
int manager_reload(struct manager *m, struct error *err)
{
	struct error e;
	int r = reload(m, &e);

	if (r < 0) {
		log_event(LOG_ERR, MESSAGE_ID_BAD_CONFIGURATION, NULL, 0,
			  "Not reloaded, what was in force stays: %s", e.message);
		return error_set(err, e.kind, r, "%s", e.message);
	}
	manager_tell(m);
	return 0;
}
