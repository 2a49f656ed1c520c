/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Options: those that every verb has, and the reading of these and a verb's own.
 */
#include "ctl/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/complain.h"

enum common {
	HOST,
	JSON,
	JSON_LETTER,
	NO_PAGER,
	NO_LEGEND,
	QUIET,
	NO_ASK_PASSWORD,
	HELP,
	VERSION_OPTION,
	_COMMON_MAX,
};

const struct option_info options_common[] = {
	[HOST] = { "host", 'H', "[USER@]HOST", "Talk to the service on another machine, over ssh",
		   COMPLETE_HOST },
	[JSON] = { "json", 0, "MODE", "Write JSON: short, pretty, or off", COMPLETE_JSON },
	[JSON_LETTER] = { NULL, 'j', NULL, "As --json=pretty, but short if not on a terminal" },
	[NO_PAGER] = { "no-pager", 0, NULL, "Do not pipe long output into a pager" },
	[NO_LEGEND] = { "no-legend", 0, NULL, "Leave out headers and hints" },
	[QUIET] = { "quiet", 'q', NULL, "Say nothing but what was asked for, and errors" },
	[NO_ASK_PASSWORD] = { "no-ask-password", 0, NULL, "Never ask for a password" },
	[HELP] = { "help", 'h', NULL, "Show help, that of the verb if there is one, and end" },
	[VERSION_OPTION] = { "version", 0, NULL, "Show the version and end" },
	[_COMMON_MAX] = {},
};

#define FIRST_VALUE 256	/* what getopt_long() returns for the first option: beyond all letters */

static const struct option_info none = {};

static const struct option_info *own_options(const struct ctl *ctl)
{
	return ctl->verb && ctl->verb->options ? ctl->verb->options : &none;
}

/* The option number @i, first the common ones, then the verb's own; NULL after the last. */
static const struct option_info *nth(const struct ctl *ctl, size_t i)
{
	const struct option_info *o;

	o = i < _COMMON_MAX ? &options_common[i] : &own_options(ctl)[i - _COMMON_MAX];
	return o->name || o->letter ? o : NULL;
}

static int read_json(struct ctl *ctl, const char *word)
{
	static const char *const words[] = {
		[JSON_OFF] = "off", [JSON_SHORT] = "short", [JSON_PRETTY] = "pretty" };
	struct nearest n = NEAREST(word);

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		if (!strcmp(word, words[i])) {
			ctl->json = i;
			return 0;
		}
		nearest_offer(&n, words[i]);
	}
	complain_unknown("form of JSON", &n, "there are short, pretty and off");
	return -EINVAL;
}

static int read_common(struct ctl *ctl, enum common option, const char *argument)
{
	switch (option) {
	case HOST:
		ctl->host = argument;
		break;
	case JSON:
		return read_json(ctl, argument);
	case JSON_LETTER:
		ctl->json = ctl->terminal.is_terminal ? JSON_PRETTY : JSON_SHORT;
		break;
	case NO_PAGER:
		ctl->pager = false;
		break;
	case NO_LEGEND:
		ctl->legend = false;
		break;
	case QUIET:
		ctl->quiet = true;
		break;
	case NO_ASK_PASSWORD:
		ctl->ask_password = false;
		break;
	case HELP:
		ctl->help = true;
		break;
	case VERSION_OPTION:
		ctl->version = true;
		break;
	case _COMMON_MAX:
		break;
	}
	return 0;
}

static int unknown(const struct ctl *ctl, const char *word)
{
	const struct option_info *o;
	char name[64];
	struct nearest n = NEAREST(name);

	if (optopt && optopt < FIRST_VALUE) {	/* @word may be another, if letters are joined */
		complain("there is no option -%c%s%s; --help lists what there is", optopt,
			 ctl->verb ? " of " : "", ctl->verb ? ctl->verb->name : "");
		return -EINVAL;
	}
	snprintf(name, sizeof(name), "%.*s", (int)strcspn(word + 2, "="), word + 2);
	for (size_t i = 0; (o = nth(ctl, i)); i++) {
		if (o->name && !strcmp(o->name, name)) {
			complain("--%s takes no value", name);
			return -EINVAL;
		}
		if (o->name)
			nearest_offer(&n, o->name);
	}
	if (n.best)
		complain("there is no option --%s; did you mean --%s?", name, n.best);
	else
		complain("there is no option --%s%s%s; --help lists what there is", name,
			 ctl->verb ? " of " : "", ctl->verb ? ctl->verb->name : "");
	return -EINVAL;
}

/* Both tables in the form of getopt_long(): long names, and letters. */
static void make_tables(const struct ctl *ctl, struct option *names, char *letters, bool stop)
{
	const struct option_info *o;

	if (stop)
		*letters++ = '+';
	*letters++ = ':';	/* tell a missing value from an unknown option */
	for (size_t i = 0; (o = nth(ctl, i)); i++) {
		if (o->name)
			*names++ = (struct option){ o->name,
				o->argument ? required_argument : no_argument, NULL,
				FIRST_VALUE + (int)i };
		if (o->letter)
			*letters++ = o->letter;
		if (o->letter && o->argument)
			*letters++ = ':';
	}
	*names = (struct option){};
	*letters = 0;
}

static size_t index_of(const struct ctl *ctl, int value)
{
	const struct option_info *o;
	size_t i;

	if (value >= FIRST_VALUE)
		return value - FIRST_VALUE;
	for (i = 0; (o = nth(ctl, i)); i++)
		if (o->letter == value)
			break;
	return i;
}

int options_read(struct ctl *ctl, int argc, char **argv, bool stop)
{
	struct option names[_COMMON_MAX + VERB_OPTIONS_MAX + 1];
	char letters[2 * (_COMMON_MAX + VERB_OPTIONS_MAX) + 3];
	int value;
	size_t i;

	make_tables(ctl, names, letters, stop);
	optind = 0;	/* glibc: start anew */
	opterr = 0;	/* we have words of our own */
	while ((value = getopt_long(argc, argv, letters, names, NULL)) >= 0) {
		if (value == '?')
			return unknown(ctl, argv[optind - 1]);
		if (value == ':') {
			complain("%s needs a value", argv[optind - 1]);
			return -EINVAL;
		}
		i = index_of(ctl, value);
		if (i >= _COMMON_MAX)
			ctl->value[i - _COMMON_MAX] = optarg ? optarg : "";
		else if (read_common(ctl, i, optarg) < 0)
			return -EINVAL;
	}
	return optind;
}

const char *option_value(const struct ctl *ctl, const char *name)
{
	const struct option_info *o = own_options(ctl);

	for (size_t i = 0; o[i].name; i++)
		if (!strcmp(o[i].name, name))
			return ctl->value[i];
	abort();	/* a verb that asks for what its table does not have */
}
