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

int verb_doctor(struct ctl *ctl, int argc, char **argv);
int verb_get(struct ctl *ctl, int argc, char **argv);
int verb_hold(struct ctl *ctl, int argc, char **argv);
int verb_launch(struct ctl *ctl, int argc, char **argv);
int verb_list(struct ctl *ctl, int argc, char **argv);
int verb_plot(struct ctl *ctl, int argc, char **argv);
int verb_stats(struct ctl *ctl, int argc, char **argv);
