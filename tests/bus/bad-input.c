/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Everything wrong for everything there is: each method and each writable property gets every type
 * that is not its own, too few and too many arguments, and of its own types what is empty, huge,
 * negative or unprintable. The answer is an error of the contract in words that help, and what is
 * refused changes nothing.
 */
#include <ctype.h>
#include <stdlib.h>

#include "tests/bus/fixture.h"
#include "tests/bus/members.h"
#include "tests/bus/must.h"

#define HUGE_TEXT (1024 * 1024)

static struct fixture f;

/* The last two could be meant, as a number and as a list of CPUs. */
static char huge[HUGE_TEXT + 1], zeros[HUGE_TEXT + 1], list[HUGE_TEXT + 1];

static const char *const texts[] = { "", "\033[2J\a\r\n", "ä€😀", "%s%n", "../../etc/passwd", huge,
				     zeros, list };
static const uint64_t numbers[] = { 0, 1, UINT32_MAX, INT64_MAX, UINT64_C(1) << 63, UINT64_MAX,
				    INT32_MAX, UINT64_C(1) << 32 };

#define N_TEXTS (sizeof(texts) / sizeof(texts[0]))
#define N_NUMBERS (sizeof(numbers) / sizeof(numbers[0]))
#define N_VALUES N_NUMBERS /* as many as there are of either */

_Static_assert(N_TEXTS == N_NUMBERS, "one number for each text");

static void append(sd_bus_message *m, const char *signature, unsigned which);

static void append_basic(sd_bus_message *m, char type, unsigned which)
{
	uint64_t n = numbers[which % N_NUMBERS];
	int flag = n & 1;
	double d = n ? 1e300 : -1.5;

	switch (type) {
	case 's':
		MUST(sd_bus_message_append_basic(m, type, texts[which % N_TEXTS]));
		break;
	case 'o':
		MUST(sd_bus_message_append_basic(m, type, "/"));
		break;
	case 'b':
		MUST(sd_bus_message_append_basic(m, type, &flag));
		break;
	case 'd':
		MUST(sd_bus_message_append_basic(m, type, &d));
		break;
	case 'v':
		MUST(sd_bus_message_open_container(m, 'v', which % 2 ? "t" : "s"));
		append(m, which % 2 ? "t" : "s", which);
		MUST(sd_bus_message_close_container(m));
		break;
	default:
		MUST(sd_bus_message_append_basic(m, type, &n));
	}
}

/* How long the first complete type of @signature is. */
static size_t type_length(const char *signature)
{
	unsigned depth = 0;
	const char *p = signature;

	while (*p == 'a')
		p++;
	do {
		depth += *p == '(' || *p == '{';
		depth -= *p == ')' || *p == '}';
		p++;
	} while (depth);
	return p - signature;
}

/* Arrays are empty, or have two equal elements, which is wrong in a dictionary. */
static void append_array(sd_bus_message *m, const char *element, unsigned which)
{
	bool is_entry = *element == '{';
	char inner[64];

	MUST(sd_bus_message_open_container(m, 'a', element));
	for (unsigned i = 0; i < (which ? 2 : 0); i++) {
		if (!is_entry) {
			append(m, element, which);
			continue;
		}
		snprintf(inner, sizeof(inner), "%.*s", (int)strlen(element) - 2, element + 1);
		MUST(sd_bus_message_open_container(m, 'e', inner));
		append(m, inner, which);
		MUST(sd_bus_message_close_container(m));
	}
	MUST(sd_bus_message_close_container(m));
}

static void append(sd_bus_message *m, const char *signature, unsigned which)
{
	char one[64];

	for (const char *p = signature; *p; p += strlen(one)) {
		snprintf(one, sizeof(one), "%.*s", (int)type_length(p), p);
		if (*one == 'a') {
			append_array(m, one + 1, which);
		} else if (*one == '(') {
			one[strlen(one) - 1] = '\0';
			MUST(sd_bus_message_open_container(m, 'r', one + 1));
			append(m, one + 1, which);
			MUST(sd_bus_message_close_container(m));
			strcat(one, ")");
		} else {
			append_basic(m, *one, which);
		}
	}
}

static bool is_of_the_contract(const char *name)
{
	static const char *const standard[] = { SD_BUS_ERROR_INVALID_ARGS,
						BUS_ERROR_INVALID_SIGNATURE,
						SD_BUS_ERROR_UNIX_PROCESS_ID_UNKNOWN };
	static const char *const ours[] = { "NoSuchProfile", "NoSuchTunable", "OutOfRange",
					    "NoSuchCookie",  "NotOwner",      "NotSupported",
					    "LimitReached",  "Foreign",	      "Failed" };

	for (size_t i = 0; i < sizeof(standard) / sizeof(standard[0]); i++)
		if (!strcmp(name, standard[i]))
			return true;
	if (strncmp(name, BUS_ERROR_PREFIX, strlen(BUS_ERROR_PREFIX)))
		return false;
	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		if (!strcmp(name + strlen(BUS_ERROR_PREFIX), ours[i]))
			return true;
	return false;
}

/* One line that a terminal can show. */
static void check_words(const char *message)
{
	CHECK(*message);
	CHECK(strlen(message) < 1100);
	for (const char *p = message; *p; p++)
		CHECK((unsigned char)*p >= 0x20 && *p != 0x7f);
}

/* "slice: 5 is out of range, allowed: 10 to 20" */
static bool names_field_value_and_range(const char *message)
{
	const char *value = strstr(message, ": ");

	return value && value > message && (isdigit(value[2]) || value[2] == '-') &&
	       strstr(value, " to ");
}

