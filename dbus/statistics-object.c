/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * org.bpfland1.Statistics: what the scheduler counts, and what it knows about a task.
 */
#include "dbus/objects.h"

#include <stdio.h>

#include "daemon/cleanup.h"
#include "daemon/waits.h"
#include "daemon/manager.h"
#include "dbus/authorize.h"
#include "dbus/errors.h"
#include "dbus/names.h"
#include "dbus/try.h"
#include "dbus/values.h"

#define NSEC_PER_USEC 1000

static int append_numbers(sd_bus_message *m, const char *key, const uint64_t *numbers, size_t n)
{
	TRY(sd_bus_message_open_container(m, SD_BUS_TYPE_DICT_ENTRY, "sv"));
	TRY(sd_bus_message_append_basic(m, SD_BUS_TYPE_STRING, key));
	TRY(sd_bus_message_open_container(m, SD_BUS_TYPE_VARIANT, "at"));
	TRY(sd_bus_message_append_array(m, SD_BUS_TYPE_UINT64, numbers, n * sizeof(*numbers)));
	TRY(sd_bus_message_close_container(m));
	return sd_bus_message_close_container(m);
}

static int append_cpu_generations(sd_bus_message *reply, struct manager *m, unsigned n)
{
	uint64_t generations[BPFLAND_MAX_CPUS];

	for (unsigned cpu = 0; cpu < n; cpu++)
		generations[cpu] = manager_cpu_generation(m, cpu);
	return append_numbers(reply, "CPUGenerations", generations, n);
}

static int append_number(sd_bus_message *m, const char *key, uint64_t value)
{
	return sd_bus_message_append(m, "{sv}", key, "t", value);
}

static int method_get_statistics(sd_bus_message *message, void *userdata, sd_bus_error *ret_error)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	struct manager_statistics s;
	struct manager *m = userdata;

	manager_statistics(m, &s);
	TRY(sd_bus_message_new_method_return(message, &reply));
	TRY(sd_bus_message_open_container(reply, SD_BUS_TYPE_ARRAY, "{sv}"));
	TRY(append_number(reply, "Time", s.time_usec));
	TRY(append_number(reply, "Since", s.since_usec));
	TRY(append_number(reply, "UptimeUSec", s.uptime_usec));
	TRY(entry_append_text(reply, "State", lifecycle_state_name(manager_state(m))));
	TRY(append_number(reply, "Generation", s.generation));
	TRY(append_cpu_generations(reply, m, s.n_cpus));
	TRY(append_number(reply, "QueuedTasks", manager_queued(m)));
	for (enum bpfland_counter c = 0; c < _BPFLAND_COUNTER_MAX; c++)
		TRY(append_number(reply, bpfland_counter_name(c), s.counter[c]));
	TRY(sd_bus_message_close_container(reply));
	return sd_bus_message_send(reply);
}

static int append_class(sd_bus_message *m, const char *key, const struct bpfland_latency *l)
{
	static const struct {
		const char *key;
		unsigned per_mille;
	} percentiles[] = {
		{ "P50USec", 500 }, { "P90USec", 900 }, { "P99USec", 990 }, { "P999USec", 999 },
	};
	uint64_t buckets[BPFLAND_LATENCY_BUCKETS];

	for (unsigned b = 0; b < BPFLAND_LATENCY_BUCKETS; b++)
		buckets[b] = l->bucket[b];
	TRY(sd_bus_message_open_container(m, SD_BUS_TYPE_DICT_ENTRY, "sv"));
	TRY(sd_bus_message_append_basic(m, SD_BUS_TYPE_STRING, key));
	TRY(sd_bus_message_open_container(m, SD_BUS_TYPE_VARIANT, "a{sv}"));
	TRY(sd_bus_message_open_container(m, SD_BUS_TYPE_ARRAY, "{sv}"));
	TRY(append_number(m, "Count", waits_count(l)));
	TRY(append_number(m, "SumUSec", l->sum_ns / NSEC_PER_USEC));
	for (size_t i = 0; i < sizeof(percentiles) / sizeof(percentiles[0]); i++)
		TRY(append_number(m, percentiles[i].key,
				  waits_percentile_usec(l, percentiles[i].per_mille)));
	TRY(append_number(m, "MaxUSec", waits_max_usec(l)));
	TRY(append_numbers(m, "Buckets", buckets, BPFLAND_LATENCY_BUCKETS));
	TRY(sd_bus_message_close_container(m));
	TRY(sd_bus_message_close_container(m));
	return sd_bus_message_close_container(m);
}

