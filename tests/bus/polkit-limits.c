/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Calls that wait for polkit are in nobody's way: not while it hangs, not when their senders leave,
 * and not while the bus is slow.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

#include "tests/bus/must.h"
#include "tests/bus/polkit-fixture.h"

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
		RUN_UNTIL(f.event, polkit.n_checks == n);
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
	RUN_UNTIL(f.event, polkit.n_checks == n + 1);
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
	RUN_UNTIL(f.event, polkit.n_checks == PENDING_USER_MAX);
	for (unsigned i = 1; i < PENDING_USER_MAX; i++)
		call_forget(&calls[i]);
	sd_bus_close_unref(leaver);
	RUN_UNTIL(f.event, polkit.n_cancels == PENDING_USER_MAX - 1);
	fixture_settle(&f);
	CHECK_EQ(polkit.n_held, 1);

	call_set(stayer, &more, 9999);
	RUN_UNTIL(f.event, polkit.n_checks == PENDING_USER_MAX + 1);
	fake_polkit_release(&polkit, 0, FAKE_ALLOW);
	fake_polkit_release(&polkit, 0, FAKE_ALLOW);
	CHECK_OK(call_wait(&calls[0]));
	CHECK_OK(call_wait(&more));
	CHECK_EQ(slice_max(), 9999);
	sd_bus_close_unref(stayer);
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
	RUN_UNTIL(f.event, polkit.n_cancels == 1);
	CHECK(!prompt.reply);
	fake_polkit_release(&polkit, 0, FAKE_ALLOW);
	CHECK_OK(call_wait(&prompt));
	CHECK(slice_max() != 9999);
	sd_bus_close_unref(client);
}

/* How many questions one user can leave behind, by clients that ask and leave, until refused. */
static unsigned ask_and_leave(uid_t uid, const char *sentence)
{
	unsigned first = polkit.n_checks, n = 0;
	struct call c;

	for (;;) {
		sd_bus *client = client_new(uid);

		call_set(client, &c, 9999);
		RUN_UNTIL(f.event, c.reply || polkit.n_checks != first + n);
		if (c.reply) {
			CHECK_ERROR(call_wait(&c), BUS_ERROR_LIMIT_REACHED, sentence,
				    "set-tunables");
			sd_bus_close_unref(client);
			return n;
		}
		call_forget(&c);
		sd_bus_close_unref(client);
		n++;
		RUN_UNTIL(f.event, polkit.n_cancels == first + n);
	}
}

static void set_as(uid_t uid, uint64_t usec)
{
	sd_bus *client = client_new(uid);
	struct call c;

	call_set(client, &c, usec);
	CHECK_OK(call_wait(&c));
	CHECK_EQ(slice_max(), usec);
	sd_bus_close_unref(client);
}

/* The bus counts what polkit has not answered, cancelled or not; 128, and we could ask nobody. */
static void abandoned_questions_are_counted(void)
{
	unsigned n, user = 0;
	char words[64];

	polkit.answer = FAKE_IGNORE;
	snprintf(words, sizeof(words), "16 questions about user %u", (unsigned)ALICE);
	CHECK_EQ(ask_and_leave(ALICE, words), PENDING_USER_QUESTIONS_MAX);

	/* That is in the way of nobody else, … */
	polkit.answer = FAKE_ALLOW;
	set_as(users[1], 8000);
	set_as(0, 8001);
	CHECK_EQ(polkit.n_held, PENDING_USER_QUESTIONS_MAX);

	/* … and all users together cannot use up what the bus grants. */
	polkit.answer = FAKE_IGNORE;
	polkit.n_cancels = polkit.n_checks;
	do
		n = ask_and_leave(users[++user], NULL);
	while (n == PENDING_USER_QUESTIONS_MAX && user < N_USERS - 1);
	CHECK(n < PENDING_USER_QUESTIONS_MAX);
	CHECK(polkit.n_held >= PENDING_MAX && polkit.n_held < 128);

	while (polkit.n_held > 0)
		fake_polkit_release(&polkit, 0, FAKE_ALLOW);
	fixture_settle(&f);
	CHECK_EQ(slice_max(), 8001);
	polkit.answer = FAKE_ALLOW;
	set_as(ALICE, 8002);
}

