/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The manager wires events to decisions to actions: kernel events, timers and wishes go into
 * lifecycle and tunables (pure), what they answer is done through sched.h. It knows no bus; it
 * tells one observer what changed.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "daemon/claims.h"
#include "daemon/domains.h"
#include "daemon/error.h"
#include "daemon/lifecycle.h"
#include "daemon/profiles.h"
#include "daemon/report.h"
#include "daemon/tunables.h"

struct manager;

/* Root paths, so that tests bring their own tree. Strings are borrowed for the manager's life. */
struct manager_paths {
	const char *config_dirs[3];	/* /etc/bpfland, /usr/share/bpfland, NULL: highest first */
	const char *state_dir;		/* /var/lib/bpfland */
	const char *runtime_dir;	/* /run/bpfland */
	const char *sysfs;		/* /sys */
	const char *procfs;		/* /proc */
	const char *cpu_latency;	/* /dev/cpu_dma_latency; NULL: idle CPUs are left alone */
};

extern const struct manager_paths manager_paths_default;

/* What the observer is told; one bit per thing that clients can read. */
enum manager_change {
	MANAGER_CHANGED_STATE = 1 << 0,
	MANAGER_CHANGED_SCHEDULER = 1 << 1,
	MANAGER_CHANGED_PROFILE = 1 << 2,
	MANAGER_CHANGED_ACTIVE_PROFILE = 1 << 3,
	MANAGER_CHANGED_PROFILES = 1 << 4,
	MANAGER_CHANGED_LAST_EXIT = 1 << 5,
	MANAGER_CHANGED_RESTARTS = 1 << 6,
	MANAGER_CHANGED_TUNABLES = 1 << 7,	/* manager_take_changed_tunables() says which */
	MANAGER_CHANGED_GENERATION = 1 << 8,
	MANAGER_CHANGED_FEATURES = 1 << 9,
	MANAGER_SCHEDULER_EXITED = 1 << 10,	/* an event: a new exit report is there */
	MANAGER_CHANGED_PROFILE_HOLDS = 1 << 11, /* manager_take_released() says whom to tell */
	MANAGER_CHANGED_LATENCY_REQUESTS = 1 << 12,
	MANAGER_CHANGED_FOLLOW_POWER_PROFILE = 1 << 13,
	MANAGER_CHANGED_POWER_PROFILE = 1 << 14,
	MANAGER_CHANGED_CLIENTS = 1 << 17,	/* whom to follow: manager_has_clients() */
	MANAGER_CHANGED_DOMAINS = 1 << 15,	/* manager_take_changed_domains() says which */
	MANAGER_CHANGED_CPUS = 1 << 16,
	MANAGER_CHANGED_SCX_LOADER = 1 << 18,	/* manager_serves_scx_loader() */
};

typedef void (*manager_changed_t)(unsigned what, void *userdata);

/* Takes a reference on @event. @paths is borrowed. */
int manager_new(struct manager **ret, sd_event *event, const struct manager_paths *paths);
struct manager *manager_free(struct manager *m);	/* detaches; NULL is fine */
void manager_observe(struct manager *m, manager_changed_t changed, void *userdata);

/*
 * Reads configuration and state, looks at the kernel, makes the first attempt to attach (unless
 * stopped by a sticky Stop) and returns when it has ended either way. Fails only when the daemon
 * cannot work at all (no memory, no event loop); everything else shows in the state.
 */
int manager_start(struct manager *m);

/*
 * The service is being stopped in an orderly way: detaches and forgets a sticky Stop, so that the
 * next start attaches. A daemon that dies without this leaves FILE_STOPPED behind, and stays
 * stopped when systemd starts it again; a reboot clears the runtime folder.
 */
void manager_shutdown(struct manager *m);

/*
 * Wishes. Each returns 0 or -errno with @err filled; on failure nothing is changed, but for
 * Start and Restart: the state shows what became of them, and a foreign scheduler is followed.
 *
 * Reload takes all that is on disk or nothing: one bad file, and what was in force stays.
 */
