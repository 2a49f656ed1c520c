/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bpflandctl try: tunables for a while, to be kept by Enter.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "ctl/assignment.h"
#include "ctl/complain.h"
#include "ctl/options.h"
#include "ctl/service.h"
#include "ctl/units.h"
#include "ctl/verbs.h"

#define TIME_USUAL (30 * USEC_PER_SEC)

/* What it ends with. */
enum outcome {
	WAITING,
	KEEP,
	INTERRUPTED,
	TIME_IS_UP,
};

/* When the values were not kept. */
#define STATUS_BACK 2

static int on_input(sd_event_source *s, int fd, uint32_t events, void *userdata)
{
	enum outcome *outcome = userdata;
	char c = 0;

	(void)events;
	if (read(fd, &c, 1) <= 0)	/* nobody types: what remains is the time */
		return sd_event_source_set_enabled(s, SD_EVENT_OFF);
	if (c == '\n')
		*outcome = KEEP;
	return 0;
}

static int on_signal(sd_event_source *s, const struct signalfd_siginfo *si, void *userdata)
{
	enum outcome *outcome = userdata;

	(void)s, (void)si;
	*outcome = INTERRUPTED;
	return 0;
}

static int on_time(sd_event_source *s, uint64_t usec, void *userdata)
{
	enum outcome *outcome = userdata;

	(void)s, (void)usec;
	*outcome = TIME_IS_UP;
	return 0;
}

static int add_sources(sd_event *event, sd_bus *bus, uint64_t usec, enum outcome *outcome)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
	int r = 0;

	for (size_t i = 0; r >= 0 && i < sizeof(signals) / sizeof(*signals); i++)
		r = sd_event_add_signal(event, NULL, signals[i] | SD_EVENT_SIGNAL_PROCMASK,
					on_signal, outcome);
	if (r >= 0)
		r = sd_event_add_time_relative(event, NULL, CLOCK_BOOTTIME, usec, 0, on_time,
					       outcome);
	if (r >= 0) {
		r = sd_event_add_io(event, NULL, STDIN_FILENO, EPOLLIN, on_input, outcome);
		/* Closed, or a file: nobody types. */
		if (r == -EPERM || r == -EBADF)
			r = 0;
	}
	if (r >= 0)
		r = sd_bus_set_exit_on_disconnect(bus, true);
	return r < 0 ? r : sd_bus_attach_event(bus, event, SD_EVENT_PRIORITY_NORMAL);
}

/*
 * Waits for the end of the time, Enter, or a signal. The loop itself must not end, since it closes
 * the bus with it; it does when the bus has gone.
 */
static int wait_for_end(sd_bus *bus, uint64_t usec, enum outcome *ret)
{
	_cleanup_(sd_event_unrefp) sd_event *event = NULL;
	enum outcome outcome = WAITING;
	int r;

	r = sd_event_default(&event);
	if (r >= 0)
		r = add_sources(event, bus, usec, &outcome);
	while (r >= 0 && outcome == WAITING)
		r = sd_event_run(event, UINT64_MAX);
	sd_bus_detach_event(bus);
	if (r < 0)
		return r;
	*ret = outcome;
	return 0;
}

/* Of the two clocks ours may be the first; if it is not, there is nothing to revert. */
static int take_back_late(const struct ctl *ctl, sd_bus *bus, uint32_t cookie)
{
	_cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
	int r = sd_bus_call_method(bus, BUS_NAME, BUS_PATH, BUS_INTERFACE_TUNABLES, "Revert",
				   &error, NULL, "u", cookie);

	if (r >= 0 || sd_bus_error_has_name(&error, BUS_NAME ".Error.NoSuchCookie"))
		return 0;
	service_complain(ctl, "take them back", &error, r);
	return r;
}

/* Ends it as it was meant to; the exit status. */
static int end(const struct ctl *ctl, sd_bus *bus, enum outcome outcome, uint32_t cookie)
{
	if (outcome == KEEP) {
		if (service_call(ctl, bus, "keep them", BUS_INTERFACE_TUNABLES, "Confirm", "u",
				 cookie) < 0)
			return EXIT_FAILURE;
		if (!ctl->quiet)
			puts("Kept, until bpflandctl reset or the selection of a profile.");
		return EXIT_SUCCESS;
	}
	if (outcome == TIME_IS_UP && take_back_late(ctl, bus, cookie) < 0)
		return EXIT_FAILURE;
	if (outcome == INTERRUPTED &&
	    service_call(ctl, bus, "take them back", BUS_INTERFACE_TUNABLES, "Revert", "u",
			 cookie) < 0)
		return EXIT_FAILURE;
	if (!ctl->quiet)
		puts(outcome == TIME_IS_UP ? "The time is up: what was in force before is again."
					   : "What was in force before is again.");
	return STATUS_BACK;
}

int verb_try(struct ctl *ctl, int argc, char **argv)
{
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
	const char *time = option_value(ctl, "time");
	uint64_t usec = TIME_USUAL;
	char span[UNITS_MAX];
	enum outcome outcome;
	uint32_t cookie;
	int r;

	(void)argc;
	if (time && units_parse_usec(time, USEC_PER_SEC, &usec) < 0) {
		complain("\"%s\" is no time such as 30s, 500ms or 2min", time);
		return EXIT_FAILURE;
	}
	if (service_connect(&bus, ctl) < 0 ||
	    assignments_try(ctl, bus, argv, usec, "try these tunables", &cookie) < 0)
		return EXIT_FAILURE;
	if (!ctl->quiet)
		printf("In force for %s. Enter keeps it; Ctrl-C takes it back.\n",
		       units_format_span(span, usec));
	fflush(stdout);
	r = wait_for_end(bus, usec, &outcome);
	if (r < 0) {
		complain("the try has ended: %s",
			 r == -ESTALE ? "the bus has gone" : strerror(-r));
		return EXIT_FAILURE;
	}
	return end(ctl, bus, outcome, cookie);
}
