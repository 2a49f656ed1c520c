/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What bpflandctl can do: one table, from which it is dispatched and --help is printed.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Options that stand before the verb and count for every verb. */
struct ctl {
	const char *host;	/* NULL: this machine */
	bool ask_password;
	bool quiet;
};

struct verb {
	const char *name;
	const char *arguments;	/* as --help shows them */
	const char *summary;
	/* @argv[0] is the verb. Returns the exit status, after a sentence if it is not 0. */
	int (*run)(const struct ctl *ctl, int argc, char **argv);
};

extern const struct verb verbs[];
extern const size_t n_verbs;

/* Prints one sentence on standard error, with the program's name in front. */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

int verb_hold(const struct ctl *ctl, int argc, char **argv);
int verb_launch(const struct ctl *ctl, int argc, char **argv);
