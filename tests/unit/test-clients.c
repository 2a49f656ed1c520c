/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The manager and its clients: holds, latency requests, tries, the power profile; what each of them
 * does to what is in force, who is told, and what of it is there again after a crash.
 */
#include <errno.h>
#include <stdlib.h>

#include "tests/test.h"
#include "tests/unit/manager-fixture.h"

#define HOLDS MANAGER_CHANGED_PROFILE_HOLDS
#define REQUESTS MANAGER_CHANGED_LATENCY_REQUESTS
#define CLIENTS MANAGER_CHANGED_CLIENTS
#define ACTIVE MANAGER_CHANGED_ACTIVE_PROFILE
#define VALUES (MANAGER_CHANGED_TUNABLES | MANAGER_CHANGED_GENERATION)

static uint32_t hold(const char *owner, const char *profile)
{
	const struct manager_request by = { owner, 1000, "a reason", "org.example.App" };
	uint32_t cookie = 0;

	CHECK_EQ(manager_hold_profile(m, &by, profile, &cookie, NULL), 0);
	CHECK(cookie);
	return cookie;
}

static uint32_t request(const char *owner, uint64_t usec)
{
	const struct manager_request by = { owner, 1000, "a reason", "org.example.App" };
	uint32_t cookie = 0;

	CHECK_EQ(manager_request_latency(m, &by, usec, &cookie, NULL), 0);
	return cookie;
}

static int try(const char *owner, enum tunable t, int64_t value, uint64_t usec, uint32_t *cookie,
	       struct error *err)
{
	struct tunable_set set = { .mask = 1u << t };

	set.value[t] = value;
	return manager_try_tunables(m, &set, usec, owner, cookie, err);
}

static const char *active(void)
{
	return manager_active_profile(m);
}

static int64_t in_force(enum tunable t)
{
	return manager_tunables(m)->value[t];
}

static const char *source_of(enum tunable t)
{
	return tunable_source_name(manager_tunables(m)->source[t]);
}

/* Three profiles of different priority. */
static void shelve(void)
{
	tree_write(&tree, "usr/profiles.d/latency.json",
		   "{ \"priority\": 20, \"tunables\": { \"slice_max_usec\": 1000 } }");
	tree_write(&tree, "usr/profiles.d/gaming.json",
		   "{ \"priority\": 30, \"tunables\": { \"slice_max_usec\": 2000 } }");
	tree_write(&tree, "usr/profiles.d/powersave.json",
		   "{ \"priority\": 40, \"tunables\": { \"slice_max_usec\": 9000 } }");
}

static void a_hold_is_in_force_while_it_lasts(void)
{
	uint32_t first, second;
	struct error e;

	shelve();
	open_manager();
	take_told();
	first = hold(":1.5", "gaming");
	CHECK_EQ(take_told(), HOLDS | CLIENTS | ACTIVE | VALUES);
	CHECK_STR(active(), "gaming");
	CHECK_STR(manager_profile(m), "balanced");
	CHECK_EQ(fake_sched.tunables.slice_max_ns, 2000000);
	/* A lower one changes nothing but the list. */
	second = hold(":1.6", "latency");
	CHECK_EQ(take_told(), HOLDS | CLIENTS);
	CHECK_EQ(manager_deciding_claim(m, CLAIM_HOLD)->cookie, first);
	CHECK_EQ(manager_release(m, CLAIM_HOLD, first, false, &e), 0);
	CHECK_STR(active(), "latency");
	CHECK_EQ(manager_release(m, CLAIM_HOLD, first, false, &e), -ENOENT);
	CHECK_EQ(e.kind, ERROR_NO_SUCH_COOKIE);
	client_leaves(":1.6");
	CHECK_STR(active(), "balanced");
	CHECK(!manager_has_clients(m));
	CHECK_EQ(manager_release(m, CLAIM_HOLD, second, false, &e), -ENOENT);
	/* Neither asked for that to be told. */
	CHECK_EQ(manager_take_released(m, (char[CLAIM_OWNER_MAX + 1]){}), 0);
	CHECK_EQ(fake_sched.n_starts, 1);
	close_manager();
}

static void only_the_owner_may_end_it(void)
{
	uint32_t cookie;
	struct error e;

	open_manager();
	cookie = hold(":1.5", "latency");
	CHECK_EQ(manager_check_claim(m, CLAIM_HOLD, cookie, ":1.5", &e), 0);
	CHECK_EQ(manager_check_claim(m, CLAIM_HOLD, cookie, ":1.55", &e), -EPERM);
	CHECK_EQ(e.kind, ERROR_NOT_OWNER);
	CHECK_NAMES(e.message, ":1.5, user 1000");
	CHECK_EQ(manager_check_claim(m, CLAIM_LATENCY, cookie, ":1.5", &e), -ENOENT);
	CHECK_EQ(manager_check_claim(m, CLAIM_HOLD, cookie + 1, ":1.5", &e), -ENOENT);
	close_manager();
}

