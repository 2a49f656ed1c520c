/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The manager and its settings: profiles, tunables, configuration, and what is kept of them.
 */
#include <errno.h>

#include "tests/test.h"
#include "tests/unit/manager-fixture.h"

static void a_change_reaches_bpf_once(void)
{
	struct error e;

	open_manager();
	take_told();
	CHECK_EQ(set(TUNABLE_SLICE_MAX, 8000, &e), 0);
	CHECK_EQ(fake_sched.n_publishes, 1);
	CHECK_EQ(fake_sched.tunables.slice_max_ns, 8000000);
	CHECK_EQ(manager_generation(m), 2);
	CHECK_EQ(take_told(), MANAGER_CHANGED_TUNABLES | MANAGER_CHANGED_GENERATION);
	CHECK_EQ(manager_take_changed_tunables(m), 1u << TUNABLE_SLICE_MAX);
	CHECK_EQ(manager_take_changed_tunables(m), 0);
	/* The same again: nothing written, nobody told. */
	CHECK_EQ(set(TUNABLE_SLICE_MAX, 8000, &e), 0);
	CHECK_EQ(fake_sched.n_publishes, 1);
	CHECK_EQ(n_told, 0);
	/* What is refused changes nothing. */
	CHECK_EQ(set(TUNABLE_SLICE_MIN, 9000, &e), -ERANGE);
	CHECK_NAMES(e.message, "SliceMinUSec: 9000");
	CHECK_EQ(fake_sched.n_publishes, 1);
	CHECK_EQ(n_told, 0);
	/* Back to the profile, one by one or all. */
	CHECK_EQ(set(TUNABLE_SLICE_MIN, 7000, &e), 0);
	CHECK_EQ(manager_reset_tunables(m, 1u << TUNABLE_SLICE_MAX, &e), -ERANGE);
	CHECK_EQ(manager_tunables(m)->value[TUNABLE_SLICE_MAX], 8000);
	CHECK_EQ(manager_reset_tunables(m, 0, &e), 0);
	CHECK_EQ(fake_sched.tunables.slice_max_ns, 3000000);
	CHECK_EQ(fake_sched.tunables.slice_min_ns, 500000);
	CHECK_EQ(fake_sched.n_starts, 1);
	close_manager();
}

static void tunables_are_kept_over_a_stop(void)
{
	open_manager();
	CHECK_EQ(manager_sched_stop(m, NULL), 0);
	CHECK_EQ(set(TUNABLE_SLICE_MAX, 8000, NULL), 0);
	CHECK_EQ(fake_sched.n_publishes, 0);
	CHECK_EQ(manager_sched_start(m, NULL), 0);
	CHECK_EQ(fake_sched.tunables.slice_max_ns, 8000000);
	CHECK_EQ(manager_generation(m), 1);
	CHECK_EQ(manager_sched_restart(m, NULL), 0);
	CHECK_EQ(fake_sched.n_starts, 3);
	CHECK_EQ(fake_sched.tunables.slice_max_ns, 8000000);
	close_manager();
}

static void a_profile_is_selected_and_remembered(void)
{
	struct error e;

	open_manager();
	set(TUNABLE_WAKE_SYNC, 0, NULL);
	take_told();
	CHECK_EQ(manager_set_profile(m, "nothere", &e), -ENOENT);
	CHECK_EQ(e.kind, ERROR_NO_SUCH_PROFILE);
	CHECK_NAMES(e.message, "nothere");
	CHECK_NAMES(e.message, "balanced, latency");
	CHECK_EQ(manager_tunables(m)->value[TUNABLE_WAKE_SYNC], 0);
	CHECK_EQ(n_told, 0);

	CHECK_EQ(manager_set_profile(m, "latency", &e), 0);
	CHECK_EQ(take_told(), MANAGER_CHANGED_PROFILE | MANAGER_CHANGED_ACTIVE_PROFILE |
			      MANAGER_CHANGED_TUNABLES | MANAGER_CHANGED_GENERATION |
			      MANAGER_CHANGED_FOLLOW_POWER_PROFILE);
	CHECK_EQ(fake_sched.tunables.slice_max_ns, 1000000);
	CHECK_EQ(manager_tunables(m)->value[TUNABLE_WAKE_SYNC], 1);	/* overrides end */
	CHECK_EQ(fake_sched.n_publishes, 2);
	CHECK_NAMES(tree_read(&tree, "lib/selection.json"), "latency");
	/* The same again: not even the disk is touched. */
	tree_unlink(&tree, "lib/selection.json");
	CHECK_EQ(manager_set_profile(m, "latency", &e), 0);
	CHECK_EQ(n_told, 0);
	CHECK_STR(tree_read(&tree, "lib/selection.json"), "");
	manager_set_profile(m, "balanced", NULL);
	manager_set_profile(m, "latency", NULL);
	close_manager();

	open_manager();
	CHECK_STR(manager_profile(m), "latency");
	CHECK_EQ(fake_sched.tunables.slice_max_ns, 1000000);
	CHECK_NAMES(log_text(), "previous run of bpflandd was killed");
	CHECK_NAMES(log_text(), "Profile latency is in force again");
	close_manager();
}

