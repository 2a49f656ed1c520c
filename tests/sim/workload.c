/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What tasks do: groups from lines of text, and the way between a task and its program.
 */
#include "tests/sim/workload.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "tests/sim/cpu.h"
#include "tests/sim/host.h"
#include "tests/sim/kernel.h"
#include "tests/sim/memory.h"
#include "tests/sim/programs.h"

#define US NSEC_PER_USEC
#define MS NSEC_PER_MSEC

struct kind {
	const char *name;
	struct action (*step)(struct sim *sim, struct task *t);
	struct params def;
	const char *summary;
};

static const struct kind kinds[] = {
	{ "hog", hog_step, {}, "computes endlessly" },
	{ "timer", timer_step, { .tasks = 4, .work = 30 * US, .period = 3 * MS },
	  "wakes up every period and works a little" },
	{ "burst", burst_step,
	  { .tasks = 4, .work = 100 * US, .period = NSEC_PER_SEC, .sleep = NSEC_PER_SEC / 2 },
	  "sleeps at the beginning of each period, then computes; one after the other begins, so "
	  "much later, or with sync=1 all when the first does" },
	{ "frame", frame_step, { .work = 2300 * US, .period = NSEC_PER_SEC / 60 },
	  "draws a picture per refresh of a screen" },
	{ "pipe", pipe_step, { .tasks = 2, .work = 3 * US, .sync = 1 },
	  "two tasks pass a byte to and fro" },
	{ "spin", spin_step, { .tasks = 2, .work = 3 * US },
	  "a task spins until another sleeps, and wakes it (futex)" },
	{ "messages", messages_step, { .tasks = 40, .work = 2500, .limit = 100 },
	  "half of the tasks send so many messages to each of the other half (hackbench)" },
	{ "server", server_step,
	  { .tasks = 4, .work = 200 * US, .period = MS, .sleep = 100 * US },
	  "serves requests that come at random, one per period on average; with clients=N of so "
	  "many clients, each of which waits for the answer and a sleep= before the next" },
	{ "fork", fork_step, { .work = 5 * MS, .limit = 16 },
	  "starts tasks that work and end, up to a limit at a time" },
	{ "rt", rt_step, { .work = 950 * MS, .period = NSEC_PER_SEC, .class = TASK_RT, .sync = 1 },
	  "keeps a CPU for itself in every period; each=1 takes another CPU per task" },
	{ "random", random_step, { .work = 500 * US, .sleep = 2 * MS },
	  "works and sleeps for random times" },
	{ "yield", yield_step, { .work = 100 * US }, "gives its CPU away after each work" },
	{ "replay", replay_step, {}, "does what was recorded; see --trace" },
};

enum key_type { KEY_COUNT, KEY_TIME, KEY_BOOL, KEY_RATE };

static const struct {
	const char *name;
	enum key_type type;
	size_t offset;
} keys[] = {
	{ "work", KEY_TIME, offsetof(struct params, work) },
	{ "period", KEY_TIME, offsetof(struct params, period) },
	{ "rate", KEY_RATE, offsetof(struct params, period) },
	{ "sleep", KEY_TIME, offsetof(struct params, sleep) },
	{ "limit", KEY_COUNT, offsetof(struct params, limit) },
	{ "clients", KEY_COUNT, offsetof(struct params, clients) },
	{ "start", KEY_TIME, offsetof(struct params, start) },
	{ "from", KEY_COUNT, offsetof(struct params, from) },
	{ "move", KEY_TIME, offsetof(struct params, move) },
	{ "sync", KEY_BOOL, offsetof(struct params, sync) },
	{ "wakes", KEY_BOOL, offsetof(struct params, wakes) },
	{ "each", KEY_BOOL, offsetof(struct params, each) },
	{ "kthread", KEY_BOOL, offsetof(struct params, kthread) },
};

#define N(a) (sizeof(a) / sizeof((a)[0]))

static const char *const class_names[] = { "normal", "batch", "idle", "rt" };

void workload_help(void)
{
	for (size_t i = 0; i < N(kinds); i++)
		printf("  %-8s %s\n", kinds[i].name, kinds[i].summary);
	fputs("keys: nice=N class=normal|batch|idle cpu=CPUS (0+4-7)", stdout);
	for (size_t i = 0; i < N(keys); i++)
		printf(" %s=%s", keys[i].name,
		       (const char *const[]){ "N", "TIME", "0|1", "HZ" }[keys[i].type]);
	puts("\nmove= changes the affinity of one task of the group, about so often");
}

static bool parse_value(enum key_type type, const char *text, u64 *ret)
{
	u64 n;

	if (type == KEY_TIME)
		return text_time(text, ret);
	if (!text_number(text, &n) || n > 10000000 || (type == KEY_BOOL && n > 1) ||
	    (type == KEY_RATE && !n))
		return false;
	*ret = type == KEY_RATE ? NSEC_PER_SEC / n : n;
	return true;
}

static bool parse_nice(const char *text, int *ret)
{
	bool minus = *text == '-';
	u64 n;

	if (!text_number(text + minus, &n) || n > (minus ? 20 : 19))
		return false;
	*ret = minus ? -(int)n : (int)n;
	return true;
}

