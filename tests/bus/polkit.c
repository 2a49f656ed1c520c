/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who may change something, when polkit decides.
 */
#include "dbus/authorize.h"
#include "tests/bus/must.h"
#include "tests/bus/polkit-fixture.h"

static void what_polkit_says_is_done(void)
{
	static const struct {
		enum fake_polkit_answer answer;
		bool interactive;
		const char *error, *word;
	} cases[] = {
		{ FAKE_ALLOW, false, NULL, NULL },
		{ FAKE_ALLOW, true, NULL, NULL },
		{ FAKE_DENY, false, SD_BUS_ERROR_ACCESS_DENIED, "does not grant you" },
		{ FAKE_DENY, true, SD_BUS_ERROR_ACCESS_DENIED, "does not grant you" },
		{ FAKE_CHALLENGE, false, SD_BUS_ERROR_INTERACTIVE_AUTHORIZATION_REQUIRED,
		  "allow interactive authorization in the call" },
		{ FAKE_CHALLENGE, true, SD_BUS_ERROR_INTERACTIVE_AUTHORIZATION_REQUIRED,
		  "start an authentication agent" },
		{ FAKE_DISMISS, true, SD_BUS_ERROR_ACCESS_DENIED, "dismissed" },
		{ FAKE_FAIL, false, SD_BUS_ERROR_ACCESS_DENIED, "Action is not registered" },
	};
	sd_bus *client = client_new(ALICE);
	const char *name;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t usec = 8000 + i;
		sd_bus_message *m;
		struct call c;

		polkit.answer = cases[i].answer;
		MUST(sd_bus_message_new_method_call(client, &m, BUS_NAME, BUS_PATH,
						    BUS_INTERFACE_TUNABLES, "Set"));
		MUST(sd_bus_message_append(m, "a{sv}", 1, "SliceMaxUSec", "t", usec));
		call_send(client, &c, m, cases[i].interactive);
		call_wait(&c);
		CHECK_EQ(polkit.n_checks, i + 1);
		CHECK_EQ(polkit.flags, cases[i].interactive);
		CHECK_STR(polkit.action, "org.bpfland1.set-tunables");
		CHECK_STR(polkit.kind, "system-bus-name");
		MUST(sd_bus_get_unique_name(client, &name));
		CHECK_STR(polkit.subject, name);
		if (cases[i].error) {
			CHECK_ERROR(c.reply, cases[i].error, "org.bpfland1.set-tunables",
				    cases[i].word);
			CHECK(slice_max() != (int64_t)usec);
		} else {
			CHECK_OK(c.reply);
			CHECK_EQ(slice_max(), usec);
		}
	}
	sd_bus_close_unref(client);
}

static void root_is_never_asked_about(void)
{
	sd_bus *client = client_new(0);
	struct call c;

	polkit.answer = FAKE_DENY;
	for (unsigned i = 0; i < 3; i++) {
		call_set(client, &c, 8000 + i);
		CHECK_OK(call_wait(&c));
		CHECK_EQ(slice_max(), 8000 + i);
	}
	CHECK_EQ(polkit.n_checks, 0);
	sd_bus_close_unref(client);
}

static void writing_a_property_waits_too(void)
{
	sd_bus *client = client_new(ALICE);
	sd_bus_message *m;
	struct call c;

	polkit.answer = FAKE_HOLD;
	MUST(sd_bus_message_new_method_call(client, &m, BUS_NAME, BUS_PATH,
					    BUS_INTERFACE_PROPERTIES, "Set"));
	MUST(sd_bus_message_append(m, "ssv", BUS_INTERFACE_MANAGER, "Profile", "s", "latency"));
	call_send(client, &c, m, true);
	RUN_UNTIL(f.event, polkit.n_checks == 1);
	CHECK_STR(polkit.action, "org.bpfland1.set-profile");
	CHECK_EQ(polkit.flags, 1);
	fixture_settle(&f);
	CHECK(!c.reply);
	CHECK_STR(manager_profile(f.manager), "balanced");

	fake_polkit_release(&polkit, 0, FAKE_ALLOW);
	CHECK_OK(call_wait(&c));
	CHECK_STR(manager_profile(f.manager), "latency");
	sd_bus_close_unref(client);
}

