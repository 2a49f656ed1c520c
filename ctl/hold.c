/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bpflandctl hold: keeps a profile in force until it is interrupted.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-event.h>

#include "ctl/complain.h"
#include "ctl/holding.h"
#include "ctl/options.h"
#include "ctl/service.h"
#include "ctl/verbs.h"
#include "daemon/cleanup.h"

DEFINE_CLEANUP(struct holding *, holding_free);

struct hold {
	const struct ctl *ctl;
	sd_event *event;
};

static void on_ended(void *userdata)
{
	struct hold *h = userdata;

	if (!h->ctl->quiet)
		puts("Released: another profile has been selected, or an administrator ended the "
		     "hold.");
	sd_event_exit(h->event, 0);
}

/* SIGINT and SIGTERM are how it is meant to end. */
static int loop(sd_event *event, sd_bus *bus)
{
	sigset_t mask;
	int r;

	sigemptyset(&mask);
	sigaddset(&mask, SIGINT);
	sigaddset(&mask, SIGTERM);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	r = sd_event_add_signal(event, NULL, SIGINT, NULL, NULL);
	if (r >= 0)
		r = sd_event_add_signal(event, NULL, SIGTERM, NULL, NULL);
	if (r >= 0)
		r = sd_bus_attach_event(bus, event, SD_EVENT_PRIORITY_NORMAL);
	if (r >= 0)
		/* Without a bus nothing is held any more, and who started this must know. */
		r = sd_bus_set_exit_on_disconnect(bus, true);
	return r < 0 ? r : sd_event_loop(event);
}

int verb_hold(struct ctl *ctl, int argc, char **argv)
{
	_cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
	_cleanup_(sd_event_unrefp) sd_event *event = NULL;
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
	_cleanup_(holding_freep) struct holding *holding = NULL;
	const char *reason = option_value(ctl, "reason"), *id = option_value(ctl, "application-id");
	struct holding_wish wish = { .profile = argv[0],
				     .reason = reason ? reason : "held on the command line",
				     .application_id = id ? id : "bpflandctl" };
	struct hold h = { .ctl = ctl };
	char what[128];
	int r;

	(void)argc;
	if (service_connect(&bus, ctl) < 0)
		return EXIT_FAILURE;
	r = holding_new(&holding, bus, &wish, 0, &error);
	if (r < 0) {
		snprintf(what, sizeof(what), "hold %s", wish.profile);
		service_complain_profile(ctl, bus, wish.profile, what, &error, r);
		return EXIT_FAILURE;
	}
	r = sd_event_default(&event);
	if (r >= 0) {
		h.event = event;
		holding_observe(holding, on_ended, &h);
		if (!ctl->quiet)
			printf("Holding %s until this is interrupted.\n", wish.profile);
		fflush(stdout);
		sd_notifyf(0, "READY=1\nSTATUS=Holding %s", wish.profile);
		r = loop(event, bus);
	}
	if (r < 0)
		complain("cannot go on: %s", strerror(-r));
	else if (r > 0)
		complain("the bus has gone, and the hold with it");
	return r == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
