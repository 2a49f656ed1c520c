/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the bus has not done when it was asked for, because it was too slow or has its limits, is
 * asked for again: after 1 s, 2 s and so on up to 256 s. The connection stays.
 *
 * That takes a function for the answer to each match: where there is none, sd-bus ends the
 * connection, and with it all that clients hold.
 */
#pragma once

#include <stdbool.h>
#include <systemd/sd-bus.h>

struct retry {
	sd_bus *bus;			/* all that is in here is borrowed */
	sd_event *event;
	int (*ask)(void *userdata);	/* sends all of the question */
	void *userdata;
	const char *trouble;		/* what is so meanwhile, for the journal */

	sd_event_source *source;
	unsigned n_failed;		/* attempts, one after the other */
};

/* Calls ask() when it is time, as often as that itself fails. */
void retry_later(struct retry *r);

/*
 * @answer is an error, or cannot be read: says so in the journal, once, and asks again later. False
 * if it is the connection that has ended, for so are all questions answered that are open then.
 */
bool retry_failed(struct retry *r, sd_bus_message *answer);

void retry_worked(struct retry *r);
void retry_cancel(struct retry *r);
