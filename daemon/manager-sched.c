/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The manager and the scheduler: attaching, detaching, and the schedulers of others.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "daemon/cleanup.h"
#include "daemon/diagnosis.h"
#include "daemon/fs.h"
#include "daemon/idle-resume.h"
#include "daemon/limits.h"
#include "daemon/log.h"
#include "daemon/manager-internal.h"
#include "daemon/names.h"
#include "daemon/text.h"

#define USEC_PER_MSEC UINT64_C(1000)
#define WHY_MAX 300

static void set_scheduler(struct manager *m, const char *name)
{
	if (!strcmp(m->scheduler, name))
		return;
	snprintf(m->scheduler, sizeof(m->scheduler), "%s", name);
	text_clean(m->scheduler);
	m->pending |= MANAGER_CHANGED_SCHEDULER;
}

/*
 * False: there is none, or one that the kernel is taking out just now. Its event comes a moment
 * before it is gone from sysfs, so whoever acts on the event may well still see it.
 */
static bool read_scheduler(struct manager *m)
{
	struct kernel_sched_ext s;

	kernel_sched_ext_read(&s, m->paths->sysfs);
	set_scheduler(m, s.ops);
	return s.ops[0] && strcmp(s.state, "disabling");
}

void manager_remember_stop(struct manager *m)
{
	_cleanup_free_ char *path = manager_runtime_file(m, FILE_STOPPED);
	int r = path ? fs_write(path, "", 0, 0644) : -ENOMEM;

	if (r < 0)
		log_event(LOG_WARNING, MESSAGE_ID_NOT_STORED, NULL, 0,
			  "%s/%s: cannot be written, so this Stop ends if the daemon crashes: %s",
			  m->paths->runtime_dir, FILE_STOPPED, strerror(-r));
}

static const char **list_features(uint32_t supported, const char *const *further)
{
	const char **list;
	size_t n = 0;

	while (further && further[n])
		n++;
	list = calloc(n + _TUNABLE_MAX + 1, sizeof(*list));
	n = 0;
	for (int t = 0; list && t < _TUNABLE_MAX; t++)
		if (supported & 1u << t)
			list[n++] = tunable_table[t].name;
	while (list && further && *further)
		list[n++] = *further++;
	return list;
}

/* Asks the kernel what the scheduler could do here, unless it has said so already. */
void manager_probe(struct manager *m, struct error *err)
{
	const char *const *further = NULL;
	uint32_t supported = 0;

	if (m->supported)
		return;
	if (kernel_check(&m->kernel, err) < 0 || sched_probe(&supported, &further, err) < 0)
		return;
	if (!idle_resume_supported(m->paths->sysfs))
		supported &= ~(1u << TUNABLE_IDLE_RESUME);
	free(m->features);
	m->features = list_features(supported, further);
	m->supported = supported;
	m->pending |= MANAGER_CHANGED_FEATURES;
}

static void drop_sched(struct manager *m)
{
	m->sched_source = sd_event_source_disable_unref(m->sched_source);
	manager_keep_statistics(m);
	m->sched = sched_free(m->sched);
	manager_apply_power(m);
	m->pending |= MANAGER_CHANGED_GENERATION;
	read_scheduler(m);
}

/* If the scheduler has ended: reports it, and goes on from there. */
static void check_ended(struct manager *m)
{
	_cleanup_(sched_exit_done) struct sched_exit e = SCHED_EXIT_NULL;
	enum lifecycle_event event;

	if (!m->sched || sched_ended(m->sched, &e) <= 0)
		return;
	manager_generation(m);	/* its programs answer as long as they are loaded */
	event = manager_take_exit(m, &e, manager_now() - m->life.attached_usec);
	drop_sched(m);
	manager_feed(m, event);
}

static int on_sched_ended(sd_event_source *s, int fd, uint32_t revents, void *userdata)
{
	struct manager *m = userdata;

	(void)s, (void)fd, (void)revents;
	check_ended(m);
	manager_tell(m);
	return 0;
}

static int watch_sched(struct manager *m)
{
	int r;

	r = sd_event_add_io(m->event, &m->sched_source, sched_fd(m->sched), EPOLLIN,
			    on_sched_ended, m);
	if (r < 0)
		return r;
	return sd_event_source_set_description(m->sched_source, "bpfland-ended");
}

static void log_attached(struct manager *m, uint64_t took_usec)
{
	const struct log_field fields[] = {
		{ LOG_FIELD_PROFILE, m->active },
		{ LOG_FIELD_KERNEL, m->kernel.release },
	};

	log_event(LOG_INFO, MESSAGE_ID_ATTACHED, fields, 2,
		  "bpfland is attached with profile %s (took %" PRIu64 " ms).",
		  m->active[0] ? m->active : "none", took_usec / USEC_PER_MSEC);
}

/*
 * The kernel's own scheduler enforces cpu.max, so somebody may rely on it; once, for it is not news
 * at the next start.
 */
