/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The exit report: what ended, why, and what was in force then; kept in last-exit.json.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "daemon/error.h"
#include "daemon/tunables.h"

struct exit_report {
	bool valid;			/* false: none has ended yet */
	uint64_t kind;
	int64_t code;
	char reason[128];
	char message[1024];
	char *dump;			/* owned by the manager; NULL if none */
	uint64_t since_usec;		/* CLOCK_REALTIME µs when it ended */
	uint64_t uptime_usec;
	uint64_t generation;		/* last known */
	struct tunables tunables;	/* in force when it ended */
	char profile[65];		/* the active one then */
	char kernel[65];		/* uname -r */
};

#define EXIT_REPORT_NULL ((struct exit_report){})
void exit_report_done(struct exit_report *r);

/* Mode 0600: the dump shows every user's tasks. */
int exit_report_write(const struct exit_report *r, const char *state_dir);

/* 0 with a report that is not valid if there is no file. */
int exit_report_read(struct exit_report *ret, const char *state_dir, struct error *err);