static void an_answer_is_for_its_message_only(void)
{
	sd_bus *client = client_new(ALICE);
	struct call first, second, third;

	polkit.answer = FAKE_HOLD;
	call_set(client, &first, 8001);
	call_set(client, &second, 8002);
	RUN_UNTIL(f.event, polkit.n_checks == 2);
	fake_polkit_release(&polkit, 1, FAKE_ALLOW);
	CHECK_OK(call_wait(&second));
	CHECK_EQ(slice_max(), 8002);
	CHECK(!first.reply);

	/* Nor is it kept: the next call is asked about again. */
	call_set(client, &third, 8003);
	RUN_UNTIL(f.event, polkit.n_checks == 3);
	CHECK_EQ(slice_max(), 8002);
	fake_polkit_release(&polkit, 0, FAKE_DENY);
	fake_polkit_release(&polkit, 0, FAKE_DENY);
	CHECK_ERROR(call_wait(&first), SD_BUS_ERROR_ACCESS_DENIED, NULL, NULL);
	CHECK_ERROR(call_wait(&third), SD_BUS_ERROR_ACCESS_DENIED, NULL, NULL);
	CHECK_EQ(slice_max(), 8002);
	sd_bus_close_unref(client);
}

static void call_try(sd_bus *client, struct call *c, uint64_t usec)
{
	sd_bus_message *m;

	MUST(sd_bus_message_new_method_call(client, &m, BUS_NAME, BUS_PATH, BUS_INTERFACE_TUNABLES,
					    "Try"));
	MUST(sd_bus_message_append(m, "a{sv}t", 1, "SliceLagUSec", "t", usec, UINT64_C(60000000)));
	call_send(client, c, m, false);
}

/* What was right when it was asked for may be wrong when a person has typed the password. */
static void what_is_granted_is_judged_again(void)
{
	sd_bus *client = client_new(ALICE), *boss = client_new(0);
	struct call set, try, other;
	sd_bus_message *m;

	polkit.answer = FAKE_HOLD;
	call_set(client, &set, 2000);
	call_try(client, &try, 7000);
	RUN_UNTIL(f.event, polkit.n_checks == 2);
	MUST(sd_bus_message_new_method_call(boss, &m, BUS_NAME, BUS_PATH, BUS_INTERFACE_TUNABLES,
					    "Set"));
	MUST(sd_bus_message_append(m, "a{sv}", 1, "SliceMinUSec", "t", UINT64_C(2500)));
	call_send(boss, &other, m, false);
	CHECK_OK(call_wait(&other));
	call_try(boss, &other, 8000);
	CHECK_OK(call_wait(&other));

	fake_polkit_release(&polkit, 0, FAKE_ALLOW);
	fake_polkit_release(&polkit, 0, FAKE_ALLOW);
	CHECK_ERROR(call_wait(&set), BUS_ERROR_OUT_OF_RANGE, "SliceMinUSec: 2500 us exceeds",
		    "SliceMaxUSec");
	CHECK_ERROR(call_wait(&try), BUS_ERROR_LIMIT_REACHED, "one try at a time", NULL);
	CHECK_EQ(slice_max(), 3000);
	CHECK_EQ(manager_tunables(f.manager)->value[TUNABLE_SLICE_LAG], 8000);
	sd_bus_close_unref(client);
	sd_bus_close_unref(boss);
}

/* Also the first ones, sent before the bus has said who that is. */
static void calls_of_one_sender_keep_their_order(void)
{
	sd_bus *client = client_new(0);
	struct call calls[20];

	for (unsigned i = 0; i < 20; i++)
		call_set(client, &calls[i], 8000 + i);
	CHECK_OK(call_wait(&calls[19]));
	CHECK_EQ(slice_max(), 8019);
	for (unsigned i = 0; i < 19; i++) {
		CHECK(calls[i].reply);
		CHECK_OK(call_wait(&calls[i]));
	}
	CHECK_EQ(manager_generation(f.manager), 21);
	sd_bus_close_unref(client);
}

