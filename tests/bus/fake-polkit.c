/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A polkit that does what it is told.
 */
#include "tests/bus/fake-polkit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tests/bus/must.h"

#define NAME "org.freedesktop.PolicyKit1"
#define PATH "/org/freedesktop/PolicyKit1/Authority"
#define INTERFACE "org.freedesktop.PolicyKit1.Authority"

static int answer_now(sd_bus_message *call, enum fake_polkit_answer answer)
{
	switch (answer) {
	case FAKE_ALLOW:
		return sd_bus_reply_method_return(call, "(bba{ss})", 1, 0, 0);
	case FAKE_DENY:
		return sd_bus_reply_method_return(call, "(bba{ss})", 0, 0, 0);
	case FAKE_CHALLENGE:
		return sd_bus_reply_method_return(call, "(bba{ss})", 0, 1, 1,
						  "polkit.retains_authorization_after_challenge",
						  "1");
	case FAKE_DISMISS:
		return sd_bus_reply_method_return(call, "(bba{ss})", 0, 0, 1, "polkit.dismissed",
						  "true");
	default:
		return sd_bus_reply_method_errorf(call, NAME ".Error.Failed",
						  "Action is not registered");
	}
}

static int read_check(struct fake_polkit *p, sd_bus_message *m)
{
	const char *kind, *key, *subject, *action, *id;
	int r;

	r = sd_bus_message_read(m, "(sa{sv})", &kind, 1, &key, "s", &subject);
	if (r <= 0)
		return -EBADMSG;
	r = sd_bus_message_read(m, "s", &action);
	if (r <= 0)
		return -EBADMSG;
	r = sd_bus_message_skip(m, "a{ss}");
	if (r < 0)
		return r;
	r = sd_bus_message_read(m, "us", &p->flags, &id);
	if (r <= 0)
		return -EBADMSG;
	snprintf(p->kind, sizeof(p->kind), "%s", kind);
	snprintf(p->subject, sizeof(p->subject), "%s", subject);
	snprintf(p->action, sizeof(p->action), "%s", action);
	snprintf(p->id, sizeof(p->id), "%s", id);
	return 0;
}

static int on_check(sd_bus_message *m, void *userdata, sd_bus_error *ret_error)
{
	struct fake_polkit *p = userdata;

	(void)ret_error;
	p->n_checks++;
	MUST(read_check(p, m));
	if (p->only && strcmp(p->only, p->action))
		return answer_now(m, FAKE_ALLOW);
	if (p->answer < FAKE_HOLD)
		return answer_now(m, p->answer);
	if (p->n_held >= FAKE_POLKIT_HELD_MAX)
		must(-E2BIG, "more is held than the test is made for");
	p->held[p->n_held].call = sd_bus_message_ref(m);
	memcpy(p->held[p->n_held].id, p->id, sizeof(p->id));
	p->n_held++;
	return 1;
}

static void forget(struct fake_polkit *p, size_t i)
{
	sd_bus_message_unref(p->held[i].call);
	memmove(&p->held[i], &p->held[i + 1], (--p->n_held - i) * sizeof(p->held[0]));
}

static int on_cancel(sd_bus_message *m, void *userdata, sd_bus_error *ret_error)
{
	struct fake_polkit *p = userdata;
	const char *id;

	(void)ret_error;
	MUST(sd_bus_message_read(m, "s", &id));
	p->n_cancels++;
	for (size_t i = 0; i < p->n_held && p->answer != FAKE_IGNORE; i++)
		if (!strcmp(p->held[i].id, id)) {
			MUST(sd_bus_reply_method_errorf(p->held[i].call, NAME ".Error.Cancelled",
							"Cancelled"));
			forget(p, i);
			break;
		}
	return sd_bus_reply_method_return(m, NULL);
}

static const sd_bus_vtable vtable[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_METHOD("CheckAuthorization", "(sa{sv})sa{ss}us", "(bba{ss})", on_check,
		      SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("CancelCheckAuthorization", "s", NULL, on_cancel, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_VTABLE_END,
};

void fake_polkit_open(struct fake_polkit *p, sd_event *event)
{
	*p = (struct fake_polkit){};
	MUST(sd_bus_open_system(&p->bus));
	MUST(sd_bus_add_object_vtable(p->bus, NULL, PATH, INTERFACE, vtable, p));
	MUST(sd_bus_request_name(p->bus, NAME, 0));
	MUST(sd_bus_attach_event(p->bus, event, 0));
}

void fake_polkit_close(struct fake_polkit *p)
{
	while (p->n_held > 0)
		forget(p, 0);
	p->bus = sd_bus_flush_close_unref(p->bus);
}

void fake_polkit_release(struct fake_polkit *p, size_t i, enum fake_polkit_answer answer)
{
	if (i >= p->n_held)
		must(-ENOENT, "nothing is held that could be answered");
	MUST(answer_now(p->held[i].call, answer));
	forget(p, i);
}
