/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Holds, latency requests and tries, from a client's side.
 */
#include <stdlib.h>

#include "tests/bus/fixture.h"
#include "tests/bus/must.h"
#include "tests/fake-sched.h"

#define MANAGER BUS_INTERFACE_MANAGER
#define TUNABLES BUS_INTERFACE_TUNABLES

/* The cookie in a reply; 0 and a failed test if there is none. Takes the reply. */
static uint32_t cookie_in(sd_bus_message *reply)
{
	uint32_t cookie = 0;

	CHECK(!sd_bus_message_get_error(reply));
	if (!sd_bus_message_get_error(reply))
		CHECK(sd_bus_message_read(reply, "u", &cookie) > 0);
	sd_bus_message_unref(reply);
	return cookie;
}

static uint32_t hold(struct fixture *f, const char *profile)
{
	return cookie_in(fixture_call(f, MANAGER, "HoldProfile", "sss", profile, "a game",
				      "org.example.Game"));
}

static uint32_t request(struct fixture *f, uint64_t usec)
{
	return cookie_in(fixture_call(f, MANAGER, "RequestLatency", "tss", usec, "music", ""));
}

static sd_bus_message *try(struct fixture *f, uint64_t slice, uint64_t usec)
{
	return fixture_call(f, TUNABLES, "Try", "a{sv}t", 1, "SliceMaxUSec", "t", slice, usec);
}

static int64_t slice_max(struct fixture *f)
{
	return manager_tunables(f->manager)->value[TUNABLE_SLICE_MAX];
}

/* What one entry of ProfileHolds or LatencyRequests says. */
struct entry {
	const char *profile, *reason, *application_id, *owner;
	uint64_t since, latency;
	uint32_t cookie, uid;
	int decides;
};

/* Reads entry @index into @ret, whose strings live in the returned message; NULL: no such entry. */
static sd_bus_message *entry(struct fixture *f, const char *property, unsigned index,
			     struct entry *ret)
{
	sd_bus_message *reply = fixture_get(f, MANAGER, property);
	const char *key;

	*ret = (struct entry){ .profile = "" };
	CHECK(sd_bus_message_enter_container(reply, 'v', "aa{sv}") > 0);
	CHECK(sd_bus_message_enter_container(reply, 'a', "a{sv}") > 0);
	for (; index; index--)
		sd_bus_message_skip(reply, "a{sv}");
	if (sd_bus_message_enter_container(reply, 'a', "{sv}") <= 0)
		return sd_bus_message_unref(reply);
	while (sd_bus_message_enter_container(reply, 'e', "sv") > 0) {
		CHECK(sd_bus_message_read(reply, "s", &key) > 0);
		if (!strcmp(key, "Profile"))
			CHECK(sd_bus_message_read(reply, "v", "s", &ret->profile) > 0);
		else if (!strcmp(key, "Reason"))
			CHECK(sd_bus_message_read(reply, "v", "s", &ret->reason) > 0);
		else if (!strcmp(key, "ApplicationId"))
			CHECK(sd_bus_message_read(reply, "v", "s", &ret->application_id) > 0);
		else if (!strcmp(key, "Owner"))
			CHECK(sd_bus_message_read(reply, "v", "s", &ret->owner) > 0);
		else if (!strcmp(key, "Since"))
			CHECK(sd_bus_message_read(reply, "v", "t", &ret->since) > 0);
		else if (!strcmp(key, "LatencyUSec"))
			CHECK(sd_bus_message_read(reply, "v", "t", &ret->latency) > 0);
		else if (!strcmp(key, "Cookie"))
			CHECK(sd_bus_message_read(reply, "v", "u", &ret->cookie) > 0);
		else if (!strcmp(key, "UID"))
			CHECK(sd_bus_message_read(reply, "v", "u", &ret->uid) > 0);
		else if (!strcmp(key, "Decides"))
			CHECK(sd_bus_message_read(reply, "v", "b", &ret->decides) > 0);
		CHECK(sd_bus_message_exit_container(reply) >= 0);
	}
	return reply;
}

