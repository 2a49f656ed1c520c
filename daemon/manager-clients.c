/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The manager and its clients: what they hold, whose it is, and what of it outlives the daemon.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/claims-file.h"
#include "daemon/latency.h"
#include "daemon/log.h"
#include "daemon/manager-internal.h"
#include "daemon/names.h"

/*
 * However many calls come, the file is written at most this often; a long one, which takes a few
 * milliseconds, still less often.
 */
#define STORE_INTERVAL_USEC UINT64_C(100000)
#define STORE_INTERVAL_PER_CLAIM_USEC UINT64_C(1000)

static uint32_t draw(void *userdata)
{
	(void)userdata;
	return arc4random();
}

uint32_t manager_draw_cookie(struct manager *m)
{
	return claims_draw_cookie(&m->claims, draw, NULL);
}

void manager_store_clients(struct manager *m)
{
	int r;

	if (sd_event_source_get_enabled(m->store_source, NULL) <= 0)
		return;
	(void)sd_event_source_set_enabled(m->store_source, SD_EVENT_OFF);
	m->stored_usec = manager_now();
	r = claims_file_write(&m->claims, m->world, m->paths->runtime_dir);
	if (r < 0)
		log_event(LOG_WARNING, MESSAGE_ID_NOT_STORED, NULL, 0,
			  "%s/%s: cannot be written, so holds and latency requests end with this "
			  "run: %s", m->paths->runtime_dir, FILE_CLIENTS, strerror(-r));
}

static int on_store(sd_event_source *source, uint64_t usec, void *userdata)
{
	(void)source, (void)usec;
	/* A one-shot timer is off by now, which would mean that nothing is to be done. */
	(void)sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
	manager_store_clients(userdata);
	return 0;
}

/* Writes the claims down: in this turn of the loop, or after a pause if that was done just now. */
static void schedule_store(struct manager *m)
{
	uint64_t pause = m->claims.n * STORE_INTERVAL_PER_CLAIM_USEC, next = 0;

	if (pause < STORE_INTERVAL_USEC)
		pause = STORE_INTERVAL_USEC;
	if (m->stored_usec)
		next = m->stored_usec + pause;

	if (!m->store_source) {
		if (sd_event_add_time(m->event, &m->store_source, CLOCK_MONOTONIC, next, 1,
				      on_store, m) < 0)
			return;
		(void)sd_event_source_set_description(m->store_source, "store-clients");
		return;
	}
	if (sd_event_source_get_enabled(m->store_source, NULL) > 0)
		return;
	(void)sd_event_source_set_time(m->store_source, next);
	(void)sd_event_source_set_enabled(m->store_source, SD_EVENT_ONESHOT);
}

/* The claims have changed: what follows from it for clients, the disk and the scheduler. */
static void claims_changed(struct manager *m, unsigned kinds)
{
	if (!kinds)
		return;
	if (kinds & 1u << CLAIM_HOLD)
		m->pending |= MANAGER_CHANGED_PROFILE_HOLDS;
	if (kinds & 1u << CLAIM_LATENCY)
		m->pending |= MANAGER_CHANGED_LATENCY_REQUESTS;
	m->pending |= MANAGER_CHANGED_CLIENTS;
	schedule_store(m);
}

void manager_end_holds(struct manager *m)
{
	if (claims_end_kind(&m->claims, CLAIM_HOLD, &m->released))
		claims_changed(m, 1u << CLAIM_HOLD);
}

void manager_load_clients(struct manager *m)
{
	struct error e;

	if (!m->world[0])
		return;
	if (claims_file_read(&m->claims, m->world, m->paths->runtime_dir, &e) < 0)
		log_message(LOG_WARNING, "%s; the holds and latency requests in it have ended",
			    e.message);
	if (m->claims.n)
		m->pending |= MANAGER_CHANGED_PROFILE_HOLDS | MANAGER_CHANGED_LATENCY_REQUESTS |
			      MANAGER_CHANGED_CLIENTS;
}

void manager_enter_world(struct manager *m, const char *world)
{
	unsigned kinds = 0;

	if (!world)
		world = "";
	if (!strcmp(m->world, world))
		return;
	snprintf(m->world, sizeof(m->world), "%s", world);
	for (int kind = 0; kind < _CLAIM_KIND_MAX; kind++)
		kinds |= (unsigned)claims_end_kind(&m->claims, kind, NULL) << kind;
	claims_done(&m->released);	/* whom we wanted to tell is not there any more */
	manager_end_trial(m);
	claims_changed(m, kinds);
	manager_update(m);
	manager_tell(m);
}

static void end_client(struct manager *m, const char *name)
{
	claims_changed(m, claims_end_owner(&m->claims, name));
	if (!m->trial.cookie || strcmp(m->trial.owner, name))
		return;
	log_message(LOG_INFO, "%s left without confirming the values that it tried: reverted.",
		    name);
	manager_end_trial(m);
}

