/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Calls that wait: for the bus to say who sent them, and for polkit to say whether he may.
 *
 * The message is kept, and when the answer is there, its handler is run again with the very same
 * message. So a decision is never used for anything but what it was asked about. Nobody else waits
 * meanwhile.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

#include "dbus/polkit.h"

/* The bus lets a connection wait for 128 answers of others; these leave half of that free. */
#define PENDING_MAX 64
#define PENDING_USER_MAX 8

/*
 * With those that nobody waits for any more, so many questions about calls of one user may be open:
 * who asks and leaves, again and again while polkit is slow, would fill the places of the others.
 */
#define PENDING_USER_QUESTIONS_MAX (2 * PENDING_USER_MAX)

/*
 * So many calls of one connection may wait until the bus has said whose it is: enough for one that
 * sets every tunable by itself and does not wait for the answers.
 */
#define PENDING_UNKNOWN_MAX 32

/* How long polkit has for its answer, when it is to ask nobody, and when a person has to type. */
#define PENDING_CHECK_USEC UINT64_C(10000000)
#define PENDING_PROMPT_USEC UINT64_C(300000000)

/* So many different actions can one call need. */
#define PENDING_ACTIONS_MAX 4

struct leavers;
struct pendings;

/* All of one connection. Takes references on @bus and @event; @leavers is borrowed. */
int pendings_new(struct pendings **ret, sd_bus *bus, sd_event *event, struct leavers *leavers);
/* Forgets the calls without an answer; NULL is fine. Returns NULL. */
struct pendings *pendings_free(struct pendings *all);

/* What is known about a message whose handler is being run again. */
struct pending_answers {
	int sender; /* 0: @uid is the sender, -EAGAIN: not asked, else why that is not known */
	uid_t uid;
	const char *granted[PENDING_ACTIONS_MAX];
	size_t n_granted;
	enum polkit_verdict verdict; /* the last one, about @action */
	const char *action;
	bool interactive;
	char reason[256]; /* of POLKIT_BROKEN */
};

/* NULL if @m has not waited for anything yet. */
const struct pending_answers *pending_answers(sd_bus_message *m);

/*
 * Ask, and keep @m until there is an answer. Only from within the handler of @m. 0: asked.
 * -ENOBUFS: PENDING_UNKNOWN_MAX calls of this connection, -EUSERS: PENDING_USER_MAX calls of this
 * user wait already; -EDQUOT: polkit has not answered PENDING_USER_QUESTIONS_MAX of them; -EBUSY:
 * so many calls wait in all; other values: it cannot be asked.
 */
int pending_ask_sender(sd_bus_message *m);
int pending_ask_polkit(sd_bus_message *m, uid_t uid, const char *action, bool interactive);
