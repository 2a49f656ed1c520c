/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What decides: which profile is in force, what a latency request caps, how long a try lasts, and
 * which value gives way when layers contradict each other.
 */
#include "daemon/choice.h"

#include <errno.h>

#include "daemon/latency.h"
#include "daemon/trial.h"
#include "tests/test.h"

static struct profile shelf[] = {
	{ .name = (char *)"balanced", .priority = 0 },
	{ .name = (char *)"gaming", .priority = 30 },
	{ .name = (char *)"latency", .priority = 20 },
	{ .name = (char *)"powersave", .priority = 40 },
	{ .name = (char *)"studio", .priority = 30 },
};

static const struct profiles profiles = { shelf, sizeof(shelf) / sizeof(*shelf) };

static void hold(struct claims *c, uint32_t cookie, const char *profile)
{
	const struct claim claim = { .kind = CLAIM_HOLD, .cookie = cookie, .owner = (char *)":1.1",
				     .profile = (char *)profile, .reason = (char *)"",
				     .application_id = (char *)"" };

	CHECK_EQ(claims_add(c, &claim, NULL), 0);
}

static void the_best_hold_decides(void)
{
	struct claims c = CLAIMS_NULL;

	CHECK(!choice_best_hold(&c, &profiles));
	hold(&c, 1, "latency");
	CHECK_EQ(choice_best_hold(&c, &profiles)->cookie, 1);
	hold(&c, 2, "gaming");			/* of a higher priority */
	CHECK_EQ(choice_best_hold(&c, &profiles)->cookie, 2);
	hold(&c, 3, "latency");			/* newer, but lower */
	CHECK_EQ(choice_best_hold(&c, &profiles)->cookie, 2);
	hold(&c, 4, "studio");			/* as high, and newer */
	CHECK_EQ(choice_best_hold(&c, &profiles)->cookie, 4);
	hold(&c, 5, "gone");			/* no such profile (any more) */
	CHECK_EQ(choice_best_hold(&c, &profiles)->cookie, 4);
	claims_end(&c, claims_find(&c, CLAIM_HOLD, 4), NULL);
	CHECK_EQ(choice_best_hold(&c, &profiles)->cookie, 2);
	claims_end(&c, claims_find(&c, CLAIM_HOLD, 2), NULL);
	CHECK_EQ(choice_best_hold(&c, &profiles)->cookie, 3);
	claims_done(&c);
}

static void the_order_of_who_decides(void)
{
	static const struct {
		const char *hold, *power, *selected;
		enum selection_follow follow;
		bool configured;
		const char *active;
	} cases[] = {
		/* hold, power, selected, follow, configured */
		{ NULL, "", "", SELECTION_FOLLOW_UNSET, true, "latency" },
		{ NULL, "", "gaming", SELECTION_FOLLOW_YES, true, "gaming" },
		{ NULL, "power-saver", "", SELECTION_FOLLOW_UNSET, true, "powersave" },
		{ NULL, "power-saver", "", SELECTION_FOLLOW_UNSET, false, "latency" },
		{ NULL, "power-saver", "gaming", SELECTION_FOLLOW_YES, false, "powersave" },
		{ NULL, "power-saver", "gaming", SELECTION_FOLLOW_NO, true, "gaming" },
		/* The profile for a power profile that is not in the map is the default. */
		{ NULL, "balanced", "gaming", SELECTION_FOLLOW_YES, true, "latency" },
		/* What is unknown, or maps to what is not there, does not decide. */
		{ NULL, "unknown", "gaming", SELECTION_FOLLOW_YES, true, "gaming" },
		{ NULL, "performance", "gaming", SELECTION_FOLLOW_YES, true, "gaming" },
		{ "studio", "power-saver", "gaming", SELECTION_FOLLOW_YES, true, "studio" },
		{ "gone", "power-saver", "gaming", SELECTION_FOLLOW_YES, true, "powersave" },
		{ NULL, "", "gone", SELECTION_FOLLOW_NO, true, "latency" },
	};
	struct config config = {
		.default_profile = (char *)"latency",
		.power_map = { { "power-saver", "powersave" }, { "performance", "gone" } },
		.n_power_map = 2,
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct selection selection = { .follow = cases[i].follow };
		struct claims claims = CLAIMS_NULL;
		const struct choice choice = { &config, &profiles, &selection, &claims,
					       cases[i].power };

		config.follow_power_profile = cases[i].configured;
		snprintf(selection.profile, sizeof(selection.profile), "%s", cases[i].selected);
		if (cases[i].hold)
			hold(&claims, 1, cases[i].hold);
		CHECK_STR(choice_make(&choice)->name, cases[i].active);
		claims_done(&claims);
	}
}

static void what_stands_in_for_nothing(void)
{
	const struct config config = { .default_profile = (char *)"gone" };
	const struct selection selection = SELECTION_NULL;
	const struct claims claims = CLAIMS_NULL;
	const struct profiles none = PROFILES_NULL;
	struct choice choice = { &config, &profiles, &selection, &claims, "" };

	CHECK_STR(choice_make(&choice)->name, "balanced");
	choice.profiles = &none;
	CHECK(!choice_make(&choice));
}

