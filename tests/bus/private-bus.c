/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What needs a bus: its name, who asks, and the bus going away and coming back. Runs a
 * dbus-daemon of its own, with the rules of a system bus and our policy file.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

#include "daemon/manager.h"
#include "dbus/bus.h"
#include "dbus/names.h"
#include "tests/bus/must.h"
#include "tests/bus/private.h"
#include "tests/test.h"

#define NOBODY 65534

struct daemon {
	sd_event *event;
	struct manager *manager;
	struct bus *bus;
};

static int daemon_open(struct daemon *d, struct error *err)
{
	static char lib[128], run[128], none[128];
	static struct manager_paths paths;

	snprintf(lib, sizeof(lib), "%s", private_bus_path("lib"));
	snprintf(run, sizeof(run), "%s", private_bus_path("run"));
	snprintf(none, sizeof(none), "%s", private_bus_path("none"));
	mkdir(lib, 0755);
	mkdir(run, 0755);
	paths = (struct manager_paths){ .config_dirs = { none, NULL },
					.state_dir = lib,
					.runtime_dir = run,
					.sysfs = none,
					.procfs = none };
	MUST(sd_event_new(&d->event));
	MUST(manager_new(&d->manager, d->event, &paths));
	MUST(bus_new(&d->bus, d->event, d->manager));
	manager_observe(d->manager, bus_changed, d->bus);
	return bus_start(d->bus, err);
}

static void daemon_close(struct daemon *d)
{
	manager_observe(d->manager, NULL, NULL);
	d->bus = bus_free(d->bus);
	d->manager = manager_free(d->manager);
	d->event = sd_event_unref(d->event);
}

/* Succeeds if one of our names is to be had. */
static int take_a_name(sd_bus *bus, sd_bus_error *error)
{
	static const char *const names[] = { BUS_NAME, BUS_NAME_SCX_LOADER };
	int r = -ENOENT;

	for (size_t i = 0; r < 0 && i < sizeof(names) / sizeof(names[0]); i++) {
		sd_bus_error_free(error);
		r = sd_bus_call_method(bus, "org.freedesktop.DBus", "/org/freedesktop/DBus",
				       "org.freedesktop.DBus", "RequestName", error, NULL, "su",
				       names[i], 0);
	}
	return r;
}

/* A call that brings a file along, whether or not anybody wants it. */
static int bring_a_file(sd_bus *bus, sd_bus_error *error)
{
	sd_bus_message *m = NULL;
	int r;

	r = sd_bus_message_new_method_call(bus, &m, BUS_NAME, BUS_PATH, BUS_INTERFACE_TUNABLES,
					   "Describe");
	if (r >= 0)
		r = sd_bus_message_append(m, "h", STDERR_FILENO);
	if (r >= 0)
		r = sd_bus_call(bus, m, 0, error, NULL);
	sd_bus_message_unref(m);
	return r;
}

/* Calls as another process does, as @uid; writes "ok" or the error's name to @fd. */
static void client(uid_t uid, const char *member, int fd)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	const char *answer = "ok";
	sd_bus *bus;
	int r;

	if (uid != geteuid() && (setgid(uid) < 0 || setuid(uid) < 0))
		_exit(1);
	r = sd_bus_open_system(&bus);
	if (r >= 0 && !strcmp(member, "Get"))
		r = sd_bus_call_method(bus, BUS_NAME, BUS_PATH, BUS_INTERFACE_PROPERTIES, "Get",
				       &error, NULL, "ss", BUS_INTERFACE_MANAGER, "State");
	else if (r >= 0 && !strcmp(member, "RequestName"))
		r = take_a_name(bus, &error);
	else if (r >= 0 && !strcmp(member, "file"))
		r = bring_a_file(bus, &error);
	else if (r >= 0)
		r = sd_bus_call_method(bus, BUS_NAME, BUS_PATH, BUS_INTERFACE_TUNABLES, member,
				       &error, NULL, "a{sv}", 0);
	if (r < 0)
		answer = error.name ?: strerror(-r);
	_exit(write(fd, answer, strlen(answer) + 1) < 0);
}

static int on_answer(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	ssize_t n = read(fd, userdata, 255);

	(void)events;
	((char *)userdata)[n > 0 ? n : 0] = '\0';
	sd_event_source_set_enabled(source, SD_EVENT_OFF);
	return 0;
}

static const char *call_as(struct daemon *d, uid_t uid, const char *member)
{
	static char answer[256];
	sd_event_source *source;
	pid_t pid;
	int fds[2], enabled = 1;

	answer[0] = '\0';
	if (pipe(fds) < 0)
		must(-errno, "pipe");
	pid = fork();
	if (pid == 0)
		client(uid, member, fds[1]);
	close(fds[1]);
	MUST(sd_event_add_io(d->event, &source, fds[0], 1 /* EPOLLIN */, on_answer, answer));
	while (enabled) {
		MUST(sd_event_run(d->event, PATIENCE_USEC) ?: -ETIMEDOUT);
		MUST(sd_event_source_get_enabled(source, &enabled));
	}
	sd_event_source_unref(source);
	close(fds[0]);
	waitpid(pid, NULL, 0);
	return answer;
}