static void a_hold_shows_and_ends_with_its_client(void)
{
	sd_bus_message *list;
	struct fixture f;
	struct entry e;
	uint32_t first;

	fixture_open(&f);
	first = hold(&f, "latency");
	CHECK(first != 0);
	CHECK_EQ(slice_max(&f), 1000);
	CHECK(fixture_told(&f, MANAGER, "ProfileHolds"));
	CHECK(fixture_told(&f, MANAGER, "ActiveProfile"));
	CHECK(!fixture_told(&f, MANAGER, "Profile"));
	CHECK(!fixture_told(&f, MANAGER, "LatencyRequests"));
	fixture_sender = ":1.8";
	fixture_forget_signals(&f);
	CHECK(hold(&f, "balanced") != first);
	CHECK(!fixture_told(&f, MANAGER, "ActiveProfile"));

	list = entry(&f, "ProfileHolds", 0, &e);
	CHECK_STR(e.profile, "latency");
	CHECK_STR(e.reason, "a game");
	CHECK_STR(e.application_id, "org.example.Game");
	CHECK_STR(e.owner, ":1.7");
	CHECK_EQ(e.cookie, first);
	CHECK_EQ(e.uid, 0);
	CHECK(e.decides);
	CHECK(e.since > UINT64_C(1600000000000000));
	sd_bus_message_unref(list);
	list = entry(&f, "ProfileHolds", 1, &e);
	CHECK_STR(e.profile, "balanced");
	CHECK(!e.decides);
	sd_bus_message_unref(list);

	fixture_leave(&f, ":1.77");
	CHECK_EQ(slice_max(&f), 1000);
	fixture_forget_signals(&f);
	fixture_leave(&f, ":1.7");
	CHECK_EQ(slice_max(&f), 3000);
	CHECK(fixture_told(&f, MANAGER, "ProfileHolds"));
	/* Who is not there needs no telling. */
	CHECK_EQ(fixture_count(&f, "ProfileReleased", MANAGER), 0);
	CHECK(!entry(&f, "ProfileHolds", 1, &e));
	fixture_close(&f);
}

static void the_owner_releases(void)
{
	struct fixture f;
	uint32_t cookie;

	fixture_open(&f);
	fixture_uid = 0;
	cookie = hold(&f, "latency");
	fixture_uid = 1000;			/* its own needs no right at all */
	CHECK_OK(fixture_call(&f, MANAGER, "ReleaseProfile", "u", cookie));
	CHECK_EQ(slice_max(&f), 3000);
	CHECK_EQ(fixture_count(&f, "ProfileReleased", MANAGER), 0);
	CHECK_ERROR(fixture_call(&f, MANAGER, "ReleaseProfile", "u", cookie),
		    BUS_ERROR_NO_SUCH_COOKIE, "hold", NULL);
	CHECK_ERROR(fixture_call(&f, MANAGER, "ReleaseProfile", "u", 0),
		    BUS_ERROR_NO_SUCH_COOKIE, NULL, NULL);
	fixture_close(&f);
}

/* The signal says which, and goes to the owner alone. */
static void check_released(struct fixture *f, const char *owner, uint32_t cookie)
{
	uint32_t said = 0;

	CHECK_EQ(fixture_count(f, "ProfileReleased", MANAGER), 1);
	for (size_t i = 0; i < f->n_signals; i++) {
		if (!sd_bus_message_is_signal(f->signals[i], MANAGER, "ProfileReleased"))
			continue;
		CHECK_STR(sd_bus_message_get_destination(f->signals[i]), owner);
		CHECK(sd_bus_message_read(f->signals[i], "u", &said) > 0);
	}
	CHECK_EQ(said, cookie);
}

static void others_need_the_right(void)
{
	struct fixture f;
	uint32_t cookie;
	char *before;

	fixture_open(&f);
	cookie = hold(&f, "latency");
	fixture_sender = ":1.8";
	fixture_uid = 1000;
	fixture_forget_signals(&f);
	before = fixture_snapshot(&f);
	CHECK_ERROR(fixture_call(&f, MANAGER, "ReleaseProfile", "u", cookie), BUS_ERROR_NOT_OWNER,
		    ":1.7", "administrator");
	CHECK_UNCHANGED(&f, before);
	fixture_uid = 0;
	CHECK_OK(fixture_call(&f, MANAGER, "ReleaseProfile", "u", cookie));
	CHECK_EQ(slice_max(&f), 3000);
	check_released(&f, ":1.7", cookie);
	fixture_close(&f);
}

