/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Can this machine run the scheduler? From files alone, so that it needs neither bus nor service.
 */
#pragma once

#include <sys/types.h>

#include "ctl/findings.h"
#include "daemon/error.h"

struct sched_facts;

/* Where to look; tests have a tree of their own. */
struct machine {
	const char *sysfs, *procfs;
	const char *boot;		/* the kernel's configuration may be there */
	const char *const *config_dirs;	/* the highest first, NULL-terminated */
	uid_t owner;			/* whom configuration should belong to */
	/* What the kernel's type information tells, or else the sentence why it does not do. */
	const struct sched_facts *facts;
	struct error defect;
};

/* This machine. */
void machine_here(struct machine *ret);

void machine_examine(struct findings *f, const struct machine *m);
