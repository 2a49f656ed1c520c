/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Why the scheduler ended.
 */
#include "daemon/diagnosis.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/*
 * The kernel's dump has a section per CPU. It begins in column 0 with "CPU 3   : nr_run=…", goes
 * on indented with "curr=hog[812] class=rt_sched_class", and lists the tasks that wait there, each
 * as " R cc1[99] -30100ms" or "*R …".
 */
struct cpu_section {
	const char *start, *end;
};

static bool next_section(const char **p, struct cpu_section *ret)
{
	const char *start = strncmp(*p, "CPU ", 4) ? strstr(*p, "\nCPU ") : *p;
	const char *end;

	while (start && start[*start == '\n' ? 5 : 4] == 's')	/* the heading, "CPU states" */
		start = strstr(start + 1, "\nCPU ");
	if (!start)
		return false;
	end = strstr(start + 1, "\nCPU ");
	*ret = (struct cpu_section){ start, end ? end : start + strlen(start) };
	*p = ret->end;
	return true;
}

static const char *find_in(const struct cpu_section *s, const char *what)
{
	const char *found = strstr(s->start, what);

	return found && found < s->end ? found : NULL;
}

/* The real-time task that a section's CPU was running, or false. */
static bool real_time_current(const struct cpu_section *s, char *ret, size_t size)
{
	const char *curr = find_in(s, " curr="), *class = find_in(s, " class=");

	if (!curr || !class || class < curr)
		return false;
	curr += strlen(" curr=");
	if (strncmp(class, " class=rt_sched_class", 21) &&
	    strncmp(class, " class=dl_sched_class", 21))
		return false;
	snprintf(ret, size, "%.*s", (int)(class - curr), curr);
	return true;
}

/*
 * A stall names the task in its message, "cc1[99] failed to run for …"; its CPU tells whether a
 * real-time task was in the way. When the message names none (the kernel's own watchdog did not
 * get to run), or it is listed nowhere, any CPU held by one will do.
 */
static bool find_culprit(const struct sched_exit *e, char *ret, size_t size)
{
	const char *p = e->dump, *end = strstr(e->message, "] failed to run");
	char task[64] = "", candidate[64];
	struct cpu_section s;
	bool found = false;

	ret[0] = 0;
	if (!p)
		return false;
	if (end)
		snprintf(task, sizeof(task), "R %.*s", (int)(end - e->message + 1), e->message);
	while (next_section(&p, &s)) {
		bool here = task[0] && find_in(&s, task);
		bool held = real_time_current(&s, candidate, sizeof(candidate));

		if (here && !held) {
			ret[0] = 0;
			return false;
		}
		if (held && (here || !found)) {
			snprintf(ret, size, "%s", candidate);
			found = true;
		}
		if (here)
			break;
	}
	return found;
}

enum lifecycle_event diagnose(const struct sched_exit *e, char *ret_culprit, size_t size)
{
	ret_culprit[0] = 0;
	if (e->code & EXIT_CODE_RESTART)
		return LIFECYCLE_ENDED_RESTART;
	if (e->kind == EXIT_KIND_UNREGISTERED || e->kind == EXIT_KIND_SYSRQ)
		return LIFECYCLE_ENDED_EVICTED;
	if (e->kind == EXIT_KIND_STALL && find_culprit(e, ret_culprit, size))
		return LIFECYCLE_ENDED_BEHIND_RT;
	return LIFECYCLE_ENDED_ERROR;
}

void describe_exit(const struct sched_exit *e, const char *culprit, char *buf, size_t size)
{
	snprintf(buf, size, "%s%s%s%s%s", e->reason[0] ? e->reason : "it gave no reason",
		 e->message[0] ? ": " : "", e->message,
		 culprit[0] ? "; held up by the real-time task " : "", culprit);
	/* It becomes part of one line of a status or a log. */
	for (char *c = buf; *c; c++)
		if (*c == '\n' || *c == '\t')
			*c = ' ';
}
