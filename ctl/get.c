/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bpflandctl get: tunables, what is in force and where it comes from.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/complain.h"
#include "ctl/options.h"
#include "ctl/pager.h"
#include "ctl/service.h"
#include "ctl/table.h"
#include "ctl/tunable.h"
#include "ctl/verbs.h"

static int add_row(void *target, const char *where, const char *name, const struct json *about,
		   struct error *err)
{
	bool supported = value_bool(about, "Supported");
	enum colour colour = tunable_is_changed(about) ? COLOUR_YELLOW : COLOUR_NONE;
	const char *source = value_string(about, "Source");
	_cleanup_free_ char *range = tunable_range(about);
	char value[UNITS_MAX], usual[UNITS_MAX];
	struct table *t = target;

	(void)where, (void)err;
	table_add(t, COLOUR_NONE, name);
	table_add(t, supported ? colour : COLOUR_GREY,
		  tunable_format(value, about, json_find(about, "Current")));
	table_add(t, COLOUR_NONE, supported ? source : "not supported");
	table_add(t, COLOUR_NONE, tunable_format(usual, about, json_find(about, "Default")));
	table_add(t, COLOUR_NONE, range);
	table_add(t, COLOUR_NONE, value_string(about, "Summary"));
	return range ? 0 : -ENOMEM;
}

static int print_table(const struct ctl *ctl, const struct json *described)
{
	static const char *const headers[] = { "TUNABLE", "VALUE",	 "SOURCE", "DEFAULT",
					       "RANGE",	  "DESCRIPTION", NULL };
	_cleanup_(table_freep) struct table *t = table_new(headers);

	if (!t || json_visit(described, "", add_row, t, NULL) < 0)
		return complain_memory();
	pager_open(ctl);
	return table_print(t, ctl);
}

static int print_value(void *target, const char *where, const char *name,
		       const struct json *about, struct error *err)
{
	const bool *only_value = target;
	char value[UNITS_MAX];

	(void)where, (void)err;
	printf("%s%s%s\n", *only_value ? "" : name, *only_value ? "" : "=",
	       tunable_format(value, about, json_find(about, "Current")));
	return 0;
}

/* Of all that are described those that are named. */
static int choose(struct json **ret, const struct json *described, char **names)
{
	_cleanup_(json_freep) struct json *j = json_new_object();
	const char *name;

	if (!j)
		return complain_memory();
	for (; *names; names++) {
		name = tunable_find(described, *names);
		if (!name)
			return -EINVAL;
		if (json_add(j, name, json_share(json_find(described, name))) < 0)
			return complain_memory();
	}
	*ret = TAKE_PTR(j);
	return 0;
}

static int print(const struct ctl *ctl, const struct json *described, char **names)
{
	_cleanup_(json_freep) struct json *chosen = NULL;
	bool only_value = option_value(ctl, "value");

	if (!*names && !only_value)
		return ctl->json == JSON_OFF ? print_table(ctl, described)
					     : value_print(ctl, described);
	if (*names && choose(&chosen, described, names) < 0)
		return -EINVAL;
	if (ctl->json != JSON_OFF)
		return value_print(ctl, chosen ? chosen : described);
	return json_visit(chosen ? chosen : described, "", print_value, &only_value, NULL);
}

int verb_get(struct ctl *ctl, int argc, char **argv)
{
	struct question q = { .interface = BUS_INTERFACE_TUNABLES, .member = "Describe" };
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
	int r;

	(void)argc;
	if (service_connect(&bus, ctl) < 0)
		return EXIT_FAILURE;
	r = service_ask(ctl, bus, &q, 1);
	if (r >= 0)
		r = print(ctl, q.answer, argv);
	questions_done(&q, 1);
	return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
