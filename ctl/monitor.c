/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bpflandctl monitor: what changes, as it changes.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ctl/complain.h"
#include "ctl/service.h"
#include "ctl/units.h"
#include "ctl/verbs.h"

#define MATCH_SERVICE "type='signal',sender='" BUS_NAME "',path='" BUS_PATH "'"
#define MATCH_OWNER                                                                              \
	"type='signal',sender='org.freedesktop.DBus',interface='org.freedesktop.DBus',"          \
	"member='NameOwnerChanged',arg0='" BUS_NAME "'"

static uint64_t now_usec(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (uint64_t)t.tv_sec * USEC_PER_SEC + (uint64_t)t.tv_nsec / 1000;
}

/* A line for people begins with the time of the day. */
static void begin_line(void)
{
	time_t now = now_usec() / USEC_PER_SEC;
	char clock[16] = "";
	struct tm tm;

	if (localtime_r(&now, &tm))
		strftime(clock, sizeof(clock), "%H:%M:%S", &tm);
	printf("%s ", clock);
}

/* Lists of claims and profiles, by what is theirs in few words. */
static void print_list(const struct json *list)
{
	char usec[UNITS_MAX];

	if (!json_length(list))
		printf("none");
	for (size_t i = 0; i < json_length(list); i++) {
		const struct json *e = json_at(list, i);
		const char *who = value_string(e, "ApplicationId");
		const char *separator = i ? ", " : "";

		if (value_has(e, "LatencyUSec"))
			printf("%s%s", separator,
			       units_format_usec(usec, value_uint(e, "LatencyUSec")));
		else if (value_has(e, "Profile"))
			printf("%s%s", separator, value_string(e, "Profile"));
		else if (value_has(e, "Name"))
			printf("%s%s", separator, value_string(e, "Name"));
		else
			printf("%s%" PRIu64, separator, value_uint(e, "Id"));
		if (*who)
			printf(" by %s", who);
	}
}

static bool is_time(const char *key)
{
	size_t n = strlen(key);

	return n > 4 && !strcmp(key + n - 4, "USec");
}

static int print_change(void *target, const char *where, const char *key,
			const struct json *value, struct error *err)
{
	const char *text;
	char usec[UNITS_MAX];
	int64_t number;
	bool yes;

	(void)target, (void)where, (void)err;
	begin_line();
	printf("%s: ", key);
	if (json_get_string(value, "", key, &text, NULL) == 0)
		fputs(*text ? text : "none", stdout);
	else if (json_get_bool(value, "", key, &yes, NULL) == 0)
		fputs(yes ? "yes" : "no", stdout);
	else if (json_get_int(value, "", key, &number, NULL) != 0)
		value_has(value, "KindName")
			? (void)printf("%s: %s", value_string(value, "KindName"),
				       value_string(value, "Reason"))
			: print_list(value);
	else if (is_time(key) && number >= 0)
		fputs(units_format_usec(usec, number), stdout);
	else if (is_time(key))
		fputs("off", stdout);
	else
		printf("%" PRId64, number);
	putchar('\n');
	return 0;
}

/* One event as a line of JSON; takes @what. */
static void print_event(const struct ctl *ctl, const char *kind, struct json *what)
{
	_cleanup_(json_freep) struct json *j = json_new_object();

	if (!j || json_add_uint(j, "Time", now_usec()) < 0) {
		json_free(what);
		complain_memory();
	} else if (json_add(j, kind, what) < 0) {
		complain_memory();
	} else {
		value_print(ctl, j);
	}
}

static void print_changes(const struct ctl *ctl, struct json *changed)
{
	if (ctl->json != JSON_OFF && json_length(changed) > 0) {
		print_event(ctl, "Changed", changed);
		return;
	}
	json_visit(changed, "", print_change, NULL, NULL);
	json_free(changed);
}

/* Too long for a signal: the service names these without their values. */
static void print_invalidated(const struct ctl *ctl, struct json *names)
{
	const char *name;

	if (ctl->json != JSON_OFF) {
		print_event(ctl, "Invalidated", names);
		return;
	}
	for (size_t i = 0; i < json_length(names); i++)
		if (json_get_string(json_at(names, i), "", "", &name, NULL) == 0) {
			begin_line();
			printf("%s: changed\n", name);
		}
	json_free(names);
}

