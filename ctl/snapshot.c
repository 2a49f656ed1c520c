/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the service counts, at one moment.
 */
#include "ctl/snapshot.h"

#include <errno.h>
#include <string.h>

#include "ctl/complain.h"
#include "ctl/service.h"
#include "daemon/fs.h"
#include "daemon/waits.h"

/* A file of stats -j has some kilobytes. */
#define FILE_MAX (1024 * 1024)
#define NSEC_PER_USEC 1000

const char *snapshot_counter_meaning(enum bpfland_counter c)
{
	static const char *const meanings[] = {
#define X(symbol, name, meaning) meaning,
		BPFLAND_COUNTERS(X)
#undef X
	};

	return meanings[c];
}

const char *snapshot_class_meaning(enum bpfland_class c)
{
	static const char *const meanings[] = {
#define X(symbol, name, which) which,
		BPFLAND_CLASSES(X)
#undef X
	};

	return meanings[c];
}

static int read_class(struct bpfland_latency *ret, const struct json *class, const char *name,
		      const char *where, struct error *err)
{
	const struct json *buckets = json_find(class, "Buckets");
	int64_t n;

	if (json_length(buckets) != BPFLAND_LATENCY_BUCKETS)
		return error_set(err, ERROR_INVALID_ARGS, EINVAL,
				 "%s: Latency.%s.Buckets has %zu numbers, and %d are expected: "
				 "it is of another version", where, name, json_length(buckets),
				 BPFLAND_LATENCY_BUCKETS);
	for (size_t i = 0; i < BPFLAND_LATENCY_BUCKETS; i++) {
		if (json_get_range(json_at(buckets, i), where, "Buckets", 0, INT64_MAX, &n, err))
			return -EINVAL;
		ret->bucket[i] = (uint64_t)n;
	}
	ret->sum_ns = value_uint(class, "SumUSec") * NSEC_PER_USEC;
	ret->max_ns = value_uint(class, "MaxUSec") * NSEC_PER_USEC;
	return 0;
}

static void copy(char *to, size_t size, const struct json *object, const char *key)
{
	snprintf(to, size, "%s", value_string(object, key));
}

int snapshot_read(struct snapshot *ret, const struct json *value, const char *where,
		  struct error *err)
{
	const struct json *manager = json_find(value, "Manager"),
			  *statistics = json_find(value, "Statistics"),
			  *latency = json_find(value, "Latency");
	struct snapshot s = {
		.time_usec = value_uint(statistics, "Time"),
		.since_usec = value_uint(statistics, "Since"),
		.uptime_usec = value_uint(statistics, "UptimeUSec"),
		.generation = value_uint(statistics, "Generation"),
		.queued = value_uint(statistics, "QueuedTasks"),
		.restarts = value_uint(manager, "NRestarts"),
		.holds = json_length(json_find(manager, "ProfileHolds")),
		.requests = json_length(json_find(manager, "LatencyRequests")),
	};
	int r;

	if (!statistics || !latency)
		return error_set(err, ERROR_INVALID_ARGS, EINVAL,
				 "%s: this is not what bpflandctl stats -j writes", where);
	copy(s.state, sizeof(s.state), statistics, "State");
	copy(s.profile, sizeof(s.profile), manager, "ActiveProfile");
	copy(s.version, sizeof(s.version), manager, "Version");
	copy(s.kernel, sizeof(s.kernel), manager, "Kernel");
	for (enum bpfland_counter c = 0; c < _BPFLAND_COUNTER_MAX; c++)
		s.counter[c] = value_uint(statistics, bpfland_counter_name(c));
	for (enum bpfland_class c = 0; c < _BPFLAND_CLASS_MAX; c++) {
		r = read_class(&s.latency[c], json_find(latency, bpfland_class_name(c)),
			       bpfland_class_name(c), where, err);
		if (r < 0)
			return r;
	}
	*ret = s;
	return 0;
}

int snapshot_load(struct snapshot *ret, const char *path, struct error *err)
{
	_cleanup_(json_freep) struct json *j = NULL;
	_cleanup_free_ char *text = NULL;
	size_t size;
	int r;

	r = fs_read(path, FILE_MAX, &text, &size);
	if (r < 0)
		return fs_explain(path, r, FILE_MAX, err);
	r = json_parse(&j, text, size, path, err);
	return r < 0 ? r : snapshot_read(ret, j, path, err);
}

static struct json *join(const struct question *q)
{
	/* Of the manager's properties those that say what the numbers are of. */
	static const char *const keys[] = { "ActiveProfile", "Kernel", "LatencyRequests",
					    "NRestarts", "ProfileHolds", "Version", NULL };
	_cleanup_(json_freep) struct json *j = json_new_object();

	if (!j || json_add(j, "Manager", value_choose(q[0].answer, keys)) < 0 ||
	    json_add(j, "Statistics", json_share(q[1].answer)) < 0 ||
	    json_add(j, "Latency", json_share(q[2].answer)) < 0)
		return NULL;
	return TAKE_PTR(j);
}

int snapshot_ask(const struct ctl *ctl, sd_bus *bus, struct snapshot *ret, struct json **ret_json)
{
	struct question q[] = {
		QUESTION_ALL(BUS_INTERFACE_MANAGER),
		{ .interface = BUS_INTERFACE_STATISTICS, .member = "GetStatistics" },
		{ .interface = BUS_INTERFACE_STATISTICS, .member = "GetLatency" },
	};
	_cleanup_(json_freep) struct json *j = NULL;
	struct error err;
	int r;

	r = service_ask(ctl, bus, q, sizeof(q) / sizeof(q[0]));
	j = r < 0 ? NULL : join(q);
	questions_done(q, sizeof(q) / sizeof(q[0]));
	if (r < 0)
		return r;
	if (!j)
		return complain_memory();
	if (ret) {
		r = snapshot_read(ret, j, "the service's answer", &err);
		if (r < 0) {
			complain("%s", err.message);
			return r;
		}
	}
	if (ret_json)
		*ret_json = TAKE_PTR(j);
	return 0;
}

static void latency_between(struct bpfland_latency *ret, const struct bpfland_latency *before,
			    const struct bpfland_latency *after)
{
	struct bpfland_latency l = { .sum_ns = after->sum_ns - before->sum_ns };

	for (unsigned b = 0; b < BPFLAND_LATENCY_BUCKETS; b++) {
		l.bucket[b] = after->bucket[b] - before->bucket[b];
		if (l.bucket[b] && b < BPFLAND_LATENCY_BUCKETS - 1)
			l.max_ns = waits_bound_usec(b) * NSEC_PER_USEC;
		else if (l.bucket[b])
			l.max_ns = after->max_ns;
	}
	if (l.max_ns > after->max_ns)
		l.max_ns = after->max_ns;
	*ret = l;
}

void snapshot_between(struct snapshot *ret, const struct snapshot *before,
		      const struct snapshot *after)
{
	struct snapshot s = *after;

	if (before->since_usec == after->since_usec) {
		for (enum bpfland_counter c = 0; c < _BPFLAND_COUNTER_MAX; c++)
			s.counter[c] -= before->counter[c];
		for (enum bpfland_class c = 0; c < _BPFLAND_CLASS_MAX; c++)
			latency_between(&s.latency[c], &before->latency[c], &after->latency[c]);
	}
	*ret = s;
}