/* Sends @m for @client, and returns when it has arrived at the daemon, which has not read it. */
static void send_unread(sd_bus *client, struct call *c, sd_bus_message *m)
{
	struct pollfd fd = { .fd = sd_bus_get_fd(f.server), .events = POLLIN };

	/* Nothing else is under way. */
	MUST(sd_bus_call_method(f.server, "org.freedesktop.DBus", "/org/freedesktop/DBus",
				"org.freedesktop.DBus", "GetId", NULL, NULL, NULL));
	fixture_settle(&f);
	call_send(client, c, m, false);
	MUST(sd_bus_flush(client));
	if (poll(&fd, 1, PATIENCE_USEC / 1000) <= 0)
		must(-ETIMEDOUT, "the bus delivers nothing");
}

static sd_bus_message *new_hold(sd_bus *client)
{
	sd_bus_message *m;

	MUST(sd_bus_message_new_method_call(client, &m, BUS_NAME, BUS_PATH, BUS_INTERFACE_MANAGER,
					    "HoldProfile"));
	MUST(sd_bus_message_append(m, "sss", "latency", "", ""));
	return m;
}

static void stop_bus(void)
{
	kill(bus_daemon, SIGSTOP);
	while (waitpid(bus_daemon, NULL, WUNTRACED) < 0 && errno == EINTR)
		;
}

/* Who waits for its answer does so in vain. */
static void the_bus_is_not_waited_for(void)
{
	sd_bus *client = client_new(ALICE);
	struct call c;

	polkit.answer = FAKE_ALLOW;
	call_set(client, &c, 8000); /* and who that is, is known then */
	CHECK_OK(call_wait(&c));

	send_unread(client, &c, new_hold(client));
	MUST(sd_bus_set_method_call_timeout(f.server, 5000000));
	stop_bus();
	fixture_settle(&f);
	kill(bus_daemon, SIGCONT);
	CHECK_OK(call_wait(&c));
	CHECK_STR(manager_active_profile(f.manager), "latency");
	sd_bus_close_unref(client);
}

/* One that is too slow is asked again: the connection stays, and no hold outlives its client. */
static void a_bus_that_is_too_slow_is_asked_again(void)
{
	sd_bus *client = client_new(0);
	uint64_t now, end;
	struct call c;

	call_set(client, &c, 8000); /* and who that is, is known then */
	CHECK_OK(call_wait(&c));
	send_unread(client, &c, new_hold(client));
	MUST(sd_bus_set_method_call_timeout(f.server, 50000));
	stop_bus();
	MUST(sd_event_now(f.event, CLOCK_MONOTONIC, &now));
	for (end = now + 600000; now < end;) {
		MUST(sd_event_run(f.event, end - now));
		MUST(sd_event_now(f.event, CLOCK_MONOTONIC, &now));
	}
	MUST(sd_bus_set_method_call_timeout(f.server, PATIENCE_USEC));
	kill(bus_daemon, SIGCONT);
	CHECK_OK(call_wait(&c));
	CHECK(manager_has_clients(f.manager));

	sd_bus_close_unref(client);
	RUN_UNTIL(f.event, !manager_has_clients(f.manager));
}

/* Returns when all that @client sent is on its way to the daemon, before what others send now. */
static void catch_up(sd_bus *client)
{
	MUST(sd_bus_call_method(client, "org.freedesktop.DBus", "/org/freedesktop/DBus",
				"org.freedesktop.DBus", "GetId", NULL, NULL, NULL));
}