static void a_new_default_ends_the_selection(void)
{
	open_manager();
	manager_set_profile(m, "latency", NULL);
	tree_write(&tree, "usr/profiles.d/quiet.json",
		   "{ \"tunables\": { \"slice_max_usec\": 7000 } }");
	tree_write(&tree, "etc/bpflandd.json", "{ \"default_profile\": \"quiet\" }");
	take_told();
	CHECK_EQ(manager_reload(m, NULL), 0);
	CHECK_STR(manager_profile(m), "quiet");
	CHECK_EQ(fake_sched.tunables.slice_max_ns, 7000000);
	CHECK_EQ(take_told(), MANAGER_CHANGED_PROFILE | MANAGER_CHANGED_ACTIVE_PROFILE |
			      MANAGER_CHANGED_PROFILES | MANAGER_CHANGED_TUNABLES |
			      MANAGER_CHANGED_GENERATION |
			      MANAGER_CHANGED_FOLLOW_POWER_PROFILE);
	CHECK_EQ(fake_sched.n_starts, 1);
	close_manager();
	/* And it stays ended, even when the old default returns. */
	open_manager();
	CHECK_STR(manager_profile(m), "quiet");
	close_manager();
	tree_unlink(&tree, "etc/bpflandd.json");
	open_manager();
	CHECK_STR(manager_profile(m), "balanced");
	close_manager();
}

/* A file that cannot be read says nothing about its default. */
static void a_broken_configuration_does_not_end_the_selection(void)
{
	tree_write(&tree, "usr/profiles.d/quiet.json", "{}");
	tree_write(&tree, "etc/bpflandd.json", "{ \"default_profile\": \"quiet\" }");
	open_manager();
	manager_set_profile(m, "latency", NULL);
	close_manager();
	tree_write(&tree, "etc/bpflandd.json", "{");
	open_manager();
	CHECK_STR(manager_profile(m), "latency");
	tree_write(&tree, "etc/bpflandd.json", "{ \"default_profile\": \"quiet\" }");
	CHECK_EQ(manager_reload(m, NULL), 0);
	CHECK_STR(manager_profile(m), "latency");
	close_manager();
}

static void reload_brings_changes_live(void)
{
	open_manager();
	manager_set_profile(m, "latency", NULL);
	set(TUNABLE_WAKE_SYNC, 0, NULL);
	take_told();
	CHECK_EQ(manager_reload(m, NULL), 0);
	CHECK_EQ(n_told, 0);		/* nothing has changed */
	tree_write(&tree, "etc/profiles.d/latency.json",
		   "{ \"description\": \"mine\", \"tunables\": { \"slice_max_usec\": 1200 } }");
	CHECK_EQ(manager_reload(m, NULL), 0);
	CHECK_EQ(fake_sched.tunables.slice_max_ns, 1200000);
	CHECK(!(fake_sched.tunables.flags & BPFLAND_WAKE_SYNC));	/* overrides stay */
	CHECK_EQ(take_told(), MANAGER_CHANGED_PROFILES | MANAGER_CHANGED_TUNABLES |
			      MANAGER_CHANGED_GENERATION);
	CHECK_EQ(fake_sched.n_starts, 1);
	/* A profile that is not in force: nothing changes but what Profiles says of it. */
	tree_write(&tree, "etc/profiles.d/balanced.json",
		   "{ \"tunables\": { \"slice_max_usec\": 4000 } }");
	CHECK_EQ(manager_reload(m, NULL), 0);
	take_told();
	tree_write(&tree, "etc/profiles.d/balanced.json",
		   "{ \"tunables\": { \"slice_max_usec\": 5000 } }");
	CHECK_EQ(manager_reload(m, NULL), 0);
	CHECK_EQ(take_told(), MANAGER_CHANGED_PROFILES);
	close_manager();
}

