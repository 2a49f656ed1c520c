/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The table of what clients hold: cookies, limits, ends, and the file that keeps it.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "daemon/claims-file.h"
#include "daemon/claims.h"
#include "tests/test.h"
#include "tests/unit/tree.h"

static struct tree tree;

/* Draws the given numbers in turn, the last one for ever. */
struct dice {
	const uint32_t *number;
	unsigned n, at;
};

static uint32_t throw(void *userdata)
{
	struct dice *d = userdata;

	return d->number[d->at + 1 < d->n ? d->at++ : d->at];
}

static int add(struct claims *c, uint32_t cookie, const char *owner, uid_t uid,
	       const char *profile, uint64_t latency, struct error *err)
{
	const struct claim claim = {
		.kind = profile ? CLAIM_HOLD : CLAIM_LATENCY, .cookie = cookie, .uid = uid,
		.owner = (char *)owner, .profile = (char *)profile, .latency_usec = latency,
		.reason = (char *)"a reason", .application_id = (char *)"org.example.Game",
		.since_usec = 1000 + cookie,
	};

	return claims_add(c, &claim, err);
}

static void cookies_are_never_zero_nor_taken(void)
{
	static const uint32_t numbers[] = { 0, 5, 0, 7, 9 }, five[] = { 5 };
	struct dice dice = { numbers, 5, 0 }, stuck = { five, 1, 0 };
	struct claims c = CLAIMS_NULL;

	CHECK_EQ(claims_draw_cookie(&c, throw, &dice), 5);
	CHECK_EQ(add(&c, 5, ":1.1", 1, "gaming", 0, NULL), 0);
	dice.at = 1;
	CHECK_EQ(claims_draw_cookie(&c, throw, &dice), 7);
	/* What has ended is not given out again soon. */
	claims_end(&c, claims_find(&c, CLAIM_HOLD, 5), NULL);
	dice.at = 1;
	CHECK_EQ(claims_draw_cookie(&c, throw, &dice), 7);
	CHECK_EQ(claims_draw_cookie(&c, throw, &stuck), 0);
	for (uint32_t i = 100; i < 100 + CLAIMS_MAX; i++) {
		CHECK_EQ(claims_draw_cookie(&c, throw, &stuck), 0);
		add(&c, i, ":1.1", 1, "gaming", 0, NULL);
		claims_end(&c, claims_find(&c, CLAIM_HOLD, i), NULL);
	}
	CHECK_EQ(claims_draw_cookie(&c, throw, &stuck), 5);
	claims_done(&c);
}

static void limits_hold_for_both_kinds_together(void)
{
	struct claims c = CLAIMS_NULL;
	uint32_t cookie = 1;
	struct error e;

	for (unsigned i = 0; i < CLAIMS_PER_USER; i++)
		CHECK_EQ(add(&c, cookie++, ":1.1", 1000, i % 2 ? "gaming" : NULL, 200, &e), 0);
	CHECK_EQ(add(&c, cookie++, ":1.2", 1000, "gaming", 0, &e), -EDQUOT);
	CHECK_EQ(e.kind, ERROR_LIMIT_REACHED);
	CHECK_NAMES(e.message, "user 1000 has 64");
	CHECK_NAMES(e.message, "up to 64");
	/* One less, and there is room again; other users are not concerned. */
	claims_end(&c, &c.claim[0], NULL);
	CHECK_EQ(add(&c, cookie++, ":1.2", 1000, "gaming", 0, &e), 0);
	for (uid_t uid = 0; uid < 15; uid++)
		for (unsigned i = 0; i < CLAIMS_PER_USER; i++)
			CHECK_EQ(add(&c, cookie++, ":1.3", uid, "gaming", 0, &e), 0);
	CHECK_EQ(c.n, CLAIMS_MAX);
	CHECK_EQ(add(&c, cookie++, ":1.4", 77, "gaming", 0, &e), -ENOSPC);
	CHECK_EQ(e.kind, ERROR_LIMIT_REACHED);
	CHECK_NAMES(e.message, "1024");
	claims_done(&c);
}