int manager_sched_start(struct manager *m, struct error *err);
int manager_sched_stop(struct manager *m, struct error *err);
int manager_sched_restart(struct manager *m, struct error *err);
int manager_reload(struct manager *m, struct error *err);
int manager_set_profile(struct manager *m, const char *name, struct error *err);
int manager_set_tunables(struct manager *m, const struct tunable_set *set, struct error *err);
/* Would it refuse @set now, and why? By the time of the wish that can be different. */
int manager_check_tunables(const struct manager *m, const struct tunable_set *set,
			   struct error *err);
/* Ends the overrides in @mask (bits per enum tunable; 0 = all). */
int manager_reset_tunables(struct manager *m, uint32_t mask, struct error *err);
int manager_check_reset(const struct manager *m, uint32_t mask, struct error *err);

/* @set in place of all overrides of tunables, @primary (as of domain_parse()) as that domain. */
int manager_replace_overrides(struct manager *m, const struct tunable_set *set,
			      const char *primary, struct error *err);
/* Would it refuse @set, and why? */
int manager_check_overrides(const struct manager *m, const struct tunable_set *set,
			    struct error *err);
/* Counts what was done to overrides, so that somebody can see whether his are still the last. */
uint64_t manager_override_changes(const struct manager *m);
/* As if nobody had ever selected anything: no override, no hold, and what is configured. */
void manager_restore_default(struct manager *m);
const char *manager_default_profile(const struct manager *m);
bool manager_serves_scx_loader(const struct manager *m);	/* is it configured? */

/*
 * The power profile. The wish to follow it is kept like a selected profile, until one is selected.
 * @name is what the power daemon says, "" if there is none.
 */
void manager_follow_power_profile(struct manager *m, bool follow);
bool manager_follows_power_profile(const struct manager *m);
void manager_set_power_profile(struct manager *m, const char *name);
const char *manager_power_profile(const struct manager *m);

/*
 * Clients: holds, latency requests, tries. Whoever serves them says in which world their names
 * count (NULL: nobody is there any more), and who is still there when some have left. What belongs
 * to a client ends with it.
 */
#define MANAGER_WORLD_MAX 64
void manager_enter_world(struct manager *m, const char *world);
void manager_keep_clients(struct manager *m, bool (*is_there)(const char *name, void *userdata),
			  void *userdata);
bool manager_has_clients(const struct manager *m);

/* Who asks for what; borrowed. */
struct manager_request {
	const char *owner;
	uid_t uid;
	const char *reason, *application_id;
};

int manager_hold_profile(struct manager *m, const struct manager_request *by, const char *profile,
			 uint32_t *ret_cookie, struct error *err);
int manager_request_latency(struct manager *m, const struct manager_request *by, uint64_t usec,
			    uint32_t *ret_cookie, struct error *err);

/* 0 if @owner has it. Errors: ERROR_NO_SUCH_COOKIE; ERROR_NOT_OWNER, names who has it. */
int manager_check_claim(struct manager *m, enum claim_kind kind, uint32_t cookie,
			const char *owner, struct error *err);
/* Whoever asks; with @tell, the holder of a profile is told. Error: ERROR_NO_SUCH_COOKIE. */
int manager_release(struct manager *m, enum claim_kind kind, uint32_t cookie, bool tell,
		    struct error *err);

const struct claims *manager_claims(const struct manager *m);
/* The hold, or the latency request, that decides what is in force; NULL if there is none. */
const struct claim *manager_deciding_claim(const struct manager *m, enum claim_kind kind);
/* A hold whose holder is to be told that it has ended; 0 if there is none (left). */
uint32_t manager_take_released(struct manager *m, char owner[CLAIM_OWNER_MAX + 1]);

/* Tunables on trial. Errors as of trial.h, and what tunables_check() says. */
int manager_try_tunables(struct manager *m, const struct tunable_set *set, uint64_t usec,
			 const char *owner, uint32_t *ret_cookie, struct error *err);
/* Would that refuse it now, were there no other try, which may soon be over? And why? */
int manager_check_new_try(const struct manager *m, const struct tunable_set *set, uint64_t usec,
			  struct error *err);
int manager_check_try(struct manager *m, uint32_t cookie, const char *owner, struct error *err);
int manager_confirm_try(struct manager *m, uint32_t cookie, struct error *err);
int manager_revert_try(struct manager *m, uint32_t cookie, struct error *err);

