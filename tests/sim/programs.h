/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The programs: for each kind of group, what its tasks do next. All are called by the task itself
 * when it has done what it was to do; at first when it begins.
 */
#pragma once

#include "tests/sim/workload.h"

struct action hog_step(struct sim *sim, struct task *t);
struct action timer_step(struct sim *sim, struct task *t);
struct action burst_step(struct sim *sim, struct task *t);
struct action frame_step(struct sim *sim, struct task *t);
struct action pipe_step(struct sim *sim, struct task *t);
struct action spin_step(struct sim *sim, struct task *t);
struct action messages_step(struct sim *sim, struct task *t);
struct action server_step(struct sim *sim, struct task *t);
struct action fork_step(struct sim *sim, struct task *t);
struct action rt_step(struct sim *sim, struct task *t);
struct action random_step(struct sim *sim, struct task *t);
struct action yield_step(struct sim *sim, struct task *t);
struct action replay_step(struct sim *sim, struct task *t);

/* The next request to a group of servers has come. */
void server_request(struct sim *sim, struct group *g);