static void no_hold_of_what_is_not_there(void)
{
	const struct manager_request by = { ":1.5", 0, "", "" };
	uint32_t cookie = 0;
	struct error e;

	open_manager();
	take_told();
	CHECK_EQ(manager_hold_profile(m, &by, "nothere", &cookie, &e), -ENOENT);
	CHECK_EQ(e.kind, ERROR_NO_SUCH_PROFILE);
	CHECK_NAMES(e.message, "balanced, latency");
	CHECK_EQ(manager_request_latency(m, &by, 49, &cookie, &e), -ERANGE);
	CHECK_EQ(cookie, 0);
	CHECK_EQ(n_told, 0);
	close_manager();
}

static void selecting_ends_holds_and_tells(void)
{
	char owner[CLAIM_OWNER_MAX + 1];
	uint32_t first, second, wish;

	shelve();
	open_manager();
	first = hold(":1.5", "gaming");
	second = hold(":1.6", "gaming");
	wish = request(":1.6", 200);
	set(TUNABLE_WAKE_SYNC, 0, NULL);
	take_told();
	CHECK_EQ(manager_set_profile(m, "latency", NULL), 0);
	CHECK(take_told() & HOLDS);
	CHECK_STR(active(), "latency");
	CHECK_EQ(in_force(TUNABLE_WAKE_SYNC), 1);
	CHECK_EQ(manager_take_released(m, owner), first);
	CHECK_STR(owner, ":1.5");
	CHECK_EQ(manager_take_released(m, owner), second);
	CHECK_EQ(manager_take_released(m, owner), 0);
	/* A latency request is no choice of a profile. */
	CHECK_EQ(manager_claims(m)->n, 1);
	CHECK_EQ(manager_claims(m)->claim[0].cookie, wish);
	/* An administrator's release is told, too. */
	first = hold(":1.5", "gaming");
	CHECK_EQ(manager_release(m, CLAIM_HOLD, first, true, NULL), 0);
	CHECK_EQ(manager_take_released(m, owner), first);
	close_manager();
}

static void overrides_stay_over_holds(void)
{
	shelve();
	open_manager();
	CHECK_EQ(set(TUNABLE_SLICE_LAG, 77, NULL), 0);
	/* Fits balanced, but not latency, whose slices are shorter: those give way. */
	CHECK_EQ(set(TUNABLE_SLICE_MIN, 1500, NULL), 0);
	hold(":1.5", "latency");
	CHECK_EQ(in_force(TUNABLE_SLICE_LAG), 77);
	CHECK_EQ(in_force(TUNABLE_SLICE_MIN), 1500);
	CHECK_EQ(in_force(TUNABLE_SLICE_MAX), 1500);
	CHECK_STR(source_of(TUNABLE_SLICE_MAX), "override");
	/* What has nothing to do with that is not refused for it; what would add to it is. */
	CHECK_EQ(set(TUNABLE_WAKE_SYNC, 0, NULL), 0);
	CHECK_EQ(try(":1.6", TUNABLE_STARVATION, 70000, 1000000, &(uint32_t){ 0 }, NULL), 0);
	CHECK_EQ(set(TUNABLE_SLICE_MIN, 1600, NULL), -ERANGE);
	CHECK_EQ(manager_reload(m, NULL), 0);
	CHECK_EQ(manager_reset_tunables(m, 1u << TUNABLE_WAKE_SYNC, NULL), 0);
	CHECK_EQ(in_force(TUNABLE_SLICE_MIN), 1500);
	client_leaves(":1.5");
	CHECK_EQ(in_force(TUNABLE_SLICE_MAX), 3000);
	CHECK_EQ(manager_reload(m, NULL), 0);
	CHECK_EQ(in_force(TUNABLE_SLICE_MIN), 1500);
	close_manager();
}

static uint32_t idle_wish(void)
{
	uint32_t usec = 0;

	memcpy(&usec, tree_read(&tree, "dev/cpu_dma_latency"), sizeof(usec));
	return usec;
}

