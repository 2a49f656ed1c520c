/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Clients on a real bus: processes that are killed while they hold something, a daemon that comes
 * back, and power daemons of every kind.
 */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

#include "daemon/manager.h"
#include "dbus/bus.h"
#include "dbus/names.h"
#include "tests/bus/must.h"
#include "tests/bus/private.h"
#include "tests/fake-sched.h"
#include "tests/test.h"

struct daemon {
	sd_event *event;
	struct manager *manager;
	struct bus *bus;
};

/* Profiles and folders, for all cases. */
static void lay_ground(void)
{
	private_bus_make_machine();
	mkdir(private_bus_path("etc/profiles.d"), 0755);
	private_bus_write("etc/profiles.d/balanced.json", "{}");
	private_bus_write("etc/profiles.d/gaming.json", "{ \"priority\": 30 }");
	private_bus_write("etc/profiles.d/latency.json", "{ \"priority\": 20 }");
	private_bus_write("etc/profiles.d/powersave.json", "{ \"priority\": 40 }");
}

static void daemon_open(struct daemon *d)
{
	struct error err = {};
	int r;

	fake_sched_reset();
	MUST(sd_event_new(&d->event));
	MUST(manager_new(&d->manager, d->event, private_bus_paths()));
	MUST(bus_new(&d->bus, d->event, d->manager));
	manager_observe(d->manager, bus_changed, d->bus);
	/* The bus may not have noticed yet that the one before is gone. */
	do
		r = bus_start(d->bus, &err);
	while (r == -EEXIST);
	MUST(r);
	MUST(manager_start(d->manager));
}

/* As a crash does it: nothing is said, nothing is tidied up. */
static void daemon_crash(struct daemon *d)
{
	manager_observe(d->manager, NULL, NULL);
	d->bus = bus_free(d->bus);
	d->manager = manager_free(d->manager);
	d->event = sd_event_unref(d->event);
}

#define ACTIVE_IS(d, profile) (!strcmp(manager_active_profile((d)->manager), (profile)))

