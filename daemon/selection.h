/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the user selected, kept over restarts and reboots in selection.json.
 */
#pragma once

#include "daemon/error.h"
#include "daemon/profiles.h"

enum selection_follow {
	SELECTION_FOLLOW_UNSET,			/* as configured */
	SELECTION_FOLLOW_NO,
	SELECTION_FOLLOW_YES,
};

struct selection {
	char profile[PROFILE_NAME_MAX + 1];	/* "" if nothing is selected */
	enum selection_follow follow;		/* the power profile */
	/*
	 * The configuration's default_profile at that time: when it has changed since, the
	 * selection is void, so that editing the file is enough for those who want no client.
	 */
	char default_profile[PROFILE_NAME_MAX + 1];
};

#define SELECTION_NULL ((struct selection){})

int selection_write(const struct selection *s, const char *state_dir);
int selection_remove(const char *state_dir);

/* 0 with an empty selection if there is no file. */
int selection_read(struct selection *ret, const char *state_dir, struct error *err);