static bool names_the_field(const struct member *m, const sd_bus_error *e)
{
	if (!strcmp(e->name, BUS_ERROR_OUT_OF_RANGE) && !names_field_value_and_range(e->message))
		return false;
	if (!m->is_method && strcmp(e->name, BUS_ERROR_NO_SUCH_PROFILE))
		return strstr(e->message, m->name);
	/* The name that is wrong: in quotes, so that it can be empty. */
	if (!strcmp(e->name, BUS_ERROR_NO_SUCH_PROFILE) ||
	    !strcmp(e->name, BUS_ERROR_NO_SUCH_TUNABLE))
		return strchr(e->message, '"');
	return true;
}

/* Sends @call and returns whether it was refused; checks how, and that nothing changed then. */
static bool refused(const struct member *m, sd_bus_message *call)
{
	char *before = fixture_snapshot(&f), *after;
	unsigned failures = test_failures;
	sd_bus_message *reply;
	const sd_bus_error *e;

	reply = fixture_send(&f, call);
	e = sd_bus_message_get_error(reply);
	if (e) {
		CHECK(is_of_the_contract(e->name));
		check_words(e->message);
		CHECK(names_the_field(m, e));
		after = fixture_snapshot(&f);
		CHECK_STR(after, before);
		free(after);
	}
	free(before);
	fixture_forget_signals(&f);
	if (test_failures != failures)
		fprintf(stderr, "… %s.%s: %s: %s\n", m->interface, m->name, e ? e->name : "done",
			e ? e->message : "");
	sd_bus_message_unref(reply);
	return e;
}

static void other_types_are_refused(const struct member *m)
{
	static const char *const types[] = { "",  "y",	"b",  "n",  "q",     "i",	"u",
					     "x", "t",	"d",  "s",  "o",     "v",	"as",
					     "ay", "av", "(ss)", "a{sv}", "a{ss}", "aa{sv}" };

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		sd_bus_message *call = member_call(m, &f);

		if (!strcmp(types[i], m->signature) || (!m->is_method && !*types[i])) {
			sd_bus_message_unref(call);
			continue;
		}
		if (!m->is_method)
			MUST(sd_bus_message_open_container(call, 'v', types[i]));
		append(call, types[i], 1);
		if (!m->is_method)
			MUST(sd_bus_message_close_container(call));
		CHECK(refused(m, call));
	}
}

static void other_numbers_of_arguments_are_refused(const struct member *m)
{
	sd_bus_message *call;
	char fewer[64] = "";

	if (!m->is_method)
		return;
	call = member_call(m, &f);
	append(call, m->signature, 1);
	append(call, "s", 1);
	CHECK(refused(m, call));

	for (const char *p = m->signature; *p && p[type_length(p)]; p += type_length(p)) {
		snprintf(fewer, sizeof(fewer), "%.*s", (int)(p + type_length(p) - m->signature),
			 m->signature);
		call = member_call(m, &f);
		append(call, fewer, 1);
		CHECK(refused(m, call));
	}
}

static void hostile_values_do_no_harm(const struct member *m)
{
	unsigned n_refused = 0;

	if (!*m->signature)
		return;
	for (unsigned which = 0; which < N_VALUES; which++) {
		sd_bus_message *call = member_call(m, &f);
		bool no;

		if (!m->is_method)
			MUST(sd_bus_message_open_container(call, 'v', m->signature));
		append(call, m->signature, which);
		if (!m->is_method)
			MUST(sd_bus_message_close_container(call));
		no = refused(m, call);
		n_refused += no;
		/* What is taken has a limit: it may have to be kept while polkit is asked. */
		if (strchr(m->signature, 's'))
			CHECK(no || strlen(texts[which]) < HUGE_TEXT);
	}
	/* Every boolean is fine; of everything else there is something that cannot be. */
	if (strcmp(m->signature, "b"))
		CHECK(n_refused > 0);
}

/* The protocol lets a call leave it out, and whom it reaches then is up to us: nobody. */
static void without_an_interface_nothing_is_called(const struct member *m)
{
	sd_bus_message *call, *reply;

	if (!m->is_method)
		return;
	call = member_new_call(m, &f, NULL, m->name);
	append(call, m->signature, 1);
	reply = fixture_send(&f, call);
	CHECK_ERROR(reply, SD_BUS_ERROR_UNKNOWN_METHOD, NULL, NULL);
}

int main(void)
{
	static const char controls[] = "\001\002\003\033";
	struct members all;

	memset(zeros, '0', HUGE_TEXT);
	for (size_t i = 0; i < HUGE_TEXT; i++)
		list[i] = i % 2 ? ',' : '0';
	list[HUGE_TEXT - 1] = '0';
	memset(huge, 'x', HUGE_TEXT);
	memcpy(huge + 100, controls, strlen(controls));
	fixture_open(&f);
	members_find(&all, &f);
	for (size_t i = 0; i < all.n; i++) {
		const struct member *m = &all.member[i];
		unsigned before = test_failures;

		if (!m->is_method && !m->is_writable)
			continue;
		other_types_are_refused(m);
		other_numbers_of_arguments_are_refused(m);
		without_an_interface_nothing_is_called(m);
		hostile_values_do_no_harm(m);
		printf("%s %s.%s\n", test_failures == before ? "ok    " : "FAILED", m->interface,
		       m->name);
	}
	fixture_close(&f);
	return TEST_RESULT();
}