static void selecting_tells_the_holders(void)
{
	struct fixture f;
	uint32_t cookie;

	fixture_open(&f);
	cookie = hold(&f, "latency");
	fixture_forget_signals(&f);
	CHECK_OK(fixture_set(&f, MANAGER, "Profile", "s", "balanced"));
	check_released(&f, ":1.7", cookie);
	CHECK(fixture_told(&f, MANAGER, "ActiveProfile"));
	CHECK(fixture_told(&f, MANAGER, "FollowPowerProfile"));
	CHECK(!fixture_told(&f, MANAGER, "Profile"));	/* it was that before */
	fixture_close(&f);
}

static void a_request_is_in_force_and_described(void)
{
	sd_bus_message *list;
	struct fixture f;
	struct entry e;
	uint32_t cookie;
	char *text;

	fixture_open(&f);
	cookie = request(&f, 200);
	CHECK_EQ(slice_max(&f), 400);
	CHECK(fixture_told(&f, MANAGER, "LatencyRequests"));
	CHECK(fixture_told(&f, TUNABLES, "SliceMaxUSec"));
	list = entry(&f, "LatencyRequests", 0, &e);
	CHECK_EQ(e.latency, 200);
	CHECK_STR(e.reason, "music");
	CHECK_EQ(e.cookie, cookie);
	CHECK(e.decides);
	sd_bus_message_unref(list);
	CHECK(!entry(&f, "ProfileHolds", 0, &e));
	/* It outlives a selection. */
	CHECK_OK(fixture_set(&f, MANAGER, "Profile", "s", "latency"));
	CHECK_EQ(slice_max(&f), 400);
	text = fixture_snapshot(&f);
	CHECK_NAMES(text, "LatencyUSec");
	free(text);
	/* Cookies of the other kind are none. */
	CHECK_ERROR(fixture_call(&f, MANAGER, "ReleaseProfile", "u", cookie),
		    BUS_ERROR_NO_SUCH_COOKIE, NULL, NULL);
	CHECK_OK(fixture_call(&f, MANAGER, "ReleaseLatency", "u", cookie));
	CHECK_EQ(slice_max(&f), 1000);
	fixture_close(&f);
}

static void what_is_asked_wrongly_is_told(void)
{
	char big[CLAIM_TEXT_MAX + 2], *before;
	struct fixture f;

	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = 0;
	fixture_open(&f);
	before = fixture_snapshot(&f);
	CHECK_ERROR(fixture_call(&f, MANAGER, "HoldProfile", "sss", "nothere", "", ""),
		    BUS_ERROR_NO_SUCH_PROFILE, "nothere", "balanced, latency");
	CHECK_ERROR(fixture_call(&f, MANAGER, "HoldProfile", "sss", big, "", ""),
		    BUS_ERROR_NO_SUCH_PROFILE, "xxx", NULL);
	CHECK_ERROR(fixture_call(&f, MANAGER, "HoldProfile", "sss", "latency", big, ""),
		    BUS_ERROR_OUT_OF_RANGE, "reason: 257 bytes", "0 to 256");
	CHECK_ERROR(fixture_call(&f, MANAGER, "HoldProfile", "sss", "latency", "", big),
		    BUS_ERROR_OUT_OF_RANGE, "application id: 257 bytes", "0 to 256");
	CHECK_ERROR(fixture_call(&f, MANAGER, "RequestLatency", "tss", UINT64_C(49), "", ""),
		    BUS_ERROR_OUT_OF_RANGE, "latency: 49", "50 to 1000000");
	CHECK_ERROR(fixture_call(&f, MANAGER, "RequestLatency", "tss", UINT64_MAX, "", ""),
		    BUS_ERROR_OUT_OF_RANGE, "18446744073709551615", "50 to 1000000");
	CHECK_ERROR(fixture_call(&f, MANAGER, "HoldProfile", "ss", "latency", ""),
		    SD_BUS_ERROR_INVALID_ARGS, "HoldProfile", NULL);
	CHECK_ERROR(try(&f, 7000, 999), BUS_ERROR_OUT_OF_RANGE, "time: 999", "1000 to");
	CHECK_ERROR(try(&f, 7, 5000), BUS_ERROR_OUT_OF_RANGE, "SliceMaxUSec: 7", NULL);
	CHECK_ERROR(fixture_call(&f, TUNABLES, "Try", "a{sv}t", 0, UINT64_C(5000)),
		    SD_BUS_ERROR_INVALID_ARGS, "at least one", NULL);
	CHECK_ERROR(fixture_call(&f, TUNABLES, "Confirm", "u", 5), BUS_ERROR_NO_SUCH_COOKIE, "5",
		    NULL);
	CHECK_UNCHANGED(&f, before);
	fixture_close(&f);
}

