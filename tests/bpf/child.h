/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Children that do something each time that they are told to.
 */
#pragma once

#include <sys/types.h>

#define CHILD_TIMES 100

/* It waits for bytes, does its act for each, and says when it is done. */
struct child {
	pid_t pid;
	int go, done;
};

/* Runs on @cpu, or where its parent may for -1; @policy is SCHED_*. Asleep when this returns. */
struct child child_make(int cpu, int policy, void (*act)(void));
void child_start(const struct child *child);
void child_wait(const struct child *child);	/* until it is done */
void child_do(const struct child *child);	/* both */
void child_end(struct child *child);

/* Acts. */
void act_nothing(void);
void act_sleep(void);		/* for 2 ms, CHILD_TIMES times */
void act_yield(void);		/* CHILD_TIMES times */

/* The CPUs, a mask, of the task @pid; 0: of the caller. */
void child_allow(pid_t pid, unsigned mask);
