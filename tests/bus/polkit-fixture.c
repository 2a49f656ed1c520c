/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A daemon on a real bus, with a polkit that does what the test wants.
 */
#include "tests/bus/polkit-fixture.h"

#include <errno.h>

#include "tests/bus/must.h"

struct fixture f;
struct fake_polkit polkit;
uid_t users[N_USERS];
pid_t bus_daemon;

sd_bus *client_new(uid_t uid)
{
	return caller_new(f.event, uid);
}

void call_set(sd_bus *client, struct call *c, uint64_t usec)
{
	sd_bus_message *m;

	MUST(sd_bus_message_new_method_call(client, &m, BUS_NAME, BUS_PATH, BUS_INTERFACE_TUNABLES,
					    "Set"));
	MUST(sd_bus_message_append(m, "a{sv}", 1, "SliceMaxUSec", "t", usec));
	call_send(client, c, m, false);
}

sd_bus_message *call_wait(struct call *c)
{
	return call_finish(f.event, c);
}

int64_t slice_max(void)
{
	return manager_tunables(f.manager)->value[TUNABLE_SLICE_MAX];
}

int polkit_fixture_start(void)
{
	if (geteuid() != 0) {
		fprintf(stderr, "skipped: only root can be several users\n");
		return 77;
	}
	if (!callers_find_users(users, N_USERS)) {
		fprintf(stderr, "skipped: %d accounts are needed, besides root's\n", N_USERS);
		return 77;
	}
	private_bus_setup();
	bus_daemon = private_bus_start();
	return 0;
}

void polkit_fixture_open(void)
{
	fixture_open_on_bus(&f);
	fake_polkit_open(&polkit, f.event);
}

void polkit_fixture_close(void)
{
	fake_polkit_close(&polkit);
	fixture_close(&f);
}

void polkit_fixture_stop(void)
{
	private_bus_kill(bus_daemon);
	private_bus_remove();
}
