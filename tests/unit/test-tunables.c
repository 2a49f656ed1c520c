/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The table of tunables, and what is in force.
 */
#include "bpf/policy.h"
#include "daemon/tunables.h"

#include <ctype.h>
#include <errno.h>

#include "tests/test.h"

#define ALL UINT32_MAX

static void table_is_sound(void)
{
	for (int t = 0; t < _TUNABLE_MAX; t++) {
		const struct tunable_info *i = &tunable_table[t];

		CHECK(i->name && i->key && i->unit && i->summary);
		CHECK(i->min <= i->def && i->def <= i->max);
		CHECK_EQ(tunable_by_name(i->name), t);
		CHECK_EQ(tunable_by_key(i->key), t);
		CHECK(i->summary[strlen(i->summary) - 1] == '.');
		if (i->type == TUNABLE_TYPE_WORD) {
			for (int64_t v = i->min; v <= i->max; v++)
				CHECK(i->words[v]);
			CHECK(!i->words[i->max + 1]);
		}
		if (i->type == TUNABLE_TYPE_COUNT)
			CHECK(i->max <= UINT32_MAX);
		if (i->type != TUNABLE_TYPE_USEC_OFF)
			CHECK(i->min >= 0);
	}
	CHECK_EQ(tunable_by_name("slice_max_usec"), -ENOENT);
	CHECK_EQ(tunable_by_key("SliceMaxUSec"), -ENOENT);
}

/* The contract: names in CamelCase with the type they were promised to have. */
static void names_and_types_are_the_contract(void)
{
	static const struct {
		const char *name, *key, *signature;
	} contract[] = {
		{ "SliceMaxUSec", "slice_max_usec", "t" },
		{ "SliceMinUSec", "slice_min_usec", "t" },
		{ "SliceLagUSec", "slice_lag_usec", "t" },
		{ "StarvationUSec", "starvation_usec", "t" },
		{ "InteractiveThreshold", "interactive_threshold", "u" },
		{ "WakeSync", "wake_sync", "b" },
		{ "StickyTasks", "sticky_tasks", "b" },
		{ "LocalKthreads", "local_kthreads", "b" },
		{ "LocalPerCPU", "local_per_cpu", "b" },
		{ "SMTAware", "smt_aware", "b" },
		{ "NUMAAware", "numa_aware", "b" },
		{ "PreferredCores", "preferred_cores", "b" },
		{ "ThrottleUSec", "throttle_usec", "t" },
		{ "CPUFrequency", "cpu_frequency", "s" },
		{ "IdleResumeUSec", "idle_resume_usec", "x" },
	};

	CHECK_EQ(sizeof(contract) / sizeof(*contract), _TUNABLE_MAX);
	for (size_t i = 0; i < sizeof(contract) / sizeof(*contract); i++) {
		int t = tunable_by_name(contract[i].name);

		CHECK(t >= 0);
		if (t < 0)
			continue;
		CHECK_STR(tunable_signature(t), contract[i].signature);
		CHECK_STR(tunable_table[t].key, contract[i].key);
	}
}

static void ranges_are_kept(void)
{
	struct tunable_set set = {};
	struct error e = {};
	uint32_t mask = 0;

	for (int t = 0; t < _TUNABLE_MAX; t++) {
		const struct tunable_info *i = &tunable_table[t];

		CHECK_EQ(tunable_set_add(&set, t, i->min, ALL, &e), 0);
		CHECK_EQ(set.value[t], i->min);
		CHECK_EQ(tunable_set_add(&set, t, i->max, ALL, &e), 0);
		mask |= 1u << t;
		CHECK_EQ(tunable_set_add(&set, t, i->max + 1, ALL, &e), -ERANGE);
		CHECK_EQ(e.kind, ERROR_OUT_OF_RANGE);
		CHECK_NAMES(e.message, i->name);
		CHECK_EQ(tunable_set_add(&set, t, i->min - 1, ALL, &e), -ERANGE);
		CHECK_EQ(tunable_set_add(&set, t, INT64_MIN, ALL, &e), -ERANGE);
		CHECK_EQ(set.value[t], i->max);
		CHECK_EQ(set.mask, mask);
	}
	tunable_set_add(&set, TUNABLE_SLICE_MAX, 99, ALL, &e);
	CHECK_STR(e.message, "SliceMaxUSec: 99 is out of range, allowed: 100 to 1000000 us");
}

