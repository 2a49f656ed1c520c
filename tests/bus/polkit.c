/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who may change something, when polkit decides: on a real bus, with a polkit that does what the
 * test wants. Clients of several users, polkit and the daemon share one event loop.
 */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "dbus/authorize.h"
#include "dbus/pending.h"
#include "tests/bus/caller.h"
#include "tests/bus/fake-polkit.h"
#include "tests/bus/fixture.h"
#include "tests/bus/must.h"
#include "tests/bus/private.h"

#define PATIENCE_USEC CALL_PATIENCE_USEC
#define N_USERS (PENDING_MAX / PENDING_USER_MAX + 1)

static struct fixture f;
static struct fake_polkit polkit;

static uid_t users[N_USERS];
#define ALICE users[0]

static sd_bus *client_new(uid_t uid)
{
	return caller_new(f.event, uid);
}

/* Sets SliceMaxUSec, which takes set-tunables. */
static void call_set(sd_bus *client, struct call *c, uint64_t usec)
{
	sd_bus_message *m;

	MUST(sd_bus_message_new_method_call(client, &m, BUS_NAME, BUS_PATH, BUS_INTERFACE_TUNABLES,
					    "Set"));
	MUST(sd_bus_message_append(m, "a{sv}", 1, "SliceMaxUSec", "t", usec));
	call_send(client, c, m, false);
}

static bool past(uint64_t end)
{
	uint64_t now;

	MUST(sd_event_now(f.event, CLOCK_MONOTONIC, &now));
	return now >= end;
}

static sd_bus_message *call_wait(struct call *c)
{
	return call_finish(f.event, c);
}

/* Runs the loop until @n is @wanted. */
static void wait_count(const unsigned *n, unsigned wanted)
{
	uint64_t now;

	MUST(sd_event_now(f.event, CLOCK_MONOTONIC, &now));
	while (*n != wanted && !past(now + PATIENCE_USEC))
		MUST(sd_event_run(f.event, 1000000));
	CHECK_EQ(*n, wanted);
}

static int64_t slice_max(void)
{
	return manager_tunables(f.manager)->value[TUNABLE_SLICE_MAX];
}

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
	wait_count(&polkit.n_checks, 1);
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
	wait_count(&polkit.n_checks, 2);
	fake_polkit_release(&polkit, 1, FAKE_ALLOW);
	CHECK_OK(call_wait(&second));
	CHECK_EQ(slice_max(), 8002);
	CHECK(!first.reply);

	/* Nor is it kept: the next call is asked about again. */
	call_set(client, &third, 8003);
	wait_count(&polkit.n_checks, 3);
	CHECK_EQ(slice_max(), 8002);
	fake_polkit_release(&polkit, 0, FAKE_DENY);
	fake_polkit_release(&polkit, 0, FAKE_DENY);
	CHECK_ERROR(call_wait(&first), SD_BUS_ERROR_ACCESS_DENIED, NULL, NULL);
	CHECK_ERROR(call_wait(&third), SD_BUS_ERROR_ACCESS_DENIED, NULL, NULL);
	CHECK_EQ(slice_max(), 8002);
	sd_bus_close_unref(client);
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

/* The shortest of some round trips, in µs: what the daemon needs, whatever the machine does. */
static uint64_t get_usec(void)
{
	uint64_t best = UINT64_MAX;

	for (unsigned i = 0; i < 20; i++) {
		struct timespec start, end;
		uint64_t usec;

		clock_gettime(CLOCK_MONOTONIC, &start);
		CHECK_OK(fixture_get(&f, BUS_INTERFACE_TUNABLES, "SliceMaxUSec"));
		clock_gettime(CLOCK_MONOTONIC, &end);
		usec = (end.tv_sec - start.tv_sec) * 1000000 + (end.tv_nsec - start.tv_nsec) / 1000;
		best = usec < best ? usec : best;
	}
	return best;
}