static void a_request_caps_whatever_is_in_force(void)
{
	uint32_t wish;

	shelve();
	open_manager();
	manager_set_profile(m, "powersave", NULL);
	CHECK_EQ(in_force(TUNABLE_SLICE_MAX), 9000);
	take_told();
	wish = request(":1.5", 200);
	CHECK_EQ(take_told(), REQUESTS | CLIENTS | VALUES);
	CHECK_EQ(in_force(TUNABLE_SLICE_MAX), 400);
	CHECK_EQ(in_force(TUNABLE_SLICE_MIN), 100);
	CHECK_STR(source_of(TUNABLE_SLICE_MAX), "latency-request");
	CHECK_EQ(fake_sched.tunables.slice_min_ns, 100000);
	CHECK_EQ(m->idle_latency.usec, 50);
	CHECK_EQ(idle_wish(), 50);
	/* Overrides and tries are below it. */
	CHECK_EQ(set(TUNABLE_SLICE_MAX, 5000, NULL), 0);
	CHECK_EQ(in_force(TUNABLE_SLICE_MAX), 400);
	/* A longer one changes nothing, a shorter one does. */
	take_told();
	request(":1.6", 5000);
	CHECK_EQ(take_told(), REQUESTS | CLIENTS);
	request(":1.7", 60);
	CHECK_EQ(in_force(TUNABLE_SLICE_MIN), 50);
	client_leaves(":1.7");
	CHECK_EQ(in_force(TUNABLE_SLICE_MAX), 400);
	CHECK_EQ(manager_release(m, CLAIM_LATENCY, wish, false, NULL), 0);
	CHECK_EQ(in_force(TUNABLE_SLICE_MAX), 5000);
	CHECK_EQ(m->idle_latency.usec, 1250);
	client_leaves(":1.6");
	CHECK_EQ(m->idle_latency.fd, -1);
	close_manager();
}

static void a_machine_without_idle_states_is_told_once(void)
{
	tree_unlink(&tree, "dev/cpu_dma_latency");
	open_manager();
	request(":1.5", 200);
	CHECK_EQ(in_force(TUNABLE_SLICE_MAX), 400);
	CHECK_NAMES(log_text(), "idle CPUs cannot be asked");
	forget_log();
	request(":1.5", 100);
	CHECK_STR(log_text(), "");
	close_manager();
}

static void holds_survive_a_crash(void)
{
	uint32_t held, wish;

	shelve();
	open_manager();
	held = hold(":1.5", "gaming");
	hold(":1.6", "latency");
	wish = request(":1.6", 200);
	settle();
	close_manager();

	open_manager();
	CHECK_STR(active(), "gaming");
	CHECK_EQ(in_force(TUNABLE_SLICE_MAX), 400);
	CHECK_EQ(manager_claims(m)->n, 3);
	CHECK_EQ(manager_check_claim(m, CLAIM_HOLD, held, ":1.5", NULL), 0);
	CHECK_EQ(manager_check_claim(m, CLAIM_LATENCY, wish, ":1.6", NULL), 0);
	CHECK_EQ(manager_claims(m)->claim[0].uid, 1000);
	CHECK_STR(manager_claims(m)->claim[0].reason, "a reason");
	close_manager();

	/* Of another run of the bus these are the names of others. */
	tree_write(&tree, "run/clients.jsonl", "{ \"world\": \"before\" }\n{}\n");
	open_manager();
	CHECK_STR(active(), "balanced");
	CHECK(!manager_has_clients(m));
	close_manager();
}

static bool is_five(const char *name, void *userdata)
{
	*(unsigned *)userdata += 1;
	return !strcmp(name, ":1.5");
}

static void who_is_not_there_any_more_is_forgotten(void)
{
	unsigned asked = 0;

	shelve();
	open_manager();
	hold(":1.6", "gaming");
	hold(":1.5", "latency");
	hold(":1.6", "gaming");
	request(":1.7", 100);
	hold(":1.6", "powersave");
	take_told();
	manager_keep_clients(m, is_five, &asked);
	CHECK_EQ(take_told(), HOLDS | REQUESTS | CLIENTS | ACTIVE | VALUES);
	CHECK_EQ(n_told, 0);
	CHECK_EQ(manager_claims(m)->n, 1);
	CHECK_STR(active(), "latency");
	CHECK_EQ(in_force(TUNABLE_SLICE_MAX), 1000);
	close_manager();
}

static void without_a_bus_nobody_holds_anything(void)
{
	uint32_t cookie;

	shelve();
	open_manager();
	hold(":1.5", "gaming");
	request(":1.5", 100);
	CHECK_EQ(try(":1.5", TUNABLE_WAKE_SYNC, 0, 1000000, &cookie, NULL), 0);
	manager_enter_world(m, NULL);
	CHECK_STR(active(), "balanced");
	CHECK_EQ(in_force(TUNABLE_SLICE_MAX), 3000);
	CHECK_EQ(in_force(TUNABLE_WAKE_SYNC), 1);
	CHECK_EQ(manager_take_released(m, (char[CLAIM_OWNER_MAX + 1]){}), 0);
	settle();
	close_manager();
	open_manager();
	CHECK(!manager_has_clients(m));
	close_manager();
}