/* Does not want an answer, and so sends as much as it likes. */
static void send_many(sd_bus *client, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		sd_bus_message *m;

		MUST(sd_bus_message_new_method_call(client, &m, BUS_NAME, BUS_PATH,
						    BUS_INTERFACE_TUNABLES, "Set"));
		MUST(sd_bus_message_append(m, "a{sv}", 1, "SliceMaxUSec", "t", UINT64_C(9999)));
		MUST(sd_bus_message_set_expect_reply(m, false));
		MUST(sd_bus_send(client, m, NULL));
		sd_bus_message_unref(m);
	}
	catch_up(client);
}

/*
 * Nobody is known yet, and the bus answers about them after it has delivered all of this: whoever
 * comes behind is heard nevertheless. One has sent a lot, by one connection and by many.
 */
static void unknown_ones_leave_room(void)
{
	sd_bus *flood = client_new(ALICE), *other = client_new(users[1]), *boss = client_new(0);
	sd_bus *crowd[120];
	struct call own, calls[2];
	const size_t n = sizeof(crowd) / sizeof(crowd[0]);

	polkit.answer = FAKE_DENY;
	for (size_t i = 0; i < n; i++) {
		crowd[i] = client_new(users[2]);
		send_many(crowd[i], 20);
	}
	send_many(flood, 1500);
	call_set(flood, &own, 9998);
	catch_up(flood);
	call_set(other, &calls[0], 8000);
	catch_up(other);
	call_set(boss, &calls[1], 8001);
	catch_up(boss);

	CHECK_ERROR(call_wait(&calls[0]), SD_BUS_ERROR_ACCESS_DENIED, "does not grant", NULL);
	CHECK_OK(call_wait(&calls[1]));
	CHECK_EQ(slice_max(), 8001);
	CHECK_ERROR(call_wait(&own), BUS_ERROR_LIMIT_REACHED, "32 calls of this connection",
		    "in a moment");
	fixture_settle(&f);
	sd_bus_close_unref(flood);
	sd_bus_close_unref(other);
	sd_bus_close_unref(boss);
	for (size_t i = 0; i < n; i++)
		sd_bus_close_unref(crowd[i]);
}

static bool is_on_bus(const char *name)
{
	sd_bus_message *reply = NULL;
	int is = 0;

	MUST(sd_bus_call_method(f.client, "org.freedesktop.DBus", "/org/freedesktop/DBus",
				"org.freedesktop.DBus", "NameHasOwner", NULL, &reply, "s", name));
	MUST(sd_bus_message_read(reply, "b", &is));
	sd_bus_message_unref(reply);
	return is;
}

/* Nobody listened yet when it left: what polkit grants it then would stay for ever. */
static void who_left_before_holds_nothing(void)
{
	sd_bus *client = client_new(ALICE);
	const char *unique;
	char name[64];
	struct call c;

	polkit.answer = FAKE_ALLOW;
	call_set(client, &c, 8000);
	CHECK_OK(call_wait(&c));
	CHECK_EQ(polkit.n_checks, 1);

	MUST(sd_bus_get_unique_name(client, &unique));
	snprintf(name, sizeof(name), "%s", unique);
	send_unread(client, &c, new_hold(client));
	call_forget(&c);
	sd_bus_close_unref(client);
	while (is_on_bus(name))
		;
	RUN_UNTIL(f.event, polkit.n_cancels == 1);
	CHECK_EQ(polkit.n_checks, 2);
	fixture_settle(&f);
	CHECK(!manager_has_clients(f.manager));
	CHECK_STR(manager_active_profile(f.manager), "balanced");
}

int main(int argc, char **argv)
{
	static const struct polkit_case cases[] = {
		{ "limits", nobody_can_block_the_others },
		{ "leave", who_leaves_makes_room },
		{ "timeout", a_check_that_hangs_ends },
		{ "abandoned", abandoned_questions_are_counted },
		{ "unknown", unknown_ones_leave_room },
		{ "slow-bus", the_bus_is_not_waited_for },
		{ "silent-bus", a_bus_that_is_too_slow_is_asked_again },
		{ "left-before", who_left_before_holds_nothing },
	};

	return polkit_cases_run(cases, sizeof(cases) / sizeof(cases[0]), argc, argv);
}
