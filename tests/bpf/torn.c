/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 10,000 changes while BPF reads at every task switch of a busy machine: no set of tunables is ever
 * seen that is of two generations.
 */
#include <bpf/libbpf.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "bpf/live.h"
#include "tests/bpf/guest.h"
#include "tests/bpf/tear.h"
#include "tear.skel.h"

#define CHANGES 10000
#define PAIRS 4

/* Two processes that do nothing but wake each other: a switch every few microseconds. */
static pid_t ping_pong(void)
{
	int there[2], back[2];
	char byte = 0;
	pid_t pid = -1;

	if (pipe(there) || pipe(back) || (pid = fork()) < 0)
		exit(1);
	if (pid)
		return pid;
	setpgid(0, 0);
	if (!fork())
		while (read(there[0], &byte, 1) == 1 && write(back[1], &byte, 1) == 1)
			;
	while (write(there[1], &byte, 1) == 1 && read(back[0], &byte, 1) == 1)
		;
	_exit(0);
}

static void sum(const struct tear_bpf *skel, struct tear_cpu *ret)
{
	for (int i = 0; i < libbpf_num_possible_cpus() && i < BPFLAND_MAX_CPUS; i++) {
		const struct tear_cpu *c = &skel->bss->tears[i];

		ret->reads += live_load(&c->reads);
		ret->changes += live_load(&c->changes);
		ret->stale += live_load(&c->stale);
		ret->torn += live_load(&c->torn);
	}
}

static void test_nothing_is_torn(void)
{
	struct tear_bpf *skel = tear_bpf__open_and_load();
	struct tear_cpu total = {};
	pid_t pairs[PAIRS];

	CHECK(skel);
	if (!skel)
		return;
	CHECK_EQ(tear_bpf__attach(skel), 0);
	for (int i = 0; i < PAIRS; i++)
		pairs[i] = ping_pong();
	for (uint64_t g = 1; g <= CHANGES; g++) {
		struct bpfland_tunables t = tear_expect(g);

		live_publish(&skel->bss->live, &t);
		/* Now and then sleep for a moment: every reader gets to see some of them. */
		if (g % 8 == 0)
			guest_pass(20000);
	}
	sum(skel, &total);
	for (int i = 0; i < PAIRS; i++) {
		kill(-pairs[i], SIGKILL);
		guest_wait(pairs[i]);
	}
	tear_bpf__destroy(skel);
	printf("%llu sets read, %llu of them new, %llu times an old one had to do, %llu torn\n",
	       (unsigned long long)total.reads, (unsigned long long)total.changes,
	       (unsigned long long)total.stale, (unsigned long long)total.torn);
	CHECK_EQ(total.torn, 0);
	/* It did look, and it did see changes. */
	CHECK(total.reads > 1000);
	CHECK(total.changes > 100);
}

int main(void)
{
	struct sched *s;

	guest_require(1);
	s = guest_start(0);
	RUN(test_nothing_is_torn);
	CHECK_EQ(sched_ended(s, NULL), 0);
	sched_free(s);
	return TEST_RESULT();
}
