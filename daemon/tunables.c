/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which value of each tunable is in force, and why.
 */
#include "daemon/tunables.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

const char *tunable_source_name(enum tunable_source s)
{
	static const char *const name[_TUNABLE_SOURCE_MAX] = {
		[TUNABLE_SOURCE_DEFAULT] = "default",
		[TUNABLE_SOURCE_PROFILE] = "profile",
		[TUNABLE_SOURCE_OVERRIDE] = "override",
		[TUNABLE_SOURCE_TRY] = "try",
		[TUNABLE_SOURCE_LATENCY_REQUEST] = "latency-request",
	};

	return name[s];
}

static int check_supported(enum tunable t, uint32_t supported, struct error *err)
{
	if (supported & 1u << t)
		return 0;
	return error_set(err, ERROR_NOT_SUPPORTED, EOPNOTSUPP,
			 "%s: has no effect on this kernel, so it cannot be set; "
			 "Features lists what has", tunable_table[t].name);
}

int tunable_set_add(struct tunable_set *set, enum tunable t, int64_t value, uint32_t supported,
		    struct error *err)
{
	const struct tunable_info *info = &tunable_table[t];
	const char *space = *info->unit ? " " : "";
	int r;

	r = check_supported(t, supported, err);
	if (r < 0)
		return r;
	if (value < info->min || value > info->max)
		return error_set(err, ERROR_OUT_OF_RANGE, ERANGE,
				 "%s: %" PRId64 " is out of range, allowed: %" PRId64 " to %" PRId64
				 "%s%s", info->name, value, info->min, info->max, space,
				 info->unit);
	set->mask |= 1u << t;
	set->value[t] = value;
	return 0;
}

static void list_words(const struct tunable_info *info, char *buf, size_t size)
{
	size_t n = 0;

	buf[0] = 0;
	for (unsigned i = 0; info->words[i] && n < size; i++)
		n += snprintf(buf + n, size - n, "%s%s", i ? ", " : "", info->words[i]);
}

int tunable_set_add_word(struct tunable_set *set, enum tunable t, const char *word,
			 uint32_t supported, struct error *err)
{
	const struct tunable_info *info = &tunable_table[t];
	char words[128];
	int r;

	r = check_supported(t, supported, err);
	if (r < 0)
		return r;
	for (unsigned i = 0; info->words[i]; i++)
		if (!strcmp(info->words[i], word))
			return tunable_set_add(set, t, i, supported, err);
	list_words(info, words, sizeof(words));
	return error_set(err, ERROR_INVALID_ARGS, EINVAL, "%s: \"%.64s\" is unknown, allowed: %s",
			 info->name, word, words);
}

void tunable_set_merge(struct tunable_set *set, const struct tunable_set *from)
{
	for (int t = 0; t < _TUNABLE_MAX; t++)
		if (from->mask & 1u << t)
			set->value[t] = from->value[t];
	set->mask |= from->mask;
}

bool tunable_sets_equal(const struct tunable_set *a, const struct tunable_set *b)
{
	if (a->mask != b->mask)
		return false;
	for (int t = 0; t < _TUNABLE_MAX; t++)
		if (a->mask & 1u << t && a->value[t] != b->value[t])
			return false;
	return true;
}

void tunables_apply(struct tunables *tunables, const struct tunable_set *set,
		    enum tunable_source source)
{
	for (int t = 0; set && t < _TUNABLE_MAX; t++) {
		if (!(set->mask & 1u << t))
			continue;
		tunables->value[t] = set->value[t];
		tunables->source[t] = source;
	}
}

void tunables_compute(struct tunables *ret, const struct tunable_set *profile,
		      const struct tunable_set *overrides)
{
	for (int t = 0; t < _TUNABLE_MAX; t++) {
		ret->value[t] = tunable_table[t].def;
		ret->source[t] = TUNABLE_SOURCE_DEFAULT;
	}
	tunables_apply(ret, profile, TUNABLE_SOURCE_PROFILE);
	tunables_apply(ret, overrides, TUNABLE_SOURCE_OVERRIDE);
}

