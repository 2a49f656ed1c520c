/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A daemon and a client in one process.
 */
#include "tests/bus/fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "tests/bus/must.h"
#include "tests/fake-sched.h"

uid_t fixture_uid;
const char *fixture_sender;
unsigned fixture_refuses_names;

static void make_dir(struct fixture *f, const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", f->dir, name);
	if (mkdir(path, 0755) < 0)
		must(-errno, path);
}

void fixture_write(struct fixture *f, const char *name, const char *text)
{
	char path[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", f->dir, name);
	file = fopen(path, "we");
	if (!file)
		must(-errno, path);
	fputs(text, file);
	if (fclose(file) != 0)
		must(-errno, path);
}

static void make_tree(struct fixture *f)
{
	static const char *const dirs[] = { "etc",	     "etc/profiles.d",
					    "usr",	     "usr/profiles.d",
					    "lib",	     "run",
					    "sys",	     "proc",
					    "proc/sys",	     "proc/sys/kernel",
					    "sys/kernel",    "sys/kernel/sched_ext",
					    "sys/kernel/btf",
					    "sys/devices",   "sys/devices/system",
					    "sys/devices/system/cpu" };

	snprintf(f->dir, sizeof(f->dir), "/tmp/bpfland-bus-XXXXXX");
	if (!mkdtemp(f->dir))
		must(-errno, "mkdtemp");
	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++)
		make_dir(f, dirs[i]);

	fixture_write(f, "proc/sys/kernel/osrelease", "6.18.0-test\n");
	fixture_write(f, "proc/cmdline", "quiet\n");
	fixture_write(f, "sys/kernel/sched_ext/state", "disabled\n");
	fixture_write(f, "sys/kernel/btf/vmlinux", "");
	fixture_write(f, "usr/profiles.d/balanced.json",
		      "{ \"name\": \"balanced\", \"description\": \"For everything\", "
		      "\"priority\": 0, \"tunables\": {} }\n");
	fixture_write(f, "usr/profiles.d/latency.json",
		      "{ \"name\": \"latency\", \"description\": \"Short turns, for sound\", "
		      "\"priority\": 20, "
		      "\"tunables\": { \"slice_max_usec\": 1000, \"slice_min_usec\": 200, "
		      "\"wake_sync\": false }, \"domains\": { \"interactive\": \"1,0\" } }\n");
}

/* A fast core and a slow one, with two threads each. */
static void make_cpus(struct fixture *f)
{
	char path[128], text[32];

	fixture_write(f, "sys/devices/system/cpu/present", "0-3\n");
	fixture_write(f, "sys/devices/system/cpu/online", "0-3\n");
	for (unsigned cpu = 0; cpu < 4; cpu++) {
		snprintf(path, sizeof(path), "sys/devices/system/cpu/cpu%u", cpu);
		make_dir(f, path);
		snprintf(path, sizeof(path), "sys/devices/system/cpu/cpu%u/topology", cpu);
		make_dir(f, path);
		snprintf(path, sizeof(path), "sys/devices/system/cpu/cpu%u/topology/core_id", cpu);
		snprintf(text, sizeof(text), "%u\n", cpu / 2);
		fixture_write(f, path, text);
		snprintf(path, sizeof(path), "sys/devices/system/cpu/cpu%u/cpu_capacity", cpu);
		fixture_write(f, path, cpu < 2 ? "1024\n" : "512\n");
	}
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

static int on_signal(sd_bus_message *m, void *userdata, sd_bus_error *ret_error)
{
	struct fixture *f = userdata;

	(void)ret_error;
	if (sd_bus_message_is_signal(m, NULL, NULL) && f->n_signals < FIXTURE_SIGNALS_MAX &&
	    !sd_bus_message_is_signal(m, "org.freedesktop.DBus.Local", NULL))
		f->signals[f->n_signals++] = sd_bus_message_ref(m);
	return 0;
}

/* Of a bus, the client plays what the daemon asks of it: who is there. */
static int on_list_names(sd_bus_message *m, void *userdata, sd_bus_error *ret_error)
{
	(void)userdata, (void)ret_error;
	if (!sd_bus_message_is_method_call(m, "org.freedesktop.DBus", "ListNames"))
		return 0;
	if (fixture_refuses_names > 0) {
		fixture_refuses_names--;
		return sd_bus_reply_method_errorf(m, SD_BUS_ERROR_NO_MEMORY, "no room");
	}
	return sd_bus_reply_method_return(m, "as", 3, ":1.7", ":1.8", fixture_sender);
}

static void start_client(struct fixture *f)
{
	MUST(sd_bus_attach_event(f->client, f->event, 0));
	MUST(sd_bus_add_filter(f->client, NULL, on_signal, f));
}

static void connect_both(struct fixture *f)
{
	sd_id128_t id;
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) < 0)
		must(-errno, "socketpair");
	MUST(sd_id128_randomize(&id));

	MUST(sd_bus_new(&f->server));
	MUST(sd_bus_set_fd(f->server, fds[0], fds[0]));
	MUST(sd_bus_set_server(f->server, true, id));
	MUST(sd_bus_start(f->server));
	MUST(sd_bus_attach_event(f->server, f->event, 0));
	MUST(bus_export(&f->exports, f->server, f->event, f->manager));

	MUST(sd_bus_new(&f->client));
	MUST(sd_bus_set_fd(f->client, fds[1], fds[1]));
	MUST(sd_bus_start(f->client));
	MUST(sd_bus_add_object(f->client, NULL, "/org/freedesktop/DBus", on_list_names, NULL));
	start_client(f);
}

