/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bpflandctl domain: the CPUs that tasks prefer.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "ctl/assignment.h"
#include "ctl/complain.h"
#include "ctl/pager.h"
#include "ctl/service.h"
#include "ctl/table.h"
#include "ctl/verbs.h"
#include "daemon/cpulist.h"

static const char *const names[] = { "Primary", "Interactive" };

#define N_DOMAINS (sizeof(names) / sizeof(*names))

static struct bpfland_cpus cpus_of(const struct json *domains, const char *key)
{
	struct bpfland_cpus cpus = {};

	cpulist_parse(value_string(domains, key), key, &cpus, NULL);
	return cpus;
}

static void add_number(struct table *t, int64_t number)
{
	if (number < 0)
		table_add(t, COLOUR_NONE, NULL);
	else
		table_addf(t, COLOUR_NONE, "%" PRId64, number);
}

static void add_cpu(struct table *t, const struct json *cpu, const struct bpfland_cpus *primary,
		    const struct bpfland_cpus *interactive)
{
	unsigned id = value_uint(cpu, "Id");
	bool online = value_bool(cpu, "Online");
	bool p = cpus_has(primary, id), i = cpus_has(interactive, id);

	add_number(t, id);
	add_number(t, value_int(cpu, "Core"));
	add_number(t, value_int(cpu, "LLC"));
	add_number(t, value_int(cpu, "Node"));
	add_number(t, value_int(cpu, "Capacity"));
	table_add(t, COLOUR_NONE, value_string(cpu, "Class"));
	table_add(t, online ? COLOUR_NONE : COLOUR_GREY, online ? "yes" : "no");
	table_add(t, COLOUR_NONE,
		  p && i ? "primary, interactive" : p ? "primary" : i ? "interactive" : NULL);
}

static int print(const struct ctl *ctl, const struct json *domains)
{
	static const char *const headers[] = { ">CPU",	    ">CORE", ">LLC",   ">NODE",
					       ">CAPACITY", "CLASS", "ONLINE", "DOMAINS", NULL };
	struct bpfland_cpus primary = cpus_of(domains, "PrimaryCPUs");
	struct bpfland_cpus interactive = cpus_of(domains, "InteractiveCPUs");
	_cleanup_(table_freep) struct table *t = table_new(headers);
	const struct json *cpus = json_find(domains, "CPUs");

	if (!t)
		return complain_memory();
	for (size_t i = 0; i < json_length(cpus); i++)
		add_cpu(t, json_at(cpus, i), &primary, &interactive);
	pager_open(ctl);
	for (size_t i = 0; i < N_DOMAINS; i++) {
		char key[32];

		snprintf(key, sizeof(key), "%sCPUs", names[i]);
		printf("%11s: %s (CPUs %s)\n", names[i], value_string(domains, names[i]),
		       value_string(domains, key));
	}
	putchar('\n');
	return table_print(t, ctl);
}

static int show(const struct ctl *ctl, sd_bus *bus)
{
	struct question q = QUESTION_ALL(BUS_INTERFACE_DOMAINS);
	int r;

	r = service_ask(ctl, bus, &q, 1);
	if (r >= 0)
		r = ctl->json == JSON_OFF ? print(ctl, q.answer) : value_print(ctl, q.answer);
	questions_done(&q, 1);
	return r;
}

/* Which of the domains each word sets, and to what. */
static int parse(const char *values[static N_DOMAINS], char **words)
{
	for (; *words; words++) {
		char *value = assignment_split(*words, "primary=performance");
		struct nearest n = NEAREST(*words);
		size_t i;

		if (!value)
			return -EINVAL;
		for (i = 0; i < N_DOMAINS && strcasecmp(*words, names[i]); i++)
			nearest_offer(&n, names[i]);
		if (i == N_DOMAINS) {
			complain_unknown("domain", &n, "there are primary and interactive");
			return -EINVAL;
		}
		if (values[i]) {
			complain("%s is given twice", names[i]);
			return -EINVAL;
		}
		values[i] = value;
	}
	return 0;
}

static int set_one(const struct ctl *ctl, sd_bus *bus, const char *name, const char *value)
{
	char what[64];

	snprintf(what, sizeof(what), "set the domain %s", name);
	return service_call(ctl, bus, what, SERVICE_INTERFACE_PROPERTIES, "Set", "ssv",
			    BUS_INTERFACE_DOMAINS, name, "s", value);
}

/* They are two properties: if the second is refused, the first goes back to what it was. */
static int set_both(const struct ctl *ctl, sd_bus *bus, const char *const *values)
{
	struct question before = QUESTION_ALL(BUS_INTERFACE_DOMAINS);
	int r;

	r = service_ask(ctl, bus, &before, 1);
	if (r >= 0)
		r = set_one(ctl, bus, names[0], values[0]);
	if (r >= 0) {
		r = set_one(ctl, bus, names[1], values[1]);
		if (r < 0)
			set_one(ctl, bus, names[0], value_string(before.answer, names[0]));
	}
	questions_done(&before, 1);
	return r;
}

int verb_domain(struct ctl *ctl, int argc, char **argv)
{
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
	const char *values[N_DOMAINS] = {};
	int r;

	if (parse(values, argv) < 0 || service_connect(&bus, ctl) < 0)
		return EXIT_FAILURE;
	if (argc == 0)
		r = show(ctl, bus);
	else if (values[0] && values[1])
		r = set_both(ctl, bus, values);
	else
		r = values[0] ? set_one(ctl, bus, names[0], values[0])
			      : set_one(ctl, bus, names[1], values[1]);
	return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