void manager_keep_clients(struct manager *m, bool (*is_there)(const char *name, void *userdata),
			  void *userdata)
{
	char owner[CLAIM_OWNER_MAX + 1];

	/* From the end: who goes takes all claims along, which moves only what was looked at. */
	for (size_t i = m->claims.n; i > 0; i--) {
		if (i > m->claims.n || is_there(m->claims.claim[i - 1].owner, userdata))
			continue;
		snprintf(owner, sizeof(owner), "%s", m->claims.claim[i - 1].owner);
		end_client(m, owner);
	}
	if (m->trial.cookie && !is_there(m->trial.owner, userdata)) {
		snprintf(owner, sizeof(owner), "%s", m->trial.owner);
		end_client(m, owner);
	}
	if (!(m->pending & MANAGER_CHANGED_CLIENTS))
		return;
	manager_update(m);
	manager_tell(m);
}

bool manager_has_clients(const struct manager *m)
{
	return m->claims.n || m->trial.cookie;
}

static int add(struct manager *m, const struct manager_request *by, struct claim *claim,
	       uint32_t *ret_cookie, struct error *err)
{
	int r;

	claim->cookie = manager_draw_cookie(m);
	claim->owner = (char *)by->owner;
	claim->uid = by->uid;
	claim->reason = (char *)by->reason;
	claim->application_id = (char *)by->application_id;
	claim->since_usec = manager_now_realtime();
	if (!claim->cookie)
		return error_set(err, ERROR_FAILED, EAGAIN, "no random number to be had");
	r = claims_add(&m->claims, claim, err);
	if (r < 0)
		return r;
	claims_changed(m, 1u << claim->kind);
	manager_update(m);
	manager_tell(m);
	*ret_cookie = claim->cookie;
	return 0;
}

int manager_hold_profile(struct manager *m, const struct manager_request *by, const char *profile,
			 uint32_t *ret_cookie, struct error *err)
{
	struct claim claim = { .kind = CLAIM_HOLD, .profile = (char *)profile };
	int r = manager_check_profile(m, profile, err);

	return r < 0 ? r : add(m, by, &claim, ret_cookie, err);
}

int manager_request_latency(struct manager *m, const struct manager_request *by, uint64_t usec,
			    uint32_t *ret_cookie, struct error *err)
{
	struct claim claim = { .kind = CLAIM_LATENCY, .latency_usec = usec };
	int r = latency_check(usec, err);

	return r < 0 ? r : add(m, by, &claim, ret_cookie, err);
}

static const char *const kind_words[_CLAIM_KIND_MAX] = {
	[CLAIM_HOLD] = "hold",
	[CLAIM_LATENCY] = "latency request",
};

static const struct claim *find(struct manager *m, enum claim_kind kind, uint32_t cookie,
				struct error *err)
{
	const struct claim *c = claims_find(&m->claims, kind, cookie);

	if (!c)
		error_set(err, ERROR_NO_SUCH_COOKIE, ENOENT,
			  "there is no %s %" PRIu32 ": it has ended, or never was",
			  kind_words[kind], cookie);
	return c;
}

int manager_check_claim(struct manager *m, enum claim_kind kind, uint32_t cookie,
			const char *owner, struct error *err)
{
	const struct claim *c = find(m, kind, cookie, err);

	if (!c)
		return -ENOENT;
	if (!strcmp(c->owner, owner))
		return 0;
	return error_set(err, ERROR_NOT_OWNER, EPERM,
			 "the %s %" PRIu32 " is that of %s, user %u: only it, or an administrator, "
			 "may release it", kind_words[kind], cookie, c->owner, (unsigned)c->uid);
}

int manager_release(struct manager *m, enum claim_kind kind, uint32_t cookie, bool tell,
		    struct error *err)
{
	const struct claim *c = find(m, kind, cookie, err);

	if (!c)
		return -ENOENT;
	claims_end(&m->claims, c, tell && kind == CLAIM_HOLD ? &m->released : NULL);
	claims_changed(m, 1u << kind);
	manager_update(m);
	manager_tell(m);
	return 0;
}

const struct claims *manager_claims(const struct manager *m)
{
	return &m->claims;
}

const struct claim *manager_deciding_claim(const struct manager *m, enum claim_kind kind)
{
	return kind == CLAIM_HOLD ? choice_best_hold(&m->claims, &m->profiles) :
				    claims_shortest_latency(&m->claims);
}

uint32_t manager_take_released(struct manager *m, char owner[CLAIM_OWNER_MAX + 1])
{
	uint32_t cookie;

	if (!m->released.n)
		return 0;
	cookie = m->released.claim[0].cookie;
	snprintf(owner, CLAIM_OWNER_MAX + 1, "%s", m->released.claim[0].owner);
	claims_end(&m->released, m->released.claim, NULL);
	return cookie;
}
