/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The command line: one table, from which it is parsed and --help is printed.
 */
#pragma once

#include <stddef.h>

enum options_mode {
	OPTIONS_RUN,
	OPTIONS_HELP,
	OPTIONS_VERSION,
	OPTIONS_RESTORE,
};

struct option_info {
	const char *name;	/* "help", for --help */
	char letter;		/* 'h', for -h; 0: none */
	const char *argument;	/* NULL: takes none, as all of them do */
	const char *summary;
	enum options_mode mode;
};

extern const struct option_info options_table[];
extern const size_t options_table_size;

/* 0, or -EINVAL after a sentence on standard error. */
int options_parse(enum options_mode *ret, int argc, char **argv);
void options_help(void);
