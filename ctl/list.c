/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bpflandctl list: the profiles, and which is in force.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/complain.h"
#include "ctl/pager.h"
#include "ctl/service.h"
#include "ctl/table.h"
#include "ctl/verbs.h"

static unsigned count_holds(const struct json *holds, const char *profile)
{
	unsigned n = 0;

	for (size_t i = 0; i < json_length(holds); i++)
		n += !strcmp(value_string(json_at(holds, i), "Profile"), profile);
	return n;
}

static void add_row(struct table *t, const struct json *manager, const struct json *profile)
{
	const char *name = value_string(profile, "Name");
	unsigned holds = count_holds(json_find(manager, "ProfileHolds"), name);
	bool active = !strcmp(name, value_string(manager, "ActiveProfile"));
	bool selected = !strcmp(name, value_string(manager, "Profile"));
	char state[64] = "";

	if (active)
		strcat(state, "active");
	if (selected && !active)
		strcat(state, "selected");
	if (holds)
		strcat(state, *state ? ", held" : "held");
	table_add(t, active ? COLOUR_GREEN : COLOUR_NONE, name);
	table_add(t, COLOUR_NONE, state);
	table_addf(t, COLOUR_NONE, "%d", (int)value_int(profile, "Priority"));
	table_add(t, COLOUR_NONE, value_string(profile, "Description"));
}

static int print_table(const struct ctl *ctl, const struct json *manager)
{
	static const char *const headers[] = { "PROFILE", "STATE", ">PRIORITY", "DESCRIPTION",
					       NULL };
	const struct json *profiles = json_find(manager, "Profiles");
	_cleanup_(table_freep) struct table *t = table_new(headers);

	if (!t)
		return complain_memory();
	for (size_t i = 0; i < json_length(profiles); i++)
		add_row(t, manager, json_at(profiles, i));
	pager_open(ctl);
	return table_print(t, ctl);
}

static int print_json(const struct ctl *ctl, const struct json *manager)
{
	static const char *const keys[] = { "ActiveProfile", "Profile", "ProfileHolds", "Profiles",
					    NULL };
	_cleanup_(json_freep) struct json *j = value_choose(manager, keys);

	return j ? value_print(ctl, j) : complain_memory();
}

int verb_list(struct ctl *ctl, int argc, char **argv)
{
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
	struct question q = QUESTION_ALL(BUS_INTERFACE_MANAGER);
	int r;

	(void)argc, (void)argv;
	if (service_connect(&bus, ctl) < 0)
		return EXIT_FAILURE;
	r = service_ask(ctl, bus, &q, 1);
	if (r >= 0)
		r = ctl->json == JSON_OFF ? print_table(ctl, q.answer) : print_json(ctl, q.answer);
	questions_done(&q, 1);
	return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