static bool parse_class(const char *text, enum task_class *ret)
{
	for (int i = 0; i < TASK_RT; i++)
		if (!strcmp(class_names[i], text)) {
			*ret = i;
			return true;
		}
	return false;
}

static bool parse_key(struct params *p, const char *word, u32 nr_cpus)
{
	const char *value = strchr(word, '=');
	size_t n = value ? (size_t)(value++ - word) : 0;

	if (n == 4 && !strncmp(word, "nice", n))
		return parse_nice(value, &p->nice);
	if (n == 5 && !strncmp(word, "class", n))
		return p->class != TASK_RT && parse_class(value, &p->class);
	if (n == 3 && !strncmp(word, "cpu", n))
		return p->pinned = text_cpus(value, nr_cpus, &p->cpus);
	for (size_t i = 0; i < N(keys); i++)
		if (n && strlen(keys[i].name) == n && !strncmp(word, keys[i].name, n))
			return parse_value(keys[i].type, value,
					   (u64 *)((char *)p + keys[i].offset));
	return false;
}

static const struct kind *kind_by_name(const char *name)
{
	for (size_t i = 0; i < N(kinds); i++)
		if (!strcmp(kinds[i].name, name))
			return &kinds[i];
	return NULL;
}

/* Periods and pieces of work that would stop the clock are refused here. */
static int params_check(const struct kind *kind, struct params *p, const char *text,
			struct error *err)
{
	bool periodic = kind->def.period, needs_work = kind->def.work;

	if (p->tasks < 1 || p->tasks > 100000)
		return error_set(err, ERROR_OUT_OF_RANGE, ERANGE,
				 "%s: %" PRIu64 " tasks, allowed: 1 to 100000", text,
				 (uint64_t)p->tasks);
	if ((periodic && p->period < US) || (needs_work && p->work < 1) ||
	    (kind->step == random_step && p->sleep < 1))
		return error_set(err, ERROR_OUT_OF_RANGE, ERANGE,
				 "%s: times must not be 0, and periods at least 1 us", text);
	if ((kind->step == pipe_step || kind->step == spin_step || kind->step == messages_step) &&
	    p->tasks % 2)
		return error_set(err, ERROR_OUT_OF_RANGE, ERANGE,
				 "%s: tasks work in pairs, so the number must be even", text);
	if (kind->step == messages_step && !p->limit)
		return error_set(err, ERROR_OUT_OF_RANGE, ERANGE, "%s: no messages", text);
	return 0;
}

static int parse(const char *text, u32 nr_cpus, const struct kind **ret_kind,
		 struct params *ret, struct error *err)
{
	const char *rest = text;
	char head[32] = "", word[64], *star;
	const struct kind *kind;
	struct params p;
	int r;

	text_word(&rest, ':', head, sizeof(head));
	star = strchr(head, '*');
	if (star)
		*star++ = 0;
	kind = kind_by_name(head);
	if (!kind || kind->step == replay_step)
		return error_set(err, ERROR_INVALID_ARGS, EINVAL,
				 "%s: no such kind of workload; --help lists them", text);
	p = kind->def;
	if (!p.tasks)
		p.tasks = 1;
	if (star && !text_number(star, &p.tasks))
		return error_set(err, ERROR_INVALID_ARGS, EINVAL,
				 "%s: '%s' is no number of tasks", text, star);
	p.from = BPFLAND_MAX_CPUS;
	while (*rest) {
		if (!text_word(&rest, ',', word, sizeof(word)) || !parse_key(&p, word, nr_cpus))
			return error_set(err, ERROR_INVALID_ARGS, EINVAL,
					 "%s: a key or value is not understood; --help lists them",
					 text);
	}
	r = params_check(kind, &p, text, err);
	if (r < 0)
		return r;
	*ret_kind = kind;
	*ret = p;
	return 0;
}

static void set_allowed(struct sim *sim, struct group *g, struct task *t)
{
	const struct params *p = &g->params;
	struct cpuset all = p->cpus;
	u32 n, nth;

	if (!p->pinned)
		for (u32 i = 0; i < sim->topology.nr_cpus; i++)
			cpuset_add(&all, i);
	n = cpuset_count(&all);
	if (p->each || t->class == TASK_RT) {
		nth = (p->each || t->recording ? t->index : 0) % n;
		n = 1;
		cpuset_each (cpu, &all)
			if (!nth--) {
				all = (struct cpuset){};
				cpuset_add(&all, cpu);
				break;
			}
	}
	t->allowed = all;
	t->nr_allowed = n;
}

void group_join(struct group *g, struct task *t)
{
	t->index = g->nr_tasks;
	g->task[g->nr_tasks++] = t;
	set_allowed(g->sim, g, t);
}

/* Any set of CPUs that are there, half of the time only one; the kernel takes no other. */
static struct cpuset random_cpus(struct sim *sim, struct random *r)
{
	u32 n = sim->topology.nr_cpus, one = cpuset_next(&sim->online, (u32)random_below(r, n));
	struct cpuset s = {};

