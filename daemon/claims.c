/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What clients hold: a table, oldest first.
 */
#include "daemon/claims.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/cleanup.h"

/* Enough for any source of bits worth the name: each try fails once in a million times. */
#define DRAWS_MAX 64

static void claim_done(struct claim *c)
{
	free(c->owner);
	free(c->profile);
	free(c->reason);
	free(c->application_id);
	free(c->line);
	*c = (struct claim){};
}

void claims_done(struct claims *c)
{
	for (size_t i = 0; i < c->n; i++)
		claim_done(&c->claim[i]);
	free(c->claim);
	*c = CLAIMS_NULL;
}

static bool is_taken(const struct claims *c, uint32_t cookie)
{
	size_t n = c->n_ended < CLAIMS_MAX ? c->n_ended : CLAIMS_MAX;

	for (size_t i = 0; i < c->n; i++)
		if (c->claim[i].cookie == cookie)
			return true;
	for (size_t i = 0; i < n; i++)
		if (c->ended[i] == cookie)
			return true;
	return false;
}

uint32_t claims_draw_cookie(const struct claims *c, claims_draw_t draw, void *userdata)
{
	for (unsigned i = 0; i < DRAWS_MAX; i++) {
		uint32_t cookie = draw(userdata);

		if (cookie && !is_taken(c, cookie))
			return cookie;
	}
	return 0;
}

int claims_check_text(const char *field, const char *text, struct error *err)
{
	size_t n = strlen(text);

	if (n > CLAIM_TEXT_MAX)
		return error_set(err, ERROR_OUT_OF_RANGE, ERANGE,
				 "%s: %zu bytes is too long, allowed: 0 to %d bytes", field, n,
				 CLAIM_TEXT_MAX);
	return 0;
}

static int check_limits(const struct claims *c, uid_t uid, struct error *err)
{
	unsigned n = 0;

	for (size_t i = 0; i < c->n; i++)
		n += c->claim[i].uid == uid;
	if (n >= CLAIMS_PER_USER)
		return error_set(err, ERROR_LIMIT_REACHED, EDQUOT,
				 "user %u has %u holds and latency requests already, allowed: up "
				 "to %d; release one first", (unsigned)uid, n, CLAIMS_PER_USER);
	if (c->n >= CLAIMS_MAX)
		return error_set(err, ERROR_LIMIT_REACHED, ENOSPC,
				 "all users together have %zu holds and latency requests already, "
				 "allowed: up to %d", c->n, CLAIMS_MAX);
	return 0;
}

static int make_room(struct claims *c)
{
	size_t room = c->room ? 2 * c->room : 8;
	struct claim *grown;

	if (c->n < c->room)
		return 0;
	grown = reallocarray(c->claim, room, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	c->claim = grown;
	c->room = room;
	return 0;
}

static int copy(struct claim *ret, const struct claim *from)
{
	_cleanup_(claim_done) struct claim c = *from;

	c.owner = strdup(from->owner);
	c.profile = strdup(from->profile ?: "");
	c.reason = strdup(from->reason);
	c.application_id = strdup(from->application_id);
	c.line = NULL;
	if (!c.owner || !c.profile || !c.reason || !c.application_id)
		return -ENOMEM;
	*ret = c;
	c = (struct claim){};
	return 0;
}

int claims_add(struct claims *c, const struct claim *wanted, struct error *err)
{
	int r;

	r = claims_check_text("reason", wanted->reason, err);
	if (r >= 0)
		r = claims_check_text("application id", wanted->application_id, err);
	if (r >= 0)
		r = check_limits(c, wanted->uid, err);
	if (r < 0)
		return r;
	r = make_room(c);
	if (r >= 0)
		r = copy(&c->claim[c->n], wanted);
	if (r < 0)
		return error_set(err, ERROR_FAILED, ENOMEM, "out of memory");
	c->n++;
	return 0;
}

const struct claim *claims_find(const struct claims *c, enum claim_kind kind, uint32_t cookie)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->claim[i].cookie == cookie && c->claim[i].kind == kind)
			return &c->claim[i];
	return NULL;
}

void claims_end(struct claims *c, const struct claim *claim, struct claims *to)
{
	size_t i = claim - c->claim;

	c->ended[c->n_ended++ % CLAIMS_MAX] = claim->cookie;
	if (to && make_room(to) >= 0)
		to->claim[to->n++] = c->claim[i];
	else
		claim_done(&c->claim[i]);
	memmove(&c->claim[i], &c->claim[i + 1], (c->n - i - 1) * sizeof(*c->claim));
	c->n--;
}

unsigned claims_end_owner(struct claims *c, const char *owner)
{
	unsigned kinds = 0;

	for (size_t i = c->n; i-- > 0;) {
		if (strcmp(c->claim[i].owner, owner))
			continue;
		kinds |= 1u << c->claim[i].kind;
		claims_end(c, &c->claim[i], NULL);
	}
	return kinds;
}

bool claims_end_kind(struct claims *c, enum claim_kind kind, struct claims *to)
{
	bool any = false;

	for (size_t i = 0; i < c->n;) {
		if (c->claim[i].kind == kind) {
			claims_end(c, &c->claim[i], to);
			any = true;
		} else {
			i++;
		}
	}
	return any;
}

const struct claim *claims_shortest_latency(const struct claims *c)
{
	const struct claim *shortest = NULL;

	for (size_t i = 0; i < c->n; i++)
		if (c->claim[i].kind == CLAIM_LATENCY &&
		    (!shortest || c->claim[i].latency_usec < shortest->latency_usec))
			shortest = &c->claim[i];
	return shortest;
}
