/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The live view: keys. Profiles are selected for good; a tunable is only tried, and what is tried
 * goes by itself, also when this program does.
 */
#include <ctype.h>
#include <errno.h>
#include <ncurses.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/assignment.h"
#include "ctl/service.h"
#include "ctl/top.h"
#include "ctl/tunable.h"

#define TRY_USEC UINT64_C(30000000)

void top_list_done(struct top_list *l)
{
	json_free(l->value);
	free(l->name);
	free(l->about);
	*l = (struct top_list){};
}

static int list_reserve(struct top_list *l, size_t n)
{
	l->name = calloc(n + 1, sizeof(*l->name));
	l->about = calloc(n + 1, sizeof(*l->about));
	return l->name && l->about ? 0 : -ENOMEM;
}

/* What a question is answered with becomes the list's own. */
static int list_ask(struct top *t, struct question *q)
{
	top_list_done(&t->list);
	if (!t->bus || service_ask(t->ctl, t->bus, q, 1) < 0) {
		questions_done(q, 1);
		return -ENOTCONN;
	}
	t->list.value = TAKE_PTR(q->answer);
	return 0;
}

static int list_profiles(struct top *t)
{
	struct question q = QUESTION_ALL(BUS_INTERFACE_MANAGER);
	const struct json *profiles;
	struct top_list *l = &t->list;

	if (list_ask(t, &q) < 0)
		return -ENOTCONN;
	profiles = json_find(l->value, "Profiles");
	if (list_reserve(l, json_length(profiles)) < 0)
		return -ENOMEM;
	for (; l->n < json_length(profiles); l->n++) {
		const struct json *profile = json_at(profiles, l->n);

		l->name[l->n] = value_string(profile, "Name");
		snprintf(l->about[l->n], sizeof(l->about[0]), "%s",
			 value_string(profile, "Description"));
		if (!strcmp(l->name[l->n], value_string(l->value, "ActiveProfile")))
			l->chosen = l->n;
	}
	return 0;
}

static int add_tunable(void *target, const char *where, const char *name,
		       const struct json *about, struct error *err)
{
	struct top_list *l = target;
	char value[UNITS_MAX];

	(void)where, (void)err;
	if (!value_bool(about, "Supported"))
		return 0;
	l->name[l->n] = name;
	snprintf(l->about[l->n], sizeof(l->about[0]), "%-8s %s",
		 tunable_format(value, about, json_find(about, "Current")),
		 value_string(about, "Summary"));
	l->n++;
	return 0;
}

static int list_tunables(struct top *t)
{
	struct question q = QUESTION_DESCRIBE;

	if (list_ask(t, &q) < 0)
		return -ENOTCONN;
	if (list_reserve(&t->list, json_length(t->list.value)) < 0)
		return -ENOMEM;
	return json_visit(t->list.value, "", add_tunable, &t->list, NULL);
}

static void open_list(struct top *t, enum top_mode mode)
{
	int r = mode == TOP_CHOOSE_PROFILE ? list_profiles(t) : list_tunables(t);

	if (r >= 0 && t->list.n)
		t->mode = mode;
	else
		top_take_complaint(t);
}

static void select_profile(struct top *t)
{
	const char *name = t->list.name[t->list.chosen];

	if (service_call(t->ctl, t->bus, "select it", BUS_INTERFACE_MANAGER, "SetProfile", "s",
			 name) < 0)
		top_take_complaint(t);
	else
		snprintf(t->message, sizeof(t->message), "%s is selected", name);
	t->mode = TOP_WATCH;
}

static void try_value(struct top *t)
{
	char assignment[160], *words[] = { assignment, NULL };

	snprintf(assignment, sizeof(assignment), "%s=%s", t->list.name[t->list.chosen], t->input);
	t->message[0] = 0;
	if (assignments_try(t->ctl, t->bus, words, TRY_USEC, "try it", &t->trial) < 0)
		top_take_complaint(t);
	else
		t->trial_end_usec = top_clock_usec() + TRY_USEC;
	t->mode = TOP_WATCH;
}

/* @member: Confirm or Revert. */
static void end_try(struct top *t, const char *member, const char *done)
{
	if (!t->trial_end_usec)
		return;
	if (service_call(t->ctl, t->bus, "end the try", BUS_INTERFACE_TUNABLES, member, "u",
			 t->trial) < 0)
		top_take_complaint(t);
	else
		snprintf(t->message, sizeof(t->message), "%s", done);
	t->trial_end_usec = 0;
}

static void key_in_list(struct top *t, int key)
{
	struct top_list *l = &t->list;

	switch (key) {
	case KEY_UP:
	case 'k':
		l->chosen -= l->chosen > 0;
		break;
	case KEY_DOWN:
	case 'j':
		l->chosen += l->chosen + 1 < l->n;
		break;
	case KEY_HOME:
		l->chosen = 0;
		break;
	case KEY_END:
		l->chosen = l->n - 1;
		break;
	case '\r':
	case '\n':
	case KEY_ENTER:
		if (t->mode == TOP_CHOOSE_PROFILE) {
			select_profile(t);
			break;
		}
		t->input[0] = 0;
		t->mode = TOP_TYPE_VALUE;
		break;
	case KEY_ESCAPE:
	case 'q':
		t->mode = TOP_WATCH;
		break;
	}
}

static void key_in_value(struct top *t, int key)
{
	size_t n = strlen(t->input);

	switch (key) {
	case '\r':
	case '\n':
	case KEY_ENTER:
		try_value(t);
		break;
	case KEY_ESCAPE:
		t->mode = TOP_CHOOSE_TUNABLE;
		break;
	case KEY_BACKSPACE:
	case '\b':
	case 127:
		t->input[n - (n > 0)] = 0;
		break;
	default:
		if (key > ' ' && key < 127 && n + 1 < sizeof(t->input)) {
			t->input[n] = (char)key;
			t->input[n + 1] = 0;
		}
	}
}

static void key_in_watch(struct top *t, int key)
{
	t->message[0] = 0;
	switch (key) {
	case 'q':
		t->quit = true;
		break;
	case 'p':
		open_list(t, TOP_CHOOSE_PROFILE);
		break;
	case 't':
		open_list(t, TOP_CHOOSE_TUNABLE);
		break;
	case 'c':
		end_try(t, "Confirm", "it stays");
		break;
	case 'r':
		end_try(t, "Revert", "it is as it was");
		break;
	case 'h':
	case '?':
		t->mode = TOP_HELP;
		break;
	}
}

void top_key(struct top *t, int key)
{
	switch (t->mode) {
	case TOP_WATCH:
		key_in_watch(t, key);
		break;
	case TOP_CHOOSE_PROFILE:
	case TOP_CHOOSE_TUNABLE:
		key_in_list(t, key);
		break;
	case TOP_TYPE_VALUE:
		key_in_value(t, key);
		break;
	case TOP_HELP:
		t->mode = TOP_WATCH;
		break;
	}
}