/* polkit hangs (or somebody thinks about a password). */
static void nobody_can_block_the_others(void)
{
	struct call calls[PENDING_MAX], one_more, root;
	sd_bus *clients[N_USERS], *boss = client_new(0);
	char words[64];
	size_t n = 0;

	polkit.answer = FAKE_HOLD;
	for (unsigned user = 0; user < N_USERS - 1; user++) {
		clients[user] = client_new(users[user]);
		for (unsigned i = 0; i < PENDING_USER_MAX; i++, n++)
			call_set(clients[user], &calls[n], 20000 + n);
		wait_count(&polkit.n_checks, n);
		call_set(clients[user], &one_more, 9999);
		snprintf(words, sizeof(words), "8 calls of user %u", (unsigned)users[user]);
		CHECK_ERROR(call_wait(&one_more), BUS_ERROR_LIMIT_REACHED, words, "set-tunables");
		CHECK_EQ(polkit.n_checks, n);
	}
	CHECK_EQ(n, PENDING_MAX);
	clients[8] = client_new(users[8]);
	call_set(clients[8], &one_more, 9999);
	CHECK_ERROR(call_wait(&one_more), BUS_ERROR_LIMIT_REACHED, "too many calls wait", NULL);

	CHECK(get_usec() < 10000);
	call_set(boss, &root, 8000);
	CHECK_OK(call_wait(&root));
	CHECK_EQ(slice_max(), 8000);

	/* One answer, one free place. */
	fake_polkit_release(&polkit, 0, FAKE_ALLOW);
	CHECK_OK(call_wait(&calls[0]));
	CHECK_EQ(slice_max(), 20000);
	call_set(clients[8], &one_more, 9999);
	wait_count(&polkit.n_checks, n + 1);
	polkit.answer = FAKE_ALLOW;
	for (size_t i = 1; i < PENDING_MAX; i++) {
		fake_polkit_release(&polkit, 0, FAKE_ALLOW);
		CHECK_OK(call_wait(&calls[i]));
		CHECK_EQ(slice_max(), 20000 + i);
	}
	fake_polkit_release(&polkit, 0, FAKE_ALLOW);
	CHECK_OK(call_wait(&one_more));
	CHECK_EQ(slice_max(), 9999);
	for (unsigned user = 0; user < N_USERS; user++)
		sd_bus_close_unref(clients[user]);
	sd_bus_close_unref(boss);
}

static void who_leaves_makes_room(void)
{
	sd_bus *leaver = client_new(ALICE), *stayer = client_new(ALICE);
	struct call calls[PENDING_USER_MAX], more;

	polkit.answer = FAKE_HOLD;
	for (unsigned i = 0; i < PENDING_USER_MAX; i++)
		call_set(i == 0 ? stayer : leaver, &calls[i], 20000 + i);
	wait_count(&polkit.n_checks, PENDING_USER_MAX);
	for (unsigned i = 1; i < PENDING_USER_MAX; i++)
		call_forget(&calls[i]);
	sd_bus_close_unref(leaver);
	wait_count(&polkit.n_cancels, PENDING_USER_MAX - 1);
	fixture_settle(&f);
	CHECK_EQ(polkit.n_held, 1);

	call_set(stayer, &more, 9999);
	wait_count(&polkit.n_checks, PENDING_USER_MAX + 1);
	fake_polkit_release(&polkit, 0, FAKE_ALLOW);
	fake_polkit_release(&polkit, 0, FAKE_ALLOW);
	CHECK_OK(call_wait(&calls[0]));
	CHECK_OK(call_wait(&more));
	CHECK_EQ(slice_max(), 9999);
	sd_bus_close_unref(stayer);
}

