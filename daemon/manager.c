/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The manager: its own life, the wishes of others, and facts for them.
 */
#include "daemon/manager.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "daemon/cleanup.h"
#include "daemon/fs.h"
#include "daemon/log.h"
#include "daemon/manager-internal.h"
#include "daemon/names.h"

#define USEC_PER_MSEC UINT64_C(1000)

const struct manager_paths manager_paths_default = {
	.config_dirs = { DIR_CONFIG, DIR_DATA, NULL },
	.state_dir = DIR_STATE,
	.runtime_dir = DIR_RUNTIME,
	.sysfs = DIR_SYSFS,
	.procfs = DIR_PROCFS,
	.cpu_latency = DEV_CPU_LATENCY,
};

uint64_t manager_now(void)
{
	struct timespec t;

	/* Not the event loop's idea of now: attaching takes a good part of a second. */
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * UINT64_C(1000000) + t.tv_nsec / 1000;
}

uint64_t manager_now_realtime(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return t.tv_sec * UINT64_C(1000000) + t.tv_nsec / 1000;
}

char *manager_runtime_file(struct manager *m, const char *name)
{
	return fs_join(m->paths->runtime_dir, name);
}

int manager_new(struct manager **ret, sd_event *event, const struct manager_paths *paths)
{
	struct manager *m = calloc(1, sizeof(*m));

	if (!m)
		return -ENOMEM;
	m->event = sd_event_ref(event);
	m->paths = paths;
	m->life = LIFECYCLE_NULL;
	m->domains.topology = TOPOLOGY_NULL;
	m->uevent_fd = m->lock_fd = -1;
	m->idle_latency = IDLE_LATENCY_NULL(paths->cpu_latency);
	m->idle_resume_usec = -1;
	m->counting_since_usec = manager_now_realtime();
	if (config_default(&m->config) < 0) {
		manager_free(m);
		return -ENOMEM;
	}
	tunables_compute(&m->tunables, NULL, NULL);
	kernel_read(&m->kernel, paths->sysfs, paths->procfs);
	*ret = m;
	return 0;
}

struct manager *manager_free(struct manager *m)
{
	if (!m)
		return NULL;
	m->changed = NULL;
	manager_feed(m, LIFECYCLE_WISH_STOP);
	sd_event_source_disable_unref(m->store_source);
	sd_event_source_disable_unref(m->trial_source);
	sd_event_source_disable_unref(m->uevent_source);
	sd_event_source_disable_unref(m->timer_source);
	manager_domains_done(m);
	cleanup_close(&m->uevent_fd);
	cleanup_close(&m->lock_fd);
	(void)idle_latency_set(&m->idle_latency, IDLE_LATENCY_NONE);
	exit_report_done(&m->last_exit);
	claims_done(&m->claims);
	claims_done(&m->released);
	profiles_done(&m->profiles);
	config_done(&m->config);
	free(m->features);
	sd_event_unref(m->event);
	free(m);
	return NULL;
}

void manager_observe(struct manager *m, manager_changed_t changed, void *userdata)
{
	m->changed = changed;
	m->userdata = userdata;
}

void manager_tell(struct manager *m)
{
	unsigned what;

	if (m->told_state != m->life.state)
		m->pending |= MANAGER_CHANGED_STATE;
	if (m->told_restarts != m->life.n_restarts)
		m->pending |= MANAGER_CHANGED_RESTARTS;
	m->told_state = m->life.state;
	m->told_restarts = m->life.n_restarts;
	what = m->pending;
	m->pending = 0;
	if (what && m->changed)
		m->changed(what, m->userdata);
}

/* Folders that systemd makes for the service; made here for a daemon started by hand. */
static void make_folder(const char *path)
{
	int r = fs_mkdir(path, 0755);

	if (r < 0)
		log_message(LOG_WARNING, "%s: cannot be made, going on without it: %s", path,
			    strerror(-r));
}