static void a_broken_file_of_holds_is_named(void)
{
	tree_write(&tree, "run/clients.jsonl", "{ \"world\": \"w\" }\nnonsense\n");
	open_manager();
	CHECK_EQ(manager_state(m), LIFECYCLE_RUNNING);
	CHECK_NAMES(log_text(), "clients.jsonl, line 2");
	close_manager();
}

static void a_try_ends_by_itself(void)
{
	uint32_t cookie = 0, other = 0;
	struct error e;

	open_manager();
	take_told();
	CHECK_EQ(try(":1.5", TUNABLE_SLICE_MAX, 7000, 20000, &cookie, &e), 0);
	CHECK_EQ(take_told(), CLIENTS | VALUES);
	CHECK_STR(source_of(TUNABLE_SLICE_MAX), "try");
	CHECK_EQ(try(":1.6", TUNABLE_SLICE_MAX, 6000, 20000, &other, &e), -EBUSY);
	CHECK_NAMES(e.message, "one try at a time");
	CHECK_EQ(in_force(TUNABLE_SLICE_MAX), 7000);
	while (manager_has_clients(m))
		sd_event_run(event, 1000000);
	CHECK_EQ(in_force(TUNABLE_SLICE_MAX), 3000);
	CHECK_NAMES(log_text(), "were not confirmed in time");
	CHECK_EQ(manager_confirm_try(m, cookie, &e), -ENOENT);
	CHECK_EQ(e.kind, ERROR_NO_SUCH_COOKIE);
	/* And with its caller. */
	CHECK_EQ(try(":1.5", TUNABLE_SLICE_MAX, 7000, 1000000, &cookie, &e), 0);
	client_leaves(":1.6");
	CHECK_EQ(in_force(TUNABLE_SLICE_MAX), 7000);
	client_leaves(":1.5");
	CHECK_EQ(in_force(TUNABLE_SLICE_MAX), 3000);
	CHECK_EQ(manager_revert_try(m, cookie, &e), -ENOENT);
	close_manager();
}

static void a_confirmed_try_is_an_override(void)
{
	uint32_t cookie = 0;
	struct error e;

	open_manager();
	CHECK_EQ(set(TUNABLE_WAKE_SYNC, 0, NULL), 0);
	CHECK_EQ(try(":1.5", TUNABLE_SLICE_MAX, 7000, 1000000, &cookie, &e), 0);
	CHECK_EQ(manager_check_try(m, cookie, ":1.6", &e), -EPERM);
	CHECK_EQ(e.kind, ERROR_NOT_OWNER);
	CHECK_EQ(manager_check_try(m, cookie, ":1.5", &e), 0);
	take_told();
	CHECK_EQ(manager_confirm_try(m, cookie, &e), 0);
	CHECK_EQ(take_told(), CLIENTS);
	CHECK_STR(source_of(TUNABLE_SLICE_MAX), "override");
	client_leaves(":1.5");
	CHECK_EQ(in_force(TUNABLE_SLICE_MAX), 7000);
	CHECK_EQ(in_force(TUNABLE_WAKE_SYNC), 0);
	close_manager();
}

