/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The manager and the settings: configuration, profiles, overrides, and what follows from them.
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

const char *manager_selected(const struct manager *m)
{
	return m->selection.profile[0] ? m->selection.profile : m->config.default_profile;
}

/*
 * The profile that is in force: what was selected, or what stands in for it when its file is gone.
 * NULL: there is none at all, the defaults of the table hold.
 */
static const struct profile *find_active(const struct profiles *profiles, const char *selected,
					 const char *default_profile)
{
	const struct profile *p;

	p = profiles_find(profiles, selected);
	if (!p)
		p = profiles_find(profiles, default_profile);
	if (!p)
		p = profiles_find(profiles, PROFILE_DEFAULT);
	return p;
}

/* What would be in force with these; checked as a whole. */
static int compute(const struct manager *m, const struct profile *p,
		   const struct tunable_set *overrides, struct tunables *ret, struct error *err)
{
	struct tunable_set from_profile = {};
	struct tunables t;
	int r;

	if (p)
		from_profile = p->tunables;
	/* The kernel may have told only after the profile was read. */
	if (m->supported)
		from_profile.mask &= m->supported;
	tunables_compute(&t, &from_profile, overrides);
	r = tunables_check(&t, err);
	if (r >= 0)
		*ret = t;
	return r;
}

static void set_active(struct manager *m, const struct profile *p)
{
	const char *name = p ? p->name : "";

	if (!strcmp(m->active, name))
		return;
	snprintf(m->active, sizeof(m->active), "%s", name);
	m->pending |= MANAGER_CHANGED_ACTIVE_PROFILE;
}

/* Puts @t in force: the only place from which the running scheduler is changed. */
static void put_in_force(struct manager *m, const struct tunables *t)
{
	struct bpfland_tunables abi;
	uint32_t changed = 0;

	for (int i = 0; i < _TUNABLE_MAX; i++)
		if (t->value[i] != m->tunables.value[i])
			changed |= 1u << i;
	m->tunables = *t;
	if (!changed)
		return;
	m->changed_tunables |= changed;
	m->pending |= MANAGER_CHANGED_TUNABLES;
	if (!m->sched)
		return;
	tunables_to_abi(t, &abi);
	sched_publish(m->sched, &abi);
	m->pending |= MANAGER_CHANGED_GENERATION;
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

int manager_set_profile(struct manager *m, const char *name, struct error *err)
{
	const struct profile *p = profiles_find(&m->profiles, name);
	bool changed = strcmp(name, manager_selected(m));
	struct tunables t;
	char names[512];
	int r;

	if (!p) {
		profiles_list_names(&m->profiles, names, sizeof(names));
		return error_set(err, ERROR_NO_SUCH_PROFILE, ENOENT,
				 "there is no profile \"%.*s\"; there are: %s", PROFILE_NAME_MAX,
				 name, names);
	}
	r = compute(m, p, NULL, &t, err);
	if (r < 0)
		return r;
	m->overrides = (struct tunable_set){};
	if (changed || m->unstored) {
		snprintf(m->selection.profile, sizeof(m->selection.profile), "%s", name);
		snprintf(m->selection.default_profile, sizeof(m->selection.default_profile), "%s",
			 m->config.default_profile);
		store_selection(m);
	}
	if (changed)
		m->pending |= MANAGER_CHANGED_PROFILE;
	set_active(m, p);
	put_in_force(m, &t);
	manager_tell(m);
	return 0;
}

/* Replaces the overrides, if what follows from them is sound. */
static int set_overrides(struct manager *m, const struct tunable_set *overrides, struct error *err)
{
	struct tunables t;
	int r;

	r = compute(m, profiles_find(&m->profiles, m->active), overrides, &t, err);
	if (r < 0)
		return r;
	m->overrides = *overrides;
	put_in_force(m, &t);
	manager_tell(m);
	return 0;
}

int manager_set_tunables(struct manager *m, const struct tunable_set *set, struct error *err)
{
	struct tunable_set overrides = m->overrides;

	tunable_set_merge(&overrides, set);
	return set_overrides(m, &overrides, err);
}

int manager_reset_tunables(struct manager *m, uint32_t mask, struct error *err)
{
	struct tunable_set overrides = m->overrides;

	overrides.mask &= mask ? ~mask : 0;
	return set_overrides(m, &overrides, err);
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

/* A selection ends when the default that it was made against is no longer the default. */
static void drop_void_selection(struct settings *s)
{
	if (!s->selection.profile[0] ||
	    !strcmp(s->selection.default_profile, s->config.default_profile))
		return;
	s->selection = SELECTION_NULL;
	s->selection_void = true;
}

/* From disk as well, or it would be back when the old default is. */
static void forget_selection(struct manager *m)
{
	int r = selection_remove(m->paths->state_dir);

	if (r < 0)
		log_event(LOG_WARNING, MESSAGE_ID_NOT_STORED, NULL, 0,
			  "%s/%s: cannot be removed, though default_profile has changed since: %s",
			  m->paths->state_dir, FILE_SELECTION, strerror(-r));
}

/* Takes the content of @s. */
static void put_settings_in_force(struct manager *m, struct settings *s, const struct tunables *t)
{
	char selected[PROFILE_NAME_MAX + 1];

	snprintf(selected, sizeof(selected), "%s", manager_selected(m));
	if (!profiles_equal(&m->profiles, &s->profiles))
		m->pending |= MANAGER_CHANGED_PROFILES;
	config_done(&m->config);
	profiles_done(&m->profiles);
	m->config = s->config;
	m->profiles = s->profiles;
	m->selection = s->selection;
	if (s->selection_void)
		forget_selection(m);
	s->config = CONFIG_NULL;
	s->profiles = PROFILES_NULL;
	if (strcmp(selected, manager_selected(m)))
		m->pending |= MANAGER_CHANGED_PROFILE;
	if (!profiles_find(&m->profiles, manager_selected(m)))
		log_message(LOG_WARNING, "There is no profile %s; %s stands in for it.",
			    manager_selected(m), m->active[0] ? m->active : "none");
	put_in_force(m, t);
}

static const struct profile *active_of(const struct settings *s)
{
	const char *selected = s->selection.profile[0] ? s->selection.profile :
							 s->config.default_profile;

	return find_active(&s->profiles, selected, s->config.default_profile);
}

/* At the start: whatever is wrong is logged, and the best is made of the rest. */
void manager_load_settings(struct manager *m)
{
	_cleanup_(settings_done) struct settings s = {};
	struct tunables t;
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
	if (compute(m, active_of(&s), NULL, &t, NULL) < 0)
		return;
	set_active(m, active_of(&s));
	put_settings_in_force(m, &s, &t);
}

static int reload(struct manager *m, struct error *err)
{
	_cleanup_(settings_done) struct settings s = { .selection = m->selection, .reload = true };
	struct tunables t;
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
	r = compute(m, active_of(&s), &m->overrides, &t, err);
	if (r < 0)
		return r;
	set_active(m, active_of(&s));
	put_settings_in_force(m, &s, &t);
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