/* Facts. Strings and pointers are borrowed until the next event is handled. */
enum lifecycle_state manager_state(const struct manager *m);
const char *manager_state_text(const struct manager *m);	/* one sentence, for STATUS= */
const char *manager_scheduler(const struct manager *m);		/* "" if none */
const char *manager_profile(const struct manager *m);
const char *manager_active_profile(const struct manager *m);
const struct profiles *manager_profiles(const struct manager *m);
/* 0 if there is that profile; ERROR_NO_SUCH_PROFILE names those that there are. */
int manager_check_profile(const struct manager *m, const char *name, struct error *err);
const struct exit_report *manager_last_exit(const struct manager *m);
uint32_t manager_n_restarts(const struct manager *m);
const struct tunables *manager_tunables(const struct manager *m);
uint32_t manager_supported_tunables(const struct manager *m);	/* bits per enum tunable */
uint32_t manager_take_changed_tunables(struct manager *m);	/* bits, cleared by the call */
/* What BPF uses now; 0 when nothing is attached. */
uint64_t manager_generation(struct manager *m);
/* NULL-terminated; names of supported tunables, then further features. */
const char *const *manager_features(const struct manager *m);
const char *manager_kernel(const struct manager *m);		/* uname -r */

/*
 * CPU domains. An override, set here, lasts until it is set to "auto", until all tunables are reset
 * or the profile is selected, or as long as the daemon. Errors as of domain_parse(), and
 * ERROR_OUT_OF_RANGE for a list with CPUs that this machine does not have.
 */
int manager_set_domain(struct manager *m, enum domain d, const char *text, struct error *err);
/* Would it refuse @text now, and why? */
int manager_check_domain(const struct manager *m, enum domain d, const char *text,
			 struct error *err);
const struct domain_choice *manager_domain(const struct manager *m, enum domain d);
/* The online CPUs that the choice, or the profile's, means now. Empty: the CPUs are not known. */
const struct bpfland_cpus *manager_domain_cpus(const struct manager *m, enum domain d);
const struct topology *manager_topology(const struct manager *m);
#define DOMAIN_CHANGED_CHOICE(d) (1u << (d))
#define DOMAIN_CHANGED_CPUS(d) (1u << (_DOMAIN_MAX + (d)))
/* CPUs came or went: they are read again when there is nothing else to do. */
void manager_cpus_changed(struct manager *m);
unsigned manager_take_changed_domains(struct manager *m);	/* these, cleared by the call */

/*
 * What was counted since manager_new(), by all schedulers that this manager attached: nothing here
 * ever goes back while the daemon runs.
 */
struct manager_statistics {
	uint64_t counter[_BPFLAND_COUNTER_MAX];
	struct bpfland_latency latency[_BPFLAND_CLASS_MAX];
	uint64_t since_usec;		/* when counting began, CLOCK_REALTIME µs */
	uint64_t time_usec;		/* when this was read, the same */
	uint64_t uptime_usec;		/* how long the scheduler has been attached; 0: it is not */
	uint64_t generation;		/* what BPF uses now; 0: not attached */
	unsigned n_cpus;		/* CPUs that the attached scheduler knows; 0: none is */
};

void manager_statistics(struct manager *m, struct manager_statistics *ret);
/* How many tasks wait in the shared queues now; 0 when the scheduler is not attached. */
unsigned manager_queued(struct manager *m);
/* The generation that @cpu, below n_cpus, used last. */
uint64_t manager_cpu_generation(struct manager *m, unsigned cpu);

/* About a thread, by its id. Errors: those of sched_task(); ERROR_FAILED: not attached. */
int manager_task(struct manager *m, uint32_t tid, struct bpfland_task *ret, struct error *err);

/*
 * The scheduler's own dump while it is attached, else the one that the kernel made when it ended,
 * else "". Owned by the caller; valid UTF-8.
 */
int manager_dump(struct manager *m, char **ret, struct error *err);

/*
 * Without a manager, for when one was killed: undoes what it has left changed outside itself, which
 * is IdleResumeUSec. 0 also if there was nothing; else an error, which has been logged: -EBUSY if a
 * manager lives, for what it has changed is in force.
 */
int manager_restore(const struct manager_paths *paths);
