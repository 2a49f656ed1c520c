/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bpflandd.json, and JSON as such: what is taken, and what every mistake is told.
 */
#include "daemon/config.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/fs.h"
#include "tests/test.h"
#include "tests/unit/tree.h"

static struct tree tree;

/* Highest first. */
static const char *const *dirs(void)
{
	static const char *list[3];

	list[0] = tree_path(&tree, "etc");
	list[1] = tree_path(&tree, "usr");
	return list;
}

/* Loads @text as /etc's file; returns the complaint, "" if there is none. */
static const char *complaint(const char *text)
{
	static struct error e;
	struct config c = CONFIG_NULL;

	tree_write(&tree, "etc/bpflandd.json", text);
	e.message[0] = 0;
	if (config_load(&c, dirs(), &e) >= 0)
		CHECK(!e.message[0]);
	else
		CHECK(!c.default_profile);	/* untouched */
	config_done(&c);
	return e.message;
}

static void built_in_without_files(void)
{
	struct config c;

	CHECK_EQ(config_load(&c, dirs(), NULL), 0);
	CHECK_STR(c.default_profile, "balanced");
	CHECK(!c.source);
	CHECK(c.restart.limit > 0 && c.restart.delay_usec <= c.restart.delay_max_usec);
	config_done(&c);
}

static void the_higher_folder_wins(void)
{
	struct config c;

	tree_write(&tree, "usr/bpflandd.json", "{ \"default_profile\": \"gaming\", "
		   "\"restart\": { \"limit\": 9 } }");
	CHECK_EQ(config_load(&c, dirs(), NULL), 0);
	CHECK_STR(c.default_profile, "gaming");
	CHECK_EQ(c.restart.limit, 9);
	CHECK_STR(c.source, tree_path(&tree, "usr/bpflandd.json"));
	config_done(&c);

	/* One file counts, not a mixture of both. */
	tree_write(&tree, "etc/bpflandd.json", "{ \"restart\": { \"interval_sec\": 10, "
		   "\"delay_ms\": 20, \"delay_max_ms\": 3000 } }\n");
	CHECK_EQ(config_load(&c, dirs(), NULL), 0);
	CHECK_STR(c.default_profile, "balanced");
	CHECK_EQ(c.restart.limit, 5);
	CHECK_EQ(c.restart.interval_usec, 10000000);
	CHECK_EQ(c.restart.delay_usec, 20000);
	CHECK_EQ(c.restart.delay_max_usec, 3000000);
	config_done(&c);
}

static void power_profiles_are_mapped(void)
{
	struct config c;

	tree_unlink(&tree, "etc/bpflandd.json");
	tree_unlink(&tree, "usr/bpflandd.json");
	CHECK_EQ(config_load(&c, dirs(), NULL), 0);
	CHECK(c.follow_power_profile);
	CHECK_STR(config_map_power_profile(&c, "power-saver"), "powersave");
	CHECK_STR(config_map_power_profile(&c, "balanced"), "balanced");
	CHECK_STR(config_map_power_profile(&c, "performance"), "gaming");
	CHECK(!config_map_power_profile(&c, ""));
	CHECK(!config_map_power_profile(&c, "unknown"));
	config_done(&c);

	tree_write(&tree, "etc/bpflandd.json", "{ \"default_profile\": \"latency\", "
		   "\"follow_power_profile\": false, \"power_profile_map\": { "
		   "\"performance\": \"throughput\", \"unknown\": \"powersave\" } }");
	CHECK_EQ(config_load(&c, dirs(), NULL), 0);
	CHECK(!c.follow_power_profile);
	CHECK_STR(config_map_power_profile(&c, "performance"), "throughput");
	CHECK_STR(config_map_power_profile(&c, "unknown"), "powersave");
	/* What the file does not map is the default profile's, also what is built in. */
	CHECK_STR(config_map_power_profile(&c, "power-saver"), "latency");
	CHECK(!config_map_power_profile(&c, ""));
	config_done(&c);
}

static void a_map_has_an_end(void)
{
	char text[2048] = "{ \"power_profile_map\": {";
	size_t n = strlen(text);

	for (unsigned i = 0; i <= CONFIG_POWER_PROFILES_MAX; i++)
		n += snprintf(text + n, sizeof(text) - n, "%s\"p%u\": \"gaming\"", i ? "," : "",
			      i);
	snprintf(text + n, sizeof(text) - n, "} }");
	CHECK_NAMES(complaint(text), "p16 is one too many, allowed: up to 16");
}