/* The rule: over Reload, holds and power profiles it stays; a Reset or a selection ends it. */
static void a_try_has_the_life_of_overrides(void)
{
	uint32_t cookie = 0, third = 0;

	shelve();
	open_manager();
	CHECK_EQ(set(TUNABLE_SLICE_LAG, 77, NULL), 0);
	CHECK_EQ(try(":1.5", TUNABLE_WAKE_SYNC, 0, 1000000, &cookie, NULL), 0);
	CHECK_EQ(manager_reload(m, NULL), 0);
	CHECK_EQ(in_force(TUNABLE_WAKE_SYNC), 0);
	hold(":1.6", "gaming");
	manager_set_power_profile(m, "power-saver");
	CHECK_EQ(in_force(TUNABLE_WAKE_SYNC), 0);
	/* Its end takes its own values only. */
	CHECK_EQ(manager_revert_try(m, cookie, NULL), 0);
	CHECK_EQ(in_force(TUNABLE_WAKE_SYNC), 1);
	CHECK_EQ(in_force(TUNABLE_SLICE_LAG), 77);

	CHECK_EQ(try(":1.5", TUNABLE_WAKE_SYNC, 0, 1000000, &cookie, NULL), 0);
	CHECK_EQ(manager_set_profile(m, "latency", NULL), 0);
	CHECK_EQ(in_force(TUNABLE_WAKE_SYNC), 1);
	CHECK_EQ(manager_confirm_try(m, cookie, NULL), -ENOENT);

	CHECK_EQ(try(":1.5", TUNABLE_WAKE_SYNC, 0, 1000000, &third, NULL), 0);
	CHECK_EQ(manager_reset_tunables(m, 1u << TUNABLE_SLICE_LAG, NULL), 0);
	CHECK_EQ(in_force(TUNABLE_WAKE_SYNC), 0);
	CHECK_EQ(manager_reset_tunables(m, 0, NULL), 0);
	CHECK_EQ(in_force(TUNABLE_WAKE_SYNC), 1);
	CHECK_EQ(manager_confirm_try(m, third, NULL), -ENOENT);
	CHECK_EQ(fake_sched.n_starts, 1);
	close_manager();
}

static void the_power_profile_is_followed(void)
{
	shelve();
	open_manager();
	CHECK(manager_follows_power_profile(m));
	take_told();
	manager_set_power_profile(m, "power-saver");
	CHECK_EQ(take_told(), MANAGER_CHANGED_POWER_PROFILE | ACTIVE | VALUES);
	CHECK_STR(active(), "powersave");
	manager_set_power_profile(m, "power-saver");
	CHECK_EQ(n_told, 0);
	manager_set_power_profile(m, "performance");
	CHECK_STR(active(), "gaming");
	manager_set_power_profile(m, "unknown");
	CHECK_STR(active(), "balanced");
	manager_set_power_profile(m, "performance");
	take_told();
	CHECK_EQ(manager_set_profile(m, "latency", NULL), 0);
	CHECK(take_told() & MANAGER_CHANGED_FOLLOW_POWER_PROFILE);
	CHECK_STR(active(), "latency");
	manager_set_power_profile(m, "power-saver");
	CHECK_STR(active(), "latency");
	/* Handed back, and kept so over a restart. */
	set(TUNABLE_SLICE_LAG, 77, NULL);
	hold(":1.5", "gaming");
	manager_follow_power_profile(m, true);
	CHECK_EQ(in_force(TUNABLE_SLICE_LAG), 77);
	CHECK_STR(active(), "gaming");
	client_leaves(":1.5");
	CHECK_STR(active(), "powersave");
	CHECK_EQ(fake_sched.n_starts, 1);
	settle();
	close_manager();
	open_manager();
	CHECK(manager_follows_power_profile(m));
	CHECK_STR(manager_profile(m), "latency");
	CHECK_STR(active(), "latency");		/* before the power daemon was heard */
	manager_follow_power_profile(m, false);
	close_manager();
	open_manager();
	CHECK(!manager_follows_power_profile(m));
	close_manager();
}

static void a_map_to_nothing_is_named(void)
{
	tree_write(&tree, "etc/bpflandd.json",
		   "{ \"power_profile_map\": { \"performance\": \"nothere\" } }");
	open_manager();
	CHECK_NAMES(log_text(), "power_profile_map.performance: there is no profile \"nothere\"");
	manager_set_power_profile(m, "performance");
	CHECK_STR(active(), "balanced");
	tree_write(&tree, "etc/bpflandd.json", "{ \"follow_power_profile\": false }");
	take_told();
	CHECK_EQ(manager_reload(m, NULL), 0);
	CHECK_EQ(take_told(), MANAGER_CHANGED_FOLLOW_POWER_PROFILE);
	close_manager();
}

int main(void)
{
	CASE(a_hold_is_in_force_while_it_lasts);
	CASE(only_the_owner_may_end_it);
	CASE(no_hold_of_what_is_not_there);
	CASE(selecting_ends_holds_and_tells);
	CASE(overrides_stay_over_holds);
	CASE(a_request_caps_whatever_is_in_force);
	CASE(a_machine_without_idle_states_is_told_once);
	CASE(holds_survive_a_crash);
	CASE(who_is_not_there_any_more_is_forgotten);
	CASE(without_a_bus_nobody_holds_anything);
	CASE(a_broken_file_of_holds_is_named);
	CASE(a_try_ends_by_itself);
	CASE(a_confirmed_try_is_an_override);
	CASE(a_try_has_the_life_of_overrides);
	CASE(the_power_profile_is_followed);
	CASE(a_map_to_nothing_is_named);
	return TEST_RESULT();
}
