/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A recorded load.
 *
 * The lines, either in tracefs' words or in those of perf's library:
 *   … 12.345678: sched_switch: prev_comm=a prev_pid=1 prev_prio=120 prev_state=S ==> next_comm=b …
 *   … 12.345678: sched:sched_switch: a:1 [120] S ==> b:2 [120]
 *   … 12.345678: sched_wakeup: comm=b pid=2 prio=120 target_cpu=000
 *   … 12.345678: sched:sched_wakeup: b:2 [120] CPU:000
 */
#include "tests/sim/trace.h"

#include <errno.h>
#include <string.h>

#include "daemon/cleanup.h"
#include "tests/sim/kernel.h"
#include "tests/sim/memory.h"
#include "tests/sim/workload.h"

/* One end of a switch, or who was woken. */
struct mention {
	char name[16];
	u32 pid;
	int prio;
	bool ready;		/* prev_state=R: it did not go to sleep */
};

/* The digits at @p, which a unit or any other sign ends. */
static bool number_at(const char *p, u64 *ret)
{
	char *end;

	if (*p < '0' || *p > '9')
		return false;
	*ret = strtoull(p, &end, 10);
	return true;
}

/* The value of "@key=" in @text; keys are unique by their end, so that prefixes do not matter. */
static const char *value_of(const char *text, const char *key)
{
	const char *p = strstr(text, key);

	return p ? p + strlen(key) : NULL;
}

static void copy_name(char *to, const char *from, size_t n)
{
	if (n > 15)
		n = 15;
	memcpy(to, from, n);
	to[n] = 0;
}

/* "comm=NAME pid=N prio=N [prev_state=S]": names may hold spaces, so the next key ends them. */
static bool parse_fields(const char *text, struct mention *ret)
{
	const char *comm = value_of(text, "comm="), *pid = comm ? value_of(comm, "pid=") : NULL;
	const char *prio = pid ? value_of(pid, "prio=") : NULL, *state, *end;
	u64 n, m;

	if (!prio || !number_at(pid, &n) || !number_at(prio, &m))
		return false;
	for (end = pid - 4; end > comm && end[-1] != ' '; end--)
		;
	copy_name(ret->name, comm, end > comm ? (size_t)(end - comm) - 1 : 0);
	ret->pid = (u32)n;
	ret->prio = (int)m;
	state = value_of(prio, "prev_state=");
	ret->ready = state && *state == 'R';
	return true;
}

/* "NAME:PID [PRIO] S": names may hold colons, so the last one before the bracket counts. */
static bool parse_short(const char *text, struct mention *ret)
{
	const char *bracket = strstr(text, " ["), *colon = bracket;
	u64 n, m;

	if (!bracket)
		return false;
	while (colon > text && *colon != ':')
		colon--;
	if (!number_at(colon + 1, &n) || !number_at(bracket + 2, &m))
		return false;
	while (*text == ' ')
		text++;
	copy_name(ret->name, text, colon > text ? (size_t)(colon - text) : 0);
	ret->pid = (u32)n;
	ret->prio = (int)m;
	bracket = strchr(bracket, ']');
	ret->ready = bracket && !strncmp(bracket, "] R", 3);
	return true;
}

static bool parse_mention(const char *text, struct mention *ret)
{
	return strstr(text, "comm=") ? parse_fields(text, ret) : parse_short(text, ret);
}

static struct recording *find(struct trace *t, const struct mention *m, u64 now)
{
	struct recording *r;

	for (size_t i = 0; i < t->n; i++)
		if (t->task[i]->pid == m->pid)
			return t->task[i];
	t->task = memory_grow(t->task, &t->capacity, t->n + 1, sizeof(*t->task));
	r = t->task[t->n++] = memory_new(1, sizeof(*r));
	r->pid = m->pid;
	r->prio = m->prio;
	memcpy(r->name, m->name, sizeof(r->name));
	r->start_ns = now - t->first;
	return r;
}

static void add_piece(struct recording *r, u64 sleep_ns)
{
	if (!r->run_ns && !sleep_ns)
		return;
	r->piece = memory_grow(r->piece, &r->capacity, r->n + 1, sizeof(*r->piece));
	r->piece[r->n++] = (struct recorded){ r->run_ns, sleep_ns };
	r->run_ns = 0;
}

/* Ready again: what it slept ends here, and not when it got a CPU. */
static void wakes(struct recording *r, u64 now)
{
	if (r->slept)
		add_piece(r, now - r->off_at);
	r->slept = false;
	if (!r->on)
		r->woken_at = now;
}

