/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bpflandctl: talks to bpflandd for people and scripts.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/complain.h"
#include "ctl/help.h"
#include "ctl/options.h"
#include "ctl/pager.h"
#include "ctl/verbs.h"

/* What somebody wants to see who says nothing. */
#define VERB_USUAL "status"

static int find_verb(struct ctl *ctl, const char *name)
{
	struct nearest n = NEAREST(name);

	ctl->verb = verb_find(name);
	if (ctl->verb)
		return 0;
	for (const struct verb *v = verbs; v->name; v++)
		if (!(v->flags & VERB_HIDDEN))
			nearest_offer(&n, v->name);
	complain_unknown("verb", &n, "--help lists what there is");
	return -1;
}

static int check_arguments(const struct verb *v, int argc)
{
	const char *options = v->options ? " [OPTION…]" : "";

	if (argc >= (int)v->min_arguments && argc <= (int)v->max_arguments)
		return 0;
	if (!v->max_arguments)
		complain("%s takes no arguments", v->name);
	else
		complain("too %s arguments; it is bpflandctl %s%s %s",
			 argc < (int)v->min_arguments ? "few" : "many", v->name, options,
			 v->arguments);
	return -1;
}

static int run_verb(struct ctl *ctl, int argc, char **argv)
{
	const struct verb *v = ctl->verb;
	int first, r;

	first = options_read(ctl, argc, argv, v->flags & VERB_COMMAND);
	if (first < 0)
		return EXIT_FAILURE;
	if (ctl->help) {
		help_print(ctl);
		return EXIT_SUCCESS;
	}
	if (check_arguments(v, argc - first) < 0)
		return EXIT_FAILURE;
	if (ctl->json != JSON_OFF && !(v->flags & VERB_JSON)) {
		complain("%s does not write JSON", v->name);
		return EXIT_FAILURE;
	}
	r = v->run(ctl, argc - first, argv + first);
	/* Whoever leaves the pager early has seen enough: that is no error. */
	if (!pager_close() && (fflush(stdout) || ferror(stdout))) {
		complain("not everything could be written to standard output");
		return EXIT_FAILURE;
	}
	return r;
}

int main(int argc, char **argv)
{
	struct ctl ctl = { .ask_password = true, .pager = true, .legend = true };
	int first;

	ctl.terminal = terminal_of_stdout();
	first = options_read(&ctl, argc, argv, true);
	if (first < 0)
		return EXIT_FAILURE;
	if (ctl.version) {
		puts("bpflandctl " VERSION);
		return EXIT_SUCCESS;
	}
	/* "--help VERB" is that verb's, too. */
	if (first < argc && find_verb(&ctl, argv[first]) < 0)
		return EXIT_FAILURE;
	if (ctl.help && !ctl.verb) {
		help_print(&ctl);
		return EXIT_SUCCESS;
	}
	if (ctl.verb)
		return run_verb(&ctl, argc - first, argv + first);
	ctl.verb = verb_find(VERB_USUAL);
	return run_verb(&ctl, 1, (char *[]){ (char *)VERB_USUAL, NULL });
}
