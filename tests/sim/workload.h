/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What tasks do: groups of programs of one kind, from a line of text.
 *
 *   KIND[*N][:KEY=VALUE,…]        hog*4:nice=5   timer:period=1ms   pipe*2:cpu=0+4-7
 *
 * The kinds stand in a table in workload.c, with what they do and their defaults.
 */
#pragma once

#include "tests/sim/sim.h"

/* What a task does next. */
struct action {
	enum action_kind {
		ACTION_RUN,		/* work for @arg ns */
		ACTION_SLEEP,		/* until somebody wakes it */
		ACTION_SLEEP_UNTIL,	/* @arg, not late on purpose */
		ACTION_YIELD,
		ACTION_EXIT,
	} kind;
	u64 arg;
};

struct params {
	u64 tasks, work, period, sleep, limit, clients, start, from, move;
	u64 sync, wakes, each, kthread;
	int nice;
	enum task_class class;
	bool pinned;
	struct cpuset cpus;
};

struct group {
	char name[64];
	const struct kind *kind;
	struct sim *sim;
	struct params params;
	struct task **task;		/* not those that come and go */
	u32 nr_tasks, alive;
	u64 thinking;			/* clients that have no request under way */
	u32 cgroup;			/* that its tasks are in: host_group() */
	struct event event;		/* the start; later the next request */
	struct event mover;		/* the next change of an affinity */
	struct random random;

	struct task_list idle;		/* servers that wait for a request */
	u64 *request;			/* those that wait for a server: when they came */
	size_t first_request, nr_requests, requests_capacity;

	/* measured */
	u64 run_ns, waited_ns, frames, missed;	/* the second: the longest wait for a CPU */
	struct histogram wake, done;
	const struct histogram *recorded;	/* of a replay: its wake-ups as they were */
};

/* Adds the group that @text describes. */
int workload_add(struct sim *sim, const char *text, struct error *err);

/* Adds a group with room for so many tasks, which the caller makes: task_new(), group_join(). */
struct group *workload_add_empty(struct sim *sim, const char *name, u64 tasks);
void group_join(struct group *g, struct task *t);
void group_free(struct group *g);

/* For the CPU: the running task has done what it was to do; a task begins to run. */
void workload_step(struct sim *sim, struct task *t);
void workload_running(struct sim *sim, struct task *t);

/* The kinds, their keys and defaults, for --help. */
void workload_help(void);
