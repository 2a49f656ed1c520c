/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The service at the other end of the bus.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <systemd/sd-bus.h>

#include "ctl/ctl.h"
#include "ctl/value.h"
#include "daemon/names.h"

#define SERVICE_INTERFACE_PROPERTIES "org.freedesktop.DBus.Properties"

/* Connects to the system bus, of another machine if asked for. Errors: a negative errno value. */
int service_open(sd_bus **ret, const struct ctl *ctl);

/* The same, to change things there as well. Says why when it cannot. */
int service_connect(sd_bus **ret, const struct ctl *ctl);

/* What is asked of the service: a method that takes nothing, one string, or one number. */
struct question {
	const char *interface, *member;
	const char *argument;	/* NULL: none */
	const uint32_t *number;	/* instead of the string, if not NULL */
	const char *what;	/* for the sentence if it fails; NULL: "ask the service" */
	bool may_fail;		/* without a sentence; the answer is NULL. To be asked alone: who
				 * lets one question time out may leave the rest without an end */
	struct json *answer;	/* what it returned, if one value; owned by who asked */
};

/* All properties of an interface. */
#define QUESTION_ALL(of)                                                                         \
	{ .interface = SERVICE_INTERFACE_PROPERTIES, .member = "GetAll", .argument = (of) }

/* All tunables: type, range, value and where that comes from. */
#define QUESTION_DESCRIBE { .interface = BUS_INTERFACE_TUNABLES, .member = "Describe" }

/*
 * Asks all @n at once and waits for the last answer, so that it takes one round trip. Returns 0 or,
 * after a sentence, a negative number; what was answered then is to be freed all the same.
 */
int service_ask(const struct ctl *ctl, sd_bus *bus, struct question *questions, size_t n);
void questions_done(struct question *questions, size_t n);

/*
 * Sends @call, which changes something, and waits for the answer. Who is not allowed to is asked
 * for a password, if somebody is there to type it. @what: "select gaming". Returns 0 or, after a
 * sentence, a negative number.
 */
int service_change(const struct ctl *ctl, sd_bus *bus, sd_bus_message *call, const char *what,
		   sd_bus_message **ret_reply);

/* The same of a method with these arguments (as of sd_bus_message_append()). */
int service_call(const struct ctl *ctl, sd_bus *bus, const char *what, const char *interface,
		 const char *member, const char *types, ...);

/* A method of the manager that takes the name of a profile. */
int service_call_profile(const struct ctl *ctl, sd_bus *bus, const char *what, const char *member,
			 const char *profile);

/*
 * Turns a failed call into the sentence that a person can act on; @what: "hold latency". With
 * @profile, the name that may have been wrong, one that is like it is looked for.
 */
void service_complain(const struct ctl *ctl, const char *what, const sd_bus_error *e, int r);
void service_complain_profile(const struct ctl *ctl, sd_bus *bus, const char *profile,
			      const char *what, const sd_bus_error *e, int r);

/* The call failed because there is no service, or because it does not let us. */
bool service_unavailable(const sd_bus_error *e);
