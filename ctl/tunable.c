/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tunables as the service describes them.
 */
#include "ctl/tunable.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "ctl/complain.h"

#define NAME_MAX_LENGTH 63

/* Letters and digits in lower case, without the unit. */
static void simplify(char ret[static NAME_MAX_LENGTH + 1], const char *name)
{
	size_t n = 0;

	for (; *name && n < NAME_MAX_LENGTH; name++)
		if (*name != '_' && *name != '-')
			ret[n++] = tolower((unsigned char)*name);
	ret[n] = 0;
	if (n > 4 && !strcmp(ret + n - 4, "usec"))
		ret[n - 4] = 0;
}

struct search {
	char word[NAME_MAX_LENGTH + 1];
	const char *found;
	struct nearest near;	/* among simplified names; its best is a name of the service */
};

static int look_at(void *target, const char *where, const char *key, const struct json *value,
		   struct error *err)
{
	char simple[NAME_MAX_LENGTH + 1];
	struct search *s = target;
	const char *before = s->near.best;

	(void)where, (void)value, (void)err;
	simplify(simple, key);
	if (!strcmp(simple, s->word))
		s->found = key;
	s->near.best = before ? "" : NULL;
	nearest_offer(&s->near, simple);
	s->near.best = s->near.best == simple ? key : before;
	return 0;
}

const char *tunable_find(const struct json *described, const char *word)
{
	struct search s = {};

	simplify(s.word, word);
	s.near.word = s.word;
	json_visit(described, "", look_at, &s, NULL);
	if (!s.found) {
		s.near.word = word;
		complain_unknown("tunable", &s.near, "bpflandctl get lists them");
	}
	return s.found;
}

bool tunable_is_changed(const struct json *about)
{
	const char *source = value_string(about, "Source");

	return strcmp(source, "default") && strcmp(source, "profile");
}

static bool is_time(const struct json *about)
{
	return !strcmp(value_string(about, "Unit"), "us");
}

static char type_of(const struct json *about)
{
	return value_string(about, "Type")[0];
}

const char *tunable_format(char buf[static UNITS_MAX], const struct json *about,
			   const struct json *value)
{
	const char *word = "";
	int64_t number = 0;
	bool yes = false;

	switch (type_of(about)) {
	case 'b':
		json_get_bool(value, "", "", &yes, NULL);
		word = yes ? "yes" : "no";
		break;
	case 's':
		json_get_string(value, "", "", &word, NULL);
		break;
	default:
		json_get_int(value, "", "", &number, NULL);
		if (number < 0)
			word = "off";
		else if (is_time(about))
			return units_format_usec(buf, number);
		else
			word = NULL;
	}
	if (word)
		snprintf(buf, UNITS_MAX, "%s", word);
	else
		snprintf(buf, UNITS_MAX, "%" PRId64, number);
	return buf;
}

static char *join_words(const struct json *words)
{
	const char *word = "";
	char *text = strdup("");

	for (size_t i = 0; text && i < json_length(words); i++) {
		_cleanup_free_ char *before = text;

		text = NULL;
		json_get_string(json_at(words, i), "", "", &word, NULL);
		if (asprintf(&text, "%s%s%s", before, *before ? ", " : "", word) < 0)
			text = NULL;
	}
	return text;
}

char *tunable_range(const struct json *about)
{
	char low[UNITS_MAX], high[UNITS_MAX], *text;
	int64_t min = value_int(about, "Min");

	if (type_of(about) == 's')
		return join_words(json_find(about, "Words"));
	if (type_of(about) == 'b')
		return strdup("yes, no");
	if (is_time(about))
		units_format_usec(low, min < 0 ? 0 : min);
	else
		tunable_format(low, about, json_find(about, "Min"));
	tunable_format(high, about, json_find(about, "Max"));
	if (asprintf(&text, "%s%s to %s", min < 0 ? "off, or " : "", low, high) < 0)
		return NULL;
	return text;
}

static int bad(const char *name, const char *word, const char *wanted)
{
	complain("%s: \"%s\" is not %s", name, word, wanted);
	return -EINVAL;
}

static int append_time(sd_bus_message *m, const char *name, char type, const char *word)
{
	uint64_t usec;
	int r;

	if (type == 'x' && (!strcasecmp(word, "off") || !strcmp(word, "-1")))
		return sd_bus_message_append(m, "v", "x", INT64_C(-1));
	r = units_parse_usec(word, 1, &usec);
	if (r == -ERANGE || (r == 0 && usec > INT64_MAX))
		return bad(name, word, "a whole number of microseconds");
	if (r < 0)
		return bad(name, word, type == 'x' ? "a time such as 500us or 3ms, or off"
						   : "a time such as 500us, 3ms or 1.5s");
	return type == 'x' ? sd_bus_message_append(m, "v", "x", (int64_t)usec)
			   : sd_bus_message_append(m, "v", "t", usec);
}

static int append_count(sd_bus_message *m, const char *name, const char *word)
{
	char *end;
	unsigned long n;

	errno = 0;
	n = strtoul(word, &end, 10);
	if (!isdigit((unsigned char)*word) || *end || errno || n > UINT32_MAX)
		return bad(name, word, "a whole number");
	return sd_bus_message_append(m, "v", "u", (uint32_t)n);
}

int tunable_append(sd_bus_message *m, const char *name, const struct json *about,
		   const char *word)
{
	bool yes;

	switch (type_of(about)) {
	case 't':
	case 'x':
		return append_time(m, name, type_of(about), word);
	case 'u':
		return append_count(m, name, word);
	case 'b':
		if (units_parse_bool(word, &yes) < 0)
			return bad(name, word, "yes or no, on or off, true or false, 1 or 0");
		return sd_bus_message_append(m, "v", "b", yes);
	case 's':
		return sd_bus_message_append(m, "v", "s", word);
	default:
		complain("%s: this bpflandctl does not know values of its type \"%s\"", name,
			 value_string(about, "Type"));
		return -EINVAL;
	}
}
