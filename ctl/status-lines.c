/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The lines of what bpflandctl status shows.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "ctl/complain.h"
#include "ctl/status.h"
#include "ctl/table.h"
#include "ctl/tunable.h"
#include "ctl/units.h"
#include "daemon/text.h"

/* Where the second column begins. */
#define COLUMN 12

static const struct state {
	const char *name;
	enum colour colour;
	const char *meaning;	/* "" where the name says it all */
} states[] = {
	{ "running", COLOUR_GREEN, "" },
	{ "starting", COLOUR_YELLOW, "" },
	{ "stopped", COLOUR_GREY, "by request; bpflandctl start attaches it" },
	{ "backoff", COLOUR_YELLOW, "it ended with an error and is attached again after a pause" },
	{ "failed", COLOUR_RED, "journalctl -u bpflandd says why; bpflandctl start tries again" },
	{ "foreign", COLOUR_YELLOW, "another scheduler is attached, and left alone" },
};

static struct state state_of(const struct json *manager)
{
	const char *name = value_string(manager, "State");

	for (size_t i = 0; i < sizeof(states) / sizeof(*states); i++)
		if (!strcmp(states[i].name, name))
			return states[i];
	return (struct state){ name, COLOUR_NONE, "" };
}

/* "  Profile: text", cut where the terminal ends. */
static void line(const struct terminal *t, const char *title, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void line(const struct terminal *t, const char *title, const char *format, ...)
{
	_cleanup_free_ char *text = NULL;
	va_list args;
	int n;

	va_start(args, format);
	n = vasprintf(&text, format, args);
	va_end(args);
	if (n < 0) {
		text = NULL;
		return;
	}
	/* Sentences of the kernel may have more than one. */
	text_join(text);
	printf("%*s%s ", COLUMN - 2, title, *title ? ":" : " ");
	terminal_print_cut(t, text, t->columns > COLUMN + 20 ? t->columns - COLUMN : SIZE_MAX);
	putchar('\n');
}

void status_print_life(const struct terminal *t, const struct json *manager,
		       const struct json *statistics)
{
	const char *scheduler = value_string(manager, "Scheduler");
	uint64_t up = value_uint(statistics, "UptimeUSec"), now = value_uint(statistics, "Time");
	uint64_t restarts = value_uint(manager, "NRestarts");
	struct state state = state_of(manager);
	char date[UNITS_MAX], span[UNITS_MAX], since[2 * UNITS_MAX + 16] = "";

	printf("%s%s%s bpflandd %s on Linux %s\n", terminal_colour(t, state.colour),
	       terminal_glyph(t, up ? "●" : "○", "*"), terminal_colour(t, COLOUR_NONE),
	       value_string(manager, "Version"), value_string(manager, "Kernel"));
	if (up)
		snprintf(since, sizeof(since), " since %s; %s ago",
			 units_format_date(date, now - up), units_format_span(span, up));
	line(t, "State", "%s%s%s%s%s%s%s", terminal_colour(t, state.colour), state.name,
	     terminal_colour(t, COLOUR_NONE), since, *state.meaning ? " (" : "", state.meaning,
	     *state.meaning ? ")" : "");
	if (restarts)
		line(t, "Scheduler", "%s (attached again by itself: %" PRIu64 " times)",
		     *scheduler ? scheduler : "the kernel's own", restarts);
	else
		line(t, "Scheduler", "%s", *scheduler ? scheduler : "the kernel's own");
}

static const struct json *decider(const struct json *claims)
{
	for (size_t i = 0; i < json_length(claims); i++)
		if (value_bool(json_at(claims, i), "Decides"))
			return json_at(claims, i);
	return NULL;
}

/* Who claims something, and what for: "steam (user 1000): a game". */
static void describe_claim(char *buf, size_t size, const struct json *claim)
{
	const char *who = value_string(claim, "ApplicationId");
	const char *reason = value_string(claim, "Reason");

	snprintf(buf, size, "%s (user %" PRIu64 ")%s%s", *who ? who : value_string(claim, "Owner"),
		 value_uint(claim, "UID"), *reason ? ": " : "", reason);
}

void status_print_profile(const struct terminal *t, const struct json *manager)
{
	const char *active = value_string(manager, "ActiveProfile");
	const char *selected = value_string(manager, "Profile");
	const char *power = value_string(manager, "PowerProfile");
	const struct json *holds = json_find(manager, "ProfileHolds");
	const struct json *hold = decider(holds);
	bool follows = value_bool(manager, "FollowPowerProfile");
	size_t others = json_length(holds) - (hold != NULL);
	char why[700], more[48] = "";

	if (hold) {
		describe_claim(why, sizeof(why), hold);
		if (others)
			snprintf(more, sizeof(more), "; %zu more hold%s", others,
				 others == 1 ? "s one" : " one");
		line(t, "Profile", "%s%s%s, held by %s%s", terminal_colour(t, COLOUR_BOLD), active,
		     terminal_colour(t, COLOUR_NONE), why, more);
	} else if (follows && *power && strcmp(power, "unknown")) {
		line(t, "Profile", "%s%s%s, for the power profile %s",
		     terminal_colour(t, COLOUR_BOLD), active, terminal_colour(t, COLOUR_NONE),
		     power);
	} else {
		line(t, "Profile", "%s%s%s, selected%s", terminal_colour(t, COLOUR_BOLD), active,
		     terminal_colour(t, COLOUR_NONE),
		     strcmp(active, selected) ? " is another, which is not there" : "");
	}
	if (hold && strcmp(active, selected))
		line(t, "", "%s is selected", selected);
	line(t, "Power", "%s, %s", *power ? power : "no power daemon",
	     follows ? "followed" : "not followed");
}

struct changed {
	const struct terminal *terminal;
	unsigned n;
};

static int print_changed(void *target, const char *where, const char *name,
			 const struct json *about, struct error *err)
{
	const char *source = value_string(about, "Source");
	struct changed *c = target;
	char value[UNITS_MAX];

	(void)where, (void)err;
	if (!tunable_is_changed(about))
		return 0;
	line(c->terminal, c->n++ ? "" : "Tunables", "%s=%s%s%s (%s)", name,
	     terminal_colour(c->terminal, COLOUR_YELLOW),
	     tunable_format(value, about, json_find(about, "Current")),
	     terminal_colour(c->terminal, COLOUR_NONE),
	     !strcmp(source, "override")	? "set by hand"
	     : !strcmp(source, "try")		? "tried"
	     : !strcmp(source, "latency-request") ? "capped for a latency request"
						  : source);
	return 0;
}

void status_print_tunables(const struct terminal *t, const struct json *described)
{
	struct changed c = { t, 0 };

	json_visit(described, "", print_changed, &c, NULL);
	if (!c.n)
		line(t, "Tunables", "as the profile has them");
}

void status_print_requests(const struct terminal *t, const struct json *manager)
{
	const struct json *requests = json_find(manager, "LatencyRequests");
	const struct json *shortest = decider(requests);
	size_t others = json_length(requests) - (shortest != NULL);
	char wanted[UNITS_MAX], who[700], more[32] = "";

	if (!shortest)
		return;
	describe_claim(who, sizeof(who), shortest);
	if (others)
		snprintf(more, sizeof(more), "; %zu more", others);
	line(t, "Requests", "wake-ups within %s, by %s%s",
	     units_format_usec(wanted, value_uint(shortest, "LatencyUSec")), who, more);
}

void status_print_domains(const struct terminal *t, const struct json *domains)
{
	line(t, "Domains", "primary %s (CPUs %s), interactive %s (CPUs %s)",
	     value_string(domains, "Primary"), value_string(domains, "PrimaryCPUs"),
	     value_string(domains, "Interactive"), value_string(domains, "InteractiveCPUs"));
}

void status_print_exit(const struct terminal *t, const struct json *manager,
		       const struct json *statistics)
{
	const struct json *last = json_find(manager, "LastExit");
	uint64_t since = value_uint(last, "Since"), now = value_uint(statistics, "Time");
	const char *kind = value_string(last, "KindName"), *message = value_string(last, "Message");
	bool error = !strncmp(kind, "error", 5);
	char ago[UNITS_MAX], up[UNITS_MAX];

	if (!since)
		return;
	line(t, "Last exit", "%s%s%s, %s ago, after %s",
	     terminal_colour(t, error ? COLOUR_RED : COLOUR_NONE), kind,
	     terminal_colour(t, COLOUR_NONE), units_format_span(ago, now > since ? now - since : 0),
	     units_format_span(up, value_uint(last, "UptimeUSec")));
	if (error)
		line(t, "", "%s%s%s", value_string(last, "Reason"), *message ? ": " : "", message);
}

static void add_time(struct table *t, const struct json *class, const char *key)
{
	char buf[UNITS_MAX];

	if (value_uint(class, "Count"))
		table_add(t, COLOUR_NONE, units_format_short(buf, value_uint(class, key)));
	else
		table_add(t, COLOUR_NONE, NULL);
}

int status_print_latency(const struct ctl *ctl, const struct json *latency)
{
	static const char *const headers[] = { ">WAIT AFTER WAKE-UP", ">COUNT", ">50 %", ">90 %",
					       ">99 %", ">99.9 %", ">MAX", NULL };
	static const char *const classes[] = { "Interactive", "Other", "Background" };
	static const char *const keys[] = { "P50USec", "P90USec", "P99USec", "P999USec",
					    "MaxUSec" };
	_cleanup_(table_freep) struct table *t = table_new(headers);
	char count[UNITS_MAX];

	if (!t)
		return complain_memory();
	for (size_t i = 0; i < sizeof(classes) / sizeof(*classes); i++) {
		const struct json *class = json_find(latency, classes[i]);

		table_add(t, COLOUR_NONE, classes[i]);
		table_add(t, COLOUR_NONE, units_format_count(count, value_uint(class, "Count")));
		for (size_t k = 0; k < sizeof(keys) / sizeof(*keys); k++)
			add_time(t, class, keys[k]);
	}
	putchar('\n');
	return table_print(t, ctl);
}
