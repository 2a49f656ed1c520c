/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Options: those that every verb has, and the reading of these and a verb's own.
 */
#pragma once

#include "ctl/ctl.h"

/* The options of every verb; the last one has neither name nor letter. */
extern const struct option_info options_common[];

/*
 * Reads options into @ctl: common ones, and those of its verb if it has one. @stop: at the first
 * word that is none, else they may stand between the other words, which come last in @argv then.
 * Returns the index of the first of these, or -EINVAL after a sentence.
 */
int options_read(struct ctl *ctl, int argc, char **argv, bool stop);

/* The value of the verb's option @name: "" if it takes none, NULL if it was not given. */
const char *option_value(const struct ctl *ctl, const char *name);
