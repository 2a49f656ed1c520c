/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What can stand at the end of a command line: all that the shells' completions need to know. They
 * hand over the words so far and get candidates, one a line, with a tab and a description behind.
 * A line that begins with a colon is for the shell to do: ":file", ":host", or ":command N", which
 * completes what begins at word N as a command line of its own.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/options.h"
#include "ctl/processes.h"
#include "ctl/service.h"
#include "ctl/tunable.h"
#include "ctl/units.h"
#include "ctl/verbs.h"
#include "daemon/text.h"

static const char *const yes_no[] = { "yes", "no", NULL };

/* Who types does not wait for long. */
#define ANSWER_USEC (2 * USEC_PER_SEC)

/* The command line so far. */
struct line {
	const struct ctl *ctl;
	const struct verb *verb;		/* NULL: not yet */
	const struct option_info *open;		/* its value comes next */
	const char *current;			/* what is being typed */
	int arguments;				/* of the verb, before that */
	int command;				/* the word that a command begins with; 0: none */
	bool options_end;			/* "--" was there */
	bool elsewhere;				/* on another machine, which nobody waits for */
	bool unknown;				/* there is no such verb: nothing can follow */
};

static void offer(const struct line *l, const char *before, const char *word, const char *about)
{
	char whole[256];

	snprintf(whole, sizeof(whole), "%s%s", before, word);
	if (!strncmp(whole, l->current, strlen(l->current)))
		printf("%s\t%s\n", whole, about);
}

static const struct option_info *find_option(const struct line *l, const char *name, size_t length,
					     char letter)
{
	const struct option_info *tables[] = { options_common, l->verb ? l->verb->options : NULL };

	for (size_t i = 0; i < 2; i++)
		for (const struct option_info *o = tables[i]; o && (o->name || o->letter); o++) {
			if (letter && o->letter == letter)
				return o;
			if (!letter && o->name && strlen(o->name) == length &&
			    !strncmp(o->name, name, length))
				return o;
		}
	return NULL;
}

static void read_option(struct line *l, const char *word)
{
	size_t length = strcspn(word, "=");
	const struct option_info *o;

	if (word[1] == '-') {
		o = find_option(l, word + 2, length - 2, 0);
		if (o && o->argument && !word[length])
			l->open = o;
	} else {
		/* Letters may be joined; a value may be joined to the last of them. */
		o = NULL;
		for (word++; *word && !(o && o->argument); word++)
			o = find_option(l, NULL, 0, *word);
		if (o && o->argument && !*word)
			l->open = o;
	}
	if (o && o->completion == COMPLETE_HOST)
		l->elsewhere = true;
}

static void read_words(struct line *l, int n, char **words)
{
	for (int i = 0; i < n; i++) {
		const char *word = words[i];

		if (l->open) {
			l->open = NULL;
		} else if (!l->options_end && !strcmp(word, "--")) {
			l->options_end = true;
		} else if (!l->options_end && word[0] == '-' && word[1]) {
			read_option(l, word);
		} else if (!l->verb) {
			l->verb = verb_find(word);
			l->unknown = !l->verb;
		} else if (l->verb->flags & VERB_COMMAND && !l->command) {
			l->command = i + 1;
		} else {
			l->arguments++;
		}
	}
}

static void offer_options(const struct line *l, const struct option_info *o)
{
	char name[64];

	for (; o && (o->name || o->letter); o++) {
		if (!o->name)
			continue;
		snprintf(name, sizeof(name), "--%s%s", o->name, o->argument ? "=" : "");
		offer(l, "", name, o->summary);
	}
}

static void offer_words(const struct line *l, const char *before, const char *const *words)
{
	for (; *words; words++)
		offer(l, before, *words, "");
}

static void offer_profiles(const struct line *l, const char *before, const struct json *manager)
{
	const struct json *profiles = json_find(manager, "Profiles");

	for (size_t i = 0; i < json_length(profiles); i++)
		offer(l, before, value_string(json_at(profiles, i), "Name"),
		      value_string(json_at(profiles, i), "Description"));
}

static int offer_tunable(void *target, const char *where, const char *name,
			 const struct json *about, struct error *err)
{
	const struct line *l = target;
	bool assignment = l->verb->completion == COMPLETE_ASSIGNMENT;
	char word[64];

	(void)where, (void)err;
	snprintf(word, sizeof(word), "%s%s", name, assignment ? "=" : "");
	if (!assignment || value_bool(about, "Supported"))
		offer(l, "", word, value_string(about, "Summary"));
	return 0;
}

/* Of the tunable in front of the sign: all that it can be, or what is usual. */
static void offer_values(const struct line *l, const struct json *described)
{
	static const char *const keys[] = { "Current", "Default", "Min", "Max" };
	size_t length = strcspn(l->current, "=");
	char name[64], before[72], value[UNITS_MAX];
	const struct json *about, *words;

	snprintf(name, sizeof(name), "%.*s", (int)length, l->current);
	snprintf(before, sizeof(before), "%s=", name);
	about = json_find(described, tunable_find(described, name) ?: "");
	words = json_find(about, "Words");
	if (!strcmp(value_string(about, "Type"), "b")) {
		offer_words(l, before, yes_no);
	} else if (words) {
		for (size_t i = 0; i < json_length(words); i++) {
			const char *word = "";

			json_get_string(json_at(words, i), "", "", &word, NULL);
			offer(l, before, word, "");
		}
	} else {
		for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
			if (value_has(about, keys[i]))
				offer(l, before,
				      tunable_format(value, about, json_find(about, keys[i])),
				      keys[i]);
	}
}