static void connect_bus(struct fixture *f)
{
	MUST(sd_bus_open_system(&f->server));
	MUST(sd_bus_request_name(f->server, BUS_NAME, 0));
	MUST(sd_bus_attach_event(f->server, f->event, 0));
	MUST(bus_export(&f->exports, f->server, f->event, f->manager));

	MUST(sd_bus_open_system(&f->client));
	MUST(sd_bus_match_signal(f->client, NULL, BUS_NAME, BUS_PATH, NULL, NULL, NULL, NULL));
	start_client(f);
	f->destination = BUS_NAME;
}

static void on_changed(unsigned what, void *userdata)
{
	struct fixture *f = userdata;

	if (f->exports)
		exports_changed(f->exports, what);
}

static void open_manager(struct fixture *f)
{
	static char etc[80], usr[80], lib[80], run[80], sys[80], proc[80];
	static struct manager_paths paths;

	*f = (struct fixture){};
	fixture_uid = 0;
	fixture_sender = ":1.7";
	fixture_refuses_names = 0;
	make_tree(f);
	make_cpus(f);
	snprintf(etc, sizeof(etc), "%s/etc", f->dir);
	snprintf(usr, sizeof(usr), "%s/usr", f->dir);
	snprintf(lib, sizeof(lib), "%s/lib", f->dir);
	snprintf(run, sizeof(run), "%s/run", f->dir);
	snprintf(sys, sizeof(sys), "%s/sys", f->dir);
	snprintf(proc, sizeof(proc), "%s/proc", f->dir);
	paths = (struct manager_paths){
		.config_dirs = { etc, usr, NULL },
		.state_dir = lib,
		.runtime_dir = run,
		.sysfs = sys,
		.procfs = proc,
	};

	fake_sched_reset();
	fake_sched.sysfs = sys;

	MUST(sd_event_new(&f->event));
	MUST(manager_new(&f->manager, f->event, &paths));
	manager_observe(f->manager, on_changed, f);
	manager_enter_world(f->manager, "the only one");
	MUST(manager_start(f->manager));
}

void fixture_open(struct fixture *f)
{
	open_manager(f);
	connect_both(f);
	fixture_settle(f);
	fixture_forget_signals(f);
}

void fixture_open_on_bus(struct fixture *f)
{
	open_manager(f);
	connect_bus(f);
	fixture_settle(f);
	fixture_forget_signals(f);
}

