/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Our objects on one connection.
 *
 * What a client costs that never reads: nothing here. Replies and signals go to the bus daemon,
 * which reads always and keeps what a client has not fetched within the limits of its own
 * configuration. On the way there sd-bus queues a bounded number of messages and then fails with
 * ENOBUFS; a signal lost that way is logged by nobody and repaired by the next one, which carries
 * values and not differences.
 */
#include "dbus/exports.h"

#include <errno.h>
#include <stdlib.h>

#include "daemon/cleanup.h"
#include "daemon/manager.h"
#include "dbus/clients.h"
#include "dbus/leavers.h"
#include "dbus/names.h"
#include "dbus/objects.h"
#include "dbus/pending.h"
#include "dbus/scx-loader-object.h"
#include "dbus/try.h"
#include "dbus/values.h"

/*
 * Of what clients hold, with more than this many in all a signal does not carry the list but says
 * that it has changed: with a thousand holds it would be one of 200 kB for each that comes or goes,
 * which keeps us and the bus from everything else, and most do not want it.
 */
#define LIST_LONG 64

#define LISTS (MANAGER_CHANGED_PROFILE_HOLDS | MANAGER_CHANGED_LATENCY_REQUESTS)

struct exports {
	sd_bus *bus;
	struct manager *manager;
	struct leavers *leavers;
	struct pendings *pendings;
	sd_bus_slot *methods, *properties, *manager_object, *tunables_object, *domains_object;
	sd_bus_slot *statistics_object;
	struct clients *clients;
	sd_event_source *emit;
	struct scx_loader *scx_loader;
	unsigned changed;
};

DEFINE_CLEANUP(struct exports *, exports_free);

/* PropertiesChanged without the values. */
static int emit_stale(struct exports *x, char **names)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *signal = NULL;

	TRY(sd_bus_message_new_signal(x->bus, &signal, BUS_PATH, BUS_INTERFACE_PROPERTIES,
				      "PropertiesChanged"));
	TRY(sd_bus_message_append(signal, "sa{sv}", BUS_INTERFACE_MANAGER, 0));
	TRY(sd_bus_message_append_strv(signal, names));
	return sd_bus_send(x->bus, signal, NULL);
}

static int emit_manager(struct exports *x)
{
	static const struct {
		unsigned change;
		const char *property;
	} map[] = {
		{ MANAGER_CHANGED_STATE, "State" },
		{ MANAGER_CHANGED_SCHEDULER, "Scheduler" },
		{ MANAGER_CHANGED_PROFILE, "Profile" },
		{ MANAGER_CHANGED_ACTIVE_PROFILE, "ActiveProfile" },
		{ MANAGER_CHANGED_PROFILES, "Profiles" },
		{ MANAGER_CHANGED_LAST_EXIT, "LastExit" },
		{ MANAGER_CHANGED_RESTARTS, "NRestarts" },
		{ MANAGER_CHANGED_FEATURES, "Features" },
		{ MANAGER_CHANGED_PROFILE_HOLDS, "ProfileHolds" },
		{ MANAGER_CHANGED_LATENCY_REQUESTS, "LatencyRequests" },
		{ MANAGER_CHANGED_FOLLOW_POWER_PROFILE, "FollowPowerProfile" },
		{ MANAGER_CHANGED_POWER_PROFILE, "PowerProfile" },
	};
	unsigned long_lists = manager_claims(x->manager)->n > LIST_LONG ? LISTS : 0;
	const char *names[sizeof(map) / sizeof(map[0]) + 1] = {}, *stale[3] = {};
	size_t n = 0, n_stale = 0;

	for (size_t i = 0; i < sizeof(map) / sizeof(map[0]); i++) {
		if (!(x->changed & map[i].change))
			continue;
		if (map[i].change & long_lists)
			stale[n_stale++] = map[i].property;
		else
			names[n++] = map[i].property;
	}
	if (n_stale > 0)
		TRY(emit_stale(x, (char **)stale));
	if (n == 0)
		return 0;
	return sd_bus_emit_properties_changed_strv(x->bus, BUS_PATH, BUS_INTERFACE_MANAGER,
						   (char **)names);
}

static int emit_tunables(struct exports *x)
{
	uint32_t tunables = x->changed & MANAGER_CHANGED_TUNABLES
				    ? manager_take_changed_tunables(x->manager)
				    : 0;
	const char *names[_TUNABLE_MAX + 2] = {};
	size_t n = 0;

	for (enum tunable t = 0; t < _TUNABLE_MAX; t++)
		if (tunables & UINT32_C(1) << t)
			names[n++] = tunable_table[t].name;
	if (x->changed & MANAGER_CHANGED_GENERATION)
		names[n++] = "Generation";
	if (n == 0)
		return 0;
	return sd_bus_emit_properties_changed_strv(x->bus, BUS_PATH, BUS_INTERFACE_TUNABLES,
						   (char **)names);
}

