/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The manager and the end of its scheduler: what it was, told to everybody who wants to know.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "daemon/diagnosis.h"
#include "daemon/log.h"
#include "daemon/manager-internal.h"
#include "daemon/names.h"
#include "daemon/text.h"

/* "comm[pid]" */
#define CULPRIT_MAX 64

/* Writes the report, says it in the journal, and notes it for the observer. */
static void tell_exit(struct manager *m, const struct sched_exit *e, uint64_t uptime_usec,
		      bool evicted, const char *culprit, const char *sentence)
{
	struct exit_report *report = &m->last_exit;
	char kind[24], code[24], uptime[24], generation[24];
	int r;

	exit_report_done(report);
	*report = (struct exit_report){
		.valid = true,
		.kind = e->kind,
		.code = e->code,
		.dump = e->dump ? strdup(e->dump) : NULL,
		.since_usec = manager_now_realtime(),
		.uptime_usec = uptime_usec,
		.generation = m->generation,
		.tunables = m->tunables,
	};
	snprintf(report->reason, sizeof(report->reason), "%s", e->reason);
	/* The culprit must not be cut off, so the kernel's message is. */
	snprintf(report->message, sizeof(report->message), "%.900s%s%s", e->message,
		 culprit[0] ? "; held up by the real-time task " : "", culprit);
	text_clean(report->message);	/* cut within a character, it is no text any more */
	snprintf(report->profile, sizeof(report->profile), "%s", m->active);
	snprintf(report->kernel, sizeof(report->kernel), "%s", m->kernel.release);
	snprintf(kind, sizeof(kind), "%" PRIu64, e->kind);
	snprintf(code, sizeof(code), "%" PRId64, e->code);
	snprintf(uptime, sizeof(uptime), "%" PRIu64, uptime_usec);
	snprintf(generation, sizeof(generation), "%" PRIu64, m->generation);

	const struct log_field fields[] = {
		{ LOG_FIELD_EXIT_KIND, kind },
		{ LOG_FIELD_EXIT_CODE, code },
		{ LOG_FIELD_EXIT_REASON, report->reason },
		{ LOG_FIELD_EXIT_MESSAGE, report->message },
		{ LOG_FIELD_UPTIME, uptime },
		{ LOG_FIELD_GENERATION, generation },
		{ LOG_FIELD_PROFILE, report->profile },
		{ LOG_FIELD_KERNEL, report->kernel },
	};
	log_event(evicted ? LOG_NOTICE : LOG_ERR, MESSAGE_ID_EXITED, fields,
		  sizeof(fields) / sizeof(*fields),
		  "bpfland %s after %" PRIu64 ".%03" PRIu64 " s, the kernel's own scheduler "
		  "runs: %s", evicted ? "was thrown out by an administrator" : "ended by itself",
		  uptime_usec / 1000000, uptime_usec / 1000 % 1000, sentence);
	r = exit_report_write(report, m->paths->state_dir);
	if (r < 0)
		log_event(LOG_WARNING, MESSAGE_ID_NOT_STORED, NULL, 0,
			  "%s/%s: cannot be written, the exit report is in the journal only: %s",
			  m->paths->state_dir, FILE_LAST_EXIT, strerror(-r));
	m->pending |= MANAGER_CHANGED_LAST_EXIT | MANAGER_SCHEDULER_EXITED;
}

/* Task names are any bytes; from here on everything is text. */
static void clean_exit(struct sched_exit *e)
{
	text_clean(e->reason);
	text_clean(e->message);
	if (e->dump)
		text_clean(e->dump);
}

enum lifecycle_event manager_report_exit(struct manager *m, struct sched_exit *e,
					 uint64_t uptime_usec)
{
	char culprit[CULPRIT_MAX], sentence[sizeof(m->why.message) - 64];
	enum lifecycle_event event;
	bool evicted;

	clean_exit(e);
	event = diagnose(e, culprit, sizeof(culprit));
	evicted = event == LIFECYCLE_ENDED_EVICTED;
	describe_exit(e, culprit, sentence, sizeof(sentence));
	text_clean(sentence);
	tell_exit(m, e, uptime_usec, evicted, culprit, sentence);
	error_set(&m->why, ERROR_FAILED, EIO, "it %s: %s",
		  evicted ? "was thrown out by an administrator" : "ended by itself", sentence);
	return event;
}

enum lifecycle_event manager_take_exit(struct manager *m, struct sched_exit *e,
				       uint64_t uptime_usec)
{
	enum lifecycle_event event = manager_report_exit(m, e, uptime_usec);

	if (event == LIFECYCLE_ENDED_EVICTED)
		manager_remember_stop(m);
	return event;
}
