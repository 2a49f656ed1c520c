/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bpflandd: options, signals, the service manager; composes the parts and runs the loop.
 */
#include <errno.h>
#include <inttypes.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-event.h>
#include <time.h>
#include <unistd.h>

#include "daemon/cleanup.h"
#include "daemon/log.h"
#include "daemon/manager.h"
#include "daemon/names.h"
#include "daemon/options.h"
#include "dbus/bus.h"

DEFINE_CLEANUP(struct manager *, manager_free);
DEFINE_CLEANUP(struct bus *, bus_free);

struct daemon {
	sd_event *event;
	struct manager *manager;
	struct bus *bus;
	char status[sizeof(struct error) + 128];	/* what systemd shows; last said */
};

/* Says what there is to say, once: not each change of the manager changes the sentence. */
static void tell_systemd(struct daemon *d)
{
	const char *status = manager_state_text(d->manager);

	if (!strcmp(d->status, status))
		return;
	snprintf(d->status, sizeof(d->status), "%s", status);
	sd_notifyf(0, "STATUS=%s", status);
}

static void on_changed(unsigned what, void *userdata)
{
	struct daemon *d = userdata;

	tell_systemd(d);
	bus_changed(what, d->bus);
}

static int on_stop(sd_event_source *s, const struct signalfd_siginfo *si, void *userdata)
{
	struct daemon *d = userdata;

	(void)s, (void)si;
	sd_notify(0, "STOPPING=1");
	return sd_event_exit(d->event, 0);
}

/* The protocol of Type=notify-reload: systemd waits for the READY that follows. */
static int on_reload(sd_event_source *s, const struct signalfd_siginfo *si, void *userdata)
{
	struct daemon *d = userdata;
	struct timespec now;

	(void)s, (void)si;
	/* Not the event loop's idea of now: if that is older than the signal, systemd waits on. */
	clock_gettime(CLOCK_MONOTONIC, &now);
	sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%" PRIu64,
		   now.tv_sec * UINT64_C(1000000) + now.tv_nsec / 1000);
	manager_reload(d->manager, NULL);	/* logs what is wrong, and lets be what was */
	sd_notify(0, "READY=1");
	return 0;
}

static int watch_signals(struct daemon *d)
{
	sigset_t mask;
	int r;

	sigemptyset(&mask);
	sigaddset(&mask, SIGTERM);
	sigaddset(&mask, SIGINT);
	sigaddset(&mask, SIGHUP);
	if (sigprocmask(SIG_BLOCK, &mask, NULL) < 0)
		return -errno;
	r = sd_event_add_signal(d->event, NULL, SIGTERM, on_stop, d);
	if (r < 0)
		return r;
	r = sd_event_add_signal(d->event, NULL, SIGINT, on_stop, d);
	if (r < 0)
		return r;
	return sd_event_add_signal(d->event, NULL, SIGHUP, on_reload, d);
}

static int start(struct daemon *d)
{
	struct error e;
	int r;

	/* The name first: of two daemons the second must not touch the scheduler of the first. */
	r = bus_start(d->bus, &e);
	if (r == -EEXIST) {
		log_message(LOG_ERR, "%s", e.message);
		return r;
	}
	if (r < 0)
		log_message(LOG_WARNING, "%s; going on without D-Bus", e.message);
	r = manager_start(d->manager);
	if (r < 0)
		return r;
	/* Loading BPF has taken megabytes for a moment; nothing here ever needs them again. */
	malloc_trim(0);
	tell_systemd(d);
	sd_notify(0, "READY=1");
	return 0;
}

static int run(void)
{
	_cleanup_(sd_event_unrefp) sd_event *event = NULL;
	_cleanup_(manager_freep) struct manager *manager = NULL;
	_cleanup_(bus_freep) struct bus *bus = NULL;
	struct daemon d = {};
	int r;

	r = sd_event_default(&event);
	if (r < 0)
		return r;
	d.event = event;
	r = watch_signals(&d);
	if (r < 0)
		return r;
	r = sd_event_set_watchdog(event, true);
	if (r < 0)
		return r;
	r = manager_new(&manager, event, &manager_paths_default);
	if (r < 0)
		return r;
	r = bus_new(&bus, event, manager);
	if (r < 0)
		return r;
	d.manager = manager;
	d.bus = bus;
	manager_observe(manager, on_changed, &d);
	r = start(&d);
	if (r < 0)
		return r;
	r = sd_event_loop(event);
	/* An ordinary end forgets a sticky Stop; one that systemd mends by a restart does not. */
	if (r >= 0)
		manager_shutdown(manager);
	manager_observe(manager, NULL, NULL);
	return r;
}

int main(int argc, char **argv)
{
	enum options_mode mode;
	int r;

	if (options_parse(&mode, argc, argv) < 0)
		return EXIT_FAILURE;
	if (mode == OPTIONS_HELP) {
		options_help();
		return EXIT_SUCCESS;
	}
	if (mode == OPTIONS_VERSION) {
		puts("bpflandd " VERSION);
		return EXIT_SUCCESS;
	}
	if (geteuid() != 0) {
		log_message(LOG_ERR, "bpflandd must be run by root, for only root may change the "
			    "machine's scheduler; as a service: systemctl start bpflandd");
		return EXIT_FAILURE;
	}
	umask(0022);
	if (mode == OPTIONS_RESTORE)
		return manager_restore(&manager_paths_default) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
	r = run();
	if (r < 0 && r != -EEXIST)	/* which has been said, with names */
		log_message(LOG_ERR, "Cannot go on: %s", strerror(-r));
	return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
