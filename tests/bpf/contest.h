/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Contests for tests: hogs compete for CPU time, and who gets how much is compared with what their
 * weights promise.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define CONTEST_TASKS 8

/* Who joins last gets least, or no more than others, and has to share. All zero is empty. */
struct contest {
	pid_t pid[CONTEST_TASKS];
	uint64_t got[CONTEST_TASKS];
	int n;
};

/* Of those in the set of bits @who, the sum is @ratio times that of @others. */
struct contest_share {
	const char *what;
	unsigned who, others;
	double ratio;
};

/* One more: on @cpu only unless that is -1, in the control group @group unless that is NULL. */
void contest_join(struct contest *c, const char *group, int cpu, int nice_value);

/* What each gets in @ns, or in a bit more: the last one has whole turns. */
void contest_measure(struct contest *c, uint64_t ns);

/*
 * Whether they share like that, within 5 %, in one of three windows of @ns: what else runs in the
 * guest weighs next to nothing beside heavy groups, and very much beside tasks of nice 19; it sets
 * the clock far on when it runs for a while. Prints what it sees.
 */
bool contest_settles(struct contest *c, uint64_t ns, const struct contest_share *shares, int n);

#define CONTEST_SETTLES(c, ns, ...)                                                              \
	CHECK(contest_settles(c, ns, (struct contest_share[]){ __VA_ARGS__ },                    \
			      sizeof((struct contest_share[]){ __VA_ARGS__ }) /                  \
				      sizeof(struct contest_share)))

void contest_finish(struct contest *c);
