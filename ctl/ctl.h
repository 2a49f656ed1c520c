/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a verb is, and what one run of bpflandctl was asked for: the verb, the options, and where
 * its output goes.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "ctl/terminal.h"

/* What can stand there, for the completions of the shells. */
enum completion {
	COMPLETE_NOTHING,
	COMPLETE_BOOL,
	COMPLETE_PROFILE,
	COMPLETE_TUNABLE,
	COMPLETE_ASSIGNMENT,	/* a tunable, =, and a value of it */
	COMPLETE_DOMAIN,	/* primary= or interactive=, and its words */
	COMPLETE_TASK,
	COMPLETE_COMMAND,	/* a program and its arguments */
	COMPLETE_FILE,
	COMPLETE_HOST,
	COMPLETE_JSON,
};

struct option_info {
	const char *name;	/* "help", for --help; NULL: it has none */
	char letter;		/* 'h', for -h; 0: none */
	const char *argument;	/* "TEXT"; NULL: takes none */
	const char *summary;
	enum completion completion;
};

struct ctl;

enum verb_group {
	GROUP_SEE,
	GROUP_PROFILES,
	GROUP_TUNABLES,
	GROUP_SCHEDULER,
	_GROUP_MAX,
};

enum verb_flags {
	VERB_COMMAND = 1 << 0,	/* what stands behind its first argument belongs to that */
	VERB_OFFLINE = 1 << 1,	/* is of use while the service is down */
	VERB_HIDDEN = 1 << 2,	/* for scripts of ours; --help does not show it */
	VERB_JSON = 1 << 3,	/* --json changes what it writes */
};

struct verb {
	const char *name;
	const char *arguments;	/* as --help shows them, "" if there are none */
	const char *summary;	/* one line for --help */
	enum verb_group group;
	unsigned flags;
	unsigned min_arguments, max_arguments;
	enum completion completion;	/* of its arguments */
	const struct option_info *options;	/* its own, up to VERB_OPTIONS_MAX; or NULL */
	/*
	 * @argv: the arguments behind the verb, without the options, and NULL. Returns the exit
	 * status, after a sentence on standard error if it is not 0.
	 */
	int (*run)(struct ctl *ctl, int argc, char **argv);
};

#define ARGUMENTS_ANY 4096

/* How many options of its own a verb may have. */
#define VERB_OPTIONS_MAX 8

enum json_mode {
	JSON_OFF,
	JSON_SHORT,	/* one line, for programs */
	JSON_PRETTY,	/* indented, for people who look */
};

struct ctl {
	const struct verb *verb;	/* NULL until it is known */
	/* Of the verb's own options, in the order of its table: "" without an argument; NULL: not
	 * given. */
	const char *value[VERB_OPTIONS_MAX];
	const char *host;	/* NULL: this machine */
	enum json_mode json;
	bool ask_password;
	bool quiet;
	bool pager;
	bool legend;
	bool help, version;
	struct terminal terminal;
	/*
	 * For who has more to wait for than the bus: returns 0 when @fd is ready for @events, or at
	 * @until (CLOCK_MONOTONIC, microseconds), or earlier; after a negative errno value nobody
	 * waits for the answer any more. NULL: waits for the bus alone.
	 */
	int (*wait)(void *userdata, int fd, short events, uint64_t until);
	void *wait_userdata;
};
