/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * --help, of the program and of each verb.
 */
#include "ctl/help.h"
#include "ctl/options.h"
#include "ctl/verbs.h"

#include <stdio.h>
#include <string.h>

/* Where the second column begins, and how far it goes if nobody says how wide the screen is. */
#define COLUMN 34
#define COLUMNS_USUAL 100

static unsigned columns(const struct ctl *ctl)
{
	unsigned n = ctl->terminal.columns ? ctl->terminal.columns : COLUMNS_USUAL;

	return n < COLUMN + 20 ? COLUMN + 20 : n;
}

/* @text in words, in lines of the second column. */
static void print_wrapped(const struct ctl *ctl, const char *text)
{
	size_t room = columns(ctl) - COLUMN, used = 0, n;

	for (; *text; text += n + strspn(text + n, " ")) {
		n = strcspn(text, " ");
		if (used && used + 1 + n > room) {
			printf("\n%*s", COLUMN, "");
			used = 0;
		}
		used += printf("%s%.*s", used ? " " : "", (int)n, text);
	}
	putchar('\n');
}

/* @left takes its own line if it is too wide for the first column. */
static void print_row(const struct ctl *ctl, const char *left, const char *summary)
{
	size_t width = terminal_width(left);

	printf("  %s", left);
	if (width > COLUMN - 4)
		printf("\n%*s", COLUMN, "");
	else
		printf("%*s", (int)(COLUMN - 2 - width), "");
	print_wrapped(ctl, summary);
}

static void print_options(const struct ctl *ctl, const struct option_info *o)
{
	char left[80], letter[4];

	for (; o->name || o->letter; o++) {
		snprintf(letter, sizeof(letter), "-%c", o->letter);
		if (!o->name)
			snprintf(left, sizeof(left), "%s", letter);
		else
			snprintf(left, sizeof(left), "%s%s--%s%s%s", o->letter ? letter : "  ",
				 o->letter ? ", " : "  ", o->name, o->argument ? "=" : "",
				 o->argument ? o->argument : "");
		print_row(ctl, left, o->summary);
	}
}

static void print_title(const struct ctl *ctl, const char *title)
{
	printf("\n%s%s:%s\n", terminal_colour(&ctl->terminal, COLOUR_BOLD), title,
	       terminal_colour(&ctl->terminal, COLOUR_NONE));
}

static void print_verb(const struct ctl *ctl, const struct verb *v)
{
	printf("bpflandctl [OPTION…] %s%s%s%s\n\n%s.\n", v->name, v->options ? " [OPTION…]" : "",
	       *v->arguments ? " " : "", v->arguments, v->summary);
	if (v->options) {
		print_title(ctl, "Options");
		print_options(ctl, v->options);
	}
	print_title(ctl, "Options of all verbs");
	print_options(ctl, options_common);
}

static void print_group(const struct ctl *ctl, enum verb_group group)
{
	bool titled = false;
	char left[160];

	for (const struct verb *v = verbs; v->name; v++) {
		if (v->group != group || v->flags & VERB_HIDDEN)
			continue;
		if (!titled)
			print_title(ctl, verb_group_titles[group]);
		titled = true;
		snprintf(left, sizeof(left), "%s%s%s", v->name, *v->arguments ? " " : "",
			 v->arguments);
		print_row(ctl, left, v->summary);
	}
}

static void print_all(const struct ctl *ctl)
{
	printf("bpflandctl [OPTION…] VERB [ARGUMENT…]\n\n"
	       "Talks to the CPU scheduler service bpflandd.\n");
	for (int g = 0; g < _GROUP_MAX; g++)
		print_group(ctl, g);
	print_title(ctl, "Options");
	print_options(ctl, options_common);
	puts("\nThe options of a verb: bpflandctl VERB --help. bpflandctl(1) says more.");
}

void help_print(const struct ctl *ctl)
{
	if (ctl->verb)
		print_verb(ctl, ctl->verb);
	else
		print_all(ctl);
}
