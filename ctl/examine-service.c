/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How the service does, and those that it works with.
 */
#include "ctl/examine-service.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ctl/service.h"

#define UNIT "bpflandd.service"

#define SYSTEMD "org.freedesktop.systemd1"
#define SYSTEMD_PATH "/org/freedesktop/systemd1"
#define POLKIT "org.freedesktop.PolicyKit1"
#define POLKIT_PATH "/org/freedesktop/PolicyKit1/Authority"
#define POLKIT_INTERFACE "org.freedesktop.PolicyKit1.Authority"
#define DBUS "org.freedesktop.DBus"
#define DBUS_PATH "/org/freedesktop/DBus"

struct examination {
	struct findings *findings;
	sd_bus *bus;
};

/* All properties of an interface; NULL if nobody answers. */
static struct json *get_all(sd_bus *bus, const char *name, const char *path, const char *interface)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL, *reply = NULL;
	struct json *answer;

	if (sd_bus_message_new_method_call(bus, &call, name, path, SERVICE_INTERFACE_PROPERTIES,
					   "GetAll") < 0 ||
	    sd_bus_message_append(call, "s", interface) < 0 ||
	    sd_bus_message_set_auto_start(call, false) < 0 ||
	    sd_bus_call(bus, call, 0, NULL, &reply) < 0 || value_read(&answer, reply) < 0)
		return NULL;
	return answer;
}

static bool is_owned(sd_bus *bus, const char *name)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	int owned;

	return sd_bus_call_method(bus, DBUS, DBUS_PATH, DBUS, "NameHasOwner", NULL, &reply, "s",
				  name) >= 0 &&
	       sd_bus_message_read(reply, "b", &owned) > 0 && owned;
}

/* The bus would start who serves that name. */
static bool is_activatable(sd_bus *bus, const char *name)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	const char *other;

	if (sd_bus_call_method(bus, DBUS, DBUS_PATH, DBUS, "ListActivatableNames", NULL, &reply,
			       "") < 0 ||
	    sd_bus_message_enter_container(reply, 'a', "s") <= 0)
		return false;
	while (sd_bus_message_read(reply, "s", &other) > 0)
		if (!strcmp(other, name))
			return true;
	return false;
}

/* Returns what systemd says that it is: "active", "failed"; NULL if it does not say. */
static struct json *find_unit(sd_bus *bus)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	const char *path;

	if (sd_bus_call_method(bus, SYSTEMD, SYSTEMD_PATH, SYSTEMD ".Manager", "LoadUnit", NULL,
			       &reply, "s", UNIT) < 0 ||
	    sd_bus_message_read(reply, "o", &path) <= 0)
		return NULL;
	return get_all(bus, SYSTEMD, path, SYSTEMD ".Unit");
}

static void examine_unit(struct examination *x)
{
	_cleanup_(json_freep) struct json *unit = find_unit(x->bus);
	const char *load = value_string(unit, "LoadState"),
		   *active = value_string(unit, "ActiveState"),
		   *file = value_string(unit, "UnitFileState");
	struct findings *f = x->findings;

	if (!unit) {
		findings_add(f, FINDING_WARNING, "unit", "busctl status " SYSTEMD,
			     "systemd does not answer, and so cannot run the service");
		return;
	}
	if (!strcmp(load, "not-found"))
		findings_add(f, FINDING_BAD, "unit", "apt install bpflandd",
			     "there is no unit " UNIT ": the service is not installed");
	else if (!strcmp(load, "masked"))
		findings_add(f, FINDING_BAD, "unit", "systemctl unmask " UNIT,
			     UNIT " is masked, and cannot be started");
	else if (!strcmp(active, "failed"))
		findings_add(f, FINDING_BAD, "unit", "journalctl -x -u bpflandd",
			     UNIT " has failed");
	else if (strcmp(active, "active") && strcmp(active, "reloading"))
		findings_add(f, FINDING_BAD, "unit",
			     strcmp(file, "enabled") ? "systemctl enable --now bpflandd"
						     : "systemctl start bpflandd",
			     UNIT " does not run (%s)", active);
	else if (strcmp(file, "enabled"))
		findings_add(f, FINDING_WARNING, "unit", "systemctl enable bpflandd",
			     UNIT " runs, but will not be started at the next boot (%s)",
			     *file ? file : "not enabled");
	else
		findings_add(f, FINDING_OK, "unit", NULL, UNIT " runs, and is started at boot");
}

static const char *last_reason(const struct json *manager)
{
	const struct json *last = json_find(manager, "LastExit");
	const char *message = value_string(last, "Message"),
		   *reason = value_string(last, "Reason");

	return *message ? message : *reason ? reason : "the journal says why";
}

static void examine_state(struct examination *x)
{
	_cleanup_(json_freep) struct json *manager = NULL;
	struct findings *f = x->findings;
	const char *state;

	if (!is_owned(x->bus, BUS_NAME)) {
		findings_add(f, FINDING_BAD, "service",
			     "systemctl reload dbus; systemctl restart bpflandd",
			     "the service is not on the bus");
		return;
	}
	manager = get_all(x->bus, BUS_NAME, BUS_PATH, BUS_INTERFACE_MANAGER);
	state = value_string(manager, "State");
	if (!strcmp(state, "running"))
		findings_add(f, FINDING_OK, "service", NULL, "the scheduler runs, with profile %s",
			     value_string(manager, "ActiveProfile"));
	else if (!strcmp(state, "stopped"))
		findings_add(f, FINDING_WARNING, "service", "bpflandctl start",
			     "somebody has stopped the scheduler");
	else if (!strcmp(state, "foreign"))
		findings_add(f, FINDING_BAD, "service",
			     "systemctl stop scx.service scx_loader.service, or end the program "
			     "that runs it",
			     "it waits for another scheduler, %s, to leave",
			     value_string(manager, "Scheduler"));
	else if (!strcmp(state, "failed"))
		findings_add(f, FINDING_BAD, "service",
			     "journalctl -x -u bpflandd; then: bpflandctl start",
			     "the scheduler has failed: %s", last_reason(manager));
	else
		findings_add(f, FINDING_WARNING, "service", "bpflandctl status",
			     "the scheduler does not run yet (%s)",
			     *state ? state : "no answer");
}

