/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The manager and power. Two of the three tunables are matters of the scheduler and end with it;
 * IdleResumeUSec is in files of sysfs, which somebody has to put back.
 */
#include <errno.h>
#include <string.h>

#include "daemon/cleanup.h"
#include "daemon/fs.h"
#include "daemon/idle-resume.h"
#include "daemon/log.h"
#include "daemon/manager-internal.h"
#include "daemon/names.h"

static int put_back(const struct manager_paths *paths)
{
	int r = idle_resume_restore(paths->sysfs, paths->runtime_dir);

	if (r < 0)
		log_message(LOG_WARNING, "%s/%s: the idle CPUs' resume latencies from before "
			    "cannot be put back: %s", paths->runtime_dir, FILE_IDLE_RESUME,
			    strerror(-r));
	return r;
}

int manager_restore(const struct manager_paths *paths)
{
	_cleanup_free_ char *path = fs_join(paths->runtime_dir, FILE_LOCK);
	_cleanup_close_ int fd = path ? fs_lock(path, FS_LOCK_ALONE) : -ENOMEM;

	if (fd == -EWOULDBLOCK) {
		log_message(LOG_ERR, "bpflandd is running, and what it has changed is in force: "
			    "--restore puts back what one that was killed has left; set %s to -1, "
			    "or stop the service", tunable_table[TUNABLE_IDLE_RESUME].name);
		return -EBUSY;
	}
	/* Where no lock can be, such as without the folder, nobody has one. */
	return put_back(paths);
}

void manager_lock(struct manager *m)
{
	_cleanup_free_ char *path = manager_runtime_file(m, FILE_LOCK);

	m->lock_fd = path ? fs_lock(path, 0) : -ENOMEM;
	/* It is about to write what was before, and must not do so when we have written. */
	if (m->lock_fd == -EWOULDBLOCK) {
		log_message(LOG_INFO, "\"bpflandd --restore\" is at work: waiting for its end.");
		m->lock_fd = fs_lock(path, FS_LOCK_WAIT);
	}
	if (m->lock_fd < 0)
		log_message(LOG_WARNING, "%s/%s: cannot be locked, so \"bpflandd --restore\" will "
			    "not see that this daemon runs: %s", m->paths->runtime_dir, FILE_LOCK,
			    strerror(-m->lock_fd));
}

void manager_put_back(struct manager *m)
{
	put_back(m->paths);
	m->idle_resume_usec = -1;
}

static void apply_idle_resume(struct manager *m)
{
	int64_t wanted = m->sched ? m->tunables.value[TUNABLE_IDLE_RESUME] : -1;
	int r;

	if (wanted == m->idle_resume_usec)
		return;
	if (wanted < 0) {
		manager_put_back(m);
		return;
	}
	r = idle_resume_apply(m->paths->sysfs, m->paths->runtime_dir, wanted);
	if (r >= 0) {
		m->idle_resume_usec = wanted;
		return;
	}
	log_message(LOG_WARNING, "%s has no effect: it cannot be written to sysfs: %s",
		    tunable_table[TUNABLE_IDLE_RESUME].name, strerror(-r));
	manager_put_back(m);
}

void manager_power_cpus_changed(struct manager *m)
{
	if (m->idle_resume_usec < 0)
		return;
	/* The old values of those that were there are kept already. */
	m->idle_resume_usec = -1;
	apply_idle_resume(m);
}

static void apply_sched_power(struct manager *m)
{
	struct bpfland_power power;
	int r;

	if (!m->sched)
		return;
	tunables_to_power(&m->tunables, m->run_usec, &power);
	r = sched_set_power(m->sched, &power);
	if (r < 0)
		log_message(LOG_WARNING, "%s and %s are not both in force: %s",
			    tunable_table[TUNABLE_CPU_FREQUENCY].name,
			    tunable_table[TUNABLE_THROTTLE].name, strerror(-r));
}

void manager_apply_power(struct manager *m)
{
	apply_sched_power(m);
	apply_idle_resume(m);
}