static void a_bad_reload_changes_nothing(void)
{
	static const struct {
		const char *file, *text, *word1, *word2;
	} cases[] = {
		{ "etc/bpflandd.json", "{ \"default_profil\": \"x\" }", "bpflandd.json",
		  "default_profil" },
		{ "etc/bpflandd.json", "{ \"default_profile\": \"nothere\" }", "bpflandd.json",
		  "nothere" },
		{ "etc/profiles.d/latency.json", "{", "latency.json", "not JSON" },
		{ "etc/profiles.d/other.json", "{ \"tunables\": { \"slice_max_usec\": 5 } }",
		  "other.json", "slice_max_usec" },
	};
	struct error e;

	open_manager();
	manager_set_profile(m, "latency", NULL);
	take_told();
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		/* A sound change beside the bad one waits, too. */
		tree_write(&tree, "etc/profiles.d/balanced.json", "{ \"priority\": 5 }");
		tree_write(&tree, cases[i].file, cases[i].text);
		CHECK(manager_reload(m, &e) < 0);
		CHECK_NAMES(e.message, cases[i].word1);
		CHECK_NAMES(e.message, cases[i].word2);
		CHECK_EQ(n_told, 0);
		CHECK_EQ(fake_sched.tunables.slice_max_ns, 1000000);
		CHECK_EQ(profiles_find(manager_profiles(m), "balanced")->priority, 0);
		CHECK_NAMES(log_text(), "Not reloaded, what was in force stays");
		CHECK_NAMES(log_text(), cases[i].word2);
		forget_log();
		tree_unlink(&tree, cases[i].file);
	}
	CHECK_EQ(manager_reload(m, &e), 0);
	CHECK_EQ(profiles_find(manager_profiles(m), "balanced")->priority, 5);
	close_manager();
}

/* An override that fits one profile need not fit what a reload makes of it. */
static void a_reload_against_the_overrides_changes_nothing(void)
{
	struct error e;

	open_manager();
	CHECK_EQ(set(TUNABLE_SLICE_MIN, 2000, NULL), 0);
	tree_write(&tree, "etc/profiles.d/balanced.json",
		   "{ \"tunables\": { \"slice_max_usec\": 1500 } }");
	CHECK_EQ(manager_reload(m, &e), -ERANGE);
	CHECK_NAMES(e.message, "SliceMinUSec: 2000");
	CHECK_EQ(fake_sched.tunables.slice_max_ns, 3000000);
	manager_reset_tunables(m, 0, NULL);
	CHECK_EQ(manager_reload(m, &e), 0);
	CHECK_EQ(fake_sched.tunables.slice_max_ns, 1500000);
	close_manager();
}

static void bad_files_at_the_start_are_skipped(void)
{
	tree_write(&tree, "etc/bpflandd.json", "{ \"default_profil\": \"x\" }");
	tree_write(&tree, "etc/profiles.d/broken.json", "{");
	tree_write(&tree, "lib/selection.json", "\xff");
	tree_write(&tree, "lib/last-exit.json", "\xff");
	open_manager();
	CHECK_EQ(manager_state(m), LIFECYCLE_RUNNING);
	CHECK_STR(manager_active_profile(m), "balanced");
	CHECK_EQ(manager_profiles(m)->n, 2);
	CHECK_NAMES(log_text(), "etc/bpflandd.json: unknown key \"default_profil\"");
	CHECK_NAMES(log_text(), "built-in configuration");
	CHECK_NAMES(log_text(), "etc/profiles.d/broken.json:1");
	CHECK_NAMES(log_text(), "lib/selection.json");
	CHECK_NAMES(log_text(), "lib/last-exit.json");
	close_manager();
}