/* 1: the previous run left its mark, so it did not end in an orderly way. */
static bool mark_running(struct manager *m)
{
	_cleanup_free_ char *path = manager_runtime_file(m, FILE_RUNNING);
	bool died = path && fs_exists(path);
	char pid[16];
	int r = path ? 0 : -ENOMEM;

	snprintf(pid, sizeof(pid), "%d\n", getpid());
	if (r >= 0)
		r = fs_write(path, pid, strlen(pid), 0644);
	if (r < 0)
		log_message(LOG_WARNING, "%s: cannot write in it, so a crash will not be noticed "
			    "by the next run: %s", m->paths->runtime_dir, strerror(-r));
	m->running_marked = r >= 0;
	return died;
}

static void log_previous_run(struct manager *m)
{
	const char *profile = manager_active_profile(m);
	const struct log_field fields[] = {
		{ LOG_FIELD_PROFILE, profile },
		{ LOG_FIELD_STATE, lifecycle_state_name(m->life.state) },
	};

	if (m->life.state == LIFECYCLE_RUNNING)
		log_event(LOG_WARNING, MESSAGE_ID_PREVIOUS_RUN_DIED, fields, 2,
			  "The previous run of bpflandd was killed or crashed, and the kernel's "
			  "own scheduler took over. Profile %s is in force again.",
			  profile[0] ? profile : "none");
	else
		log_event(LOG_WARNING, MESSAGE_ID_PREVIOUS_RUN_DIED, fields, 2,
			  "The previous run of bpflandd was killed or crashed. %s",
			  manager_state_text(m));
}

static bool stop_is_remembered(struct manager *m)
{
	_cleanup_free_ char *path = manager_runtime_file(m, FILE_STOPPED);

	return path && fs_exists(path);
}

static void read_last_exit(struct manager *m)
{
	struct error e;

	if (exit_report_read(&m->last_exit, m->paths->state_dir, &e) < 0)
		log_message(LOG_WARNING, "%s; going on without the last exit report", e.message);
	if (m->last_exit.valid)
		m->pending |= MANAGER_CHANGED_LAST_EXIT;
}

int manager_start(struct manager *m)
{
	bool died;
	int r;

	make_folder(m->paths->state_dir);
	make_folder(m->paths->runtime_dir);
	died = mark_running(m);
	manager_lock(m);
	manager_put_back(m);		/* if the previous run could not */
	read_last_exit(m);
	manager_probe(m, NULL);
	manager_load_clients(m);
	manager_load_settings(m);
	r = manager_watch_kernel(m);
	if (r < 0)
		return r;
	/* From here on events tell of changes. */
	manager_read_cpus(m);
	manager_look_at_kernel(m);
	if (stop_is_remembered(m))
		log_message(LOG_NOTICE, "A Stop is in force: not attaching before a Start.");
	else
		manager_feed(m, LIFECYCLE_BEGIN);
	manager_tell(m);
	if (died)
		log_previous_run(m);
	return 0;
}

static void forget_stop(struct manager *m)
{
	_cleanup_free_ char *path = manager_runtime_file(m, FILE_STOPPED);
	int r = path ? fs_remove(path) : -ENOMEM;

	if (r < 0)
		log_message(LOG_WARNING, "%s/%s: cannot be removed, so the next start will not "
			    "attach: %s", m->paths->runtime_dir, FILE_STOPPED, strerror(-r));
}

void manager_shutdown(struct manager *m)
{
	_cleanup_free_ char *path = manager_runtime_file(m, FILE_RUNNING);

	manager_feed(m, LIFECYCLE_WISH_STOP);
	manager_store_clients(m);
	if (m->running_marked) {
		forget_stop(m);
		if (path)
			fs_remove(path);
		m->running_marked = false;
	}
	manager_tell(m);
}

/* What became of a wish to start. */
static int start_result(struct manager *m, struct error *err)
{
	if (m->life.state == LIFECYCLE_RUNNING)
		return 0;
	if (m->life.state == LIFECYCLE_FOREIGN)
		return error_set(err, ERROR_FOREIGN, EBUSY,
				 "%s; bpfland will be attached when it leaves", m->why.message);
	return error_set(err, m->why.kind, EIO, "%s", m->why.message);
}

