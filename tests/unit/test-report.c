/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is kept on disk: the exit report and the selected profile.
 */
#include "daemon/report.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/selection.h"
#include "tests/test.h"
#include "tests/unit/tree.h"

static struct tree tree;

static void a_report_survives(void)
{
	struct exit_report r = {
		.valid = true, .kind = 1026, .code = -7, .since_usec = 1795390000000000,
		.uptime_usec = 12345, .generation = 42,
		.reason = "runnable task stall", .message = "cc1[99] \"failed\"\nto run \xff\x01",
		.profile = "gaming", .kernel = "6.18.15",
	}, back = EXIT_REPORT_NULL;
	struct stat st;

	tunables_compute(&r.tunables, NULL, NULL);
	r.tunables.value[TUNABLE_SLICE_MAX] = 1234;
	r.tunables.value[TUNABLE_WAKE_SYNC] = 0;
	r.dump = strdup("CPU 0\n\tcurr=x\n");
	CHECK_EQ(exit_report_write(&r, tree.root), 0);
	CHECK(!stat(tree_path(&tree, "last-exit.json"), &st));
	CHECK_EQ(st.st_mode & 07777, 0600);
	CHECK_EQ(exit_report_read(&back, tree.root, NULL), 0);
	CHECK(back.valid);
	CHECK_EQ(back.kind, 1026);
	CHECK_EQ(back.code, -7);
	CHECK_EQ(back.since_usec, 1795390000000000);
	CHECK_EQ(back.uptime_usec, 12345);
	CHECK_EQ(back.generation, 42);
	CHECK_STR(back.reason, "runnable task stall");
	CHECK_STR(back.message, "cc1[99] \"failed\"\nto run ??");
	CHECK_STR(back.profile, "gaming");
	CHECK_STR(back.kernel, "6.18.15");
	CHECK_STR(back.dump, "CPU 0\n\tcurr=x\n");
	CHECK(tunables_equal(&back.tunables, &r.tunables));
	exit_report_done(&back);
	exit_report_done(&r);
}

/* The worst dump there is: as long as they get, and every byte of it escaped. */
static void a_long_dump_survives(void)
{
	struct exit_report r = { .valid = true }, back = EXIT_REPORT_NULL;

	r.dump = malloc(32769);
	memset(r.dump, '"', 32768);
	r.dump[32768] = 0;
	CHECK_EQ(exit_report_write(&r, tree.root), 0);
	CHECK_EQ(exit_report_read(&back, tree.root, NULL), 0);
	CHECK(back.dump && strlen(back.dump) == 32768);
	exit_report_done(&back);
	exit_report_done(&r);
}

static void broken_reports_are_named(void)
{
	struct exit_report back = { .kind = 5 };
	struct error e;

	tree_write(&tree, "last-exit.json", "{ \"kind\": \"x\" }");
	CHECK(exit_report_read(&back, tree.root, &e) < 0);
	CHECK_NAMES(e.message, "last-exit.json");
	CHECK_NAMES(e.message, "kind");
	CHECK_EQ(back.kind, 5);
	tree_write(&tree, "last-exit.json", "\xff{nonsense");
	CHECK(exit_report_read(&back, tree.root, &e) < 0);
	/* Two dumps, one after the other: the first must not leak. */
	tree_write(&tree, "last-exit.json", "{ \"dump\": \"a\", \"kind\": -1 }");
	CHECK(exit_report_read(&back, tree.root, &e) < 0);
	tree_unlink(&tree, "last-exit.json");
	CHECK_EQ(exit_report_read(&back, tree.root, &e), 0);
	CHECK(!back.valid);
}

static void a_selection_survives(void)
{
	struct selection s = { .profile = "latency", .default_profile = "balanced" }, back;

	CHECK_EQ(selection_read(&back, tree.root, NULL), 0);
	CHECK_STR(back.profile, "");
	CHECK_EQ(selection_write(&s, tree.root), 0);
	CHECK_EQ(selection_read(&back, tree.root, NULL), 0);
	CHECK_STR(back.profile, "latency");
	CHECK_STR(back.default_profile, "balanced");
	CHECK_EQ(back.follow, SELECTION_FOLLOW_UNSET);
	CHECK_EQ(selection_write(&s, tree_path(&tree, "nowhere")), -ENOENT);
	/* Following is kept as well, also when no profile was ever selected. */
	s = (struct selection){ .follow = SELECTION_FOLLOW_NO, .default_profile = "balanced" };
	CHECK_EQ(selection_write(&s, tree.root), 0);
	CHECK_EQ(selection_read(&back, tree.root, NULL), 0);
	CHECK_STR(back.profile, "");
	CHECK_EQ(back.follow, SELECTION_FOLLOW_NO);
	s.follow = SELECTION_FOLLOW_YES;
	CHECK_EQ(selection_write(&s, tree.root), 0);
	CHECK_EQ(selection_read(&back, tree.root, NULL), 0);
	CHECK_EQ(back.follow, SELECTION_FOLLOW_YES);
}

static void broken_selections_are_named(void)
{
	struct selection back = { .profile = "kept" };
	struct error e;

	tree_write(&tree, "selection.json", "{ \"profile\": \"../../etc/shadow\" }");
	CHECK(selection_read(&back, tree.root, &e) < 0);
	CHECK_NAMES(e.message, "selection.json");
	tree_write(&tree, "selection.json", "");
	CHECK(selection_read(&back, tree.root, &e) < 0);
	CHECK_STR(back.profile, "kept");
}

int main(void)
{
	tree_make(&tree);
	RUN(a_report_survives);
	RUN(a_long_dump_survives);
	RUN(broken_reports_are_named);
	RUN(a_selection_survives);
	RUN(broken_selections_are_named);
	tree_remove(&tree);
	return TEST_RESULT();
}
