/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The manager and what is in force: the profile chosen, and the layers on top of it.
 */
#include <stdio.h>
#include <string.h>

#include "daemon/latency.h"
#include "daemon/log.h"
#include "daemon/manager-internal.h"

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
	manager_apply_power(m);
	if (!(changed & ~TUNABLES_OF_POWER))
		return;
	tunables_to_abi(t, &abi);
	sched_publish(m->sched, &abi);
	m->pending |= MANAGER_CHANGED_GENERATION;
}

/* Idle CPUs of the machine are asked whether our scheduler runs or not: the wish is a client's. */
static void cap_idle(struct manager *m, uint64_t latency_usec)
{
	int r;

	if (!m->paths->cpu_latency)
		return;
	r = idle_latency_set(&m->idle_latency, latency_idle_exit(latency_usec));
	if (r >= 0 || m->idle_complained)
		return;
	m->idle_complained = true;
	log_message(LOG_WARNING, "%s: idle CPUs cannot be asked to wake up sooner, so latency "
		    "requests change slices only: %s", m->paths->cpu_latency, strerror(-r));
}

static void stack(const struct manager *m, const struct profile *p,
		  const struct tunable_set *overrides, const struct tunable_set *trial,
		  struct tunables *ret)
{
	struct tunable_set from_profile = {};

	if (p)
		from_profile = p->tunables;
	/* The kernel may have told only after the profile was read. */
	if (m->supported)
		from_profile.mask &= m->supported;
	tunables_compute(ret, &from_profile, overrides);
	tunables_apply(ret, trial, TUNABLE_SOURCE_TRY);
}

static const struct profile *active_profile(const struct manager *m)
{
	return profiles_find(&m->profiles, m->active);
}

int manager_check(const struct manager *m, const struct profile *p,
		  const struct tunable_set *overrides, const struct tunable_set *trial,
		  struct error *err)
{
	struct tunables t, now;
	struct error e;
	int r;

	stack(m, p, overrides, trial, &t);
	r = tunables_check(&t, &e);
	if (r >= 0)
		return 0;
	/* A hold or a power profile may have brought it: then it is settled, and goes on so. */
	stack(m, active_profile(m), &m->overrides, &m->trial.set, &now);
	if (tunables_check(&now, NULL) < 0)
		return 0;
	return error_set(err, e.kind, r, "%s", e.message);
}

/* Whoever sets one of the two that depend on each other must not contradict the other. */
static int check_set(const struct manager *m, uint32_t mask, const struct tunable_set *overrides,
		     const struct tunable_set *trial, struct error *err)
{
	struct tunables t;

	if (!(mask & (1u << TUNABLE_SLICE_MIN | 1u << TUNABLE_SLICE_MAX)))
		return 0;
	stack(m, active_profile(m), overrides, trial, &t);
	return tunables_check(&t, err);
}

int manager_check_trial(const struct manager *m, const struct tunable_set *trial, struct error *err)
{
	return check_set(m, trial->mask, &m->overrides, trial, err);
}

void manager_update(struct manager *m)
{
	const struct choice choice = {
		.config = &m->config,
		.profiles = &m->profiles,
		.selection = &m->selection,
		.claims = &m->claims,
		.power_profile = m->power_profile,
	};
	const struct profile *p = choice_make(&choice);
	const struct claim *request = claims_shortest_latency(&m->claims);
	uint64_t latency = request ? request->latency_usec : 0;
	struct tunables t;

	stack(m, p, &m->overrides, &m->trial.set, &t);
	tunables_settle(&t);
	m->run_usec = t.value[TUNABLE_SLICE_MAX];
	latency_cap(&t, latency);
	cap_idle(m, latency);
	set_active(m, p);
	manager_update_domains(m);
	put_in_force(m, &t);
}

static void override(struct manager *m, const struct tunable_set *overrides)
{
	m->overrides = *overrides;
	m->override_changes++;
	manager_update(m);
	manager_tell(m);
}

/* The overrides with @set among them, if that is possible. */
static int merge(const struct manager *m, const struct tunable_set *set, struct tunable_set *merged,
		 struct error *err)
{
	*merged = m->overrides;
	tunable_set_merge(merged, set);
	return check_set(m, set->mask, merged, &m->trial.set, err);
}

int manager_check_tunables(const struct manager *m, const struct tunable_set *set,
			   struct error *err)
{
	struct tunable_set merged;

	return merge(m, set, &merged, err);
}

int manager_set_tunables(struct manager *m, const struct tunable_set *set, struct error *err)
{
	struct tunable_set merged;
	int r = merge(m, set, &merged, err);

	if (r >= 0)
		override(m, &merged);
	return r;
}

int manager_check_overrides(const struct manager *m, const struct tunable_set *set,
			    struct error *err)
{
	return check_set(m, set->mask, set, &m->trial.set, err);
}

int manager_replace_overrides(struct manager *m, const struct tunable_set *set,
			      const char *primary, struct error *err)
{
	int r = manager_check_overrides(m, set, err);

	if (r >= 0)
		r = manager_set_domain(m, DOMAIN_PRIMARY, primary, err);
	if (r >= 0)
		override(m, set);
	return r;
}

uint64_t manager_override_changes(const struct manager *m)
{
	return m->override_changes;
}

int manager_check_reset(const struct manager *m, uint32_t mask, struct error *err)
{
	struct tunable_set overrides = m->overrides, trial = m->trial.set;

	overrides.mask &= mask ? ~mask : 0;
	trial.mask &= mask ? ~mask : 0;
	return manager_check(m, active_profile(m), &overrides, &trial, err);
}

int manager_reset_tunables(struct manager *m, uint32_t mask, struct error *err)
{
	int r = manager_check_reset(m, mask, err);

	if (r < 0)
		return r;
	m->overrides.mask &= mask ? ~mask : 0;
	if (!mask)
		manager_reset_domains(m);
	m->override_changes++;
	manager_reset_trial(m, mask);
	manager_update(m);
	manager_tell(m);
	return 0;
}
