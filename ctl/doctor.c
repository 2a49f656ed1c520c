/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bpflandctl doctor: what keeps the scheduler from running, or from what one expects of it.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "ctl/complain.h"
#include "ctl/examine-machine.h"
#include "ctl/examine-service.h"
#include "ctl/value.h"
#include "ctl/verbs.h"

/* 1 is for what could not be examined at all, as with every verb. */
static const int exit_status[_FINDING_MAX] = {
	[FINDING_OK] = 0,
	[FINDING_WARNING] = 2,
	[FINDING_BAD] = 3,
};

static void print_finding(const struct ctl *ctl, const struct finding *f)
{
	static const enum colour colours[_FINDING_MAX] = {
		[FINDING_OK] = COLOUR_GREEN,
		[FINDING_WARNING] = COLOUR_YELLOW,
		[FINDING_BAD] = COLOUR_RED,
	};
	const struct terminal *t = &ctl->terminal;

	if (ctl->quiet && f->severity == FINDING_OK)
		return;
	printf("%s%-7s%s  %-13s  %s\n", terminal_colour(t, colours[f->severity]),
	       severity_name(f->severity), terminal_colour(t, COLOUR_NONE), f->subject, f->text);
	if (f->remedy)
		printf("%24s %s %s%s%s\n", "", terminal_glyph(t, "→", "->"),
		       terminal_colour(t, COLOUR_BOLD), f->remedy, terminal_colour(t, COLOUR_NONE));
}

static struct json *finding_value(const struct finding *f)
{
	_cleanup_(json_freep) struct json *j = json_new_object();

	if (!j || json_add_string(j, "Severity", severity_name(f->severity)) < 0 ||
	    json_add_string(j, "Subject", f->subject) < 0 ||
	    json_add_string(j, "Text", f->text) < 0 ||
	    json_add_string(j, "Remedy", f->remedy ? f->remedy : "") < 0)
		return NULL;
	return TAKE_PTR(j);
}

static int print_json(const struct ctl *ctl, const struct findings *f)
{
	_cleanup_(json_freep) struct json *j = json_new_array();

	for (size_t i = 0; j && i < f->n; i++)
		if (json_append(j, finding_value(&f->list[i])) < 0)
			return complain_memory();
	return j ? value_print(ctl, j) : complain_memory();
}

int verb_doctor(struct ctl *ctl, int argc, char **argv)
{
	_cleanup_(findings_done) struct findings f = FINDINGS_NULL;
	struct machine machine;

	(void)argc, (void)argv;
	if (!ctl->host) {
		machine_here(&machine);
		machine_examine(&f, &machine);
	}
	service_examine(&f, ctl);
	if (f.error < 0) {
		complain_memory();
		return EXIT_FAILURE;
	}
	if (ctl->json != JSON_OFF) {
		if (print_json(ctl, &f) < 0)
			return EXIT_FAILURE;
	} else
		for (size_t i = 0; i < f.n; i++)
			print_finding(ctl, &f.list[i]);
	return exit_status[findings_worst(&f)];
}