static void warn_of_limits(struct manager *m)
{
	char names[512];
	unsigned n;

	for (const char **f = m->features; f && *f; f++)
		if (!strcmp(*f, "CgroupBandwidth"))
			return;
	if (m->told_limits)
		return;
	m->told_limits = true;
	n = limits_find(m->paths->sysfs, names, sizeof(names));
	if (n)
		log_event(LOG_WARNING, MESSAGE_ID_LIMITS_IGNORED, NULL, 0,
			  "On this kernel (%s) limits of CPU time (CPUQuota=, cpu.max) have no "
			  "effect under bpfland; there are %u: %s", m->kernel.release, n, names);
}

static void blame_foreign(struct manager *m)
{
	error_set(&m->why, ERROR_FOREIGN, EBUSY,
		  "another sched_ext scheduler, %s, is attached and left alone", m->scheduler);
}

/* Another one is in the way, or was a moment ago. */
static enum lifecycle_event find_foreign(struct manager *m)
{
	if (read_scheduler(m)) {
		blame_foreign(m);
		return LIFECYCLE_ATTACH_FOREIGN;
	}
	error_set(&m->why, ERROR_FOREIGN, EBUSY,
		  "the kernel is just taking out another sched_ext scheduler%s%s",
		  m->scheduler[0] ? ", " : "", m->scheduler);
	return LIFECYCLE_ATTACH_BUSY;
}

/*
 * The sentence goes to places that show a line: STATUS, the bus. What the verifier has to say fills
 * pages, and is for those who read the journal's debug messages.
 */
static void keep_one_sentence(struct error *e)
{
	size_t n = strcspn(e->message, "\n");

	if (!e->message[n] && n <= WHY_MAX)
		return;
	log_message(LOG_DEBUG, "%s", e->message);
	if (n > WHY_MAX)
		snprintf(e->message + WHY_MAX, sizeof(e->message) - WHY_MAX, "...");
	else
		e->message[n] = 0;
	text_clean(e->message);
}

static enum lifecycle_event explain_failure(struct manager *m, int r)
{
	keep_one_sentence(&m->why);
	kernel_explain(&m->kernel, r, &m->why);
	if (m->why.kind == ERROR_FOREIGN)
		return find_foreign(m);
	read_scheduler(m);
	switch (m->why.kind) {
	case ERROR_NOT_SUPPORTED:
	case ERROR_ACCESS_DENIED:
	case ERROR_REFUSED:
		return LIFECYCLE_ATTACH_IMPOSSIBLE;
	default:
		return LIFECYCLE_ATTACH_FAILED;
	}
}

/* One attempt to attach; returns how it went. */
static enum lifecycle_event attach(struct manager *m)
{
	_cleanup_(sched_exit_done) struct sched_exit e = SCHED_EXIT_NULL;
	struct bpfland_tunables tunables;
	struct sched_options options = {
		.tunables = &tunables,
		.domains = &m->domains.sched,
		.several_nodes = m->domains.topology.n_nodes > 1,
	};
	uint64_t begin = manager_now();
	struct error err = { .kind = ERROR_FAILED, .message = "it cannot be attached" };
	int r;

	read_scheduler(m);
	if (m->scheduler[0])
		return find_foreign(m);
	manager_probe(m, &m->why);
	if (!m->supported)
		return explain_failure(m, -EOPNOTSUPP);
	tunables_to_abi(&m->tunables, &tunables);
	r = sched_start(&m->sched, &options, &e, &err);
	if (r < 0 && e.kind) {
		/* Enabled, and thrown out at once: it has run, if only for a moment. */
		lifecycle_step(&m->life, LIFECYCLE_ATTACHED, manager_now(), &m->config.restart);
		m->generation = 0;
		return manager_take_exit(m, &e, 0);
	}
	if (r >= 0) {
		r = watch_sched(m);
		if (r < 0) {
			m->sched_source = sd_event_source_disable_unref(m->sched_source);
			m->sched = sched_free(m->sched);
			error_set(&err, ERROR_FAILED, r, "it cannot be watched: %s", strerror(-r));
		}
	}
	if (r < 0) {
		m->why = err;
		return explain_failure(m, r);
	}
	m->why = (struct error){};
	m->pending |= MANAGER_CHANGED_GENERATION;
	read_scheduler(m);
	manager_generation(m);
	manager_apply_power(m);
	log_attached(m, manager_now() - begin);
	warn_of_limits(m);
	return LIFECYCLE_ATTACHED;
}

static void detach(struct manager *m)
{
	_cleanup_(sched_exit_done) struct sched_exit e = SCHED_EXIT_NULL;
	uint64_t begin = manager_now(), uptime = begin - m->life.attached_usec;
	int r;

	if (!m->sched)
		return;
	manager_generation(m);
	r = sched_stop(m->sched, &e);
	/* It may have ended by itself a moment before, which is worth knowing all the same. */
	if (r >= 0 && e.kind && e.kind != EXIT_KIND_UNREGISTERED)
		manager_report_exit(m, &e, uptime);
	m->why = (struct error){};
	drop_sched(m);
	log_event(LOG_INFO, MESSAGE_ID_DETACHED, NULL, 0,
		  "bpfland is detached, the kernel's own scheduler runs (took %" PRIu64 " ms).",
		  (manager_now() - begin) / USEC_PER_MSEC);
}

