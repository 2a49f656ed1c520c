/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What clients hold: profiles (holds) and wake-up latencies (latency requests). One table for both,
 * because limits and cookies are common to them. A client is known by a name that is unique among
 * those that are there now; with the client end its claims.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "daemon/error.h"

#define CLAIMS_MAX 1024			/* holds and requests of all users together */
#define CLAIMS_PER_USER 64
#define CLAIM_OWNER_MAX 255		/* what the bus allows for a name */
#define CLAIM_TEXT_MAX 256		/* reason and application id, in bytes */

enum claim_kind {
	CLAIM_HOLD,			/* of `profile` */
	CLAIM_LATENCY,			/* of `latency_usec` */
	_CLAIM_KIND_MAX,
};

struct claim {
	enum claim_kind kind;
	uint32_t cookie;		/* unique among all claims, never 0 */
	uid_t uid;
	char *owner;
	char *profile;			/* "" for a latency */
	uint64_t latency_usec;		/* 0 for a hold */
	char *reason, *application_id;
	uint64_t since_usec;		/* CLOCK_REALTIME */
	char *line;			/* in the file of claims; NULL: it has not been there */
};

struct claims {
	struct claim *claim;		/* oldest first */
	size_t n, room;
	uint32_t ended[CLAIMS_MAX];	/* cookies that ended last, a ring: not for use yet */
	size_t n_ended;
};

#define CLAIMS_NULL ((struct claims){})
void claims_done(struct claims *c);

/* 32 random bits; tests bring their own. */
typedef uint32_t (*claims_draw_t)(void *userdata);

/*
 * A cookie that is not 0, that no claim has, and that none of the CLAIMS_MAX last ended had. 0 if
 * @draw does not come up with one.
 */
uint32_t claims_draw_cookie(const struct claims *c, claims_draw_t draw, void *userdata);

/*
 * Adds a copy of @wanted, whose cookie must be new. Errors: ERROR_LIMIT_REACHED, ERROR_OUT_OF_RANGE
 * (texts too long), ERROR_FAILED (no memory); the message names who has how many, and the limit.
 */
int claims_add(struct claims *c, const struct claim *wanted, struct error *err);

/* NULL when there is none; a cookie of another kind is none. Borrowed until the next change. */
const struct claim *claims_find(const struct claims *c, enum claim_kind kind, uint32_t cookie);

/* Takes @claim, one of @c's, out of the table; moves it to @to if that is not NULL. */
void claims_end(struct claims *c, const struct claim *claim, struct claims *to);

/* Ends what @owner has; one bit per enum claim_kind that it had something of. */
unsigned claims_end_owner(struct claims *c, const char *owner);

/* Moves all of one kind to @to (NULL: away); true if there were any. */
bool claims_end_kind(struct claims *c, enum claim_kind kind, struct claims *to);

/* The request of the shortest latency, of several the oldest; NULL if there is none. */
const struct claim *claims_shortest_latency(const struct claims *c);

/* ERROR_OUT_OF_RANGE for a text longer than CLAIM_TEXT_MAX; names @field and the limit. */
int claims_check_text(const char *field, const char *text, struct error *err);
