/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bpflandctl task: what the scheduler knows about a task, and why it treats it as it does.
 */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/complain.h"
#include "ctl/pager.h"
#include "ctl/processes.h"
#include "ctl/service.h"
#include "ctl/table.h"
#include "ctl/units.h"
#include "ctl/verbs.h"

/* Of one name; more would be asked in vain, since nobody reads them. */
#define TASKS_MAX 64

static int ask(const struct ctl *ctl, sd_bus *bus, uint32_t tid, bool may_fail, struct json **ret)
{
	struct question q = { .interface = BUS_INTERFACE_STATISTICS, .member = "GetTask",
			      .number = &tid, .may_fail = may_fail, .what = "show it" };
	int r;

	r = service_ask(ctl, bus, &q, 1);
	if (r < 0)
		return r;
	*ret = q.answer;
	return 0;
}

/* Why it is in its class, in one sentence. */
static void print_why(const struct json *task)
{
	uint64_t rate = value_uint(task, "Rate"), threshold = value_uint(task, "Threshold");
	bool interactive = !strcmp(value_string(task, "Class"), "interactive");

	if (!threshold)
		printf("No task is interactive: InteractiveThreshold is 0.\n");
	else if (interactive && rate >= threshold)
		printf("It goes to sleep by its own will %" PRIu64 " times per second, and %" PRIu64
		       " are enough now.\n", rate, threshold);
	else if (interactive)
		printf("An interactive task woke it and went to sleep, which makes it so for a "
		       "moment; its own %" PRIu64 "\nsleeps per second would not, which takes %"
		       PRIu64 " now.\n", rate, threshold);
	else if (rate >= threshold)
		printf("It goes to sleep by its own will %" PRIu64 " times per second, and %" PRIu64
		       " are enough now: it will be\nat its next classification, of which there "
		       "are four per second.\n", rate, threshold);
	else
		printf("It goes to sleep by its own will %" PRIu64 " times per second; %" PRIu64
		       " would make it interactive now.\n", rate, threshold);
	if (threshold)
		printf("(That is the average of its queue, %" PRIu64
		       ", but not above InteractiveThreshold.)\n", value_uint(task, "AverageRate"));
}

static const char *time_of(char buf[static UNITS_MAX], const struct json *task, const char *key)
{
	return units_format_short(buf, value_uint(task, key));
}

static const char *doing(const struct json *task)
{
	if (value_bool(task, "Running"))
		return "runs";
	return value_bool(task, "Ready") ? "waits" : "sleeps";
}

static void print_task(const struct ctl *ctl, const struct json *task, uint32_t tid)
{
	const struct terminal *t = &ctl->terminal;
	int64_t lag = value_int(task, "LagUSec"), deadline = value_int(task, "DeadlineUSec");
	char a[UNITS_MAX], b[UNITS_MAX], c[UNITS_MAX];
	const char *class = value_string(task, "Class");

	printf("%s%s%s (%" PRIu32 ") is %s%s%s.\n", terminal_colour(t, COLOUR_BOLD),
	       value_string(task, "Name"), terminal_colour(t, COLOUR_NONE), tid,
	       terminal_colour(t, !strcmp(class, "interactive") ? COLOUR_GREEN : COLOUR_NONE),
	       !strcmp(class, "interactive") ? class : "not interactive",
	       terminal_colour(t, COLOUR_NONE));
	print_why(task);
	printf("\n    State: %s; CPU %" PRIu64 ", queue %" PRIu64 "\n", doing(task),
	       value_uint(task, "CPU"), value_uint(task, "Queue"));
	printf("   Policy: %s, weight %" PRIu64 "\n", value_string(task, "Policy"),
	       value_uint(task, "Weight"));
	printf("   Sleeps: %s by its own will\n",
	       units_format_count(a, value_uint(task, "VoluntarySwitches")));
	printf("      Run: %s since it slept, %s on average; %s of it counts against it\n",
	       time_of(a, task, "RunUSec"), time_of(b, task, "AverageRunUSec"),
	       time_of(c, task, "RecentUSec"));
	printf("    Share: %s %s\n", units_format_short(a, lag < 0 ? -lag : lag),
	       lag < 0 ? "more than its share" : "owed to it");
	printf(" Deadline: %s %s its queue's clock\n",
	       units_format_short(a, deadline < 0 ? -deadline : deadline),
	       deadline < 0 ? "before" : "after");
	printf("    Slice: %s left\n", time_of(a, task, "SliceUSec"));
	printf("    Total: ran %s, waited %s for a CPU\n",
	       units_format_span(a, value_uint(task, "CPUTimeUSec")),
	       units_format_span(b, value_uint(task, "WaitTimeUSec")));
}

