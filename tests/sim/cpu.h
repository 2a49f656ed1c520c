/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One CPU at work: what it runs, how far that got, and who is next.
 */
#pragma once

#include "tests/sim/sim.h"

void list_push(struct task_list *l, struct task *t, bool head);
void list_remove(struct task_list *l, struct task *t);

/* Counts the running task's work until now: before anything changes that it depends on. */
void cpu_count(struct sim *sim, struct cpu *c);

/* Sets the CPU's next event, after something changed that it depends on. */
void cpu_plan(struct sim *sim, struct cpu *c);

/* The kernel's resched_curr(): at once on the CPU of the context, else after an interrupt. */
void cpu_resched(struct sim *sim, struct cpu *c);

/* The kernel's update_curr(): the running task's time is counted, and its slice shrinks. */
void cpu_update_curr(struct sim *sim, struct cpu *c);

/* The kernel's schedule(). @blocks: the running task goes to sleep or ends. */
void cpu_schedule(struct sim *sim, struct cpu *c, bool blocks);

/* The CPU runs @next from now on; NULL: it is idle. */
void cpu_set_curr(struct sim *sim, struct cpu *c, struct task *next);

/* Puts @t, ready, in the local queue of its CPU. */
void cpu_enqueue_local(struct sim *sim, struct task *t, unsigned enq_flags);

/* Takes @t, ready, out of whatever queue it is in. */
void cpu_dequeue(struct sim *sim, struct task *t);
