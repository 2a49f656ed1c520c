/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Random messages against the real vtables: whatever comes, there is one decent answer, and what is
 * in force stays within the table. The seed is fixed (or the first argument), so a failure repeats.
 */
#include <stdarg.h>
#include <stdlib.h>

#include "tests/bus/fixture.h"

#define ROUNDS 20000

static uint64_t state;

static uint64_t dice(uint64_t sides)
{
	/* xorshift64 */
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state % sides;
}

static uint64_t any_number(void)
{
	static const uint64_t edges[] = { 0,	     1,		 49,	    50,	       100,
					  1000,	     3000,	 100000,    1000000,   5000000,
					  INT32_MAX, UINT32_MAX, INT64_MAX, UINT64_MAX };

	return dice(3) ? edges[dice(sizeof(edges) / sizeof(edges[0]))] : dice(UINT64_MAX);
}

static const char *any_text(char *buf, size_t size)
{
	static const char *const known[] = {
		"balanced",
		"latency",
		"auto",
		"max",
		"Profile",
		"State",
		"Generation",
		"Profiles",
		"org.bpfland1.Manager",
		"org.bpfland1.Tunables",
		"",
		"\033[0m",
		"ä€😀",
	};
	size_t n;

	switch (dice(4)) {
	case 0:
		return tunable_table[dice(_TUNABLE_MAX)].name;
	case 1:
		n = dice(size);
		for (size_t i = 0; i < n; i++)
			buf[i] = 1 + dice(127);
		buf[n] = '\0';
		return buf;
	default:
		return known[dice(sizeof(known) / sizeof(known[0]))];
	}
}

static void must_append(int r)
{
	if (r < 0) {
		fprintf(stderr, "cannot build a message: %s\n", strerror(-r));
		exit(99);
	}
}

static void append_any(sd_bus_message *m, char type);

static void append_variant(sd_bus_message *m)
{
	static const char *const types[] = { "t", "x",	"u",	 "b", "s", "i",
					     "d", "as", "a{sv}", "v", "y" };
	const char *type = types[dice(sizeof(types) / sizeof(types[0]))];

	must_append(sd_bus_message_open_container(m, 'v', type));
	if (!strcmp(type, "as")) {
		must_append(sd_bus_message_append(m, "as", 1, "x"));
	} else if (!strcmp(type, "a{sv}")) {
		must_append(sd_bus_message_append(m, "a{sv}", 1, "x", "u", 1));
	} else if (!strcmp(type, "v")) {
		must_append(sd_bus_message_append(m, "v", "t", any_number()));
	} else {
		append_any(m, *type);
	}
	must_append(sd_bus_message_close_container(m));
}

static void append_any(sd_bus_message *m, char type)
{
	char buf[300];
	uint64_t n = any_number();
	int flag = n & 1;

	if (type == 's')
		must_append(sd_bus_message_append_basic(m, type, any_text(buf, sizeof(buf))));
	else if (type == 'v')
		append_variant(m);
	else
		must_append(sd_bus_message_append_basic(m, type, type == 'b' ? (void *)&flag : &n));
}

static void append_dictionary(sd_bus_message *m)
{
	char buf[100];

	must_append(sd_bus_message_open_container(m, 'a', "{sv}"));
	for (uint64_t n = dice(6); n > 0; n--) {
		enum tunable t = dice(_TUNABLE_MAX);

		must_append(sd_bus_message_open_container(m, 'e', "sv"));
		if (dice(3)) {
			must_append(sd_bus_message_append(m, "s", tunable_table[t].name));
			must_append(sd_bus_message_open_container(m, 'v', tunable_signature(t)));
			append_any(m, *tunable_signature(t));
			must_append(sd_bus_message_close_container(m));
		} else {
			must_append(sd_bus_message_append(m, "s", any_text(buf, sizeof(buf))));
			append_variant(m);
		}
		must_append(sd_bus_message_close_container(m));
	}
	must_append(sd_bus_message_close_container(m));
}