static void texts_are_cleaned(void)
{
	sd_bus_message *list;
	struct fixture f;
	struct entry e;

	fixture_open(&f);
	CHECK_OK(fixture_call(&f, MANAGER, "HoldProfile", "sss", "latency", "\033[31mred\n", ""));
	list = entry(&f, "ProfileHolds", 0, &e);
	CHECK_STR(e.reason, "?[31mred?");
	CHECK_STR(e.application_id, "");
	sd_bus_message_unref(list);
	fixture_close(&f);
}

static void limits_are_told(void)
{
	struct fixture f;

	fixture_open(&f);
	for (unsigned i = 0; i < CLAIMS_PER_USER; i++)
		CHECK(hold(&f, "latency") != 0);
	CHECK_ERROR(fixture_call(&f, MANAGER, "HoldProfile", "sss", "latency", "", ""),
		    BUS_ERROR_LIMIT_REACHED, "user 0", "64");
	CHECK_ERROR(fixture_call(&f, MANAGER, "RequestLatency", "tss", UINT64_C(200), "", ""),
		    BUS_ERROR_LIMIT_REACHED, "user 0", "64");
	fixture_leave(&f, ":1.7");
	CHECK(hold(&f, "latency") != 0);
	fixture_close(&f);
}

static void others_may_not_hold(void)
{
	struct fixture f;
	char *before;

	fixture_open(&f);
	fixture_uid = 1000;
	before = fixture_snapshot(&f);
	CHECK_ERROR(fixture_call(&f, MANAGER, "HoldProfile", "sss", "latency", "", ""),
		    SD_BUS_ERROR_ACCESS_DENIED, ACTION_HOLD_PROFILE, NULL);
	CHECK_ERROR(fixture_call(&f, MANAGER, "RequestLatency", "tss", UINT64_C(200), "", ""),
		    SD_BUS_ERROR_ACCESS_DENIED, ACTION_HOLD_PROFILE, NULL);
	CHECK_ERROR(try(&f, 7000, 5000), SD_BUS_ERROR_ACCESS_DENIED, ACTION_SET_TUNABLES, NULL);
	CHECK_ERROR(fixture_set(&f, MANAGER, "FollowPowerProfile", "b", 0),
		    SD_BUS_ERROR_ACCESS_DENIED, ACTION_SET_PROFILE, NULL);
	CHECK_UNCHANGED(&f, before);
	fixture_close(&f);
}

static void a_try_reverts_or_stays(void)
{
	struct fixture f;
	uint32_t cookie;

	fixture_open(&f);
	cookie = cookie_in(try(&f, 7000, 60000000));
	CHECK_EQ(slice_max(&f), 7000);
	CHECK_ERROR(try(&f, 8000, 60000000), BUS_ERROR_LIMIT_REACHED, ":1.7", "one try at a time");
	fixture_sender = ":1.8";
	fixture_uid = 1000;
	CHECK_ERROR(fixture_call(&f, TUNABLES, "Confirm", "u", cookie), BUS_ERROR_NOT_OWNER, ":1.7",
		    NULL);
	CHECK_ERROR(fixture_call(&f, TUNABLES, "Revert", "u", cookie), BUS_ERROR_NOT_OWNER, ":1.7",
		    NULL);
	fixture_sender = ":1.7";
	CHECK_ERROR(fixture_call(&f, TUNABLES, "Confirm", "u", cookie), SD_BUS_ERROR_ACCESS_DENIED,
		    ACTION_SET_TUNABLES, NULL);
	CHECK_OK(fixture_call(&f, TUNABLES, "Revert", "u", cookie));
	CHECK_EQ(slice_max(&f), 3000);

	fixture_uid = 0;
	cookie = cookie_in(try(&f, 7000, 60000000));
	CHECK_OK(fixture_call(&f, TUNABLES, "Confirm", "u", cookie));
	fixture_leave(&f, ":1.7");
	CHECK_EQ(slice_max(&f), 7000);
	CHECK_OK(fixture_call(&f, TUNABLES, "Reset", "as", 0));
	cookie = cookie_in(try(&f, 7000, 60000000));
	fixture_leave(&f, ":1.7");
	CHECK_EQ(slice_max(&f), 3000);
	fixture_close(&f);
}

