/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Asking the bus again.
 */
#include "dbus/retry.h"

#include <stdint.h>

#include "daemon/log.h"

/* From one attempt to the next, twice as long each time. */
#define FIRST_USEC UINT64_C(1000000)
#define DOUBLINGS_MAX 8

static int on_time(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct retry *r = userdata;

	if (r->ask(r->userdata) < 0)
		retry_later(r);
	return 0;
}

void retry_later(struct retry *r)
{
	unsigned doublings = r->n_failed < DOUBLINGS_MAX ? r->n_failed : DOUBLINGS_MAX;
	uint64_t delay = FIRST_USEC << doublings;

	r->n_failed++;
	r->source = sd_event_source_disable_unref(r->source);
	if (sd_event_add_time_relative(r->event, &r->source, CLOCK_MONOTONIC, delay, delay / 10,
				       on_time, r) >= 0)
		(void)sd_event_source_set_description(r->source, "ask-the-bus-again");
}

bool retry_failed(struct retry *r, sd_bus_message *answer)
{
	const sd_bus_error *e = sd_bus_message_get_error(answer);

	if (sd_bus_is_open(r->bus) <= 0)
		return false;
	if (!r->n_failed)
		log_message(LOG_WARNING, "%s; the bus is asked again (it said: %s)", r->trouble,
			    e && e->message ? e->message : "nothing that makes sense");
	retry_later(r);
	return true;
}

void retry_worked(struct retry *r)
{
	if (r->n_failed)
		log_message(LOG_INFO, "asked again, the bus does what it was asked for");
	retry_cancel(r);
}

void retry_cancel(struct retry *r)
{
	r->source = sd_event_source_disable_unref(r->source);
	r->n_failed = 0;
}