	if (one == BPFLAND_MAX_CPUS)
		one = cpuset_next(&sim->online, 0);
	cpuset_add(&s, one);
	if (random_below(r, 2))
		return s;
	cpuset_each (cpu, &sim->online)
		if (random_below(r, 2))
			cpuset_add(&s, cpu);
	return s;
}

static void group_move(struct event *e, void *userdata)
{
	struct group *g = (struct group *)((char *)e - offsetof(struct group, mover));
	struct sim *sim = userdata;
	struct cpuset s = random_cpus(sim, &g->random);
	struct task *t = g->nr_tasks ? g->task[random_below(&g->random, g->nr_tasks)] : NULL;

	if (t && t->class != TASK_RT)
		kernel_set_allowed(sim, t, &s);
	event_set(&sim->events, e, sim->now + random_interval(&g->random, g->params.move));
}

/* All of the group's tasks are forked, each on the CPU of from=, or on one CPU after the other. */
static void group_start(struct event *e, void *userdata)
{
	struct group *g = (struct group *)((char *)e - offsetof(struct group, event));
	struct sim *sim = userdata;

	if (g->nr_tasks) {
		server_request(sim, g);
		return;
	}
	for (u64 i = 0; i < g->params.tasks; i++)
		group_join(g, task_new(sim, g, g->params.class, g->params.nice));
	if (g->params.wakes) {
		struct task *t = task_new(sim, g, TASK_NORMAL, 0);

		group_join(g, t);
		g->task[0]->peer = t;
	}
	for (u32 i = 0; i < g->nr_tasks; i++) {
		u64 from = g->params.from < sim->topology.nr_cpus ? g->params.from : i;

		sim->context = (u32)(from % sim->topology.nr_cpus);
		if (!sim->cpu[sim->context].online)
			sim->context = cpuset_next(&sim->online, 0);
		sim->interrupt = false;
		kernel_wake_new(sim, g->task[i]);
	}
}

static struct group *group_new(struct sim *sim, const char *name, const struct kind *kind,
			       const struct params *p)
{
	struct group *g = memory_new(1, sizeof(*g));

	snprintf(g->name, sizeof(g->name), "%s", name);
	g->kind = kind;
	g->sim = sim;
	g->params = *p;
	g->task = memory_new(p->tasks + 1, sizeof(*g->task));
	g->thinking = p->clients;
	g->random.state = random_next(&sim->random);
	sim->group = memory_grow(sim->group, &sim->groups_capacity, sim->nr_groups + 1,
				 sizeof(*sim->group));
	sim->group[sim->nr_groups++] = g;
	return g;
}

int workload_add(struct sim *sim, const char *text, struct error *err)
{
	const struct kind *kind = NULL;
	struct params p = {};
	struct group *g;
	int r;

	r = parse(text, sim->topology.nr_cpus, &kind, &p, err);
	if (r < 0)
		return r;
	g = group_new(sim, text, kind, &p);
	g->event.happen = group_start;
	event_set(&sim->events, &g->event, p.start);
	g->mover.happen = group_move;
	if (p.move)
		event_set(&sim->events, &g->mover, p.start + p.move);
	return 0;
}

struct group *workload_add_empty(struct sim *sim, const char *name, u64 tasks)
{
	return group_new(sim, name, kind_by_name("replay"), &(struct params){ .tasks = tasks });
}

void group_free(struct group *g)
{
	free(g->task);
	free(g->request);
	free(g);
}

void workload_running(struct sim *sim, struct task *t)
{
	if (!t->woken_at)
		return;
	/* It gets to its own work when the switch is done. */
	histogram_add(&t->group->wake, sim->now - t->woken_at + t->lead_ns + SIM_SWITCH_NS);
	t->woken_at = 0;
	t->lead_ns = 0;
}

static void task_exit(struct sim *sim, struct task *t)
{
	struct group *g = t->group;

	t->state = TASK_DEAD;
	cpu_schedule(sim, &sim->cpu[t->cpu], true);
	/* Those that come and go; the others are asked for their figures at the end. */
	if (t->index < g->nr_tasks && g->task[t->index] == t)
		return;
	g->alive--;
	t->next = sim->free;
	sim->free = t;
}

void workload_step(struct sim *sim, struct task *t)
{
	struct cpu *c = &sim->cpu[t->cpu];
	struct action a = t->group->kind->step(sim, t);

	switch (a.kind) {
	case ACTION_RUN:
		t->work = a.arg;
		break;
	case ACTION_SLEEP:
		if (t->pending)
			t->pending--;
		else
			cpu_schedule(sim, c, true);
		break;
	case ACTION_SLEEP_UNTIL:
		/* A time that has passed is no sleep. */
		if (a.arg <= sim->now) {
			t->lead_ns = 0;
			break;
		}
		kernel_set_timer(sim, t, a.arg);
		cpu_schedule(sim, c, true);
		break;
	case ACTION_YIELD:
		if (t->class != TASK_RT)
			host_yield(sim, t);
		cpu_schedule(sim, c, false);
		break;
	case ACTION_EXIT:
		task_exit(sim, t);
		break;
	}
}