int manager_sched_start(struct manager *m, struct error *err)
{
	forget_stop(m);
	manager_feed(m, LIFECYCLE_WISH_START);
	manager_tell(m);
	return start_result(m, err);
}

int manager_sched_stop(struct manager *m, struct error *err)
{
	(void)err;
	manager_remember_stop(m);
	manager_feed(m, LIFECYCLE_WISH_STOP);
	manager_tell(m);
	return 0;
}

int manager_sched_restart(struct manager *m, struct error *err)
{
	forget_stop(m);
	manager_feed(m, LIFECYCLE_WISH_STOP);
	manager_feed(m, LIFECYCLE_WISH_START);
	manager_tell(m);
	return start_result(m, err);
}

enum lifecycle_state manager_state(const struct manager *m)
{
	return m->life.state;
}

const char *manager_state_text(const struct manager *m)
{
	/* Built when asked for: it is a view, the state behind it does not change. */
	char *text = ((struct manager *)m)->state_text;
	size_t size = sizeof(m->state_text);
	uint64_t now = manager_now();

	switch (m->life.state) {
	case LIFECYCLE_STARTING:
		snprintf(text, size, "Attaching bpfland.");
		break;
	case LIFECYCLE_RUNNING:
		snprintf(text, size, "bpfland schedules this machine, profile %s.",
			 m->active[0] ? m->active : "none");
		break;
	case LIFECYCLE_BACKOFF:
		snprintf(text, size, "Attaching again in %" PRIu64 " ms: %s.",
			 m->life.timer_usec > now ?
				(m->life.timer_usec - now + USEC_PER_MSEC - 1) / USEC_PER_MSEC : 0,
			 m->why.message);
		break;
	case LIFECYCLE_FAILED:
		snprintf(text, size, "Not attached, the kernel's own scheduler runs: %s.",
			 m->why.message);
		break;
	case LIFECYCLE_FOREIGN:
		snprintf(text, size, "Not attached: %s.", m->why.message);
		break;
	default:
		snprintf(text, size, "Stopped, the kernel's own scheduler runs%s%s.",
			 m->why.message[0] ? ": " : "", m->why.message);
		break;
	}
	return text;
}

const char *manager_scheduler(const struct manager *m)
{
	return m->scheduler;
}

const char *manager_profile(const struct manager *m)
{
	return choice_selected(&m->config, &m->selection);
}

bool manager_follows_power_profile(const struct manager *m)
{
	return choice_follows(&m->config, &m->selection);
}

const char *manager_power_profile(const struct manager *m)
{
	return m->power_profile;
}

const char *manager_active_profile(const struct manager *m)
{
	return m->active;
}

const struct profiles *manager_profiles(const struct manager *m)
{
	return &m->profiles;
}

const struct exit_report *manager_last_exit(const struct manager *m)
{
	return &m->last_exit;
}

uint32_t manager_n_restarts(const struct manager *m)
{
	return m->life.n_restarts;
}

const struct tunables *manager_tunables(const struct manager *m)
{
	return &m->tunables;
}

uint32_t manager_supported_tunables(const struct manager *m)
{
	return m->supported;
}

uint32_t manager_take_changed_tunables(struct manager *m)
{
	uint32_t changed = m->changed_tunables;

	m->changed_tunables = 0;
	return changed;
}

uint64_t manager_generation(struct manager *m)
{
	uint64_t generation;

	if (!m->sched || sched_generation(m->sched, &generation) < 0)
		return 0;
	m->generation = generation;
	return generation;
}

const char *const *manager_features(const struct manager *m)
{
	static const char *const none[] = { NULL };

	return m->features ? (const char *const *)m->features : none;
}

const char *manager_kernel(const struct manager *m)
{
	return m->kernel.release;
}