static void polkit_ends_in_the_middle(void)
{
	sd_bus *client = client_new(ALICE);
	struct call c;

	polkit.answer = FAKE_HOLD;
	call_set(client, &c, 9999);
	wait_count(&polkit.n_checks, 1);
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

/* A person may take minutes to type; polkit alone may not. */
static void a_check_that_hangs_ends(void)
{
	sd_bus *client = client_new(ALICE);
	struct call quiet, prompt;
	sd_bus_message *m;

	polkit.answer = FAKE_HOLD;
	MUST(sd_bus_message_new_method_call(client, &m, BUS_NAME, BUS_PATH, BUS_INTERFACE_TUNABLES,
					    "Reset"));
	MUST(sd_bus_message_append(m, "as", 0));
	call_send(client, &prompt, m, true);
	call_set(client, &quiet, 9999);
	CHECK_ERROR(call_wait(&quiet), SD_BUS_ERROR_ACCESS_DENIED, "polkit has not answered",
		    "root");
	wait_count(&polkit.n_cancels, 1);
	CHECK(!prompt.reply);
	fake_polkit_release(&polkit, 0, FAKE_ALLOW);
	CHECK_OK(call_wait(&prompt));
	CHECK(slice_max() != 9999);
	sd_bus_close_unref(client);
}

/* The bus counts what polkit has not answered, cancelled or not; 128, and we could ask nobody. */
static void abandoned_questions_are_counted(void)
{
	struct call c, refused;
	unsigned n = 0;

	polkit.answer = FAKE_IGNORE;
	for (;;) {
		sd_bus *client = client_new(ALICE);

		call_set(client, &c, 9999);
		while (!c.reply && polkit.n_checks == n)
			MUST(sd_event_run(f.event, PATIENCE_USEC) ?: -ETIMEDOUT);
		if (c.reply) {
			CHECK_ERROR(call_wait(&c), BUS_ERROR_LIMIT_REACHED, NULL, NULL);
			sd_bus_close_unref(client);
			break;
		}
		call_forget(&c);
		sd_bus_close_unref(client);
		wait_count(&polkit.n_cancels, ++n);
	}
	CHECK(n >= PENDING_MAX && n < 128);

	while (polkit.n_held > 0)
		fake_polkit_release(&polkit, 0, FAKE_ALLOW);
	fixture_settle(&f);
	CHECK(slice_max() != 9999);
	polkit.answer = FAKE_ALLOW;
	{
		sd_bus *client = client_new(ALICE);

		call_set(client, &refused, 8000);
		CHECK_OK(call_wait(&refused));
		sd_bus_close_unref(client);
	}
	CHECK_EQ(slice_max(), 8000);
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
	static const struct {
		const char *name;
		void (*run)(void);
	} cases[] = {
		{ "verdicts", what_polkit_says_is_done },
		{ "root", root_is_never_asked_about },
		{ "properties", writing_a_property_waits_too },
		{ "message", an_answer_is_for_its_message_only },
		{ "order", calls_of_one_sender_keep_their_order },
		{ "limits", nobody_can_block_the_others },
		{ "leave", who_leaves_makes_room },
		{ "crash", polkit_ends_in_the_middle },
		{ "absent", without_polkit_only_root },
		{ "timeout", a_check_that_hangs_ends },
		{ "abandoned", abandoned_questions_are_counted },
		{ "two-actions", two_actions_take_two_answers },
	};
	pid_t bus;

	if (geteuid() != 0) {
		fprintf(stderr, "skipped: only root can be several users\n");
		return 77;
	}
	if (!callers_find_users(users, N_USERS)) {
		fprintf(stderr, "skipped: %d accounts are needed, besides root's\n", N_USERS);
		return 77;
	}
	private_bus_setup();
	bus = private_bus_start();
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (argc < 2 || !strcmp(argv[1], cases[i].name)) {
			unsigned before = test_failures;

			fixture_open_on_bus(&f);
			fake_polkit_open(&polkit, f.event);
			cases[i].run();
			fake_polkit_close(&polkit);
			fixture_close(&f);
			printf("%s %s\n", test_failures == before ? "ok    " : "FAILED",
			       cases[i].name);
		}
	private_bus_kill(bus);
	private_bus_remove();
	return TEST_RESULT();
}