static void a_wish_caps(void)
{
	static const struct {
		int64_t min, max;	/* in force */
		uint64_t wish;
		int64_t capped_min, capped_max, idle;
	} cases[] = {
		{ 2000, 20000, 0, 2000, 20000, -1 },
		{ 2000, 20000, 200, 100, 400, 50 },
		{ 2000, 20000, 50, 50, 100, 12 },	/* not below the ranges */
		{ 2000, 20000, 1000000, 2000, 20000, 250000 },
		{ 2000, 20000, 4000, 2000, 8000, 1000 },
		{ 50, 100, 200, 50, 100, 50 },		/* caps never raise */
		{ 300, 300, 200, 100, 300, 50 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct tunables t = {};

		t.value[TUNABLE_SLICE_MIN] = cases[i].min;
		t.value[TUNABLE_SLICE_MAX] = cases[i].max;
		latency_cap(&t, cases[i].wish);
		CHECK_EQ(t.value[TUNABLE_SLICE_MIN], cases[i].capped_min);
		CHECK_EQ(t.value[TUNABLE_SLICE_MAX], cases[i].capped_max);
		CHECK_EQ(t.source[TUNABLE_SLICE_MIN] == TUNABLE_SOURCE_LATENCY_REQUEST,
			 cases[i].min != cases[i].capped_min);
		CHECK_EQ(latency_idle_exit(cases[i].wish), cases[i].idle);
		CHECK_EQ(tunables_check(&t, NULL), 0);
	}
}

static void a_wish_has_a_range(void)
{
	struct error e;

	CHECK_EQ(latency_check(50, &e), 0);
	CHECK_EQ(latency_check(1000000, &e), 0);
	CHECK_EQ(latency_check(49, &e), -ERANGE);
	CHECK_NAMES(e.message, "latency: 49");
	CHECK_NAMES(e.message, "50 to 1000000 us");
	CHECK_EQ(latency_check(0, &e), -ERANGE);
	CHECK_EQ(latency_check(UINT64_MAX, &e), -ERANGE);
	CHECK_NAMES(e.message, "18446744073709551615");
}

static void one_try_at_a_time(void)
{
	struct tunable_set set = { .mask = 1u << TUNABLE_SLICE_MAX | 1u << TUNABLE_WAKE_SYNC };
	struct trial t = TRIAL_NULL, before;
	struct error e;

	CHECK_EQ(trial_begin(&t, &set, ":1.1", 7, 999, 0, &e), -ERANGE);
	CHECK_NAMES(e.message, "999");
	CHECK_NAMES(e.message, "1000 to 3600000000 us");
	CHECK_EQ(trial_begin(&t, &set, ":1.1", 7, UINT64_MAX, 0, &e), -ERANGE);
	CHECK_EQ(trial_begin(&t, &(struct tunable_set){}, ":1.1", 7, 1000, 0, &e), -EINVAL);
	CHECK_EQ(t.cookie, 0);
	CHECK_EQ(trial_check(&t, 0, &e), -ENOENT);

	CHECK_EQ(trial_begin(&t, &set, ":1.1", 7, 5000000, 1000000, &e), 0);
	CHECK_EQ(t.end_usec, 6000000);
	CHECK_EQ(trial_check(&t, 7, &e), 0);
	CHECK_EQ(trial_check(&t, 8, &e), -ENOENT);
	CHECK_EQ(e.kind, ERROR_NO_SUCH_COOKIE);
	before = t;
	CHECK_EQ(trial_begin(&t, &set, ":1.2", 9, 5000, 2500000, &e), -EBUSY);
	CHECK_EQ(e.kind, ERROR_LIMIT_REACHED);
	CHECK_NAMES(e.message, ":1.1");
	CHECK_NAMES(e.message, "3500 ms");
	CHECK_EQ(t.cookie, before.cookie);

	trial_reset(&t, 1u << TUNABLE_SLICE_MAX);
	CHECK_EQ(t.set.mask, 1u << TUNABLE_WAKE_SYNC);
	CHECK_EQ(t.cookie, 7);
	trial_reset(&t, 1u << TUNABLE_WAKE_SYNC);
	CHECK_EQ(t.cookie, 0);
}

/* Nobody is there to be refused: the value that is closer to the profile gives way. */
static void contradictions_are_settled(void)
{
	static const struct {
		enum tunable_source min_source, max_source;
		int64_t min, max, settled;
	} cases[] = {
		{ TUNABLE_SOURCE_OVERRIDE, TUNABLE_SOURCE_PROFILE, 2000, 1500, 2000 },
		{ TUNABLE_SOURCE_PROFILE, TUNABLE_SOURCE_OVERRIDE, 2000, 1500, 1500 },
		{ TUNABLE_SOURCE_TRY, TUNABLE_SOURCE_OVERRIDE, 2000, 1500, 2000 },
		{ TUNABLE_SOURCE_DEFAULT, TUNABLE_SOURCE_DEFAULT, 2000, 1500, 1500 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct tunables t = {};

		t.value[TUNABLE_SLICE_MIN] = cases[i].min;
		t.source[TUNABLE_SLICE_MIN] = cases[i].min_source;
		t.value[TUNABLE_SLICE_MAX] = cases[i].max;
		t.source[TUNABLE_SLICE_MAX] = cases[i].max_source;
		tunables_settle(&t);
		CHECK_EQ(t.value[TUNABLE_SLICE_MIN], cases[i].settled);
		CHECK_EQ(t.value[TUNABLE_SLICE_MAX], cases[i].settled);
		CHECK_EQ(t.source[TUNABLE_SLICE_MIN], t.source[TUNABLE_SLICE_MAX]);
	}
}

int main(void)
{
	RUN(the_best_hold_decides);
	RUN(the_order_of_who_decides);
	RUN(what_stands_in_for_nothing);
	RUN(a_wish_caps);
	RUN(a_wish_has_a_range);
	RUN(one_try_at_a_time);
	RUN(contradictions_are_settled);
	return TEST_RESULT();
}
