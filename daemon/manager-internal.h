/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Shared by the manager's own files: manager.c (life, wishes, facts), manager-sched.c (attaching,
 * foreign schedulers), manager-exit.c (ends) and manager-settings.c (configuration, profiles,
 * tunables).
 */
#pragma once

#include "daemon/config.h"
#include "daemon/kernel.h"
#include "daemon/manager.h"
#include "daemon/sched.h"
#include "daemon/selection.h"
#include "daemon/uevent.h"

struct manager {
	sd_event *event;
	const struct manager_paths *paths;
	manager_changed_t changed;
	void *userdata;
	unsigned pending;		/* enum manager_change, not yet told */
	bool running_marked;		/* FILE_RUNNING is ours */

	/* Settings */
	struct config config;
	struct profiles profiles;
	struct selection selection;
	bool unstored;			/* the selection could not be written to disk */
	struct tunable_set overrides;
	struct tunables tunables;	/* in force */
	uint32_t changed_tunables;
	char active[PROFILE_NAME_MAX + 1];

	/* The kernel */
	struct kernel kernel;
	uint32_t supported;
	const char **features;
	int uevent_fd;
	sd_event_source *uevent_source;

	/* The scheduler */
	struct lifecycle life;
	enum lifecycle_state told_state;
	uint32_t told_restarts;
	struct error why;		/* why it is not running */
	struct sched *sched;
	sd_event_source *sched_source;
	sd_event_source *timer_source;
	uint64_t generation;		/* last known */
	char scheduler[128];		/* what the kernel reports, anybody's */
	struct exit_report last_exit;
	char state_text[sizeof(struct error) + 128];
};

/* manager.c */
uint64_t manager_now(void);				/* CLOCK_MONOTONIC µs */
char *manager_runtime_file(struct manager *m, const char *name);
void manager_tell(struct manager *m);			/* the observer, if something changed */

/* manager-sched.c */
void manager_feed(struct manager *m, enum lifecycle_event event);
void manager_probe(struct manager *m, struct error *err);
void manager_remember_stop(struct manager *m);
int manager_watch_kernel(struct manager *m);		/* foreign schedulers, by uevents */
void manager_look_at_kernel(struct manager *m);		/* the same by sysfs, once */
void manager_handle_uevent(struct manager *m, enum uevent_action action);

/* manager-exit.c; both say what the end means and leave a sentence in @m->why. */
enum lifecycle_event manager_report_exit(struct manager *m, struct sched_exit *e,
					 uint64_t uptime_usec);
/* The same for an end that nobody here asked for. */
enum lifecycle_event manager_take_exit(struct manager *m, struct sched_exit *e,
				       uint64_t uptime_usec);

/* manager-settings.c */
void manager_load_settings(struct manager *m);
const char *manager_selected(const struct manager *m);
