/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Holds and latency requests as members of org.bpfland1.Manager.
 */
#include "dbus/claims.h"

#include <errno.h>
#include <string.h>

#include "daemon/latency.h"
#include "daemon/manager.h"
#include "dbus/authorize.h"
#include "dbus/errors.h"
#include "dbus/names.h"
#include "dbus/sender.h"
#include "dbus/shown.h"
#include "dbus/try.h"
#include "dbus/values.h"

/* Who asks, with texts that are safe to show to others. */
struct request {
	struct manager_request by;
	char reason[CLAIM_TEXT_MAX + 1], application_id[CLAIM_TEXT_MAX + 1];
};

static int clean(const char *field, const char *text, char *buf, sd_bus_error *ret_error)
{
	struct error err = {};
	int r = claims_check_text(field, text, &err);

	if (r < 0)
		return errors_reply(ret_error, r, &err);
	shown(text, buf, CLAIM_TEXT_MAX + 1);
	return 0;
}

/* Reads reason and application id, which come last. */
static int read_texts(sd_bus_message *message, struct request *ret, sd_bus_error *ret_error)
{
	const char *reason, *application_id;

	TRY(sd_bus_message_read(message, "ss", &reason, &application_id));
	TRY(clean("reason", reason, ret->reason, ret_error));
	TRY(clean("application id", application_id, ret->application_id, ret_error));
	ret->by.reason = ret->reason;
	ret->by.application_id = ret->application_id;
	return 0;
}

static int read_sender(sd_bus_message *message, struct request *ret)
{
	ret->by.owner = sender_name(message);
	return ret->by.owner ? sender_uid(message, &ret->by.uid) : -ENXIO;
}

int method_hold_profile(sd_bus_message *message, void *userdata, sd_bus_error *ret_error)
{
	struct request request = {};
	const char *profile = NULL;
	struct error err = {};
	uint32_t cookie;
	int r;

	TRY(value_read_profile(message, userdata, &profile, ret_error));
	TRY(read_texts(message, &request, ret_error));
	r = authorize(message, ACTION_HOLD_PROFILE, "holding a profile", ret_error);
	if (r <= 0)
		return r;
	TRY(read_sender(message, &request));
	r = manager_hold_profile(userdata, &request.by, profile, &cookie, &err);
	if (r < 0)
		return errors_reply(ret_error, r, &err);
	return sd_bus_reply_method_return(message, "u", cookie);
}

int method_request_latency(sd_bus_message *message, void *userdata, sd_bus_error *ret_error)
{
	struct request request = {};
	struct error err = {};
	uint32_t cookie;
	uint64_t usec;
	int r;

	TRY(sd_bus_message_read_basic(message, SD_BUS_TYPE_UINT64, &usec));
	r = latency_check(usec, &err);
	if (r < 0)
		return errors_reply(ret_error, r, &err);
	TRY(read_texts(message, &request, ret_error));
	r = authorize(message, ACTION_HOLD_PROFILE, "requesting a latency", ret_error);
	if (r <= 0)
		return r;
	TRY(read_sender(message, &request));
	r = manager_request_latency(userdata, &request.by, usec, &cookie, &err);
	if (r < 0)
		return errors_reply(ret_error, r, &err);
	return sd_bus_reply_method_return(message, "u", cookie);
}

int authorize_ending(sd_bus_message *message, int r, const struct error *err,
		     sd_bus_error *ret_error)
{
	if (r >= 0)
		return 1;
	if (err->kind != ERROR_NOT_OWNER)
		return errors_reply(ret_error, r, err);
	r = authorize(message, ACTION_MANAGE_SCHEDULER, "ending what belongs to others", ret_error);
	if (r < 0 && sd_bus_error_has_name(ret_error, SD_BUS_ERROR_ACCESS_DENIED)) {
		sd_bus_error_free(ret_error);
		return errors_reply(ret_error, r, err);
	}
	return r > 0 ? 2 : r;
}

static int release(sd_bus_message *message, struct manager *m, enum claim_kind kind,
		   sd_bus_error *ret_error)
{
	const char *sender = sender_name(message);
	struct error err = {};
	uint32_t cookie;
	int r;

	TRY(sd_bus_message_read_basic(message, SD_BUS_TYPE_UINT32, &cookie));
	r = manager_check_claim(m, kind, cookie, sender ?: "", &err);
	r = authorize_ending(message, r, &err, ret_error);
	if (r <= 0)
		return r;
	r = manager_release(m, kind, cookie, r == 2, &err);
	return errors_answer(message, r, &err, ret_error);
}

int method_release_profile(sd_bus_message *message, void *userdata, sd_bus_error *ret_error)
{
	return release(message, userdata, CLAIM_HOLD, ret_error);
}

int method_release_latency(sd_bus_message *message, void *userdata, sd_bus_error *ret_error)
{
	return release(message, userdata, CLAIM_LATENCY, ret_error);
}

static int claim_append(sd_bus_message *m, const struct claim *c, bool decides)
{
	TRY(sd_bus_message_open_container(m, SD_BUS_TYPE_ARRAY, "{sv}"));
	if (c->kind == CLAIM_HOLD)
		TRY(entry_append_text(m, "Profile", c->profile));
	else
		TRY(sd_bus_message_append(m, "{sv}", "LatencyUSec", "t", c->latency_usec));
	TRY(entry_append_text(m, "Reason", c->reason));
	TRY(entry_append_text(m, "ApplicationId", c->application_id));
	TRY(sd_bus_message_append(m, "{sv}", "Since", "t", c->since_usec));
	TRY(sd_bus_message_append(m, "{sv}", "Cookie", "u", c->cookie));
	TRY(entry_append_text(m, "Owner", c->owner));
	TRY(sd_bus_message_append(m, "{sv}", "UID", "u", (uint32_t)c->uid));
	TRY(sd_bus_message_append(m, "{sv}", "Decides", "b", decides));
	return sd_bus_message_close_container(m);
}

int property_get_claims(sd_bus *bus, const char *path, const char *interface, const char *property,
			sd_bus_message *reply, void *userdata, sd_bus_error *ret_error)
{
	enum claim_kind kind = strcmp(property, "ProfileHolds") ? CLAIM_LATENCY : CLAIM_HOLD;
	const struct claims *claims = manager_claims(userdata);
	const struct claim *deciding = manager_deciding_claim(userdata, kind);

	TRY(sd_bus_message_open_container(reply, SD_BUS_TYPE_ARRAY, "a{sv}"));
	for (size_t i = 0; i < claims->n; i++)
		if (claims->claim[i].kind == kind)
			TRY(claim_append(reply, &claims->claim[i],
					 &claims->claim[i] == deciding));
	return sd_bus_message_close_container(reply);
}