static void stops(struct recording *r, u64 now, bool ready)
{
	/* One that runs when the recording begins has run since then. */
	if (r->on)
		r->run_ns += now - r->on_at;
	r->on = false;
	r->slept = !ready;
	r->off_at = now;
}

static void runs(struct trace *t, struct recording *r, u64 now)
{
	if (r->woken_at && r->prio >= 100)
		histogram_add(&t->wake, now - r->woken_at);
	/* Who was not seen to wake up has slept until now. */
	wakes(r, now);
	r->woken_at = 0;
	r->on = true;
	r->on_at = now;
}

/* The time, in ns, that stands before the colon before @event. */
static bool time_before(const char *line, const char *event, u64 *ret)
{
	const char *p = event;
	u64 whole, part = 0, scale = NSEC_PER_SEC;

	while (p > line && *p != '.')
		p--;
	if (p == line)
		return false;
	for (const char *digit = p + 1; *digit >= '0' && *digit <= '9' && scale > 1; digit++) {
		scale /= 10;
		part += (u64)(*digit - '0') * scale;
	}
	while (p > line && p[-1] >= '0' && p[-1] <= '9')
		p--;
	if (!number_at(p, &whole) || whole > 1ULL << 33)
		return false;
	*ret = whole * NSEC_PER_SEC + part;
	return true;
}

static bool read_switch(struct trace *t, const char *text, u64 now)
{
	struct mention prev, next;
	const char *arrow = strstr(text, "==>");

	if (!arrow || !parse_mention(text, &prev) || !parse_mention(arrow + 3, &next))
		return false;
	/* Task 0 is each CPU's idle one. */
	if (prev.pid)
		stops(find(t, &prev, now), now, prev.ready);
	if (next.pid)
		runs(t, find(t, &next, now), now);
	return true;
}

/* Returns false if the line is one of ours and makes no sense. */
static bool read_line(struct trace *t, const char *line)
{
	const char *event = strstr(line, "sched_switch: ");
	bool is_switch = event;
	struct mention m;
	u64 now;

	if (!event)
		event = strstr(line, "sched_wakeup: ");
	if (!event)
		event = strstr(line, "sched_wakeup_new: ");
	if (!event)
		return true;
	if (!time_before(line, event, &now))
		return false;
	if (!t->first)
		t->first = now;
	/* Lines of several CPUs may be out of order by a little. */
	if (now < t->last)
		now = t->last;
	t->last = now;
	event = strchr(event, ' ') + 1;
	if (is_switch)
		return read_switch(t, event, now);
	if (!parse_mention(event, &m))
		return false;
	wakes(find(t, &m, now), now);
	return true;
}

int trace_read(struct trace *ret, FILE *file, const char *name, struct error *err)
{
	_cleanup_(trace_done) struct trace t = {};
	_cleanup_free_ char *line = NULL;
	size_t size = 0, number = 0;

	while (getline(&line, &size, file) >= 0) {
		number++;
		if (!read_line(&t, line))
			return error_set(err, ERROR_INVALID_ARGS, EINVAL,
					 "%s:%zu: a line of the scheduler that is not understood",
					 name, number);
	}
	if (!t.n)
		return error_set(err, ERROR_INVALID_ARGS, EINVAL,
				 "%s: holds no sched_switch and no sched_wakeup", name);
	for (size_t i = 0; i < t.n; i++) {
		if (t.task[i]->on)
			stops(t.task[i], t.last, true);
		add_piece(t.task[i], 0);
	}
	*ret = t;
	t = (struct trace){};
	return 0;
}

void trace_done(struct trace *t)
{
	for (size_t i = 0; i < t->n; i++) {
		free(t->task[i]->piece);
		free(t->task[i]);
	}
	free(t->task);
	*t = (struct trace){};
}

static void replay_start(struct event *e, void *userdata)
{
	struct task *t = (struct task *)((char *)e - offsetof(struct task, timer));
	struct sim *sim = userdata;

	sim->context = t->index % sim->topology.nr_cpus;
	sim->interrupt = false;
	kernel_wake_new(sim, t);
	/* It was there already; that it begins with us is no wake-up. */
	t->woken_at = 0;
}

void trace_add(struct sim *sim, const struct trace *trace)
{
	struct group *g = workload_add_empty(sim, "replay", trace->n);

	g->recorded = &trace->wake;
	for (size_t i = 0; i < trace->n; i++) {
		const struct recording *r = trace->task[i];
		struct task *t = task_new(sim, g, r->prio < 100 ? TASK_RT : TASK_NORMAL,
					  r->prio < 100 ? 0 : r->prio - 120);

		t->recording = r;
		t->timer.happen = replay_start;
		group_join(g, t);
		event_set(&sim->events, &t->timer, r->start_ns);
	}
}