/* A process that holds @profile, or tries something (NULL), until it is killed or leaves. */
static pid_t client_start(const char *profile, bool leave)
{
	sd_bus *bus = NULL;
	pid_t pid = fork();
	int r;

	if (pid != 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	close_range(3, UINT_MAX, 0); /* or the daemon's connection would live on in here */
	r = sd_bus_open_system(&bus);
	if (r >= 0 && profile)
		r = sd_bus_call_method(bus, BUS_NAME, BUS_PATH, BUS_INTERFACE_MANAGER,
				       "HoldProfile", NULL, NULL, "sss", profile, "", "");
	else if (r >= 0)
		r = sd_bus_call_method(bus, BUS_NAME, BUS_PATH, BUS_INTERFACE_TUNABLES, "Try", NULL,
				       NULL, "a{sv}t", 1, "SliceMaxUSec", "t", UINT64_C(7000),
				       UINT64_C(3600000000));
	while (r >= 0 && !leave)
		pause();
	_exit(r < 0);
}

static void client_kill(pid_t pid)
{
	kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

static bool needs_root(void)
{
	if (geteuid() == 0)
		return false;
	fprintf(stderr, "skipped: only root may hold a profile here\n");
	return true;
}

static void killed_clients_lose_what_they_hold(struct daemon *d)
{
	pid_t game, tuner;

	game = client_start("gaming", false);
	RUN_UNTIL(d->event, ACTIVE_IS(d, "gaming"));
	tuner = client_start(NULL, false);
	RUN_UNTIL(d->event, manager_tunables(d->manager)->value[TUNABLE_SLICE_MAX] == 7000);
	client_kill(tuner);
	RUN_UNTIL(d->event, manager_tunables(d->manager)->value[TUNABLE_SLICE_MAX] == 3000);
	CHECK(ACTIVE_IS(d, "gaming"));
	client_kill(game);
	RUN_UNTIL(d->event, ACTIVE_IS(d, "balanced"));
	CHECK(!manager_has_clients(d->manager));
}

static int on_client_left(sd_event_source *source, const siginfo_t *info, void *userdata)
{
	unsigned *n_there = userdata;

	(void)source;
	CHECK_EQ(info->si_code, CLD_EXITED);
	CHECK_EQ(info->si_status, 0);
	(*n_there)--;
	return 0;
}

/* The first to come may have left before the bus was asked who leaves. */
static void who_leaves_at_once_is_not_missed(struct daemon *d)
{
	unsigned n_there = 8;
	sigset_t signals;

	/* The loop answers them, and is to wake up when they end. */
	sigemptyset(&signals);
	sigaddset(&signals, SIGCHLD);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	for (unsigned i = 0; i < 8; i++)
		MUST(sd_event_add_child(d->event, NULL,
					client_start(i % 2 ? "gaming" : "latency", true), WEXITED,
					on_client_left, &n_there));
	RUN_UNTIL(d->event, manager_has_clients(d->manager));
	RUN_UNTIL(d->event, n_there == 0);
	RUN_UNTIL(d->event, !manager_has_clients(d->manager));
	CHECK(ACTIVE_IS(d, "balanced"));
}

static unsigned lines_of(const char *name)
{
	FILE *file = fopen(private_bus_path(name), "re");
	unsigned n = 0;
	int c;

	if (!file)
		return 0;
	while ((c = fgetc(file)) != EOF)
		n += c == '\n';
	fclose(file);
	return n;
}

static void holds_are_there_again(struct daemon *d)
{
	pid_t game = client_start("gaming", false), saver;
	char kept[64];

	RUN_UNTIL(d->event, ACTIVE_IS(d, "gaming"));
	snprintf(kept, sizeof(kept), "%s", manager_claims(d->manager)->claim[0].owner);
	saver = client_start("powersave", false);
	RUN_UNTIL(d->event, ACTIVE_IS(d, "powersave"));
	/* The world, and both; it is written at most ten times in a second. */
	RUN_UNTIL(d->event, lines_of("run/clients.jsonl") == 3);
	daemon_crash(d);
	client_kill(saver);

	daemon_open(d);
	RUN_UNTIL(d->event, ACTIVE_IS(d, "gaming"));
	CHECK_EQ(manager_claims(d->manager)->n, 1);
	CHECK_STR(manager_claims(d->manager)->claim[0].owner, kept);
	client_kill(game);
	RUN_UNTIL(d->event, ACTIVE_IS(d, "balanced"));
}

static const char *const new_name[] = { "org.freedesktop.UPower.PowerProfiles",
					"/org/freedesktop/UPower/PowerProfiles" };
static const char *const old_name[] = { "net.hadess.PowerProfiles",
					"/net/hadess/PowerProfiles" };

/* A power daemon that says what the test wants, in the event loop of ours. */
struct power_daemon {
	sd_bus *bus;
	const char *profile;
	unsigned n_gets;
};

static int get_profile(sd_bus *bus, const char *path, const char *interface, const char *property,
		       sd_bus_message *reply, void *userdata, sd_bus_error *ret_error)
{
	struct power_daemon *p = userdata;

	(void)bus, (void)path, (void)interface, (void)property;
	p->n_gets++;
	if (!p->profile)
		return sd_bus_error_set(ret_error, SD_BUS_ERROR_FAILED, "no hardware");
	return sd_bus_message_append(reply, "s", p->profile);
}

static const sd_bus_vtable power_vtable[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_PROPERTY("ActiveProfile", "s", get_profile, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
	SD_BUS_VTABLE_END,
};

static void power_open(struct power_daemon *p, struct daemon *d, const char *const *name,
		       const char *profile)
{
	if (!p->bus) {
		*p = (struct power_daemon){};
		MUST(sd_bus_open_system(&p->bus));
		MUST(sd_bus_attach_event(p->bus, d->event, 0));
	}
	p->profile = profile;
	MUST(sd_bus_add_object_vtable(p->bus, NULL, name[1], name[0], power_vtable, p));
	MUST(sd_bus_request_name(p->bus, name[0], 0));
}

static void power_say(struct power_daemon *p, const char *const *name, const char *profile)
{
	p->profile = profile;
	MUST(sd_bus_emit_properties_changed(p->bus, name[1], name[0], "ActiveProfile", NULL));
}

static void power_close(struct power_daemon *p)
{
	p->bus = sd_bus_close_unref(p->bus);
}

#define POWER_IS(d, power) (!strcmp(manager_power_profile((d)->manager), (power)))

static void a_power_daemon_is_followed(struct daemon *d)
{
	struct power_daemon p = {};
	unsigned gets;

	CHECK(POWER_IS(d, ""));
	power_open(&p, d, new_name, "power-saver");
	RUN_UNTIL(d->event, ACTIVE_IS(d, "powersave"));
	gets = p.n_gets;
	power_say(&p, new_name, "performance");
	RUN_UNTIL(d->event, ACTIVE_IS(d, "gaming"));
	power_say(&p, new_name, "unknown");
	RUN_UNTIL(d->event, ACTIVE_IS(d, "balanced"));
	CHECK(POWER_IS(d, "unknown"));
	/* Signals carry the value: nobody asks again. (Emitting reads it once each.) */
	CHECK_EQ(p.n_gets, gets + 2);
	power_say(&p, new_name, "performance");
	RUN_UNTIL(d->event, ACTIVE_IS(d, "gaming"));
	power_close(&p);
	RUN_UNTIL(d->event, ACTIVE_IS(d, "balanced"));
	CHECK(POWER_IS(d, ""));
	/* One that answers with an error, and says later what it has. */
	power_open(&p, d, new_name, NULL);
	RUN_UNTIL(d->event, p.n_gets > 0);
	CHECK(POWER_IS(d, ""));
	power_say(&p, new_name, "power-saver");
	RUN_UNTIL(d->event, ACTIVE_IS(d, "powersave"));
	/* What it says is shown, but as one line of text. */
	power_say(&p, new_name, "\033[31m");
	RUN_UNTIL(d->event, POWER_IS(d, "?[31m"));
	power_close(&p);
}

static void the_old_name_counts_without_the_new(struct daemon *d)
{
	struct power_daemon old = {}, new = {};

	power_open(&old, d, old_name, "power-saver");
	RUN_UNTIL(d->event, ACTIVE_IS(d, "powersave"));
	power_say(&old, old_name, "performance");
	RUN_UNTIL(d->event, ACTIVE_IS(d, "gaming"));
	power_open(&new, d, new_name, "power-saver");
	RUN_UNTIL(d->event, ACTIVE_IS(d, "powersave"));
	/* Now the old one is not believed any more … */
	power_say(&old, old_name, "unknown");
	power_say(&new, new_name, "performance");
	RUN_UNTIL(d->event, ACTIVE_IS(d, "gaming"));
	CHECK(POWER_IS(d, "performance"));
	/* … until the new one leaves; and the other way round it is no matter. */
	power_close(&new);
	RUN_UNTIL(d->event, POWER_IS(d, "unknown"));
	power_open(&new, d, new_name, "power-saver");
	RUN_UNTIL(d->event, ACTIVE_IS(d, "powersave"));
	power_close(&old);
	power_say(&new, new_name, "performance");
	RUN_UNTIL(d->event, ACTIVE_IS(d, "gaming"));
	/* One process behind both names, as the real ones have it. */
	power_open(&new, d, old_name, "performance");
	power_say(&new, new_name, "power-saver");
	RUN_UNTIL(d->event, ACTIVE_IS(d, "powersave"));
	power_close(&new);
	RUN_UNTIL(d->event, ACTIVE_IS(d, "balanced"));
}

/* What somebody else says about it is no news. */
static void only_the_owner_of_the_name_is_believed(struct daemon *d)
{
	struct power_daemon p = {}, liar = {};
	sd_bus_message *signal = NULL;

	power_open(&p, d, new_name, "performance");
	RUN_UNTIL(d->event, ACTIVE_IS(d, "gaming"));
	MUST(sd_bus_open_system(&liar.bus));
	MUST(sd_bus_attach_event(liar.bus, d->event, 0));
	MUST(sd_bus_message_new_signal(liar.bus, &signal, new_name[1], BUS_INTERFACE_PROPERTIES,
				       "PropertiesChanged"));
	MUST(sd_bus_message_append(signal, "sa{sv}as", new_name[0], 1, "ActiveProfile", "s",
				   "power-saver", 0));
	MUST(sd_bus_message_set_destination(signal, BUS_NAME));
	MUST(sd_bus_send(liar.bus, signal, NULL));
	sd_bus_message_unref(signal);
	MUST(sd_bus_flush(liar.bus));
	power_say(&p, new_name, "balanced");
	RUN_UNTIL(d->event, !POWER_IS(d, "performance"));
	CHECK(POWER_IS(d, "balanced"));
	power_close(&liar);
	power_close(&p);
}

static void a_bus_that_ends_takes_all_along(struct daemon *d, pid_t *bus)
{
	struct power_daemon p = {};
	pid_t game = 0;

	power_open(&p, d, new_name, "power-saver");
	RUN_UNTIL(d->event, ACTIVE_IS(d, "powersave"));
	if (geteuid() == 0) {
		game = client_start("gaming", false);
		RUN_UNTIL(d->event, ACTIVE_IS(d, "gaming"));
	}
	sd_bus_detach_event(p.bus);
	private_bus_kill(*bus);
	RUN_UNTIL(d->event, ACTIVE_IS(d, "balanced"));
	CHECK(POWER_IS(d, ""));
	CHECK(!manager_has_clients(d->manager));
	power_close(&p);
	*bus = private_bus_start();
	RUN_UNTIL(d->event, bus_state(d->bus) == BUS_OWNED);
	/* And everything is followed anew. */
	power_open(&p, d, new_name, "power-saver");
	RUN_UNTIL(d->event, ACTIVE_IS(d, "powersave"));
	power_close(&p);
	if (game)
		client_kill(game);
}

/* The connection stays, and the bus is asked for all of it again. */
static void a_bus_that_refuses_is_asked_again(struct daemon *d, pid_t bus)
{
	struct power_daemon p = {};

	power_open(&p, d, new_name, "power-saver");
	private_bus_limit_matches(bus, 512);
	RUN_UNTIL(d->event, ACTIVE_IS(d, "powersave") || bus_state(d->bus) != BUS_OWNED);
	CHECK_EQ(bus_state(d->bus), BUS_OWNED);
	power_say(&p, new_name, "performance");
	RUN_UNTIL(d->event, ACTIVE_IS(d, "gaming"));
	power_close(&p);
	RUN_UNTIL(d->event, ACTIVE_IS(d, "balanced"));
}

static void run_case(const char *name)
{
	struct daemon d = {};
	pid_t bus;

	if (!strcmp(name, "refused"))
		private_bus_limit_matches(0, 0);
	bus = private_bus_start();
	lay_ground();
	daemon_open(&d);
	if (!strcmp(name, "killed"))
		killed_clients_lose_what_they_hold(&d);
	else if (!strcmp(name, "at-once"))
		who_leaves_at_once_is_not_missed(&d);
	else if (!strcmp(name, "restored"))
		holds_are_there_again(&d);
	else if (!strcmp(name, "power"))
		a_power_daemon_is_followed(&d);
	else if (!strcmp(name, "power-names"))
		the_old_name_counts_without_the_new(&d);
	else if (!strcmp(name, "power-liar"))
		only_the_owner_of_the_name_is_believed(&d);
	else if (!strcmp(name, "refused"))
		a_bus_that_refuses_is_asked_again(&d, bus);
	else
		a_bus_that_ends_takes_all_along(&d, &bus);
	daemon_crash(&d);
	private_bus_kill(bus);
}

int main(int argc, char **argv)
{
	static const char *const roots[] = { "killed", "at-once", "restored" };

	for (size_t i = 0; i < sizeof(roots) / sizeof(roots[0]); i++)
		if (argc > 1 && !strcmp(argv[1], roots[i]) && needs_root())
			return 77;
	private_bus_setup();
	run_case(argc > 1 ? argv[1] : "bus");
	private_bus_remove();
	return TEST_RESULT();
}