static void polkit_ends_in_the_middle(void)
{
	sd_bus *client = client_new(ALICE);
	struct call c;

	polkit.answer = FAKE_HOLD;
	call_set(client, &c, 9999);
	RUN_UNTIL(f.event, polkit.n_checks == 1);
	fake_polkit_close(&polkit);
	CHECK_ERROR(call_wait(&c), SD_BUS_ERROR_ACCESS_DENIED, "ended before it answered", "root");

	/* And when it is back, all is as before. */
	fake_polkit_open(&polkit, f.event);
	call_set(client, &c, 8000);
	CHECK_OK(call_wait(&c));
	CHECK_EQ(slice_max(), 8000);
	sd_bus_close_unref(client);
}

static void without_polkit_only_root(void)
{
	sd_bus *client = client_new(ALICE), *boss = client_new(0);
	struct call c;

	fake_polkit_close(&polkit);
	call_set(client, &c, 9999);
	CHECK_ERROR(call_wait(&c), SD_BUS_ERROR_ACCESS_DENIED, "there is no polkit here", "root");
	call_set(boss, &c, 8000);
	CHECK_OK(call_wait(&c));
	CHECK_EQ(slice_max(), 8000);
	sd_bus_close_unref(client);
	sd_bus_close_unref(boss);
	fake_polkit_open(&polkit, f.event);
}

static unsigned n_done;

static int method_both(sd_bus_message *m, void *userdata, sd_bus_error *ret_error)
{
	static const char *const actions[] = { ACTION_SET_PROFILE, ACTION_SET_TUNABLES, NULL };
	int r;

	(void)userdata;
	r = authorize_all(m, actions, "doing both", AUTHORIZE_INTERACTIVE, ret_error);
	if (r <= 0)
		return r < 0 ? r : 1;
	n_done++;
	return sd_bus_reply_method_return(m, NULL);
}

static void two_actions_take_two_answers(void)
{
	static const sd_bus_vtable both[] = {
		SD_BUS_VTABLE_START(0),
		SD_BUS_METHOD("Both", NULL, NULL, method_both, SD_BUS_VTABLE_UNPRIVILEGED),
		SD_BUS_VTABLE_END,
	};
	static const struct {
		const char *denied;
		unsigned checks;
	} cases[] = { { "none", 2 }, { ACTION_SET_PROFILE, 1 }, { ACTION_SET_TUNABLES, 2 } };
	sd_bus *client = client_new(ALICE);
	sd_bus_message *m;
	sd_bus_slot *slot;
	struct call c;

	MUST(sd_bus_add_object_vtable(f.server, &slot, BUS_PATH "/both", "org.bpfland1.Both", both,
				      NULL));
	polkit.answer = FAKE_DENY;
	for (size_t i = 0; i < 3; i++) {
		polkit.only = cases[i].denied;
		polkit.n_checks = 0;
		n_done = 0;
		MUST(sd_bus_message_new_method_call(client, &m, BUS_NAME, BUS_PATH "/both",
						    "org.bpfland1.Both", "Both"));
		call_send(client, &c, m, false);
		call_wait(&c);
		CHECK_EQ(polkit.n_checks, cases[i].checks);
		CHECK_EQ(polkit.flags, 1);
		CHECK_EQ(n_done, i == 0);
		if (i == 0)
			CHECK_OK(c.reply);
		else
			CHECK_ERROR(c.reply, SD_BUS_ERROR_ACCESS_DENIED, "doing both needs",
				    cases[i].denied);
	}
	sd_bus_slot_unref(slot);
	sd_bus_close_unref(client);
}

int main(int argc, char **argv)
{
	static const struct polkit_case cases[] = {
		{ "verdicts", what_polkit_says_is_done },
		{ "root", root_is_never_asked_about },
		{ "properties", writing_a_property_waits_too },
		{ "message", an_answer_is_for_its_message_only },
		{ "again", what_is_granted_is_judged_again },
		{ "order", calls_of_one_sender_keep_their_order },
		{ "crash", polkit_ends_in_the_middle },
		{ "absent", without_polkit_only_root },
		{ "two-actions", two_actions_take_two_answers },
	};

	return polkit_cases_run(cases, sizeof(cases) / sizeof(cases[0]), argc, argv);
}