/* 1: may; 0: after a password; -EACCES: may not; other errors: polkit does not say. */
static int ask_polkit(sd_bus *bus, const char *action)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	int authorized, challenge, r;
	const char *self;

	r = sd_bus_get_unique_name(bus, &self);
	if (r < 0)
		return r;
	r = sd_bus_call_method(bus, POLKIT, POLKIT_PATH, POLKIT_INTERFACE, "CheckAuthorization",
			       NULL, &reply, "(sa{sv})sa{ss}us", "system-bus-name", 1, "name", "s",
			       self, action, 0, 0, "");
	if (r < 0)
		return r;
	r = sd_bus_message_enter_container(reply, 'r', "bba{ss}");
	if (r >= 0)
		r = sd_bus_message_read(reply, "bb", &authorized, &challenge);
	if (r < 0)
		return r;
	return authorized ? 1 : challenge ? 0 : -EACCES;
}

/* What this user may do, in the order of how much it is. */
static void examine_rights(struct examination *x)
{
	static const struct {
		const char *action, *what;
	} actions[] = {
		{ BUS_NAME ".hold-profile", "hold profiles" },
		{ BUS_NAME ".set-profile", "select profiles" },
		{ BUS_NAME ".set-tunables", "change tunables" },
		{ BUS_NAME ".set-domains", "change domains" },
		{ BUS_NAME ".manage-scheduler", "start and stop the scheduler" },
	};
	char text[256] = "";
	int r = 0;

	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
		r = ask_polkit(x->bus, actions[i].action);
		if (r < 0 && r != -EACCES)
			break;
		if (r > 0)
			snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s",
				 *text ? ", " : "", actions[i].what);
	}
	if (r < 0 && r != -EACCES)
		findings_add(x->findings, FINDING_WARNING, "polkit",
			     "systemctl restart polkit; if that does not help: "
			     "apt install --reinstall bpflandd",
			     "polkit does not know the actions of the service (%s)",
			     strerror(-r));
	else if (geteuid() == 0)
		findings_add(x->findings, FINDING_OK, "polkit", NULL,
			     "polkit decides for users; you are root, and may everything");
	else
		findings_add(x->findings, FINDING_OK, "polkit", NULL,
			     "without an administrator's password you may %s",
			     *text ? text : "change nothing, and read everything");
}

static void examine_polkit(struct examination *x)
{
	if (is_owned(x->bus, POLKIT) || is_activatable(x->bus, POLKIT))
		examine_rights(x);
	else
		findings_add(x->findings, FINDING_WARNING, "polkit", "apt install polkitd",
			     "there is no polkit, so that only root may change anything");
}

static void examine_power(struct examination *x)
{
	static const char *const names[] = { "org.freedesktop.UPower.PowerProfiles",
					     "net.hadess.PowerProfiles" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (is_owned(x->bus, names[i]) || is_activatable(x->bus, names[i])) {
			findings_add(x->findings, FINDING_OK, "power", NULL,
				     "there is a power daemon, whose profile can be followed");
			return;
		}
	findings_add(x->findings, FINDING_OK, "power", NULL,
		     "there is no power daemon, and so no power profile to follow");
}

/*
 * What sd-bus runs to reach @host, "[USER@]NAME[:PORT][/CONTAINER]": ssh itself takes the port as
 * an option, and an address of IPv6 without brackets.
 */
static void ssh_command(char *buf, size_t size, const char *host)
{
	const char *open = strchr(host, '['), *close = open ? strchr(open, ']') : NULL;
	const char *tail = close ? close + 1 : host + strcspn(host, ":/");
	const char *container = strchr(tail, '/');
	int port = *tail == ':' ? (int)strcspn(tail + 1, "/") : 0;
	int user = close ? (int)(open - host) : (int)(tail - host);
	int name = close ? (int)(close - open) - 1 : 0;

	snprintf(buf, size, "ssh %s%.*s%s%.*s%.*s systemd-stdio-bridge%s%s",
		 port ? "-p " : "", port, port ? tail + 1 : "", port ? " " : "", user, host, name,
		 close ? open + 1 : "", container ? " --machine=" : "",
		 container ? container + 1 : "");
}

void service_examine(struct findings *f, const struct ctl *ctl)
{
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
	struct examination x = { .findings = f };
	char remedy[400];
	const char *id;
	int r;

	r = service_open(&bus, ctl);
	/* The name comes with the first answer, so that it tells whether there is a bus. */
	if (r >= 0)
		r = sd_bus_get_unique_name(bus, &id);
	ssh_command(remedy, sizeof(remedy), ctl->host ? ctl->host : "");
	if (r < 0 && ctl->host)
		findings_add(f, FINDING_BAD, "bus", remedy,
			     "ssh does not reach the system bus of %s", ctl->host);
	else if (r < 0)
		findings_add(f, FINDING_BAD, "bus", "systemctl start dbus.socket",
			     "the system bus does not answer (%s)", strerror(-r));
	if (r < 0)
		return;
	findings_add(f, FINDING_OK, "bus", NULL, "the system bus answers");
	x.bus = bus;
	examine_unit(&x);
	examine_state(&x);
	examine_polkit(&x);
	examine_power(&x);
}
