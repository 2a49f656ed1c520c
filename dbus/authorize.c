/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * May the sender of this message do that? Root may; others if polkit says so.
 */
#include "dbus/authorize.h"

#include <errno.h>
#include <string.h>

#include "dbus/errors.h"
#include "dbus/names.h"
#include "dbus/pending.h"
#include "dbus/sender.h"

/* The sentence that says what is missing, and how to get it. */
static int refuse(const struct pending_answers *a, const char *what, sd_bus_error *ret_error)
{
	switch (a->verdict) {
	case POLKIT_CHALLENGE:
		if (a->interactive)
			return errors_replyf(
				ret_error, SD_BUS_ERROR_INTERACTIVE_AUTHORIZATION_REQUIRED,
				"%s needs %s, for which you have to authenticate, but nothing in "
				"your session can ask you: start an authentication agent (such as "
				"pkttyagent), or repeat it as root",
				what, a->action);
		return errors_replyf(ret_error, SD_BUS_ERROR_INTERACTIVE_AUTHORIZATION_REQUIRED,
				     "%s needs %s, for which you have to authenticate: allow "
				     "interactive authorization in the call, or repeat it as root",
				     what, a->action);
	case POLKIT_DISMISSED:
		return errors_replyf(ret_error, SD_BUS_ERROR_ACCESS_DENIED,
				     "%s needs %s, and the question for it was dismissed", what,
				     a->action);
	case POLKIT_BROKEN:
		return errors_replyf(
			ret_error, SD_BUS_ERROR_ACCESS_DENIED,
			"%s needs %s, and polkit does not work (%s): repeat it, or do it as root",
			what, a->action, a->reason);
	case POLKIT_SILENT:
		return errors_replyf(
			ret_error, SD_BUS_ERROR_ACCESS_DENIED,
			"%s needs %s, and polkit has not answered: repeat it, or do it as root",
			what, a->action);
	case POLKIT_ABSENT:
		return errors_replyf(ret_error, SD_BUS_ERROR_ACCESS_DENIED,
				     "%s needs %s, and there is no polkit here that could grant "
				     "it: repeat it as root",
				     what, a->action);
	default:
		return errors_replyf(ret_error, SD_BUS_ERROR_ACCESS_DENIED,
				     "%s needs %s, which polkit does not grant you: repeat it as "
				     "root, or have a polkit rule made for it",
				     what, a->action);
	}
}

/* What came of asking. */
static int asked(int r, uid_t uid, const char *action, const char *what, sd_bus_error *ret_error)
{
	const struct pending_answers absent = { .verdict = POLKIT_ABSENT, .action = action };

	switch (r) {
	case 0:
		return 0;
	case -EOPNOTSUPP:
		return refuse(&absent, what, ret_error);
	case -ENOBUFS:
		return errors_replyf(ret_error, BUS_ERROR_LIMIT_REACHED,
				     "%s needs %s, and %d calls of this connection wait already "
				     "until the bus says whose it is: repeat it in a moment",
				     what, action, PENDING_UNKNOWN_MAX);
	case -EUSERS:
		return errors_replyf(ret_error, BUS_ERROR_LIMIT_REACHED,
				     "%s needs %s, and %d calls of user %u wait for polkit "
				     "already: repeat it when they are answered",
				     what, action, PENDING_USER_MAX, (unsigned)uid);
	case -EDQUOT:
		return errors_replyf(ret_error, BUS_ERROR_LIMIT_REACHED,
				     "%s needs %s, and polkit has not answered %d questions about "
				     "user %u yet, also about calls that were given up: repeat it "
				     "when it has",
				     what, action, PENDING_USER_QUESTIONS_MAX, (unsigned)uid);
	case -EBUSY:
		return errors_replyf(ret_error, BUS_ERROR_LIMIT_REACHED,
				     "%s needs %s, and too many calls wait for an answer about "
				     "their senders already: repeat it in a moment",
				     what, action);
	default:
		return errors_replyf(ret_error, BUS_ERROR_FAILED,
				     "%s needs %s, and the question for it cannot be asked: %s",
				     what, action, strerror(-r));
	}
}

static const char *missing(const char *const *actions, const struct pending_answers *a)
{
	for (; *actions; actions++) {
		size_t i = 0;

		while (a && i < a->n_granted && strcmp(a->granted[i], *actions))
			i++;
		if (!a || i == a->n_granted)
			return *actions;
	}
	return NULL;
}

int authorize_all(sd_bus_message *m, const char *const *actions, const char *what, unsigned flags,
		  sd_bus_error *ret_error)
{
	const struct pending_answers *a = pending_answers(m);
	const char *action = missing(actions, a);
	uid_t uid = 0;
	int r;

	if (a && a->sender == 0)
		uid = a->uid;
	else if (a && a->sender != -EAGAIN)
		return errors_replyf(ret_error, SD_BUS_ERROR_ACCESS_DENIED,
				     "%s needs %s, and the bus does not say who you are: %s", what,
				     action, strerror(-a->sender));
	else if (sender_uid(m, &uid) < 0)
		return asked(pending_ask_sender(m), 0, action, what, ret_error);

	if (uid == 0)
		return 1;
	if (a && a->verdict != POLKIT_NONE && a->verdict != POLKIT_ALLOWED)
		return refuse(a, what, ret_error);
	if (!action)
		return 1;
	r = pending_ask_polkit(m, uid, action,
			       flags & AUTHORIZE_INTERACTIVE ||
				       sd_bus_message_get_allow_interactive_authorization(m) > 0);
	return asked(r, uid, action, what, ret_error);
}

int authorize(sd_bus_message *m, const char *action, const char *what, sd_bus_error *ret_error)
{
	const char *const actions[] = { action, NULL };

	return authorize_all(m, actions, what, 0, ret_error);
}