static void a_profile_that_has_gone_is_replaced(void)
{
	open_manager();
	manager_set_profile(m, "latency", NULL);
	close_manager();
	tree_unlink(&tree, "usr/profiles.d/latency.json");
	open_manager();
	CHECK_STR(manager_profile(m), "latency");	/* still selected, should it return */
	CHECK_STR(manager_active_profile(m), "balanced");
	CHECK_NAMES(log_text(), "no profile latency; balanced stands in");
	close_manager();
	tree_unlink(&tree, "usr/profiles.d/balanced.json");
	open_manager();
	CHECK_EQ(manager_state(m), LIFECYCLE_RUNNING);
	CHECK_STR(manager_active_profile(m), "");
	CHECK_EQ(fake_sched.tunables.slice_max_ns, 3000000);
	close_manager();
}

/* A folder that is a file takes nothing, from root either. */
static void what_cannot_be_stored_is_in_force_all_the_same(void)
{
	tree_write(&tree, "file", "");
	move_state_to("file/lib", "file/run");
	open_manager();
	CHECK_EQ(manager_state(m), LIFECYCLE_RUNNING);
	forget_log();
	CHECK_EQ(manager_set_profile(m, "latency", NULL), 0);
	CHECK_EQ(fake_sched.tunables.slice_max_ns, 1000000);
	CHECK_NAMES(log_text(), "file/lib/selection.json: cannot be written");
	/* Asked for again, it is tried again: there may be room now. */
	forget_log();
	CHECK_EQ(manager_set_profile(m, "latency", NULL), 0);
	CHECK_NAMES(log_text(), "file/lib/selection.json: cannot be written");
	/* Which is no news where nothing is different. */
	forget_log();
	take_told();
	manager_follow_power_profile(m, false);
	CHECK_NAMES(log_text(), "file/lib/selection.json: cannot be written");
	CHECK_EQ(take_told(), 0);
	CHECK_EQ(manager_sched_stop(m, NULL), 0);
	CHECK_EQ(manager_state(m), LIFECYCLE_STOPPED);
	CHECK_NAMES(log_text(), "file/run/stopped: cannot be written");
	CHECK_EQ(manager_sched_start(m, NULL), 0);
	fake_sched_end(1024, 0, "runtime error", "x", NULL);
	settle();
	CHECK_NAMES(log_text(), "file/lib/last-exit.json: cannot be written");
	CHECK(manager_last_exit(m)->valid);
	close_manager();
}

static void features_are_what_works(void)
{
	static const char *const further[] = { "RTReenqueue", NULL };
	const char *const *f;

	fake_sched.supported = 1u << TUNABLE_SLICE_MAX | 1u << TUNABLE_IDLE_RESUME;
	fake_sched.features = further;
	tree_write(&tree, "etc/profiles.d/balanced.json",
		   "{ \"tunables\": { \"slice_max_usec\": 2500, \"wake_sync\": false } }");
	open_manager();
	f = manager_features(m);
	/* IdleResumeUSec needs files that this machine does not have. */
	CHECK_STR(f[0], "SliceMaxUSec");
	CHECK_STR(f[1], "RTReenqueue");
	CHECK(!f[2]);
	CHECK_EQ(manager_tunables(m)->value[TUNABLE_SLICE_MAX], 2500);
	CHECK_EQ(manager_tunables(m)->value[TUNABLE_WAKE_SYNC], 1);
	CHECK_NAMES(log_text(), "wake_sync: has no effect on this kernel");
	close_manager();
}

int main(void)
{
	CASE(a_change_reaches_bpf_once);
	CASE(tunables_are_kept_over_a_stop);
	CASE(a_profile_is_selected_and_remembered);
	CASE(a_new_default_ends_the_selection);
	CASE(a_broken_configuration_does_not_end_the_selection);
	CASE(reload_brings_changes_live);
	CASE(a_bad_reload_changes_nothing);
	CASE(a_reload_against_the_overrides_changes_nothing);
	CASE(bad_files_at_the_start_are_skipped);
	CASE(a_profile_that_has_gone_is_replaced);
	CASE(what_cannot_be_stored_is_in_force_all_the_same);
	CASE(features_are_what_works);
	return TEST_RESULT();
}