static int method_get_latency(sd_bus_message *message, void *userdata, sd_bus_error *ret_error)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	uint64_t bounds[BPFLAND_LATENCY_BUCKETS - 1];
	struct manager_statistics s;

	manager_statistics(userdata, &s);
	for (unsigned b = 0; b < BPFLAND_LATENCY_BUCKETS - 1; b++)
		bounds[b] = waits_bound_usec(b);
	TRY(sd_bus_message_new_method_return(message, &reply));
	TRY(sd_bus_message_open_container(reply, SD_BUS_TYPE_ARRAY, "{sv}"));
	TRY(append_number(reply, "Time", s.time_usec));
	TRY(append_number(reply, "Since", s.since_usec));
	TRY(append_numbers(reply, "BoundsUSec", bounds, BPFLAND_LATENCY_BUCKETS - 1));
	for (enum bpfland_class c = 0; c < _BPFLAND_CLASS_MAX; c++)
		TRY(append_class(reply, bpfland_class_name(c), &s.latency[c]));
	TRY(sd_bus_message_close_container(reply));
	return sd_bus_message_send(reply);
}

static const char *policy_name(uint32_t policy)
{
	static const char *const names[] = { [0] = "other", [3] = "batch", [5] = "idle",
					     [7] = "ext" };

	return policy < sizeof(names) / sizeof(names[0]) && names[policy] ? names[policy] : "other";
}

static int append_task(sd_bus_message *reply, const struct bpfland_task *d)
{
	char name[sizeof(d->name) + 1];

	snprintf(name, sizeof(name), "%.16s", d->name);
	TRY(entry_append_text(reply, "Name", name));
	TRY(entry_append_text(reply, "Class", d->interactive ? "interactive" : "other"));
	TRY(entry_append_text(reply, "Policy", policy_name(d->policy)));
	TRY(sd_bus_message_append(reply, "{sv}{sv}{sv}", "Rate", "u", d->rate, "Threshold", "u",
				  d->threshold, "AverageRate", "u", d->avg_rate));
	TRY(append_number(reply, "VoluntarySwitches", d->voluntary_switches));
	TRY(append_number(reply, "AverageRunUSec", d->avg_run_ns / NSEC_PER_USEC));
	TRY(append_number(reply, "RunUSec", d->run_ns / NSEC_PER_USEC));
	TRY(append_number(reply, "RecentUSec", d->recent_ns / NSEC_PER_USEC));
	TRY(sd_bus_message_append(reply, "{sv}{sv}", "LagUSec", "x", d->lag_ns / NSEC_PER_USEC,
				  "DeadlineUSec", "x", d->deadline_ns / NSEC_PER_USEC));
	TRY(append_number(reply, "SliceUSec", d->slice_ns / NSEC_PER_USEC));
	TRY(append_number(reply, "CPUTimeUSec", d->ran_ns / NSEC_PER_USEC));
	TRY(append_number(reply, "WaitTimeUSec", d->waited_ns / NSEC_PER_USEC));
	TRY(sd_bus_message_append(reply, "{sv}{sv}{sv}", "Weight", "u", d->weight, "Queue", "u",
				  d->queue, "CPU", "u", d->cpu));
	return sd_bus_message_append(reply, "{sv}{sv}", "Ready", "b", d->ready != 0, "Running", "b",
				     d->running != 0);
}

static int method_get_task(sd_bus_message *message, void *userdata, sd_bus_error *ret_error)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	struct bpfland_task task;
	struct error err = {};
	uint32_t tid;
	int r;

	TRY(sd_bus_message_read_basic(message, SD_BUS_TYPE_UINT32, &tid));
	r = manager_task(userdata, tid, &task, &err);
	if (r < 0)
		return errors_reply(ret_error, r, &err);
	TRY(sd_bus_message_new_method_return(message, &reply));
	TRY(sd_bus_message_open_container(reply, SD_BUS_TYPE_ARRAY, "{sv}"));
	TRY(append_task(reply, &task));
	TRY(sd_bus_message_close_container(reply));
	return sd_bus_message_send(reply);
}

/* It shows the tasks of every user, which the kernel's own dump shows to root only. */
static int method_get_dump(sd_bus_message *message, void *userdata, sd_bus_error *ret_error)
{
	_cleanup_free_ char *dump = NULL;
	struct error err = {};
	int r;

	r = authorize(message, ACTION_MANAGE_SCHEDULER, "reading the dump", ret_error);
	if (r <= 0)
		return r;
	r = manager_dump(userdata, &dump, &err);
	if (r < 0)
		return errors_reply(ret_error, r, &err);
	return sd_bus_reply_method_return(message, "s", dump);
}

/* See manager-object.c for SD_BUS_VTABLE_UNPRIVILEGED. */
static const sd_bus_vtable vtable[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_METHOD_WITH_ARGS("GetStatistics", SD_BUS_NO_ARGS,
				SD_BUS_RESULT("a{sv}", statistics), method_get_statistics,
				SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_ARGS("GetLatency", SD_BUS_NO_ARGS, SD_BUS_RESULT("a{sv}", latency),
				method_get_latency, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_ARGS("GetTask", SD_BUS_ARGS("u", tid), SD_BUS_RESULT("a{sv}", task),
				method_get_task, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_ARGS("GetDump", SD_BUS_NO_ARGS, SD_BUS_RESULT("s", dump),
				method_get_dump, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_VTABLE_END,
};

const sd_bus_vtable *statistics_object_vtable(void)
{
	return vtable;
}