/* Or what somebody holds who has left by then would stay for ever. */
static void a_bus_that_refuses_is_asked_again(void)
{
	struct fixture f;

	fixture_open(&f);
	fixture_refuses_names = 1;
	fixture_sender = ":1.9";
	CHECK(hold(&f, "latency") != 0);
	CHECK_EQ(fixture_refuses_names, 0);
	fixture_sender = ":1.7";
	CHECK(manager_has_clients(f.manager));
	RUN_UNTIL(f.event, !manager_has_clients(f.manager));

	/* And the next one is asked about at once. */
	fixture_sender = ":1.8";
	CHECK(hold(&f, "latency") != 0);
	CHECK(manager_has_clients(f.manager));
	fixture_leave(&f, ":1.8");
	CHECK(!manager_has_clients(f.manager));
	fixture_close(&f);
}

/* A PropertiesChanged that names @property without its value has arrived. */
static bool told_stale(struct fixture *f, const char *property)
{
	const char *name;
	bool found = false;

	for (size_t i = 0; i < f->n_signals; i++) {
		if (!sd_bus_message_is_signal(f->signals[i], BUS_INTERFACE_PROPERTIES, NULL))
			continue;
		MUST(sd_bus_message_rewind(f->signals[i], true));
		MUST(sd_bus_message_skip(f->signals[i], "sa{sv}"));
		MUST(sd_bus_message_enter_container(f->signals[i], 'a', "s"));
		while (sd_bus_message_read(f->signals[i], "s", &name) > 0)
			found |= !strcmp(name, property);
	}
	return found;
}

/* Hundreds of holders come: what that costs the others is bounded. */
static void long_lists_are_told_without_their_content(void)
{
	struct manager_request by = { .reason = "", .application_id = "" };
	unsigned whole = 0, stale = 0;
	struct fixture f;
	uint32_t cookie;
	char owner[16];

	fixture_open(&f);
	by.owner = fixture_sender = owner;
	for (unsigned i = 0; i < 264; i++) {
		snprintf(owner, sizeof(owner), ":1.%u", 100 + i);
		by.uid = i / 50;
		CHECK_EQ(manager_hold_profile(f.manager, &by, "balanced", &cookie, NULL), 0);
		fixture_settle(&f);
		CHECK_EQ(f.n_signals, 1);
		whole += fixture_told(&f, MANAGER, "ProfileHolds");
		stale += told_stale(&f, "ProfileHolds");
		fixture_forget_signals(&f);
	}
	CHECK_EQ(whole, 64);
	CHECK_EQ(stale, 200);
	/* The signal is small, what it speaks of is not: whoever asks gets it. */
	CHECK_OK(fixture_get(&f, MANAGER, "ProfileHolds"));

	for (unsigned i = 0; i < 200; i++) {
		snprintf(owner, sizeof(owner), ":1.%u", 100 + i);
		fixture_forget_signals(&f);
		fixture_leave(&f, owner);
	}
	CHECK(fixture_told(&f, MANAGER, "ProfileHolds"));
	CHECK(!told_stale(&f, "ProfileHolds"));
	fixture_close(&f);
}

int main(void)
{
	RUN(a_hold_shows_and_ends_with_its_client);
	RUN(the_owner_releases);
	RUN(others_need_the_right);
	RUN(selecting_tells_the_holders);
	RUN(a_request_is_in_force_and_described);
	RUN(what_is_asked_wrongly_is_told);
	RUN(texts_are_cleaned);
	RUN(limits_are_told);
	RUN(others_may_not_hold);
	RUN(a_try_reverts_or_stays);
	RUN(a_bus_that_refuses_is_asked_again);
	RUN(long_lists_are_told_without_their_content);
	return TEST_RESULT();
}