void fixture_close(struct fixture *f)
{
	fixture_forget_signals(f);
	manager_observe(f->manager, NULL, NULL);
	f->exports = exports_free(f->exports);
	f->client = sd_bus_close_unref(f->client);
	f->server = sd_bus_close_unref(f->server);
	f->manager = manager_free(f->manager);
	f->event = sd_event_unref(f->event);
	nftw(f->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

void fixture_settle(struct fixture *f)
{
	int r;

	/* What is in flight between the two is in a socket of this process: nothing to wait for. */
	do {
		r = sd_event_run(f->event, 0);
		MUST(r);
	} while (r > 0);
}

void fixture_forget_signals(struct fixture *f)
{
	while (f->n_signals > 0)
		sd_bus_message_unref(f->signals[--f->n_signals]);
}

/* 1 if the signal tells of @property, whose value comes with it. */
static int tells(sd_bus_message *m, const char *interface, const char *property)
{
	const char *of, *name;
	int r;

	MUST(sd_bus_message_rewind(m, true));
	MUST(sd_bus_message_read(m, "s", &of));
	if (strcmp(of, interface))
		return 0;
	MUST(sd_bus_message_enter_container(m, 'a', "{sv}"));
	while ((r = sd_bus_message_enter_container(m, 'e', "sv")) > 0) {
		MUST(sd_bus_message_read(m, "s", &name));
		if (!property || !strcmp(name, property))
			return 1;
		MUST(sd_bus_message_skip(m, "v"));
		MUST(sd_bus_message_exit_container(m));
	}
	MUST(r);
	return 0;
}

size_t fixture_count(struct fixture *f, const char *member, const char *interface)
{
	size_t n = 0;

	for (size_t i = 0; i < f->n_signals; i++) {
		if (!sd_bus_message_is_signal(f->signals[i], NULL, member))
			continue;
		if (!strcmp(member, "PropertiesChanged"))
			n += tells(f->signals[i], interface, NULL);
		else
			n += sd_bus_message_is_signal(f->signals[i], interface, member) > 0;
	}
	return n;
}

bool fixture_told(struct fixture *f, const char *interface, const char *property)
{
	for (size_t i = 0; i < f->n_signals; i++)
		if (sd_bus_message_is_signal(f->signals[i], NULL, "PropertiesChanged") &&
		    tells(f->signals[i], interface, property))
			return true;
	return false;
}

void fixture_leave(struct fixture *f, const char *name)
{
	sd_bus_message *signal = NULL;

	MUST(sd_bus_message_new_signal(f->client, &signal, "/org/freedesktop/DBus",
				       "org.freedesktop.DBus", "NameOwnerChanged"));
	MUST(sd_bus_message_append(signal, "sss", name, name, ""));
	MUST(sd_bus_message_set_sender(signal, "org.freedesktop.DBus"));
	MUST(sd_bus_send(f->client, signal, NULL));
	sd_bus_message_unref(signal);
	fixture_settle(f);
}

static int on_reply(sd_bus_message *m, void *userdata, sd_bus_error *ret_error)
{
	(void)ret_error;
	*(sd_bus_message **)userdata = sd_bus_message_ref(m);
	return 0;
}

sd_bus_message *fixture_send(struct fixture *f, sd_bus_message *call)
{
	sd_bus_message *reply = NULL;
	sd_bus_slot *slot = NULL;

	MUST(sd_bus_call_async(f->client, &slot, call, on_reply, &reply, 0));
	sd_bus_message_unref(call);
	RUN_UNTIL(f->event, reply);
	f->n_before_reply = f->n_signals;
	sd_bus_slot_unref(slot);
	fixture_settle(f);
	return reply;
}

sd_bus_message *fixture_new_call_at(struct fixture *f, const char *path, const char *interface,
				    const char *member)
{
	sd_bus_message *call = NULL;

	MUST(sd_bus_message_new_method_call(f->client, &call, f->destination, path, interface,
					    member));
	return call;
}

sd_bus_message *fixture_new_call(struct fixture *f, const char *interface, const char *member)
{
	return fixture_new_call_at(f, BUS_PATH, interface, member);
}

sd_bus_message *fixture_call(struct fixture *f, const char *interface, const char *member,
			     const char *types, ...)
{
	sd_bus_message *call = fixture_new_call(f, interface, member);
	va_list args;

	va_start(args, types);
	if (types)
		MUST(sd_bus_message_appendv(call, types, args));
	va_end(args);
	return fixture_send(f, call);
}

sd_bus_message *fixture_set(struct fixture *f, const char *interface, const char *property,
			    const char *type, ...)
{
	sd_bus_message *call = fixture_new_call(f, BUS_INTERFACE_PROPERTIES, "Set");
	va_list args;

	MUST(sd_bus_message_append(call, "ss", interface, property));
	MUST(sd_bus_message_open_container(call, 'v', type));
	va_start(args, type);
	MUST(sd_bus_message_appendv(call, type, args));
	va_end(args);
	MUST(sd_bus_message_close_container(call));
	return fixture_send(f, call);
}

sd_bus_message *fixture_get(struct fixture *f, const char *interface, const char *property)
{
	return fixture_call(f, BUS_INTERFACE_PROPERTIES, "Get", "ss", interface, property);
}

char *fixture_snapshot(struct fixture *f)
{
	static const char *const interfaces[] = { BUS_INTERFACE_MANAGER, BUS_INTERFACE_TUNABLES,
						  BUS_INTERFACE_DOMAINS };
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	for (size_t i = 0; i < sizeof(interfaces) / sizeof(interfaces[0]); i++) {
		sd_bus_message *all =
			fixture_call(f, BUS_INTERFACE_PROPERTIES, "GetAll", "s", interfaces[i]);

		MUST(-sd_bus_message_get_errno(all));
		MUST(sd_bus_message_dump(all, out, 0));
		sd_bus_message_unref(all);
	}
	fclose(out);
	return text;
}