void tunables_settle(struct tunables *t)
{
	int stays = TUNABLE_SLICE_MAX, gives_way = TUNABLE_SLICE_MIN;

	if (t->value[TUNABLE_SLICE_MIN] <= t->value[TUNABLE_SLICE_MAX])
		return;
	if (t->source[TUNABLE_SLICE_MIN] > t->source[TUNABLE_SLICE_MAX]) {
		stays = TUNABLE_SLICE_MIN;
		gives_way = TUNABLE_SLICE_MAX;
	}
	/* Within its range: each lies beyond the other, and so between the ends of both ranges. */
	t->value[gives_way] = t->value[stays];
	t->source[gives_way] = t->source[stays];
}

int tunables_check(const struct tunables *t, struct error *err)
{
	int64_t min = t->value[TUNABLE_SLICE_MIN], max = t->value[TUNABLE_SLICE_MAX];

	if (min > max)
		return error_set(err, ERROR_OUT_OF_RANGE, ERANGE,
				 "%s: %" PRId64 " us exceeds %s, which is %" PRId64
				 " us (%s); set both together",
				 tunable_table[TUNABLE_SLICE_MIN].name, min,
				 tunable_table[TUNABLE_SLICE_MAX].name, max,
				 tunable_source_name(t->source[TUNABLE_SLICE_MAX]));
	return 0;
}

bool tunables_equal(const struct tunables *a, const struct tunables *b)
{
	return !memcmp(a->value, b->value, sizeof(a->value));
}

void tunables_to_abi(const struct tunables *t, struct bpfland_tunables *ret)
{
	static const struct {
		enum tunable tunable;
		u64 flag;
	} flags[] = {
		{ TUNABLE_WAKE_SYNC, BPFLAND_WAKE_SYNC },
		{ TUNABLE_STICKY_TASKS, BPFLAND_STICKY_TASKS },
		{ TUNABLE_LOCAL_KTHREADS, BPFLAND_LOCAL_KTHREADS },
		{ TUNABLE_LOCAL_PER_CPU, BPFLAND_LOCAL_PER_CPU },
		{ TUNABLE_SMT_AWARE, BPFLAND_SMT_AWARE },
		{ TUNABLE_NUMA_AWARE, BPFLAND_NUMA_AWARE },
		{ TUNABLE_PREFERRED_CORES, BPFLAND_PREFERRED_CORES },
	};
	const u64 ns_per_us = 1000;

	*ret = (struct bpfland_tunables){
		.slice_max_ns = t->value[TUNABLE_SLICE_MAX] * ns_per_us,
		.slice_min_ns = t->value[TUNABLE_SLICE_MIN] * ns_per_us,
		.slice_lag_ns = t->value[TUNABLE_SLICE_LAG] * ns_per_us,
		.starvation_ns = t->value[TUNABLE_STARVATION] * ns_per_us,
		.interactive_threshold = t->value[TUNABLE_INTERACTIVE_THRESHOLD],
	};
	for (size_t i = 0; i < sizeof(flags) / sizeof(*flags); i++)
		if (t->value[flags[i].tunable])
			ret->flags |= flags[i].flag;
}

void tunables_to_power(const struct tunables *t, int64_t run_usec, struct bpfland_power *ret)
{
	const u64 ns_per_us = 1000;
	struct bpfland_power p = {
		.throttle_ns = t->value[TUNABLE_THROTTLE] * ns_per_us,
		.run_ns = run_usec * ns_per_us,
		.frequency = t->value[TUNABLE_CPU_FREQUENCY],
	};

	/* A shorter cycle saves nothing, and costs every CPU two interrupts. */
	while (p.throttle_ns && p.throttle_ns + p.run_ns < THROTTLE_CYCLE_MIN_NS) {
		p.throttle_ns *= 2;
		p.run_ns *= 2;
	}
	*ret = p;
}

const char *tunable_value_format(enum tunable t, int64_t value, char *buf, unsigned long size)
{
	const struct tunable_info *info = &tunable_table[t];

	if (info->type == TUNABLE_TYPE_BOOL)
		snprintf(buf, size, "%s", value ? "true" : "false");
	else if (info->type == TUNABLE_TYPE_WORD)
		snprintf(buf, size, "%s", info->words[value]);
	else
		snprintf(buf, size, "%" PRId64, value);
	return buf;
}