static sd_bus_message *property_call(struct fixture *f, const char *member)
{
	static const char *const interfaces[] = { BUS_INTERFACE_MANAGER, BUS_INTERFACE_TUNABLES,
						  "org.freedesktop.DBus.Peer", "" };
	sd_bus_message *call = fixture_new_call(f, BUS_INTERFACE_PROPERTIES, member);
	char buf[100];

	must_append(sd_bus_message_append(call, "s",
					  dice(8) ? interfaces[dice(2)] : interfaces[dice(4)]));
	if (!strcmp(member, "GetAll"))
		return call;
	if (!strcmp(member, "Set") && dice(2)) {
		enum tunable t = dice(_TUNABLE_MAX);

		must_append(sd_bus_message_append(call, "s", tunable_table[t].name));
		must_append(sd_bus_message_open_container(call, 'v', tunable_signature(t)));
		append_any(call, *tunable_signature(t));
		must_append(sd_bus_message_close_container(call));
		return call;
	}
	must_append(sd_bus_message_append(call, "s", any_text(buf, sizeof(buf))));
	if (!strcmp(member, "Set"))
		append_variant(call);
	return call;
}

static sd_bus_message *method_call(struct fixture *f)
{
	static const char *const manager[] = { "Start",		  "Stop",	"Restart",
					       "Reload",	  "SetProfile", "HoldProfile",
					       "SchedulerExited", "x" };
	static const char *const tunables[] = { "Set", "Set", "Set", "Reset", "Describe", "Try" };
	sd_bus_message *call;
	const char *member;
	char buf[100];

	if (dice(3) == 0) {
		member = manager[dice(8)];
		call = fixture_new_call(f, BUS_INTERFACE_MANAGER, member);
		if (!strcmp(member, "SetProfile") || dice(8) == 0)
			append_any(call, "sssstv"[dice(6)]);
		return call;
	}
	member = tunables[dice(6)];
	call = fixture_new_call(f, BUS_INTERFACE_TUNABLES, member);
	if (!strcmp(member, "Set") && dice(10))
		append_dictionary(call);
	else if (!strcmp(member, "Reset") && dice(10))
		must_append(sd_bus_message_append(call, "as", 1, any_text(buf, sizeof(buf))));
	else if (strcmp(member, "Describe"))
		append_any(call, "stxubvd"[dice(7)]);
	return call;
}

static void check_reply(uint64_t round, sd_bus_message *reply)
{
	const sd_bus_error *e = sd_bus_message_get_error(reply);
	unsigned before = test_failures;

	if (e) {
		CHECK(!strncmp(e->name, BUS_ERROR_PREFIX, strlen(BUS_ERROR_PREFIX)) ||
		      !strncmp(e->name, "org.freedesktop.DBus.Error.",
			       strlen("org.freedesktop.DBus.Error.")));
		CHECK(e->message && *e->message);
	}
	if (test_failures != before)
		fprintf(stderr, "… in round %" PRIu64 ": %s\n", round, e ? e->name : "no error");
	sd_bus_message_unref(reply);
}

static void check_in_force(uint64_t round, const struct tunables *now)
{
	unsigned before = test_failures;

	for (enum tunable t = 0; t < _TUNABLE_MAX; t++) {
		CHECK(now->value[t] >= tunable_table[t].min);
		CHECK(now->value[t] <= tunable_table[t].max);
	}
	CHECK_EQ(tunables_check(now, NULL), 0);
	if (test_failures != before)
		fprintf(stderr, "… in round %" PRIu64 "\n", round);
}

int main(int argc, char **argv)
{
	static const char *const members[] = { "Set", "Set", "Get", "GetAll" };
	unsigned long refused = 0, done = 0;
	struct fixture f;

	state = argc > 1 ? strtoull(argv[1], NULL, 0) : 0x5eed;
	fixture_open(&f);
	for (uint64_t round = 0; round < ROUNDS && !test_failures; round++) {
		sd_bus_message *reply;

		fixture_uid = dice(10) ? 0 : 1000;
		reply = fixture_send(&f, dice(2) ? method_call(&f)
						 : property_call(&f, members[dice(4)]));
		*(sd_bus_message_get_error(reply) ? &refused : &done) += 1;
		check_reply(round, reply);
		check_in_force(round, manager_tunables(f.manager));
		fixture_forget_signals(&f);
	}
	fixture_close(&f);

	/* Else the dice reach too little. */
	CHECK(done > ROUNDS / 10);
	CHECK(refused > ROUNDS / 10);
	printf("%lu done, %lu refused\n", done, refused);
	return TEST_RESULT();
}
