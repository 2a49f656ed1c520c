/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * When the kernel ends the scheduler, we hear of it at once, and it says why.
 */
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/bpf/guest.h"

static bool readable(struct sched *s, int timeout_msec)
{
	struct pollfd p = { .fd = sched_fd(s), .events = POLLIN };

	return poll(&p, 1, timeout_msec) == 1 && (p.revents & POLLIN);
}

static void test_sysrq(void)
{
	struct sched *s = guest_start(0);
	struct sched_exit e = SCHED_EXIT_NULL;
	FILE *f = fopen("/proc/sysrq-trigger", "we");

	CHECK(!readable(s, 0));
	CHECK_EQ(sched_ended(s, &e), 0);
	CHECK(f && fputc('S', f) == 'S');
	if (f)
		fclose(f);
	CHECK(readable(s, 10000));
	CHECK_EQ(sched_ended(s, &e), 1);
	CHECK_EQ(e.kind, 67);
	CHECK(e.reason[0]);
	printf("%s: %s\n", e.reason, e.message);
	sched_exit_done(&e);
	sched_free(s);
	CHECK_STR(guest_kernel().state, "disabled");
}

/*
 * The kernel's watchdog: real-time tasks take all CPUs for longer than it allows. From 7.0 on the
 * kernel keeps some time for others, so that it may come to nothing.
 */
static void test_stall(void)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	pid_t *rt = calloc((size_t)cpus, sizeof(*rt)), hog = guest_hog(-1, 0);
	struct sched *s = guest_start(500);
	struct sched_exit e = SCHED_EXIT_NULL;
	struct kernel k;
	bool ended;

	kernel_read(&k, "/sys", "/proc");
	for (int i = (int)cpus - 1; rt && i >= 0; i--)
		rt[i] = guest_rt(i, 3 * SEC);
	/* To take a scheduler out, the kernel needs threads that wait behind RT, too. */
	ended = readable(s, 30000);
	CHECK_EQ(sched_ended(s, &e), ended);
	CHECK(ended || strtoul(k.release, NULL, 10) >= 7);
	if (ended) {
		CHECK_EQ(e.kind, 1026);
		CHECK(e.message[0]);
		CHECK(e.dump && e.dump[0]);
		printf("%s: %s\n", e.reason, e.message);
	}
	for (int i = 0; rt && i < cpus; i++)
		guest_kill(rt[i]);
	guest_kill(hog);
	free(rt);
	sched_exit_done(&e);
	sched_free(s);
}

int main(void)
{
	guest_require(1);
	RUN(test_sysrq);
	RUN(test_stall);
	return TEST_RESULT();
}
