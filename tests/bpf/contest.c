/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Contests for tests.
 */
#include "tests/bpf/contest.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/bpf/cgroup.h"
#include "tests/bpf/guest.h"

/* What weights are worth together is known a few ticks after they have changed. */
#define KNOWN (300 * MSEC)

void contest_join(struct contest *c, const char *group, int cpu, int nice_value)
{
	if (c->n == CONTEST_TASKS)
		abort();
	c->pid[c->n] = guest_hog(cpu, nice_value);
	if (group)
		cgroup_join(group, c->pid[c->n]);
	c->n++;
}

void contest_measure(struct contest *c, uint64_t ns)
{
	pid_t last = c->pid[c->n - 1];

	guest_pass_turn(last);
	for (int i = 0; i < c->n; i++)
		c->got[i] = guest_cpu_time(c->pid[i]);
	guest_pass(ns);
	guest_pass_turn(last);
	for (int i = 0; i < c->n; i++)
		c->got[i] = guest_cpu_time(c->pid[i]) - c->got[i];
}

static uint64_t sum(const struct contest *c, unsigned who)
{
	uint64_t ns = 0;

	for (int i = 0; i < c->n; i++)
		ns += who & 1u << i ? c->got[i] : 0;
	return ns;
}

/* Prints it, too: how far off it was is worth knowing when it passes. */
static bool near(const struct contest *c, const struct contest_share *s)
{
	uint64_t others = sum(c, s->others);
	double ratio = (double)sum(c, s->who) / (double)(others ? others : 1);

	printf("%-40s %8.2f, expected %.2f\n", s->what, ratio, s->ratio);
	return ratio > s->ratio * 0.95 && ratio < s->ratio * 1.05;
}

bool contest_settles(struct contest *c, uint64_t ns, const struct contest_share *shares, int n)
{
	for (int i = 0; i < 3; i++) {
		bool good = true;

		guest_pass(KNOWN);
		contest_measure(c, ns);
		for (int j = 0; j < n; j++)
			good &= near(c, &shares[j]);
		if (good)
			return true;
	}
	return false;
}

void contest_finish(struct contest *c)
{
	for (int i = 0; i < c->n; i++)
		guest_kill(c->pid[i]);
	c->n = 0;
}