static int on_changed(const struct ctl *ctl, sd_bus_message *m)
{
	struct json *changed, *invalidated;
	int r;

	r = sd_bus_message_skip(m, "s");
	if (r >= 0)
		r = value_read(&changed, m);
	if (r < 0)
		return r;
	print_changes(ctl, changed);
	r = value_read(&invalidated, m);
	if (r < 0)
		return r;
	if (json_length(invalidated))
		print_invalidated(ctl, invalidated);
	else
		json_free(invalidated);
	return 0;
}

static int on_exit_report(const struct ctl *ctl, sd_bus_message *m)
{
	struct json *report;
	int r;

	r = value_read(&report, m);
	if (r < 0)
		return r;
	if (ctl->json != JSON_OFF) {
		print_event(ctl, "SchedulerExited", report);
		return 0;
	}
	begin_line();
	printf("The scheduler has ended: %s: %s%s%s\n", value_string(report, "KindName"),
	       value_string(report, "Reason"), *value_string(report, "Message") ? ": " : "",
	       value_string(report, "Message"));
	json_free(report);
	return 0;
}

static int on_signal(sd_bus_message *m, void *userdata, sd_bus_error *ret_error)
{
	const struct ctl *ctl = userdata;
	int r = 0;

	(void)ret_error;
	if (sd_bus_message_is_signal(m, SERVICE_INTERFACE_PROPERTIES, "PropertiesChanged"))
		r = on_changed(ctl, m);
	else if (sd_bus_message_is_signal(m, BUS_INTERFACE_MANAGER, "SchedulerExited"))
		r = on_exit_report(ctl, m);
	if (r < 0)
		complain("a signal cannot be read: %s", strerror(-r));
	fflush(stdout);
	return 0;
}

static int on_owner(sd_bus_message *m, void *userdata, sd_bus_error *ret_error)
{
	const struct ctl *ctl = userdata;
	const char *name, *before, *now;

	(void)ret_error;
	if (sd_bus_message_read(m, "sss", &name, &before, &now) < 0)
		return 0;
	if (ctl->json != JSON_OFF) {
		print_event(ctl, "Service", json_new_bool(*now != 0));
	} else {
		begin_line();
		puts(*now ? "The service is there." : "The service has gone.");
	}
	fflush(stdout);
	return 0;
}

static int print_beginning(const struct ctl *ctl, const struct json *manager)
{
	static const char *const keys[] = { "State", "Scheduler", "ActiveProfile", "PowerProfile",
					    NULL };
	struct json *now = value_choose(manager, keys);

	if (!now)
		return complain_memory();
	print_changes(ctl, now);
	fflush(stdout);
	return 0;
}

int verb_monitor(struct ctl *ctl, int argc, char **argv)
{
	struct question q = QUESTION_ALL(BUS_INTERFACE_MANAGER);
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
	int r;

	(void)argc, (void)argv;
	if (service_connect(&bus, ctl) < 0)
		return EXIT_FAILURE;
	r = sd_bus_add_match(bus, NULL, MATCH_SERVICE, on_signal, ctl);
	if (r >= 0)
		r = sd_bus_add_match(bus, NULL, MATCH_OWNER, on_owner, ctl);
	if (r < 0) {
		complain("cannot follow the service: %s", strerror(-r));
		return EXIT_FAILURE;
	}
	/* What holds now; who is not there yet is waited for. */
	q.may_fail = true;
	r = service_ask(ctl, bus, &q, 1);
	if (r >= 0 && q.answer)
		r = print_beginning(ctl, q.answer);
	questions_done(&q, 1);
	while (r >= 0) {
		r = sd_bus_process(bus, NULL);
		if (r == 0)
			r = sd_bus_wait(bus, UINT64_MAX);
	}
	complain("the bus has gone: %s", strerror(-r));
	return EXIT_FAILURE;
}