static void mistakes_are_named(void)
{
	static const struct {
		const char *text, *word1, *word2;
	} cases[] = {
		{ "{ \"default_profil\": \"x\" }", "default_profil", "known: default_profile" },
		{ "{ \"follow_power_profile\": 1 }", "follow_power_profile", "true or false" },
		{ "{ \"power_profile_map\": [] }", "power_profile_map", "object" },
		{ "{ \"power_profile_map\": { \"performance\": 3 } }",
		  "power_profile_map.performance", "3" },
		{ "{ \"power_profile_map\": { \"performance\": \"a b\" } }",
		  "power_profile_map.performance", "letters" },
		{ "{ \"power_profile_map\": { \"a b\": \"gaming\" } }", "a b", "letters" },
		{ "{ \"default_profile\": 3 }", "default_profile", "3" },
		{ "{ \"default_profile\": \"../x\" }", "default_profile", "letters" },
		{ "{ \"default_profile\": \"\" }", "default_profile", "letters" },
		{ "{ \"default_profile\": \"a\\u0000b\" }", "default_profile", "NUL" },
		{ "{ \"restart\": 5 }", "restart", "object" },
		{ "{ \"restart\": { \"limits\": 5 } }", "restart.limits", "limit, interval_sec" },
		{ "{ \"restart\": { \"limit\": -1 } }", "restart.limit: -1", "0 to 1000" },
		{ "{ \"restart\": { \"limit\": 1.5 } }", "restart.limit", "1.5" },
		{ "{ \"restart\": { \"limit\": \"5\" } }", "restart.limit", "whole number" },
		{ "{ \"restart\": { \"limit\": true } }", "restart.limit", "true" },
		{ "{ \"restart\": { \"limit\": null } }", "restart.limit", "null" },
		{ "{ \"restart\": { \"interval_sec\": 0 } }", "interval_sec: 0", "1 to 86400" },
		{ "{ \"restart\": { \"interval_sec\": 18446744073709551615 } }", "interval_sec",
		  "1 to 86400" },
		{ "{ \"restart\": { \"delay_ms\": 0 } }", "delay_ms: 0", "1 to" },
		{ "{ \"restart\": { \"delay_ms\": 500, \"delay_max_ms\": 100 } }", "delay_max_ms",
		  "500" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const char *said = complaint(cases[i].text);

		CHECK_NAMES(said, "etc/bpflandd.json");
		CHECK_NAMES(said, cases[i].word1);
		CHECK_NAMES(said, cases[i].word2);
	}
}

static void only_json_is_json(void)
{
	static const char *const bad[] = {
		"", " \n", "{", "}", "[]", "null", "\"x\"", "3", "{ \"restart\": }", "{} x",
		"{} {}",
		"{ \"default_profile\": \"balanced\", }", "{ 'default_profile': \"balanced\" }",
		"{ default_profile: \"balanced\" }", "/* c */ {}", "{ /* c */ }", "// c\n{}",
		"{ \"restart\": { \"limit\": 05 } }", "{ \"restart\": { \"limit\": 0x5 } }",
		"{ \"restart\": { \"limit\": +5 } }", "{ \"restart\": { \"limit\": NaN } }",
		"{ \"restart\": { \"limit\": 99999999999999999999999 } }",
		"{ \"default_profile\": \"balanced }", "{ \"default_profile\": \"\xff\" }",
		"\xef\xbb\xbf{}", "{ \"a\x01\": 1 }",
		"{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":1}}}}}}}}}",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		const char *said = complaint(bad[i]);

		CHECK_NAMES(said, "etc/bpflandd.json");
		if (!*said)
			fprintf(stderr, "… taken as JSON: %s\n", bad[i]);
	}
	CHECK_STR(complaint("{}"), "");
	CHECK_NAMES(complaint("{\n \"default_profile\": \"\xff\" }"), ":2: not JSON: byte 0xff");
	CHECK_STR(complaint(" \n\t{ } \n\n"), "");
	CHECK_NAMES(complaint("{\n\n  \"restart\" 5\n}\n"), "bpflandd.json:3:");
}

static void a_key_twice_is_a_mistake(void)
{
	const char *said;

	said = complaint("{ \"default_profile\": \"a\",\n \"default_profile\": \"b\" }");
	CHECK_NAMES(said, ":2:");
	CHECK_NAMES(said, "\"default_profile\" is given twice");
	said = complaint("{ \"restart\": { \"limit\": 1, \"limit\": 2 } }");
	CHECK_NAMES(said, "\"limit\" is given twice");
	/* Spelt otherwise, it is the same key. */
	said = complaint("{ \"restart\": { \"limit\": 1, \"l\\u0069mit\": 2 } }");
	CHECK_NAMES(said, "escapes");
	/* What looks like a key inside a string is none. */
	said = complaint("{ \"default_profile\": \"\\\"x\\\": 1, \\\"x\\\": 2\" }");
	CHECK_NAMES(said, "letters");
}

static void a_nul_does_not_hide_the_rest(void)
{
	static const char text[] = "{}\0{ \"x\": 1 }";
	struct config c;
	struct error e;

	tree_write_bytes(&tree, "etc/bpflandd.json", text, sizeof(text) - 1);
	CHECK(config_load(&c, dirs(), &e) < 0);
	CHECK_NAMES(e.message, "control character");
}

static void what_is_no_file_is_named(void)
{
	char *big = malloc(10000000);
	struct config c;
	struct error e;

	memset(big, ' ', 10000000);
	tree_write_bytes(&tree, "etc/bpflandd.json", big, 10000000);
	free(big);
	CHECK(config_load(&c, dirs(), &e) < 0);
	CHECK_NAMES(e.message, "bpflandd.json: is too large, allowed: up to 65536");
	tree_unlink(&tree, "etc/bpflandd.json");
	tree_mkdir(&tree, "etc/bpflandd.json");
	CHECK(config_load(&c, dirs(), &e) < 0);
	CHECK_NAMES(e.message, "bpflandd.json: is a folder");
	CHECK(!rmdir(tree_path(&tree, "etc/bpflandd.json")));
	CHECK(!mkfifo(tree_path(&tree, "etc/bpflandd.json"), 0600));
	CHECK(config_load(&c, dirs(), &e) < 0);
	CHECK_NAMES(e.message, "bpflandd.json: is a pipe");
	tree_unlink(&tree, "etc/bpflandd.json");
}

int main(void)
{
	tree_make(&tree);
	tree_mkdir(&tree, "etc");
	RUN(built_in_without_files);
	RUN(the_higher_folder_wins);
	RUN(power_profiles_are_mapped);
	RUN(a_map_has_an_end);
	RUN(mistakes_are_named);
	RUN(only_json_is_json);
	RUN(a_key_twice_is_a_mistake);
	RUN(a_nul_does_not_hide_the_rest);
	RUN(what_is_no_file_is_named);
	tree_remove(&tree);
	return TEST_RESULT();
}