static void texts_have_a_length(void)
{
	char text[CLAIM_TEXT_MAX + 2];
	struct claim claim = { .cookie = 1, .owner = (char *)":1.1", .reason = text,
			       .application_id = (char *)"" };
	struct claims c = CLAIMS_NULL;
	struct error e;

	memset(text, 'x', sizeof(text));
	text[CLAIM_TEXT_MAX + 1] = 0;
	CHECK_EQ(claims_add(&c, &claim, &e), -ERANGE);
	CHECK_EQ(e.kind, ERROR_OUT_OF_RANGE);
	CHECK_NAMES(e.message, "reason: 257 bytes");
	CHECK_NAMES(e.message, "0 to 256");
	claim.application_id = text;
	text[CLAIM_TEXT_MAX] = 0;
	CHECK_EQ(claims_add(&c, &claim, &e), 0);
	CHECK_STR(c.claim[0].reason, text);
	claims_done(&c);
}

static void a_cookie_is_of_one_kind(void)
{
	struct claims c = CLAIMS_NULL;

	add(&c, 5, ":1.1", 1, "gaming", 0, NULL);
	add(&c, 6, ":1.1", 1, NULL, 200, NULL);
	CHECK(claims_find(&c, CLAIM_HOLD, 5));
	CHECK(!claims_find(&c, CLAIM_LATENCY, 5));
	CHECK(!claims_find(&c, CLAIM_HOLD, 6));
	CHECK(!claims_find(&c, CLAIM_HOLD, 0));
	claims_done(&c);
}

static void who_leaves_takes_all_along(void)
{
	struct claims c = CLAIMS_NULL, told = CLAIMS_NULL;

	add(&c, 1, ":1.1", 1, "gaming", 0, NULL);
	add(&c, 2, ":1.11", 1, "latency", 0, NULL);
	add(&c, 3, ":1.1", 1, NULL, 200, NULL);
	add(&c, 4, ":1.1", 1, "powersave", 0, NULL);
	CHECK_EQ(claims_end_owner(&c, ":1"), 0);
	CHECK_EQ(claims_end_owner(&c, ":1.1"), 1u << CLAIM_HOLD | 1u << CLAIM_LATENCY);
	CHECK_EQ(c.n, 1);
	CHECK_EQ(c.claim[0].cookie, 2);
	CHECK_EQ(claims_end_owner(&c, ":1.1"), 0);

	add(&c, 5, ":1.5", 1, NULL, 300, NULL);
	add(&c, 6, ":1.6", 1, "gaming", 0, NULL);
	CHECK(claims_end_kind(&c, CLAIM_HOLD, &told));
	CHECK(!claims_end_kind(&c, CLAIM_HOLD, &told));
	CHECK_EQ(c.n, 1);
	CHECK_EQ(told.n, 2);
	CHECK_STR(told.claim[0].owner, ":1.11");
	CHECK_EQ(told.claim[1].cookie, 6);
	claims_done(&c);
	claims_done(&told);
}

static void the_shortest_latency_counts(void)
{
	struct claims c = CLAIMS_NULL;

	CHECK(!claims_shortest_latency(&c));
	add(&c, 1, ":1.1", 1, "gaming", 0, NULL);
	CHECK(!claims_shortest_latency(&c));
	add(&c, 2, ":1.1", 1, NULL, 500, NULL);
	add(&c, 3, ":1.2", 1, NULL, 200, NULL);
	add(&c, 4, ":1.3", 1, NULL, 200, NULL);
	CHECK_EQ(claims_shortest_latency(&c)->cookie, 3);
	claims_end_owner(&c, ":1.2");
	claims_end_owner(&c, ":1.3");
	CHECK_EQ(claims_shortest_latency(&c)->latency_usec, 500);
	claims_done(&c);
}

/* However often, it takes no more room than once. */
static void nothing_grows(void)
{
	struct claims c = CLAIMS_NULL;

	for (uint32_t i = 1; i <= 100000; i++) {
		CHECK_EQ(add(&c, i, ":1.1", 1, "gaming", 0, NULL), 0);
		claims_end(&c, &c.claim[0], NULL);
	}
	CHECK_EQ(c.n, 0);
	CHECK(c.room <= 8);
	claims_done(&c);
}

