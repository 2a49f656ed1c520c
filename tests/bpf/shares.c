/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who gets how much of a CPU: nice values, SCHED_BATCH, SCHED_IDLE, and those of least weight, who
 * get something, too.
 */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "tests/bpf/contest.h"
#include "tests/bpf/guest.h"

static void must(int r, const char *what)
{
	if (!r)
		return;
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	exit(1);
}

static void set_policy(pid_t pid, int policy)
{
	must(sched_setscheduler(pid, policy, &(struct sched_param){}), "sched_setscheduler");
}

static void renice(pid_t pid, int nice_value)
{
	must(setpriority(PRIO_PROCESS, (id_t)pid, nice_value), "setpriority");
}

/* Of SCHED_BATCH or not. */
static void test_equals(void)
{
	struct contest c = {};

	for (int i = 0; i < 4; i++)
		contest_join(&c, NULL, 0, 0);
	set_policy(c.pid[1], SCHED_BATCH);
	set_policy(c.pid[2], SCHED_BATCH);
	CONTEST_SETTLES(&c, 3 * SEC, { "one of four equals to another", 1, 8, 1 },
			{ "one of SCHED_BATCH to another", 2, 4, 1 },
			{ "both of SCHED_BATCH to the others", 2 | 4, 1 | 8, 1 });
	contest_finish(&c);
}

/*
 * What is expected are the kernel's own weights, 1024 for nice 0. To a scheduler it tells 100, 11,
 * 4 and 1 for these.
 */
static void test_low(void)
{
	struct contest c = {};

	contest_join(&c, NULL, 0, 0);
	contest_join(&c, NULL, 0, 10);
	contest_join(&c, NULL, 0, 15);
	contest_join(&c, NULL, 0, 19);
	CONTEST_SETTLES(&c, 5 * SEC, { "nice 0 to nice 10", 1, 2, 1024 / 110.0 },
			{ "nice 10 to nice 15", 2, 4, 110 / 36.0 },
			{ "nice 0 to nice 19", 1, 8, 1024 / 15.0 });
	contest_finish(&c);
}

static void test_high(void)
{
	struct contest c = {};

	contest_join(&c, NULL, 0, -20);
	contest_join(&c, NULL, 0, -10);
	contest_join(&c, NULL, 0, 0);
	CONTEST_SETTLES(&c, 4 * SEC, { "nice -20 to nice -10", 1, 2, 88761 / 9548.0 },
			{ "nice -20 to nice 0", 1, 4, 88761 / 1024.0 });
	contest_finish(&c);
}

/* One of them runs and the other waits: both weigh what they weigh now. */
static void test_renice(void)
{
	struct contest c = {};

	contest_join(&c, NULL, 0, 0);
	contest_join(&c, NULL, 0, 5);
	set_policy(c.pid[1], SCHED_BATCH);
	CONTEST_SETTLES(&c, 1 * SEC, { "nice 0 to nice 5, SCHED_BATCH", 1, 2, 1024 / 335.0 });
	renice(c.pid[0], 13);
	renice(c.pid[1], 17);
	CONTEST_SETTLES(&c, 2 * SEC, { "then reniced to 13 and 17", 1, 2, 56 / 23.0 });
	contest_finish(&c);
}

/* It counts like a control group of weight 1, whatever its nice value; and back again. */
static void test_sched_idle(void)
{
	struct contest c = {};

	contest_join(&c, NULL, 0, 0);
	contest_join(&c, NULL, 0, -10);
	set_policy(c.pid[1], SCHED_IDLE);
	CONTEST_SETTLES(&c, 3 * SEC, { "nice 0 to SCHED_IDLE", 1, 2, 100 });
	renice(c.pid[1], 4);
	set_policy(c.pid[1], SCHED_OTHER);
	CONTEST_SETTLES(&c, 1 * SEC, { "to what was SCHED_IDLE, of nice 4", 1, 2, 1024 / 423.0 });
	contest_finish(&c);
}

static void test_nobody_starves(void)
{
	struct contest c = {};

	contest_join(&c, NULL, 0, 0);
	contest_join(&c, NULL, 0, 0);
	contest_join(&c, NULL, 0, -20);
	contest_join(&c, NULL, 0, 19);
	contest_measure(&c, 3 * SEC);
	printf("nice 19 beside nice -20: %.2f %%\n", (double)c.got[3] / 3e7);
	CHECK(c.got[3] > 0);
	CHECK(c.got[3] < c.got[0]);
	CHECK(c.got[2] > 2 * c.got[0]);
	contest_finish(&c);
}

int main(void)
{
	struct sched *s;

	guest_require(1);
	s = guest_start(0);
	RUN(test_equals);
	RUN(test_low);
	RUN(test_high);
	RUN(test_renice);
	RUN(test_sched_idle);
	RUN(test_nobody_starves);
	CHECK_EQ(sched_ended(s, NULL), 0);
	sched_free(s);
	return TEST_RESULT();
}
