/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A daemon and a client in one process: the real manager and the real vtables at one end of a
 * socket pair, a plain D-Bus client at the other, one event loop for both. Only the scheduler
 * below (fake-sched.c) and the question who is asking (fake-sender.c) are made up.
 */
#pragma once

#include <stdbool.h>
#include <stdlib.h>
#include <sys/types.h>
#include <systemd/sd-bus.h>

#include "daemon/manager.h"
#include "dbus/exports.h"
#include "dbus/names.h"
#include "tests/test.h"

#define FIXTURE_SIGNALS_MAX 64

struct fixture {
	char dir[64]; /* configuration, state, run time and sysfs of this manager */
	sd_event *event;
	struct manager *manager;
	sd_bus *server, *client;
	const char *destination; /* NULL: there is no bus between them */
	struct exports *exports;
	sd_bus_message *signals[FIXTURE_SIGNALS_MAX]; /* as the client got them */
	size_t n_signals;
	size_t n_before_reply; /* of these, how many came before the last reply */
};

/* Who the client is, in a program with fake-sender.c; at first root, and ":1.7". */
extern uid_t fixture_uid;
extern const char *fixture_sender;

/* So often the client, which plays the bus, does not say who is there. */
extern unsigned fixture_refuses_names;

/* The client leaves the bus, which says so. */
void fixture_leave(struct fixture *f, const char *name);

void fixture_open(struct fixture *f);
void fixture_close(struct fixture *f);

/* The same with the bus of private-bus.h between the two, for programs with the real sender.c. */
void fixture_open_on_bus(struct fixture *f);

/* Runs the loop until nothing is left to do. */
void fixture_settle(struct fixture *f);
void fixture_forget_signals(struct fixture *f);

/* One PropertiesChanged of @interface arrived, and it carries @property. */
bool fixture_told(struct fixture *f, const char *interface, const char *property);
size_t fixture_count(struct fixture *f, const char *member, const char *interface);

/*
 * A call and its reply, which is an error message when the call failed. Ends the program when there
 * is no reply at all. The caller owns the reply.
 */
sd_bus_message *fixture_send(struct fixture *f, sd_bus_message *call);
sd_bus_message *fixture_call(struct fixture *f, const char *interface, const char *member,
			     const char *types, ...);
sd_bus_message *fixture_new_call(struct fixture *f, const char *interface, const char *member);
sd_bus_message *fixture_new_call_at(struct fixture *f, const char *path, const char *interface,
				    const char *member);

/* Properties, through org.freedesktop.DBus.Properties. */
sd_bus_message *fixture_set(struct fixture *f, const char *interface, const char *property,
			    const char *type, ...);
sd_bus_message *fixture_get(struct fixture *f, const char *interface, const char *property);

/* All properties of all interfaces as text, to compare before and after. The caller frees it. */
char *fixture_snapshot(struct fixture *f);

void fixture_write(struct fixture *f, const char *name, const char *text);

/*
 * The reply is an error of this name, and its message is one decent line that holds the words
 * (NULL: no matter which). Takes the reply. Here and not in fixture.c, because test.h counts by
 * file.
 */
static inline void check_error(int line, sd_bus_message *reply, const char *name, const char *word1,
			       const char *word2)
{
	const sd_bus_error *e = sd_bus_message_get_error(reply);
	unsigned before = test_failures;

	CHECK(e);
	if (e) {
		CHECK_STR(e->name, name);
		CHECK(strlen(e->message) < 1100);
		for (const char *p = e->message; *p; p++)
			CHECK((unsigned char)*p >= 0x20);
		if (word1)
			CHECK_NAMES(e->message, word1);
		if (word2)
			CHECK_NAMES(e->message, word2);
	}
	if (test_failures != before)
		fprintf(stderr, "… checked at line %d of the test\n", line);
	sd_bus_message_unref(reply);
}

static inline void check_ok(int line, sd_bus_message *reply)
{
	const sd_bus_error *e = sd_bus_message_get_error(reply);

	if (e) {
		fprintf(stderr, "line %d of the test: unexpected %s: %s\n", line, e->name,
			e->message);
		test_failures++;
	}
	sd_bus_message_unref(reply);
}

/* All reads as before, and nobody was told anything. Takes @before, a snapshot. */
static inline void check_unchanged(int line, struct fixture *f, char *before)
{
	char *after = fixture_snapshot(f);
	unsigned failures = test_failures;

	CHECK_STR(after, before);
	CHECK_EQ(f->n_signals, 0);
	if (test_failures != failures)
		fprintf(stderr, "… checked at line %d of the test\n", line);
	free(before);
	free(after);
}

#define CHECK_ERROR(reply, name, word1, word2) check_error(__LINE__, reply, name, word1, word2)
#define CHECK_OK(reply) check_ok(__LINE__, reply)
#define CHECK_UNCHANGED(f, before) check_unchanged(__LINE__, f, before)
