/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What bpflandctl can do: one table, from which it is dispatched, --help is printed, the shells'
 * completions are made and the manual is checked.
 */
#pragma once

#include "ctl/ctl.h"

/* In the order of --help; the last one has no name. */
extern const struct verb verbs[];
extern const char *const verb_group_titles[_GROUP_MAX];

/* NULL if there is none of this name. */
const struct verb *verb_find(const char *name);

int verb_complete(struct ctl *ctl, int argc, char **argv);
int verb_doctor(struct ctl *ctl, int argc, char **argv);
int verb_domain(struct ctl *ctl, int argc, char **argv);
int verb_dump(struct ctl *ctl, int argc, char **argv);
int verb_follow(struct ctl *ctl, int argc, char **argv);
int verb_get(struct ctl *ctl, int argc, char **argv);
int verb_hold(struct ctl *ctl, int argc, char **argv);
int verb_launch(struct ctl *ctl, int argc, char **argv);
int verb_list(struct ctl *ctl, int argc, char **argv);
int verb_monitor(struct ctl *ctl, int argc, char **argv);
int verb_plot(struct ctl *ctl, int argc, char **argv);
int verb_reload(struct ctl *ctl, int argc, char **argv);
int verb_reset(struct ctl *ctl, int argc, char **argv);
int verb_restart(struct ctl *ctl, int argc, char **argv);
int verb_serve_metrics(struct ctl *ctl, int argc, char **argv);
int verb_set(struct ctl *ctl, int argc, char **argv);
int verb_set_profile(struct ctl *ctl, int argc, char **argv);
int verb_start(struct ctl *ctl, int argc, char **argv);
int verb_stats(struct ctl *ctl, int argc, char **argv);
int verb_status(struct ctl *ctl, int argc, char **argv);
int verb_stop(struct ctl *ctl, int argc, char **argv);
int verb_task(struct ctl *ctl, int argc, char **argv);
int verb_top(struct ctl *ctl, int argc, char **argv);
int verb_try(struct ctl *ctl, int argc, char **argv);