static void offer_domains(const struct line *l)
{
	static const char *const words[] = { "all", "auto", "performance", "powersave", "turbo",
					     NULL };
	size_t length = strcspn(l->current, "=");
	char before[32];

	if (!l->current[length]) {
		offer(l, "", "primary=", "The CPUs that all tasks prefer");
		offer(l, "", "interactive=", "The CPUs that interactive tasks prefer");
		return;
	}
	snprintf(before, sizeof(before), "%.*s=", (int)length, l->current);
	offer_words(l, before, words);
}

/*
 * Anybody may call a process anything, and shells put candidates into the line as they are: none
 * that means something to them.
 */
static bool name_is_harmless(const char *name)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789._:/+@-";

	return !name[strspn(name, letters)] && !strchr(":-", *name);
}

static void offer_process(void *userdata, uint32_t id, const char *name)
{
	const struct line *l = userdata;
	char number[16], about[64];

	snprintf(number, sizeof(number), "%" PRIu32, id);
	snprintf(about, sizeof(about), "%s", name);
	text_clean(about);
	offer(l, "", number, about);
	if (*l->current && !strchr("0123456789", *l->current) && name_is_harmless(name))
		offer(l, "", name, number);
}

/* What only the service knows. Without it there is nothing to offer, and nothing to say. */
static void offer_live(const struct line *l, enum completion what, const char *before)
{
	struct question profiles = QUESTION_ALL(BUS_INTERFACE_MANAGER);
	struct question tunables = QUESTION_DESCRIBE;
	struct question q = what == COMPLETE_PROFILE ? profiles : tunables;
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;

	q.may_fail = true;
	if (l->elsewhere || service_connect(&bus, l->ctl) < 0)
		return;
	sd_bus_set_method_call_timeout(bus, ANSWER_USEC);
	if (service_ask(l->ctl, bus, &q, 1) < 0 || !q.answer)
		return;
	if (what == COMPLETE_PROFILE)
		offer_profiles(l, before, q.answer);
	else if (what == COMPLETE_ASSIGNMENT && strchr(l->current, '='))
		offer_values(l, q.answer);
	else
		json_visit(q.answer, "", offer_tunable, (void *)l, NULL);
	questions_done(&q, 1);
}

/* @before: what every candidate begins with, such as "--profile=". */
static void offer_completion(const struct line *l, enum completion what, const char *before)
{
	static const char *const json[] = { "short", "pretty", "off", NULL };

	switch (what) {
	case COMPLETE_NOTHING:
		break;
	case COMPLETE_BOOL:
		offer_words(l, before, yes_no);
		break;
	case COMPLETE_PROFILE:
	case COMPLETE_TUNABLE:
	case COMPLETE_ASSIGNMENT:
		offer_live(l, what, before);
		break;
	case COMPLETE_DOMAIN:
		offer_domains(l);
		break;
	case COMPLETE_TASK:
		processes_visit(offer_process, (void *)l);
		break;
	case COMPLETE_JSON:
		offer_words(l, before, json);
		break;
	case COMPLETE_FILE:
		puts(":file");
		break;
	case COMPLETE_HOST:
		puts(":host");
		break;
	case COMPLETE_COMMAND:
		puts(":command");
		break;
	}
}

static void offer_option_value(const struct line *l)
{
	size_t length = strcspn(l->current, "=");
	const struct option_info *o = find_option(l, l->current + 2, length - 2, 0);
	char before[64];

	snprintf(before, sizeof(before), "%.*s=", (int)length, l->current);
	if (o)
		offer_completion(l, o->completion, before);
}

static void offer_verbs(const struct line *l)
{
	for (const struct verb *v = verbs; v->name; v++)
		if (!(v->flags & VERB_HIDDEN))
			offer(l, "", v->name, v->summary);
}

int verb_complete(struct ctl *ctl, int argc, char **argv)
{
	struct line l = { .ctl = ctl, .current = argv[argc - 1] };
	bool is_option;

	read_words(&l, argc - 1, argv);
	is_option = l.current[0] == '-' && !l.options_end && !l.open;
	if (l.unknown)
		return EXIT_SUCCESS;
	if (l.command) {
		printf(":command %d\n", l.command);
	} else if (l.open) {
		offer_completion(&l, l.open->completion, "");
	} else if (is_option && l.current[1] == '-' && strchr(l.current, '=')) {
		offer_option_value(&l);
	} else if (is_option) {
		offer_options(&l, l.verb ? l.verb->options : NULL);
		offer_options(&l, options_common);
	} else if (!l.verb) {
		offer_verbs(&l);
	} else if (l.verb->flags & VERB_COMMAND) {
		printf(":command %d\n", argc);
	} else if (l.arguments < (int)l.verb->max_arguments) {
		offer_completion(&l, l.verb->completion, "");
	}
	return EXIT_SUCCESS;
}
