/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Why the scheduler ended, from what kernels leave behind.
 */
#include "daemon/diagnosis.h"

#include "tests/test.h"

/* The layout of the kernel's dump: what is not needed is left out, nothing is put in. */
#define DUMP(cpu0_class, cpu1_class)                                                             \
	"kworker/u8:1[77] triggered exit kind 1026:\n"                                           \
	"  runnable task stall (cc1[99] failed to run for 30.112s)\n\n"                          \
	"Backtrace:\n  check_rq_for_timeouts+0xdf/0x120\n\n"                                     \
	"CPU states\n----------\n\n"                                                             \
	"CPU 0   : nr_run=2 flags=0x1 cpu_rel=1 ops_qseq=12 pnt_seq=34\n"                        \
	"          curr=spin[812] class=" cpu0_class "\n\n"                                      \
	"  R make[98] -120ms\n"                                                                  \
	"      scx_state/flags=3/0x9 dsq_flags=0x0\n\n"                                          \
	"CPU 1   : nr_run=3 flags=0x1 cpu_rel=0 ops_qseq=56 pnt_seq=78\n"                        \
	"          curr=hog with space[813] class=" cpu1_class "\n\n"                            \
	" *R hog with space[813] +0ms\n"                                                         \
	"      scx_state/flags=3/0x1 dsq_flags=0x0\n\n"                                          \
	"  R cc1[99] -30112ms\n"                                                                 \
	"      scx_state/flags=3/0x9 dsq_flags=0x0\n"

static struct sched_exit stall(const char *message, const char *dump)
{
	struct sched_exit e = { .kind = EXIT_KIND_STALL, .reason = "runnable task stall" };

	snprintf(e.message, sizeof(e.message), "%s", message);
	e.dump = (char *)dump;
	return e;
}

static void check(struct sched_exit e, enum lifecycle_event event, const char *culprit)
{
	char buf[64] = "untouched";

	CHECK_EQ(diagnose(&e, buf, sizeof(buf)), event);
	CHECK_STR(buf, culprit);
}

#define CC1 "cc1[99] failed to run for 30.112s"

static void stalls_behind_real_time_tasks(void)
{
	check(stall(CC1, DUMP("ext_sched_class", "rt_sched_class")), LIFECYCLE_ENDED_BEHIND_RT,
	      "hog with space[813]");
	check(stall(CC1, DUMP("ext_sched_class", "dl_sched_class")), LIFECYCLE_ENDED_BEHIND_RT,
	      "hog with space[813]");
	/* Real-time work on another CPU is no excuse. */
	check(stall(CC1, DUMP("rt_sched_class", "ext_sched_class")), LIFECYCLE_ENDED_ERROR, "");
	check(stall(CC1, DUMP("ext_sched_class", "ext_sched_class")), LIFECYCLE_ENDED_ERROR, "");
	check(stall(CC1, DUMP("ext_sched_class", "fair_sched_class")), LIFECYCLE_ENDED_ERROR, "");
	/* When the kernel's own watchdog was kept from running, no task is named. */
	check(stall("watchdog failed to check in for 30.001s",
		    DUMP("rt_sched_class", "ext_sched_class")),
	      LIFECYCLE_ENDED_BEHIND_RT, "spin[812]");
	check(stall("watchdog failed to check in for 30.001s",
		    DUMP("ext_sched_class", "ext_sched_class")), LIFECYCLE_ENDED_ERROR, "");
	/* Dumps have a limit: what is cut off is not held against anybody. */
	check(stall(CC1, "CPU 0   : nr_run=1\n          curr=spin[812] class=rt_sched_class\n"),
	      LIFECYCLE_ENDED_BEHIND_RT, "spin[812]");
}

static void dumps_may_be_anything(void)
{
	check(stall(CC1, NULL), LIFECYCLE_ENDED_ERROR, "");
	check(stall(CC1, ""), LIFECYCLE_ENDED_ERROR, "");
	check(stall("", "CPU "), LIFECYCLE_ENDED_ERROR, "");
	check(stall("] failed to run", "\nCPU 0 : curr="), LIFECYCLE_ENDED_ERROR, "");
	check(stall(CC1, "\nCPU 0 class=rt_sched_class curr=x\n"), LIFECYCLE_ENDED_ERROR, "");
	check(stall(CC1, "CPU states\n---\n"), LIFECYCLE_ENDED_ERROR, "");
}

static void kinds_and_codes(void)
{
	struct sched_exit e = SCHED_EXIT_NULL;

	e.kind = 66;
	e.code = 0x1000100000000;	/* restart, because of CPU hotplug */
	check(e, LIFECYCLE_ENDED_RESTART, "");
	e.code = 0;
	check(e, LIFECYCLE_ENDED_ERROR, "");
	e.kind = EXIT_KIND_SYSRQ;
	check(e, LIFECYCLE_ENDED_EVICTED, "");
	e.kind = EXIT_KIND_UNREGISTERED;
	check(e, LIFECYCLE_ENDED_EVICTED, "");
	e.kind = EXIT_KIND_ERROR;
	check(e, LIFECYCLE_ENDED_ERROR, "");
	e.kind = 1025;
	check(e, LIFECYCLE_ENDED_ERROR, "");
	/* Any other error with real-time work about is an error. */
	e.dump = (char *)DUMP("rt_sched_class", "rt_sched_class");
	check(e, LIFECYCLE_ENDED_ERROR, "");
}

static void sentences(void)
{
	struct sched_exit e = stall("cc1[99] failed\nto run", NULL);
	char buf[128], small[16];

	describe_exit(&e, "spin[812]", buf, sizeof(buf));
	CHECK_STR(buf, "runnable task stall: cc1[99] failed to run; held up by the real-time task "
		       "spin[812]");
	describe_exit(&e, "", small, sizeof(small));
	CHECK_STR(small, "runnable task s");
	e = SCHED_EXIT_NULL;
	describe_exit(&e, "", buf, sizeof(buf));
	CHECK_STR(buf, "it gave no reason");
}

int main(void)
{
	RUN(stalls_behind_real_time_tasks);
	RUN(dumps_may_be_anything);
	RUN(kinds_and_codes);
	RUN(sentences);
	return TEST_RESULT();
}