static int emit_domains(struct exports *x)
{
	unsigned domains = x->changed & MANAGER_CHANGED_DOMAINS
				   ? manager_take_changed_domains(x->manager)
				   : 0;
	static const struct {
		unsigned change;
		const char *property;
	} map[] = {
		{ DOMAIN_CHANGED_CHOICE(DOMAIN_PRIMARY), "Primary" },
		{ DOMAIN_CHANGED_CHOICE(DOMAIN_INTERACTIVE), "Interactive" },
		{ DOMAIN_CHANGED_CPUS(DOMAIN_PRIMARY), "PrimaryCPUs" },
		{ DOMAIN_CHANGED_CPUS(DOMAIN_INTERACTIVE), "InteractiveCPUs" },
	};
	const char *names[sizeof(map) / sizeof(map[0]) + 2] = {};
	size_t n = 0;

	for (size_t i = 0; i < sizeof(map) / sizeof(map[0]); i++)
		if (domains & map[i].change)
			names[n++] = map[i].property;
	if (x->changed & MANAGER_CHANGED_CPUS)
		names[n++] = "CPUs";
	if (n == 0)
		return 0;
	return sd_bus_emit_properties_changed_strv(x->bus, BUS_PATH, BUS_INTERFACE_DOMAINS,
						   (char **)names);
}

static int emit_exited(struct exports *x)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *signal = NULL;

	if (!(x->changed & MANAGER_SCHEDULER_EXITED))
		return 0;
	TRY(sd_bus_message_new_signal(x->bus, &signal, BUS_PATH, BUS_INTERFACE_MANAGER,
				      "SchedulerExited"));
	TRY(exit_report_append(signal, manager_last_exit(x->manager)));
	return sd_bus_send(x->bus, signal, NULL);
}

void exports_flush(struct exports *x)
{
	/*
	 * Properties before the event: who hears of the exit finds State and LastExit up to date.
	 */
	(void)emit_manager(x);
	(void)emit_tunables(x);
	(void)emit_domains(x);
	(void)scx_loader_flush(x->scx_loader);
	(void)emit_exited(x);
	clients_flush(x->clients);
	x->changed = 0;
	(void)sd_event_source_set_enabled(x->emit, SD_EVENT_OFF);
}

static int on_emit(sd_event_source *source, void *userdata)
{
	exports_flush(userdata);
	return 0;
}

void exports_changed(struct exports *x, unsigned what)
{
	if (what & MANAGER_CHANGED_CLIENTS)
		clients_changed(x->clients);
	x->changed |= what;
	if (x->changed)
		sd_event_source_set_enabled(x->emit, SD_EVENT_ONESHOT);
}

int bus_export(struct exports **ret, sd_bus *bus, sd_event *event, struct manager *m)
{
	_cleanup_(exports_freep) struct exports *x = NULL;

	x = calloc(1, sizeof(*x));
	if (!x)
		return -ENOMEM;
	x->bus = sd_bus_ref(bus);
	x->manager = m;

	TRY(sd_event_add_defer(event, &x->emit, on_emit, x));
	TRY(sd_event_source_set_description(x->emit, "bus-emit-changes"));
	TRY(sd_event_source_set_enabled(x->emit, SD_EVENT_OFF));
	TRY(leavers_new(&x->leavers, bus, event));
	TRY(pendings_new(&x->pendings, bus, event, x->leavers));
	TRY(sd_bus_add_object(bus, &x->methods, BUS_PATH, objects_callback, m));
	TRY(sd_bus_add_object(bus, &x->properties, BUS_PATH, properties_callback, m));
	TRY(sd_bus_add_object_vtable(bus, &x->manager_object, BUS_PATH, BUS_INTERFACE_MANAGER,
				     manager_object_vtable(), m));
	TRY(sd_bus_add_object_vtable(bus, &x->tunables_object, BUS_PATH, BUS_INTERFACE_TUNABLES,
				     tunables_object_vtable(), m));
	TRY(sd_bus_add_object_vtable(bus, &x->domains_object, BUS_PATH, BUS_INTERFACE_DOMAINS,
				     domains_object_vtable(), m));
	TRY(sd_bus_add_object_vtable(bus, &x->statistics_object, BUS_PATH,
				     BUS_INTERFACE_STATISTICS, statistics_object_vtable(), m));

	TRY(clients_new(&x->clients, bus, x->leavers, m));
	TRY(scx_loader_new(&x->scx_loader, bus, m));

	/* Whoever connects reads what is: what changed before is no news here. */
	(void)manager_take_changed_tunables(m);
	(void)manager_take_changed_domains(m);

	*ret = TAKE_PTR(x);
	return 0;
}

struct exports *exports_free(struct exports *x)
{
	if (!x)
		return NULL;

	scx_loader_free(x->scx_loader);
	clients_free(x->clients);
	sd_bus_slot_unref(x->domains_object);
	sd_bus_slot_unref(x->statistics_object);
	sd_bus_slot_unref(x->tunables_object);
	sd_bus_slot_unref(x->manager_object);
	sd_bus_slot_unref(x->properties);
	sd_bus_slot_unref(x->methods);
	pendings_free(x->pendings);
	leavers_free(x->leavers);
	sd_event_source_disable_unref(x->emit);
	sd_bus_unref(x->bus);
	free(x);
	return NULL;
}