static int show_one(const struct ctl *ctl, sd_bus *bus, uint32_t tid)
{
	_cleanup_(json_freep) struct json *task = NULL;
	int r;

	r = ask(ctl, bus, tid, false, &task);
	if (r < 0)
		return r;
	if (ctl->json != JSON_OFF)
		return value_print(ctl, task);
	print_task(ctl, task, tid);
	return 0;
}

static void add_row(struct table *t, const struct json *task, uint32_t tid)
{
	bool interactive = !strcmp(value_string(task, "Class"), "interactive");
	char a[UNITS_MAX], b[UNITS_MAX];

	table_addf(t, COLOUR_NONE, "%" PRIu32, tid);
	table_add(t, COLOUR_NONE, value_string(task, "Name"));
	table_add(t, interactive ? COLOUR_GREEN : COLOUR_NONE, value_string(task, "Class"));
	table_addf(t, COLOUR_NONE, "%" PRIu64, value_uint(task, "Rate"));
	table_add(t, COLOUR_NONE, time_of(a, task, "AverageRunUSec"));
	table_addf(t, COLOUR_NONE, "%" PRIu64, value_uint(task, "Weight"));
	table_addf(t, COLOUR_NONE, "%" PRIu64, value_uint(task, "CPU"));
	table_add(t, COLOUR_NONE, doing(task));
	table_add(t, COLOUR_NONE, time_of(b, task, "WaitTimeUSec"));
}

/* Those of @tids that are still there, and that the scheduler has. */
static int show_many(const struct ctl *ctl, sd_bus *bus, const uint32_t *tids, size_t n)
{
	static const char *const headers[] = { ">TID",	  "NAME", "CLASS", ">SLEEPS/S", ">RUN",
					       ">WEIGHT", ">CPU", "STATE", ">WAITED", NULL };
	_cleanup_(json_freep) struct json *all = json_new_array();
	_cleanup_(table_freep) struct table *t = table_new(headers);
	int r = all && t ? 0 : -ENOMEM;

	for (size_t i = 0; r >= 0 && i < n; i++) {
		struct json *task = NULL;

		r = ask(ctl, bus, tids[i], true, &task);
		if (r < 0 || !task)
			continue;
		add_row(t, task, tids[i]);
		r = json_append(all, task);
		if (r >= 0)
			r = json_add_uint(task, "TID", tids[i]);
	}
	if (r == -ENOMEM)
		return complain_memory();
	if (r < 0)
		return r;
	if (ctl->json != JSON_OFF)
		return value_print(ctl, all);
	if (!table_rows(t)) {
		complain("none of these tasks is the scheduler's");
		return -ESRCH;
	}
	pager_open(ctl);
	return table_print(t, ctl);
}

static int show_named(const struct ctl *ctl, sd_bus *bus, const char *name)
{
	uint32_t tids[TASKS_MAX];
	size_t n = 0;
	int r;

	if (ctl->host) {
		complain("names are those of this machine: on another, tasks have numbers");
		return -EINVAL;
	}
	r = processes_named(name, tids, TASKS_MAX, &n);
	if (r < 0) {
		complain("cannot look for tasks: %s", strerror(-r));
		return r;
	}
	if (n == 0) {
		complain("there is no task \"%s\"", name);
		return -ESRCH;
	}
	if (n == 1 && ctl->json == JSON_OFF)
		return show_one(ctl, bus, tids[0]);
	return show_many(ctl, bus, tids, n);
}

static bool is_number(const char *s)
{
	return *s && strspn(s, "0123456789") == strlen(s) && strlen(s) < 10;
}

int verb_task(struct ctl *ctl, int argc, char **argv)
{
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
	int r;

	(void)argc;
	if (service_connect(&bus, ctl) < 0)
		return EXIT_FAILURE;
	if (is_number(argv[0]))
		r = show_one(ctl, bus, strtoul(argv[0], NULL, 10));
	else
		r = show_named(ctl, bus, argv[0]);
	return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
