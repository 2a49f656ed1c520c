/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Words that are nearly right, and the table of verbs that they are looked up in.
 */
#include "ctl/words.h"

#include <stdlib.h>

#include "ctl/options.h"
#include "ctl/verbs.h"
#include "tests/test.h"

static void distance_counts_what_people_do(void)
{
	CHECK_EQ(words_distance("hold", "hold"), 0);
	CHECK_EQ(words_distance("Hold", "hOLD"), 0);
	CHECK_EQ(words_distance("hodl", "hold"), 1);	/* swapped */
	CHECK_EQ(words_distance("hld", "hold"), 1);	/* left out */
	CHECK_EQ(words_distance("holdd", "hold"), 1);	/* put in */
	CHECK_EQ(words_distance("gold", "hold"), 1);	/* replaced */
	CHECK_EQ(words_distance("", "hold"), 4);
	CHECK_EQ(words_distance("hold", ""), 4);
	CHECK_EQ(words_distance("ca", "abc"), 3);	/* no letter is touched twice */
}

static void long_words_are_cut(void)
{
	char a[300], b[300];

	memset(a, 'x', sizeof(a));
	memset(b, 'y', sizeof(b));
	a[299] = b[299] = 0;
	CHECK_EQ(words_distance(a, a), 0);
	CHECK_EQ(words_distance(a, b), 63);
}

static const char *nearest_of(const char *word, const char *const *words)
{
	struct nearest n = NEAREST(word);

	for (; *words; words++)
		nearest_offer(&n, *words);
	return n.best ? n.best : "nothing";
}

static void what_is_near_is_meant(void)
{
	static const char *const words[] = { "balanced", "gaming", "latency", "throughput", NULL };

	CHECK_STR(nearest_of("gamng", words), "gaming");
	CHECK_STR(nearest_of("Latencey", words), "latency");
	CHECK_STR(nearest_of("thru", words), "nothing");
	CHECK_STR(nearest_of("through", words), "throughput");
	CHECK_STR(nearest_of("silence", words), "nothing");
	CHECK_STR(nearest_of("x", words), "nothing");
	CHECK_STR(nearest_of("", words), "nothing");
}

/* What the program relies on without looking. */
static void the_table_of_verbs_is_sound(void)
{
	for (const struct verb *v = verbs; v->name; v++) {
		size_t n = 0;

		CHECK(verb_find(v->name) == v);
		CHECK(v->run);
		CHECK(v->min_arguments <= v->max_arguments);
		CHECK((v->max_arguments > 0) == (*v->arguments != 0));
		if (!(v->flags & VERB_HIDDEN)) {
			CHECK(strlen(v->summary) > 10);
			CHECK(v->summary[strlen(v->summary) - 1] != '.');
		}
		for (const struct option_info *o = v->options; o && o->name; o++, n++)
			for (const struct option_info *c = options_common; c->name || c->letter;
			     c++) {
				CHECK(!c->letter || c->letter != o->letter);
				CHECK(!c->name || strcmp(c->name, o->name));
			}
		CHECK(n <= VERB_OPTIONS_MAX);
	}
	CHECK(!verb_find("no-such-verb"));
}

int main(void)
{
	RUN(distance_counts_what_people_do);
	RUN(long_words_are_cut);
	RUN(what_is_near_is_meant);
	RUN(the_table_of_verbs_is_sound);
	return TEST_RESULT();
}