static void a_table_survives(void)
{
	struct claims c = CLAIMS_NULL, back = CLAIMS_NULL;
	struct stat st;
	struct error e;

	CHECK_EQ(claims_file_read(&back, "w", tree.root, &e), 0);
	CHECK_EQ(back.n, 0);
	add(&c, UINT32_MAX, ":1.1", 4294967294u, "gaming", 0, NULL);
	add(&c, 7, ":1.2", 0, NULL, 200, NULL);
	free(c.claim[0].reason);
	c.claim[0].reason = strdup("\"für\"\n\\ {}");
	CHECK_EQ(claims_file_write(&c, "w", tree.root), 0);
	CHECK(stat(tree_path(&tree, "clients.jsonl"), &st) == 0);
	CHECK_EQ(st.st_mode & 0777, 0600);
	CHECK_EQ(claims_file_read(&back, "w", tree.root, &e), 0);
	CHECK_EQ(back.n, 2);
	CHECK_EQ(back.claim[0].kind, CLAIM_HOLD);
	CHECK_EQ(back.claim[0].cookie, UINT32_MAX);
	CHECK_EQ(back.claim[0].uid, 4294967294u);
	CHECK_STR(back.claim[0].owner, ":1.1");
	CHECK_STR(back.claim[0].profile, "gaming");
	CHECK_STR(back.claim[0].reason, "\"für\"\n\\ {}");
	CHECK_STR(back.claim[0].application_id, "org.example.Game");
	CHECK_EQ(back.claim[1].kind, CLAIM_LATENCY);
	CHECK_EQ(back.claim[1].latency_usec, 200);
	CHECK_EQ(back.claim[1].since_usec, 1007);
	claims_done(&back);
	/* In another world the same names are other clients. */
	CHECK_EQ(claims_file_read(&back, "v", tree.root, &e), 0);
	CHECK_EQ(back.n, 0);
	claims_end_owner(&c, ":1.1");
	claims_end_owner(&c, ":1.2");
	CHECK_EQ(claims_file_write(&c, "w", tree.root), 0);
	CHECK(stat(tree_path(&tree, "clients.jsonl"), &st) < 0);
	claims_done(&c);
}

#define HOLD "\"kind\": \"hold\", \"owner\": \":1.1\", \"uid\": 0, \"reason\": \"\", " \
	     "\"application_id\": \"\", \"since_usec\": 1"

static void a_broken_file_is_refused_whole(void)
{
	static const char *const bad[] = {
		"{ \"world\": \"w\" }",				/* cut off */
		"{}\n",
		"{ \"world\": 3 }\n",
		"{ \"world\": \"w\" }\nnonsense\n",
		"{ \"world\": \"w\" }\n{ " HOLD ", \"profile\": \"a\", \"cookie\": 0 }\n",
		"{ \"world\": \"w\" }\n{ " HOLD ", \"profile\": \"a\", \"cookie\": -1 }\n",
		"{ \"world\": \"w\" }\n{ " HOLD ", \"profile\": \"a\", \"cookie\": 4294967296 }\n",
		"{ \"world\": \"w\" }\n{ " HOLD ", \"profile\": \"../a\", \"cookie\": 1 }\n",
		"{ \"world\": \"w\" }\n{ " HOLD ", \"cookie\": 1 }\n",
		"{ \"world\": \"w\" }\n{ " HOLD ", \"profile\": \"a\", \"cookie\": 1, \"x\": 1 }\n",
		"{ \"world\": \"w\" }\n{ " HOLD ", \"profile\": \"a\", \"cookie\": 1 }\n"
		"{ " HOLD ", \"profile\": \"a\", \"cookie\": 1 }\n",
		"{ \"world\": \"w\" }\n{ " HOLD ", \"profile\": \"a\", \"cookie\": 1 }\n"
		"{ \"kind\": \"wish\" }\n",
	};
	struct claims back = CLAIMS_NULL;
	struct error e;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		tree_write(&tree, "clients.jsonl", bad[i]);
		CHECK(claims_file_read(&back, "w", tree.root, &e) < 0);
		CHECK_NAMES(e.message, "clients.jsonl");
		CHECK_EQ(back.n, 0);
	}
	tree_write(&tree, "clients.jsonl", "{ \"world\": \"w\" }\n{ " HOLD
		   ", \"profile\": \"a\", \"cookie\": 1 }\n");
	CHECK_EQ(claims_file_read(&back, "w", tree.root, &e), 0);
	CHECK_EQ(back.n, 1);
	claims_done(&back);
}

int main(void)
{
	tree_make(&tree);
	RUN(cookies_are_never_zero_nor_taken);
	RUN(limits_hold_for_both_kinds_together);
	RUN(texts_have_a_length);
	RUN(a_cookie_is_of_one_kind);
	RUN(who_leaves_takes_all_along);
	RUN(the_shortest_latency_counts);
	RUN(nothing_grows);
	RUN(a_table_survives);
	RUN(a_broken_file_is_refused_whole);
	tree_remove(&tree);
	return TEST_RESULT();
}
