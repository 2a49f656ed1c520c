/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Random messages against the real vtables: whatever comes, there is one decent answer, and what is
 * in force stays within the table. The seed is fixed (or the first argument), so a failure repeats;
 * the second argument is the number of messages.
 */
#include <stdarg.h>
#include <stdlib.h>

#include "tests/bus/fixture.h"
#include "tests/bus/members.h"

/* About a minute. */
#define ROUNDS 700000

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
		"scx_bpfland",
		"-s5000",
		"-kw",
		"--primary-domain=all",
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

/* Any value of the first type of @signature; an array has up to five elements. */
static const char *append_one(sd_bus_message *m, const char *signature);

static void append_all(sd_bus_message *m, const char *signature)
{
	while (*signature)
		signature = append_one(m, signature);
}

static const char *append_array(sd_bus_message *m, const char *element)
{
	if (!strncmp(element, "{sv}", 4)) {
		append_dictionary(m);
		return element + 4;
	}
	if (*element != 's') {
		fprintf(stderr, "teach the fuzz test arrays of %s\n", element);
		exit(99);
	}
	must_append(sd_bus_message_open_container(m, 'a', "s"));
	for (uint64_t n = dice(6); n > 0; n--)
		append_any(m, 's');
	must_append(sd_bus_message_close_container(m));
	return element + 1;
}

static const char *append_one(sd_bus_message *m, const char *signature)
{
	if (*signature == 'a')
		return append_array(m, signature + 1);
	append_any(m, *signature);
	return signature + 1;
}

/* Random types, of which some are in no signature of ours. */
static void append_nonsense(sd_bus_message *m)
{
	static const char *const types[] = { "s",  "t",	 "x", "u", "b", "v", "as", "a{sv}",
					     "ss", "st", "i", "d", "y", "sv", "" };

	append_all(m, types[dice(sizeof(types) / sizeof(types[0]))]);
}

static sd_bus_message *property_call(struct fixture *f, const struct member *p)
{
	static const char *const members[] = { "Set", "Set", "Get", "GetAll" };
	const char *member = members[dice(4)];
	sd_bus_message *call = member_new_call(p, f, BUS_INTERFACE_PROPERTIES, member);
	char buf[100];

	must_append(sd_bus_message_append(call, "s",
					  dice(8) ? p->interface : any_text(buf, sizeof(buf))));
	if (!strcmp(member, "GetAll"))
		return call;
	must_append(sd_bus_message_append(call, "s",
					  dice(8) ? p->name : any_text(buf, sizeof(buf))));
	if (strcmp(member, "Set"))
		return call;
	if (dice(4) && !p->signature[1]) {
		must_append(sd_bus_message_open_container(call, 'v', p->signature));
		append_all(call, p->signature);
		must_append(sd_bus_message_close_container(call));
	} else {
		append_variant(call);
	}
	return call;
}

static sd_bus_message *any_call(struct fixture *f, const struct members *all)
{
	const struct member *m = &all->member[dice(all->n)];
	sd_bus_message *call;
	char buf[100];

	if (!m->is_method)
		return property_call(f, m);
	/* A name must have the form of one, or the message cannot be made. */
	snprintf(buf, sizeof(buf), "%s%s", m->name, dice(50) ? "" : "x");
	call = member_new_call(m, f, m->interface, buf);
	if (dice(8))
		append_all(call, m->signature);
	else
		append_nonsense(call);
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
	uint64_t rounds = argc > 2 ? strtoull(argv[2], NULL, 0) : ROUNDS;
	unsigned long refused = 0, done = 0;
	struct members all;
	struct fixture f;

	state = argc > 1 ? strtoull(argv[1], NULL, 0) : 0x5eed;
	fixture_open(&f);
	members_find(&all, &f);
	for (uint64_t round = 0; round < rounds && !test_failures; round++) {
		sd_bus_message *reply;

		fixture_uid = dice(10) ? 0 : 1000;
		fixture_sender = dice(2) ? ":1.7" : ":1.8";
		reply = fixture_send(&f, any_call(&f, &all));
		*(sd_bus_message_get_error(reply) ? &refused : &done) += 1;
		check_reply(round, reply);
		check_in_force(round, manager_tunables(f.manager));
		fixture_forget_signals(&f);
		if (dice(100) == 0)
			fixture_leave(&f, dice(2) ? ":1.7" : ":1.8");
	}
	fixture_close(&f);

	/* Else the dice reach too little. */
	CHECK(done > rounds / 10);
	CHECK(refused > rounds / 10);
	printf("%lu done, %lu refused\n", done, refused);
	return TEST_RESULT();
}