static void second_daemon_is_refused(void)
{
	struct daemon first = {}, second = {};
	pid_t bus = private_bus_start();
	struct error err = {};
	char pid[32];

	CHECK_EQ(daemon_open(&first, &err), 0);
	CHECK_EQ(bus_state(first.bus), BUS_OWNED);
	CHECK_EQ(daemon_open(&second, &err), -EEXIST);
	snprintf(pid, sizeof(pid), "(pid %d)", (int)getpid());
	CHECK_NAMES(err.message, pid);
	CHECK_NAMES(err.message, "org.bpfland1");
	CHECK_NAMES(err.message, "stop it first");
	CHECK_STR(call_as(&first, geteuid(), "Get"), "ok");

	daemon_close(&first);
	daemon_close(&second);
	private_bus_kill(bus);
}

/* Sixteen a call; those of calls that wait for polkit would soon be all that a process may have. */
static void nobody_hands_us_files(void)
{
	pid_t bus = private_bus_start();
	struct error err = {};
	struct daemon d = {};

	CHECK_EQ(daemon_open(&d, &err), 0);
	CHECK_STR(call_as(&d, geteuid(), "file"), SD_BUS_ERROR_NOT_SUPPORTED);
	CHECK_STR(call_as(&d, geteuid(), "Get"), "ok");
	daemon_close(&d);
	private_bus_kill(bus);
}

static void root_changes_and_others_read(void)
{
	pid_t bus = private_bus_start();
	struct error err = {};
	struct daemon d = {};

	CHECK_EQ(daemon_open(&d, &err), 0);
	CHECK_STR(call_as(&d, geteuid(), "Set"),
		  geteuid() == 0 ? "ok" : SD_BUS_ERROR_ACCESS_DENIED);
	if (geteuid() == 0) {
		CHECK_STR(call_as(&d, NOBODY, "Set"), SD_BUS_ERROR_ACCESS_DENIED);
		CHECK_STR(call_as(&d, NOBODY, "Get"), "ok");
		CHECK_STR(call_as(&d, NOBODY, "RequestName"), SD_BUS_ERROR_ACCESS_DENIED);
	}
	daemon_close(&d);
	private_bus_kill(bus);
}

/*
 * Nothing wakes the daemon while there is no bus. It hears of files that others make in the
 * folders above the socket's, so not the first quiet while counts, but that there is one: who
 * polls has none.
 */
static void check_idle(struct daemon *d)
{
	unsigned windows = 40;

	while (sd_event_run(d->event, 1500000) > 0 && windows > 0)
		windows--;
	CHECK(windows > 0);
	CHECK(bus_state(d->bus) == BUS_CONNECTING);
}

static void no_bus_at_the_start(void)
{
	struct error err = {};
	struct daemon d = {};
	pid_t bus;
	int r;

	unlink(private_bus_path("run/bus"));
	rmdir(private_bus_path("run"));
	r = daemon_open(&d, &err);
	CHECK(r < 0 && r != -EEXIST);
	CHECK_NAMES(err.message, "no system bus");
	check_idle(&d);

	bus = private_bus_start();
	RUN_UNTIL(d.event, bus_state(d.bus) == BUS_OWNED);
	CHECK_STR(call_as(&d, geteuid(), "Get"), "ok");
	daemon_close(&d);
	private_bus_kill(bus);
}

static void bus_gone_and_back(void)
{
	pid_t bus = private_bus_start();
	struct error err = {};
	struct daemon d = {};

	CHECK_EQ(daemon_open(&d, &err), 0);
	for (unsigned i = 0; i < 3; i++) {
		private_bus_kill(bus);
		RUN_UNTIL(d.event, bus_state(d.bus) != BUS_OWNED);
		bus_changed(MANAGER_CHANGED_STATE | MANAGER_CHANGED_TUNABLES, d.bus);
		check_idle(&d);
		bus = private_bus_start();
		RUN_UNTIL(d.event, bus_state(d.bus) == BUS_OWNED);
		CHECK_STR(call_as(&d, geteuid(), "Get"), "ok");
	}
	daemon_close(&d);
	private_bus_kill(bus);
}

static int on_connection(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	int connection = accept4(fd, NULL, NULL, SOCK_CLOEXEC);

	(void)source, (void)events;
	if (connection >= 0) {
		close(connection);
		*(unsigned *)userdata += 1;
	}
	return 0;
}

