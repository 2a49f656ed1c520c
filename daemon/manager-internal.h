/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Shared by the manager's own files: manager.c (life, wishes, facts), manager-sched.c (attaching,
 * foreign schedulers), manager-exit.c (ends), manager-settings.c (configuration, selection),
 * manager-force.c (what is in force, overrides), manager-trial.c (tries), manager-clients.c
 * (holds, latency requests), manager-domains.c (which CPUs tasks prefer), manager-power.c (what
 * saves power) and manager-stats.c (statistics).
 */
#pragma once

#include "daemon/choice.h"
#include "daemon/config.h"
#include "daemon/idle-latency.h"
#include "daemon/kernel.h"
#include "daemon/manager.h"
#include "daemon/sched.h"
#include "daemon/selection.h"
#include "daemon/trial.h"
#include "daemon/uevent.h"

struct manager {
	sd_event *event;
	const struct manager_paths *paths;
	manager_changed_t changed;
	void *userdata;
	unsigned pending;		/* enum manager_change, not yet told */
	bool running_marked;		/* FILE_RUNNING is ours */
	int lock_fd;			/* on FILE_LOCK */

	/* Settings */
	struct config config;
	struct profiles profiles;
	struct selection selection;
	bool unstored;			/* the selection could not be written to disk */
	struct tunable_set overrides;
	uint64_t override_changes;
	struct tunables tunables;	/* in force */
	struct idle_latency idle_latency;
	bool idle_complained;		/* that idle CPUs cannot be asked */
	uint32_t changed_tunables;
	char active[PROFILE_NAME_MAX + 1];

	char power_profile[PROFILE_NAME_MAX + 1];

	/* Clients */
	char world[MANAGER_WORLD_MAX + 1];	/* "": nobody can be reached */
	struct claims claims;
	struct claims released;		/* holds that others ended; their holders are to be told */
	sd_event_source *store_source;
	uint64_t stored_usec;		/* when the claims were last written to disk */
	struct trial trial;
	sd_event_source *trial_source;

	/* The kernel */
	struct kernel kernel;
	uint32_t supported;
	const char **features;
	bool told_limits;		/* that this kernel ignores them, once */
	int uevent_fd;
	sd_event_source *uevent_source;

	struct {
		struct topology topology;
		struct domain_choice override[_DOMAIN_MAX];	/* DOMAIN_AUTO: none */
		struct bpfland_cpus cpus[_DOMAIN_MAX];		/* what is in force means now */
		struct sched_domains sched;			/* the same for the scheduler */
		unsigned changed;	/* not yet told: DOMAIN_CHANGED_… */
		sd_event_source *source;/* to read the CPUs again */
	} domains;

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

	int64_t idle_resume_usec;	/* in force in sysfs; -1: nothing of ours is */
	int64_t run_usec;		/* SliceMaxUSec before latency requests cap it */

	/* Statistics: what schedulers counted that are not attached any more */
	uint64_t counted[_BPFLAND_COUNTER_MAX];
	struct bpfland_latency waited[_BPFLAND_CLASS_MAX];
	uint64_t counting_since_usec;	/* CLOCK_REALTIME */
};

/* manager.c */
uint64_t manager_now(void);				/* CLOCK_MONOTONIC µs */
uint64_t manager_now_realtime(void);			/* CLOCK_REALTIME µs */
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

/* manager-force.c */
/* Chooses the profile and puts all layers in force, the only way to the running scheduler. */
void manager_update(struct manager *m);
/*
 * Whether a change to these layers brings a contradiction; one that is there already is none.
 */
int manager_check(const struct manager *m, const struct profile *p,
		  const struct tunable_set *overrides, const struct tunable_set *trial,
		  struct error *err);

/* Whether these may be tried now. */
int manager_check_trial(const struct manager *m, const struct tunable_set *trial,
			struct error *err);

/* manager-trial.c; neither updates what is in force. */
void manager_end_trial(struct manager *m);
void manager_reset_trial(struct manager *m, uint32_t mask);	/* 0 = all */

/* manager-clients.c */
uint32_t manager_draw_cookie(struct manager *m);
void manager_load_clients(struct manager *m);
void manager_store_clients(struct manager *m);	/* now, if it is not done */
void manager_end_holds(struct manager *m);	/* and tells the holders; does not update */

/* manager-domains.c */
void manager_read_cpus(struct manager *m);	/* now; at the start */
void manager_update_domains(struct manager *m);	/* the profile, or what is in it, has changed */
void manager_reset_domains(struct manager *m);	/* ends the overrides; an update must follow */
void manager_domains_done(struct manager *m);

/* manager-stats.c: @m->sched is about to be freed, and what it counted is to be kept. */
void manager_keep_statistics(struct manager *m);

/*
 * manager-power.c: has in force what the tunables say of power while the scheduler is attached, and
 * nothing of it otherwise. What cannot be done is logged.
 */
void manager_apply_power(struct manager *m);

/*
 * Shows manager_restore() that a manager lives, until manager_free(); waits for one that is at
 * work, which is a matter of milliseconds. What fails is logged.
 */
void manager_lock(struct manager *m);

/* Undoes what this manager or one before it has written to sysfs. What fails is logged. */
void manager_put_back(struct manager *m);

/* CPUs have come or gone: what is in force is so for those that have come, too. */
void manager_power_cpus_changed(struct manager *m);