static int on_timer(sd_event_source *s, uint64_t usec, void *userdata)
{
	struct manager *m = userdata;

	(void)s, (void)usec;
	manager_feed(m, LIFECYCLE_TIMER);
	manager_tell(m);
	return 0;
}

/* Only while it waits to attach again is there a timer at all: an idle daemon never wakes up. */
static void arm_timer(struct manager *m)
{
	int r;

	m->timer_source = sd_event_source_disable_unref(m->timer_source);
	if (m->life.timer_usec == LIFECYCLE_TIMER_NONE)
		return;
	r = sd_event_add_time(m->event, &m->timer_source, CLOCK_MONOTONIC, m->life.timer_usec,
			      1 * USEC_PER_MSEC, on_timer, m);
	if (r < 0)
		log_message(LOG_ERR, "No timer, so bpfland is not attached again by itself: %s",
			    strerror(-r));
	else
		sd_event_source_set_description(m->timer_source, "bpfland-attach-again");
}

static void log_state(struct manager *m)
{
	const struct log_field fields[] = {
		{ LOG_FIELD_STATE, lifecycle_state_name(m->life.state) },
		{ LOG_FIELD_SCHEDULER, m->scheduler },
		{ LOG_FIELD_KERNEL, m->kernel.release },
	};
	const char *text = manager_state_text(m);

	switch (m->life.state) {
	case LIFECYCLE_BACKOFF:
		log_event(LOG_WARNING, MESSAGE_ID_ATTACH_FAILED, fields, 3, "%s", text);
		break;
	case LIFECYCLE_FAILED:
		log_event(LOG_ERR, MESSAGE_ID_GAVE_UP, fields, 3,
			  "%s Start it again when the cause is gone.", text);
		break;
	case LIFECYCLE_FOREIGN:
		log_event(LOG_NOTICE, MESSAGE_ID_FOREIGN, fields, 3, "%s", text);
		break;
	default:
		break;
	}
}

/* Feeds one event, does what comes out, and feeds back how that went. */
void manager_feed(struct manager *m, enum lifecycle_event event)
{
	enum lifecycle_state before = m->life.state;
	enum lifecycle_action action;
	bool tried = false;

	for (;;) {
		action = lifecycle_step(&m->life, event, manager_now(), &m->config.restart);
		if (action != LIFECYCLE_ACTION_ATTACH)
			break;
		event = attach(m);
		tried = true;
	}
	if (action == LIFECYCLE_ACTION_DETACH)
		detach(m);
	else if (m->life.state == LIFECYCLE_STOPPED && event != LIFECYCLE_ENDED_EVICTED)
		m->why = (struct error){};
	arm_timer(m);
	if (tried || m->life.state != before)
		log_state(m);
}

void manager_look_at_kernel(struct manager *m)
{
	bool there = read_scheduler(m);

	if (m->sched)
		return;
	if (!there) {
		manager_feed(m, LIFECYCLE_FOREIGN_LEFT);
		return;
	}
	blame_foreign(m);	/* also when one has followed another */
	manager_feed(m, LIFECYCLE_FOREIGN_APPEARED);
}

void manager_handle_uevent(struct manager *m, enum uevent_action action)
{
	if (action == UEVENT_CPU) {
		manager_cpus_changed(m);
		return;
	}
	/* If ours has just ended, that comes first: the other one could not be there before. */
	check_ended(m);
	if (m->sched)
		return;
	/*
	 * What the event says is not enough. An "add" may be about one that is gone again, a
	 * "remove" about one before the one that is there. sysfs knows.
	 */
	manager_look_at_kernel(m);
	/* But a "remove" comes a moment before sysfs changes, and nothing comes after it. */
	if (action == UEVENT_REMOVE && !m->sched && m->life.state != LIFECYCLE_FOREIGN)
		set_scheduler(m, "");
}

static int on_uevent(sd_event_source *s, int fd, uint32_t revents, void *userdata)
{
	struct manager *m = userdata;
	enum uevent_action action;
	int r;

	(void)s, (void)revents;
	r = uevent_receive(fd, &action);
	if (r > 0)
		manager_handle_uevent(m, action);
	else if (r == -ENOBUFS) {
		manager_look_at_kernel(m);
		manager_cpus_changed(m);
	}
	manager_tell(m);
	return 0;
}

int manager_watch_kernel(struct manager *m)
{
	int r;

	m->uevent_fd = uevent_open();
	if (m->uevent_fd < 0) {
		log_message(LOG_WARNING,
			    "No events from the kernel, so other sched_ext schedulers are noticed "
			    "only when bpfland is started: %s", strerror(-m->uevent_fd));
		return 0;
	}
	r = sd_event_add_io(m->event, &m->uevent_source, m->uevent_fd, EPOLLIN, on_uevent, m);
	if (r < 0)
		return r;
	return sd_event_source_set_description(m->uevent_source, "bpfland-sched-ext");
}