/* Something that takes connections and drops them is tried ever more rarely. */
static void broken_bus_is_not_hammered(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	sd_event_source *source;
	struct error err = {};
	uint64_t begin, now;
	struct daemon d = {};
	unsigned n = 0;
	pid_t bus;
	int fd;

	bus = private_bus_start();
	CHECK_EQ(daemon_open(&d, &err), 0);
	private_bus_kill(bus);
	unlink(private_bus_path("run/bus"));
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", private_bus_path("run/bus"));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(fd, 5) < 0)
		must(-errno, "listen");
	MUST(sd_event_add_io(d.event, &source, fd, 1 /* EPOLLIN */, on_connection, &n));

	MUST(sd_event_now(d.event, CLOCK_MONOTONIC, &begin));
	RUN_UNTIL(d.event, n >= 5);
	MUST(sd_event_now(d.event, CLOCK_MONOTONIC, &now));
	/* At once, and after 0.1, 0.2, 0.4 and 0.8 s: never sooner, however slow the machine is. */
	CHECK(now - begin >= 1500000);
	sd_event_source_unref(source);
	close(fd);

	bus = private_bus_start();
	RUN_UNTIL(d.event, bus_state(d.bus) == BUS_OWNED);
	daemon_close(&d);
	private_bus_kill(bus);
}

/* A daemon whose name somebody took while the bus was away; and the bus that is there now. */
static pid_t daemon_open_robbed(struct daemon *d, sd_bus **ret_thief)
{
	pid_t bus = private_bus_start();
	struct error err = {};

	CHECK_EQ(daemon_open(d, &err), 0);
	private_bus_kill(bus);
	RUN_UNTIL(d->event, bus_state(d->bus) != BUS_OWNED);
	bus = private_bus_start();
	MUST(sd_bus_open_system(ret_thief));
	MUST(sd_bus_request_name(*ret_thief, BUS_NAME, 0));
	RUN_UNTIL(d->event, bus_state(d->bus) == BUS_NOT_OWNED);
	return bus;
}

/* It leaves the name alone, and has it again when it is free. */
static void name_taken_meanwhile(void)
{
	struct daemon d = {};
	sd_bus *thief;
	pid_t bus = daemon_open_robbed(&d, &thief);

	sd_bus_flush_close_unref(thief);
	RUN_UNTIL(d.event, bus_state(d.bus) == BUS_OWNED);
	daemon_close(&d);
	private_bus_kill(bus);
}

/* Two are known; the one that is neither is the daemon's. */
static void find_unique_name(sd_bus *bus, sd_bus *other, char *ret, size_t size)
{
	const char *name, *known[2] = {};
	sd_bus_message *reply;

	*ret = '\0';
	MUST(sd_bus_get_unique_name(bus, &known[0]));
	MUST(sd_bus_get_unique_name(other, &known[1]));
	MUST(sd_bus_call_method(bus, "org.freedesktop.DBus", "/org/freedesktop/DBus",
				"org.freedesktop.DBus", "ListNames", NULL, &reply, NULL));
	MUST(sd_bus_message_enter_container(reply, 'a', "s"));
	while (sd_bus_message_read(reply, "s", &name) > 0)
		if (*name == ':' && strcmp(name, known[0]) && strcmp(name, known[1]))
			snprintf(ret, size, "%s", name);
	sd_bus_message_unref(reply);
	MUST(*ret ? 0 : -ENOENT);
}

static int on_refused(sd_bus_message *m, void *userdata, sd_bus_error *ret_error)
{
	(void)ret_error;
	CHECK(sd_bus_message_is_method_error(m, SD_BUS_ERROR_ACCESS_DENIED));
	*(bool *)userdata = true;
	return 0;
}

/*
 * What was asked of us before the name is ours would end when it becomes that. The bus lets through
 * to us only what it may send to the name, also what is sent to our unique name.
 */
static void nobody_reaches_us_before_the_name(void)
{
	struct daemon d = {};
	sd_bus *thief, *client;
	pid_t bus = daemon_open_robbed(&d, &thief);
	bool refused = false;
	char name[64];

	MUST(sd_bus_open_system(&client));
	find_unique_name(client, thief, name, sizeof(name));
	MUST(sd_bus_attach_event(client, d.event, 0));
	MUST(sd_bus_call_method_async(client, NULL, name, BUS_PATH, BUS_INTERFACE_MANAGER,
				      "RequestLatency", on_refused, &refused, "tss", UINT64_C(500),
				      "", ""));
	RUN_UNTIL(d.event, refused);
	CHECK(!manager_has_clients(d.manager));
	sd_bus_close_unref(client);
	sd_bus_close_unref(thief);
	daemon_close(&d);
	private_bus_kill(bus);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(void);
	} cases[] = {
		{ "second-daemon", second_daemon_is_refused },
		{ "access", root_changes_and_others_read },
		{ "files", nobody_hands_us_files },
		{ "no-bus", no_bus_at_the_start },
		{ "bus-restart", bus_gone_and_back },
		{ "broken-bus", broken_bus_is_not_hammered },
		{ "name-taken", name_taken_meanwhile },
		{ "before-the-name", nobody_reaches_us_before_the_name },
	};

	private_bus_setup();
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (argc < 2 || !strcmp(argv[1], cases[i].name)) {
			unsigned before = test_failures;

			cases[i].run();
			printf("%s %s\n", test_failures == before ? "ok    " : "FAILED",
			       cases[i].name);
		}
	private_bus_remove();
	return TEST_RESULT();
}