static void what_has_no_effect_is_refused(void)
{
	struct tunable_set set = {};
	struct error e = {};

	for (int t = 0; t < _TUNABLE_MAX; t++) {
		CHECK_EQ(tunable_set_add(&set, t, tunable_table[t].def, ALL & ~(1u << t), &e),
			 -EOPNOTSUPP);
		CHECK_EQ(e.kind, ERROR_NOT_SUPPORTED);
		CHECK_NAMES(e.message, tunable_table[t].name);
	}
	CHECK_EQ(tunable_set_add_word(&set, TUNABLE_CPU_FREQUENCY, "max",
				      ALL & ~(1u << TUNABLE_CPU_FREQUENCY), &e), -EOPNOTSUPP);
	CHECK_EQ(tunable_set_add(&set, TUNABLE_SMT_AWARE, 1, 1u << TUNABLE_SLICE_MAX, &e),
		 -EOPNOTSUPP);
	CHECK_NAMES(e.message, "SMTAware");
	CHECK_EQ(set.mask, 0);
}

static void layers_stack(void)
{
	struct tunable_set profile = {}, overrides = {}, more = {};
	struct tunables t;

	tunable_set_add(&profile, TUNABLE_SLICE_MAX, 5000, ALL, NULL);
	tunable_set_add(&profile, TUNABLE_SLICE_MIN, 700, ALL, NULL);
	tunable_set_add(&overrides, TUNABLE_SLICE_MAX, 6000, ALL, NULL);
	tunable_set_add(&more, TUNABLE_SLICE_MAX, 6500, ALL, NULL);
	tunable_set_add(&more, TUNABLE_WAKE_SYNC, 0, ALL, NULL);
	tunable_set_merge(&overrides, &more);
	tunables_compute(&t, &profile, &overrides);
	CHECK_EQ(t.value[TUNABLE_SLICE_MAX], 6500);
	CHECK_STR(tunable_source_name(t.source[TUNABLE_SLICE_MAX]), "override");
	CHECK_EQ(t.value[TUNABLE_SLICE_MIN], 700);
	CHECK_STR(tunable_source_name(t.source[TUNABLE_SLICE_MIN]), "profile");
	CHECK_EQ(t.value[TUNABLE_WAKE_SYNC], 0);
	CHECK_EQ(t.value[TUNABLE_SLICE_LAG], tunable_table[TUNABLE_SLICE_LAG].def);
	CHECK_STR(tunable_source_name(t.source[TUNABLE_SLICE_LAG]), "default");
}

static void the_whole_is_checked(void)
{
	struct tunable_set set = {};
	struct tunables a, b;
	struct error e;

	tunables_compute(&a, NULL, NULL);
	CHECK_EQ(tunables_check(&a, NULL), 0);
	tunable_set_add(&set, TUNABLE_SLICE_MIN, 4000, ALL, NULL);
	tunables_compute(&b, NULL, &set);
	CHECK(!tunables_equal(&a, &b));
	CHECK_EQ(tunables_check(&b, &e), -ERANGE);
	CHECK_EQ(e.kind, ERROR_OUT_OF_RANGE);
	CHECK_NAMES(e.message, "SliceMinUSec");
	CHECK_NAMES(e.message, "4000");
	CHECK_NAMES(e.message, "SliceMaxUSec");
	CHECK_NAMES(e.message, "3000");
	tunable_set_add(&set, TUNABLE_SLICE_MAX, 4000, ALL, NULL);
	tunables_compute(&b, NULL, &set);
	CHECK_EQ(tunables_check(&b, NULL), 0);
	/* The same values for another reason are the same values. */
	set = (struct tunable_set){};
	tunable_set_add(&set, TUNABLE_SLICE_MAX, a.value[TUNABLE_SLICE_MAX], ALL, NULL);
	tunables_compute(&b, &set, NULL);
	CHECK(tunables_equal(&a, &b));
}

