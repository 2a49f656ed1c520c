/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A daemon on a real bus, with a polkit that does what the test wants. Clients of several users,
 * polkit and the daemon share one event loop.
 */
#pragma once

#include <unistd.h>

#include "dbus/pending.h"
#include "tests/bus/caller.h"
#include "tests/bus/fake-polkit.h"
#include "tests/bus/fixture.h"
#include "tests/bus/private.h"

#define N_USERS (PENDING_MAX / PENDING_USER_MAX + 1)

extern struct fixture f;
extern struct fake_polkit polkit;
extern uid_t users[N_USERS];	/* none of them is root */
extern pid_t bus_daemon;

#define ALICE users[0]

sd_bus *client_new(uid_t uid);

/* Sets SliceMaxUSec, which takes set-tunables. */
void call_set(sd_bus *client, struct call *c, uint64_t usec);
sd_bus_message *call_wait(struct call *c);

int64_t slice_max(void);

struct polkit_case {
	const char *name;
	void (*run)(void);
};

/* Brings bus and users; 77 when they are not to be had. */
int polkit_fixture_start(void);
void polkit_fixture_open(void);	/* for each case */
void polkit_fixture_close(void);
void polkit_fixture_stop(void);

/* A main(): all cases, or the one that is named. Here because test.h counts by file. */
static inline int polkit_cases_run(const struct polkit_case *cases, size_t n, int argc, char **argv)
{
	int r = polkit_fixture_start();

	if (r != 0)
		return r;
	for (size_t i = 0; i < n; i++)
		if (argc < 2 || !strcmp(argv[1], cases[i].name)) {
			unsigned before = test_failures;

			polkit_fixture_open();
			cases[i].run();
			polkit_fixture_close();
			printf("%s %s\n", test_failures == before ? "ok    " : "FAILED",
			       cases[i].name);
		}
	polkit_fixture_stop();
	return TEST_RESULT();
}
