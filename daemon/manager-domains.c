/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The manager and the CPU domains: what was chosen, what that means on the CPUs that are online
 * now, and telling the scheduler.
 */
#include <errno.h>
#include <string.h>

#include "daemon/log.h"
#include "daemon/manager-internal.h"

/* What follows from the choices. */
struct outcome {
	struct bpfland_cpus cpus[_DOMAIN_MAX];
	struct sched_domains sched;
};

/* A preference for all CPUs is none. */
static struct bpfland_cpus preference(const struct topology *t, const struct bpfland_cpus *cpus)
{
	return cpus_equal(cpus, &t->online) ? CPUS_NONE : *cpus;
}

static const struct domain_choice *in_force(const struct manager *m, enum domain d)
{
	const struct profile *p = profiles_find(&m->profiles, m->active);

	return m->domains.override[d].kind == DOMAIN_AUTO && p ? &p->domain[d] :
								 &m->domains.override[d];
}

static struct outcome compute(const struct manager *m)
{
	const struct topology *t = &m->domains.topology;
	struct bpfland_cpus fast = topology_performance(t);
	struct outcome o = {};

	for (enum domain d = 0; d < _DOMAIN_MAX; d++)
		o.cpus[d] = domain_resolve(in_force(m, d), t);
	o.sched.primary = preference(t, &o.cpus[DOMAIN_PRIMARY]);
	o.sched.interactive = preference(t, &o.cpus[DOMAIN_INTERACTIVE]);
	fast = cpus_and(&fast, &t->online);
	o.sched.fast = preference(t, &fast);
	return o;
}

static void note(struct manager *m, unsigned changed)
{
	m->domains.changed |= changed;
	m->pending |= MANAGER_CHANGED_DOMAINS;
}

static void commit(struct manager *m, const struct outcome *o)
{
	for (enum domain d = 0; d < _DOMAIN_MAX; d++)
		if (!cpus_equal(&m->domains.cpus[d], &o->cpus[d])) {
			m->domains.cpus[d] = o->cpus[d];
			note(m, DOMAIN_CHANGED_CPUS(d));
		}
	m->domains.sched = o->sched;
}

void manager_update_domains(struct manager *m)
{
	struct outcome o = compute(m);
	int r = m->sched ? sched_set_domains(m->sched, &o.sched) : 0;

	/* Preferences only: what was in force before does no harm. The next attempt may succeed. */
	if (r < 0)
		log_message(LOG_WARNING, "The scheduler does not take the CPU domains, going on "
			    "with the old ones: %s", strerror(-r));
	commit(m, &o);
}

void manager_reset_domains(struct manager *m)
{
	for (enum domain d = 0; d < _DOMAIN_MAX; d++) {
		if (m->domains.override[d].kind == DOMAIN_AUTO)
			continue;
		m->domains.override[d] = (struct domain_choice){};
		note(m, DOMAIN_CHANGED_CHOICE(d));
	}
}

/* Of a list, every CPU must be one that this machine has; it may be offline now. */
static int check_present(const struct manager *m, enum domain d, const struct domain_choice *c,
			 struct error *err)
{
	const struct topology *t = &m->domains.topology;
	struct bpfland_cpus known = cpus_and(&c->list, &t->present);
	char given[CPULIST_MAX], present[CPULIST_MAX];

	if (cpus_equal(&known, &c->list))
		return 0;
	return error_set(err, ERROR_OUT_OF_RANGE, ERANGE,
			 "%s: %.64s names CPUs that this machine does not have, allowed: %.64s",
			 domain_name(d), cpulist_format(&c->list, given),
			 t->n_cpus ? cpulist_format(&t->present, present) : "none are known");
}

int manager_check_domain(const struct manager *m, enum domain d, const char *text,
			 struct error *err)
{
	struct domain_choice c;
	int r;

	r = domain_parse(text, domain_name(d), &c, err);
	return r < 0 ? r : check_present(m, d, &c, err);
}

int manager_set_domain(struct manager *m, enum domain d, const char *text, struct error *err)
{
	struct domain_choice c, old = m->domains.override[d];
	struct outcome o;
	int r;

	r = domain_parse(text, domain_name(d), &c, err);
	if (r >= 0)
		r = check_present(m, d, &c, err);
	if (r < 0 || domain_equal(&c, &old))
		return r;
	m->domains.override[d] = c;
	m->override_changes++;
	o = compute(m);
	r = m->sched ? sched_set_domains(m->sched, &o.sched) : 0;
	if (r < 0) {
		m->domains.override[d] = old;
		return error_set(err, ERROR_FAILED, r, "%s: the scheduler does not take it: %s",
				 domain_name(d), strerror(-r));
	}
	note(m, DOMAIN_CHANGED_CHOICE(d));
	commit(m, &o);
	manager_tell(m);
	return 0;
}

void manager_read_cpus(struct manager *m)
{
	struct topology fresh = TOPOLOGY_NULL;
	struct error e;

	if (topology_read(&fresh, m->paths->sysfs, &m->domains.topology, &e) < 0) {
		log_message(LOG_WARNING, "%s; going on with what is known of the CPUs", e.message);
		return;
	}
	if (topology_equal(&fresh, &m->domains.topology)) {
		topology_done(&fresh);
		return;
	}
	topology_done(&m->domains.topology);
	m->domains.topology = fresh;
	m->pending |= MANAGER_CHANGED_CPUS;
	manager_update_domains(m);
	manager_power_cpus_changed(m);
}

static int on_cpus(sd_event_source *s, void *userdata)
{
	struct manager *m = userdata;

	(void)s;
	manager_read_cpus(m);
	manager_tell(m);
	return 0;
}

/*
 * A suspended machine with a thousand CPUs takes them all away and brings them back: they are read
 * when there is nothing else to do, once for all events that have come until then.
 */
void manager_cpus_changed(struct manager *m)
{
	struct sd_event_source **s = &m->domains.source;

	if (!*s && (sd_event_add_defer(m->event, s, on_cpus, m) < 0 ||
		    sd_event_source_set_priority(*s, SD_EVENT_PRIORITY_IDLE) < 0)) {
		*s = sd_event_source_disable_unref(*s);
		manager_read_cpus(m);
		return;
	}
	sd_event_source_set_description(*s, "bpfland-cpus");
	sd_event_source_set_enabled(*s, SD_EVENT_ONESHOT);
}

void manager_domains_done(struct manager *m)
{
	m->domains.source = sd_event_source_disable_unref(m->domains.source);
	topology_done(&m->domains.topology);
}

const struct domain_choice *manager_domain(const struct manager *m, enum domain d)
{
	return &m->domains.override[d];
}

const struct bpfland_cpus *manager_domain_cpus(const struct manager *m, enum domain d)
{
	return &m->domains.cpus[d];
}

const struct topology *manager_topology(const struct manager *m)
{
	return &m->domains.topology;
}

unsigned manager_take_changed_domains(struct manager *m)
{
	unsigned changed = m->domains.changed;

	m->domains.changed = 0;
	return changed;
}