static void bpf_gets_nanoseconds_and_flags(void)
{
	struct tunable_set set = {};
	struct bpfland_tunables abi;
	struct tunables t;

	tunable_set_add(&set, TUNABLE_SLICE_MAX, 1000000, ALL, NULL);
	tunable_set_add(&set, TUNABLE_SLICE_MIN, 50, ALL, NULL);
	tunable_set_add(&set, TUNABLE_SLICE_LAG, 1000000, ALL, NULL);
	tunable_set_add(&set, TUNABLE_STARVATION, 500000, ALL, NULL);
	tunable_set_add(&set, TUNABLE_INTERACTIVE_THRESHOLD, 7, ALL, NULL);
	tunables_compute(&t, NULL, &set);
	tunables_to_abi(&t, &abi);
	CHECK_EQ(abi.generation, 0);
	CHECK_EQ(abi.slice_max_ns, 1000000000);
	CHECK_EQ(abi.slice_min_ns, 50000);
	CHECK_EQ(abi.slice_lag_ns, 1000000000);
	CHECK_EQ(abi.starvation_ns, INT64_C(500000000));
	CHECK_EQ(abi.interactive_threshold, 7);
	CHECK_EQ(abi.flags, BPFLAND_WAKE_SYNC | BPFLAND_LOCAL_KTHREADS | BPFLAND_SMT_AWARE |
			    BPFLAND_NUMA_AWARE | BPFLAND_PREFERRED_CORES);
}

static void each_flag_has_its_tunable(void)
{
	static const struct {
		enum tunable tunable;
		u64 flag;
	} pairs[] = {
		{ TUNABLE_WAKE_SYNC, BPFLAND_WAKE_SYNC },
		{ TUNABLE_STICKY_TASKS, BPFLAND_STICKY_TASKS },
		{ TUNABLE_LOCAL_KTHREADS, BPFLAND_LOCAL_KTHREADS },
		{ TUNABLE_LOCAL_PER_CPU, BPFLAND_LOCAL_PER_CPU },
		{ TUNABLE_SMT_AWARE, BPFLAND_SMT_AWARE },
		{ TUNABLE_NUMA_AWARE, BPFLAND_NUMA_AWARE },
		{ TUNABLE_PREFERRED_CORES, BPFLAND_PREFERRED_CORES },
	};
	struct bpfland_tunables abi;
	struct tunables t;

	for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++) {
		struct tunable_set set = {};

		for (size_t k = 0; k < sizeof(pairs) / sizeof(*pairs); k++)
			tunable_set_add(&set, pairs[k].tunable, k == i, ALL, NULL);
		tunables_compute(&t, NULL, &set);
		tunables_to_abi(&t, &abi);
		CHECK_EQ(abi.flags, pairs[i].flag);
	}
}

/* Or the kernel would end the scheduler, for what a user has asked for. */
static void the_longest_wait_is_shorter_than_the_watchdogs(void)
{
	int64_t wait = POLICY_FLOOR * (POLICY_REACH * tunable_table[TUNABLE_STARVATION].max +
				       tunable_table[TUNABLE_SLICE_LAG].max);

	CHECK(wait < 30000000);
}

static void values_are_written_for_people(void)
{
	char buf[32];

	CHECK_STR(tunable_value_format(TUNABLE_SLICE_MAX, 1000, buf, sizeof(buf)), "1000");
	CHECK_STR(tunable_value_format(TUNABLE_WAKE_SYNC, 1, buf, sizeof(buf)), "true");
	CHECK_STR(tunable_value_format(TUNABLE_WAKE_SYNC, 0, buf, sizeof(buf)), "false");
	CHECK_STR(tunable_value_format(TUNABLE_CPU_FREQUENCY, 0, buf, sizeof(buf)), "auto");
	CHECK_STR(tunable_value_format(TUNABLE_CPU_FREQUENCY, 3, buf, sizeof(buf)), "off");
	CHECK_STR(tunable_value_format(TUNABLE_IDLE_RESUME, -1, buf, sizeof(buf)), "-1");
}

int main(void)
{
	RUN(table_is_sound);
	RUN(names_and_types_are_the_contract);
	RUN(ranges_are_kept);
	RUN(what_has_no_effect_is_refused);
	RUN(layers_stack);
	RUN(the_whole_is_checked);
	RUN(bpf_gets_nanoseconds_and_flags);
	RUN(each_flag_has_its_tunable);
	RUN(the_longest_wait_is_shorter_than_the_watchdogs);
	RUN(values_are_written_for_people);
	return TEST_RESULT();
}
