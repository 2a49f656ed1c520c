/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Another scheduler is attached: it is named and left alone.
 */
#include <bpf/libbpf.h>

#include "tests/bpf/guest.h"
#include "other.skel.h"

static const struct sched_options options = { .tunables = &guest_tunables };

static void refused_naming(const char *name)
{
	struct sched_exit e = SCHED_EXIT_NULL;
	struct error err = { .kind = _ERROR_MAX };
	struct sched *s = NULL;

	CHECK(sched_start(&s, &options, &e, &err) < 0);
	CHECK(!s);
	CHECK_EQ(err.kind, ERROR_FOREIGN);
	CHECK_NAMES(err.message, name);
	CHECK_EQ(e.kind, 0);
	CHECK_STR(guest_kernel().ops, name);
	CHECK_STR(guest_kernel().state, "enabled");
}

static void test_other_scheduler(void)
{
	struct other_bpf *other = other_bpf__open_and_load();

	CHECK(other);
	if (!other)
		return;
	CHECK_EQ(other_bpf__attach(other), 0);
	refused_naming("somebody");
	other_bpf__destroy(other);
	CHECK_STR(guest_kernel().state, "disabled");
}

static void test_second_bpfland(void)
{
	struct sched *s = guest_start(0);

	refused_naming(BPFLAND_OPS_NAME);
	CHECK_EQ(sched_ended(s, NULL), 0);
	sched_free(s);
}

int main(void)
{
	guest_require(1);
	RUN(test_other_scheduler);
	RUN(test_second_bpfland);
	return TEST_RESULT();
}
