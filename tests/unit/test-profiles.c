/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Profiles: which files count, and what every mistake in one is told. And those that we ship.
 */
#include "daemon/profiles.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include "tests/test.h"
#include "tests/unit/tree.h"

static struct tree tree;
static char said[8192];			/* all complaints, one a line */
static unsigned n_errors, n_warnings;

static void on_complaint(int priority, const struct error *e, void *userdata)
{
	size_t n = strlen(said);

	(void)userdata;
	snprintf(said + n, sizeof(said) - n, "%s\n", e->message);
	if (priority == LOG_WARNING)
		n_warnings++;
	else
		n_errors++;
}

static void load_from(struct profiles *p, const char *const *dirs, uint32_t supported)
{
	const struct complain complain = { on_complaint, NULL };

	said[0] = 0;
	n_errors = n_warnings = 0;
	CHECK_EQ(profiles_load(p, dirs, supported, &complain), 0);
}

static void load(struct profiles *p)
{
	const char *dirs[] = { tree_path(&tree, "etc"), tree_path(&tree, "usr"), NULL };

	load_from(p, dirs, UINT32_MAX);
}

/* Loads @text as the only profile of /etc beside those of /usr; returns the complaints. */
static const char *complaint(const char *text)
{
	struct profiles p;

	tree_write(&tree, "etc/profiles.d/bad.json", text);
	load(&p);
	/* The rest works whatever this one is like. */
	CHECK(profiles_find(&p, "good"));
	CHECK_EQ(profiles_find(&p, "bad") != NULL, n_errors == 0);
	profiles_done(&p);
	tree_unlink(&tree, "etc/profiles.d/bad.json");
	return said;
}

static void none_is_fine(void)
{
	struct profiles p;
	char names[64];

	load(&p);
	CHECK_EQ(p.n, 0);
	CHECK_EQ(n_errors + n_warnings, 0);
	profiles_list_names(&p, names, sizeof(names));
	CHECK_STR(names, "none");
	profiles_done(&p);
}

static void a_profile_is_read(void)
{
	const struct profile *good;
	struct profiles p;

	tree_write(&tree, "usr/profiles.d/good.json",
		   "{ \"name\": \"good\", \"description\": \"For the Züricher 東 🙂\", "
		   "\"priority\": -7, "
		   "\"tunables\": { \"slice_max_usec\": 1000, \"slice_min_usec\": 200, "
		   "\"wake_sync\": false } }");
	load(&p);
	CHECK_EQ(n_errors + n_warnings, 0);
	good = profiles_find(&p, "good");
	CHECK(good);
	if (good) {
		CHECK_STR(good->description, "For the Züricher 東 🙂");
		CHECK_STR(good->source, tree_path(&tree, "usr/profiles.d/good.json"));
		CHECK_EQ(good->priority, -7);
		CHECK_EQ(good->tunables.mask, 1u << TUNABLE_SLICE_MAX | 1u << TUNABLE_SLICE_MIN |
					      1u << TUNABLE_WAKE_SYNC);
		CHECK_EQ(good->tunables.value[TUNABLE_SLICE_MAX], 1000);
		CHECK_EQ(good->tunables.value[TUNABLE_WAKE_SYNC], 0);
	}
	CHECK(!profiles_find(&p, "goo"));
	profiles_done(&p);
}

static void mistakes_are_named(void)
{
	static const struct {
		const char *text, *word1, *word2;
	} cases[] = {
		{ "{", "bad.json:1", "not JSON" },
		{ "{ \"tunable\": {} }", "\"tunable\"", "known: name, description" },
		{ "{ \"domains\": [] }", "domains", "object" },
		{ "{ \"domains\": { \"secondary\": \"all\" } }", "\"secondary\"",
		  "known: primary, interactive" },
		{ "{ \"domains\": { \"primary\": 3 } }", "primary", "3" },
		{ "{ \"domains\": { \"primary\": \"auto\" } }", "domains: primary",
		  "allowed: all" },
		{ "{ \"domains\": { \"interactive\": \"1-0\" } }", "domains: interactive",
		  "\"1-0\"" },
		{ "{ \"domains\": { \"primary\": \"4096\" } }", "domains: primary",
		  "0 to 1023" },
		{ "{ \"name\": \"other\" }", "name", "\"bad\"" },
		{ "{ \"description\": 7 }", "description", "7" },
		{ "{ \"description\": \"a\\nb\" }", "description", "control" },
		{ "{ \"description\": \"a\\u001b[1m\" }", "description", "control" },
		{ "{ \"priority\": 1001 }", "priority: 1001", "-1000 to 1000" },
		{ "{ \"priority\": \"high\" }", "priority", "whole number" },
		{ "{ \"tunables\": [] }", "tunables", "object" },
		{ "{ \"tunables\": { \"slice_maximum_usec\": 1 } }", "slice_maximum_usec",
		  "unknown" },
		{ "{ \"tunables\": { \"SliceMaxUSec\": 1000 } }", "SliceMaxUSec", "unknown" },
		{ "{ \"tunables\": { \"slice_max_usec\": 99 } }", "slice_max_usec",
		  "99 is out of range, allowed: 100 to 1000000 us" },
		{ "{ \"tunables\": { \"slice_max_usec\": -1 } }", "slice_max_usec", "-1" },
		{ "{ \"tunables\": { \"slice_max_usec\": 1e6 } }", "slice_max_usec",
		  "whole number" },
		{ "{ \"tunables\": { \"slice_max_usec\": 9223372036854775808 } }",
		  "slice_max_usec", "out of range" },
		{ "{ \"tunables\": { \"wake_sync\": 1 } }", "wake_sync", "true or false" },
		{ "{ \"tunables\": { \"slice_min_usec\": 5000 } }", "SliceMinUSec", "5000" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		complaint(cases[i].text);
		CHECK_EQ(n_errors, 1);
		CHECK_NAMES(said, "etc/profiles.d/bad.json");
		CHECK_NAMES(said, cases[i].word1);
		CHECK_NAMES(said, cases[i].word2);
	}
}

/* A profile must serve machines and versions that know less than its author's. */
static void what_has_no_effect_is_skipped_with_a_warning(void)
{
	const char *dirs[] = { tree_path(&tree, "etc"), NULL };
	const struct profile *p;
	struct profiles profiles;

	tree_write(&tree, "etc/profiles.d/far.json",
		   "{ \"tunables\": { \"throttle_usec\": 100, \"cpu_frequency\": \"max\", "
		   "\"smt_aware\": false, \"slice_max_usec\": 2000 } }");
	load_from(&profiles, dirs, 1u << TUNABLE_SLICE_MAX);
	CHECK_EQ(n_errors, 0);
	CHECK_EQ(n_warnings, 3);
	CHECK_NAMES(said, "far.json: throttle_usec: has no effect on this kernel");
	CHECK_NAMES(said, "far.json: cpu_frequency: has no effect on this kernel");
	CHECK_NAMES(said, "far.json: smt_aware: has no effect on this kernel");
	p = profiles_find(&profiles, "far");
	CHECK(p && p->tunables.mask == 1u << TUNABLE_SLICE_MAX);
	profiles_done(&profiles);
	tree_unlink(&tree, "etc/profiles.d/far.json");
}

static void etc_wins_and_masks(void)
{
	struct profiles p;

	tree_write(&tree, "usr/profiles.d/empty.json", "{}");
	tree_write(&tree, "usr/profiles.d/null.json", "{}");
	tree_write(&tree, "usr/profiles.d/mine.json", "{ \"description\": \"theirs\" }");
	tree_write(&tree, "etc/profiles.d/empty.json", "");
	CHECK(!symlink("/dev/null", tree_path(&tree, "etc/profiles.d/null.json")));
	tree_write(&tree, "etc/profiles.d/mine.json", "{ \"description\": \"mine\" }");
	load(&p);
	CHECK_EQ(n_errors + n_warnings, 0);
	CHECK_EQ(p.n, 2);
	CHECK_STR(p.profile[0].name, "good");
	CHECK_STR(p.profile[1].name, "mine");
	CHECK_STR(p.profile[1].description, "mine");
	profiles_done(&p);

	/* A bad file is as if it were not there. */
	tree_write(&tree, "etc/profiles.d/mine.json", "{ \"descr\": \"mine\" }");
	load(&p);
	CHECK_EQ(n_errors, 1);
	CHECK(profiles_find(&p, "mine"));
	if (profiles_find(&p, "mine"))
		CHECK_STR(profiles_find(&p, "mine")->description, "theirs");
	profiles_done(&p);
	tree_unlink(&tree, "etc/profiles.d/mine.json");
}

static void what_is_no_profile_file(void)
{
	char *big = malloc(10000000);
	struct profiles p;

	memset(big, 'x', 10000000);
	tree_write_bytes(&tree, "etc/profiles.d/big.json", big, 10000000);
	free(big);
	tree_mkdir(&tree, "etc/profiles.d/folder.json");
	CHECK(!mkfifo(tree_path(&tree, "etc/profiles.d/fifo.json"), 0600));
	CHECK(!symlink("/dev/zero", tree_path(&tree, "etc/profiles.d/zero.json")));
	CHECK(!symlink("nowhere", tree_path(&tree, "etc/profiles.d/dangling.json")));
	tree_write(&tree, "etc/profiles.d/with space.json", "{}");
	tree_write(&tree, "etc/profiles.d/"
		   "a123456789012345678901234567890123456789012345678901234567890123x.json", "{}");
	/* Left behind by editors and people: nobody's business. */
	tree_write(&tree, "etc/profiles.d/.hidden.json", "x");
	tree_write(&tree, "etc/profiles.d/good.json~", "x");
	tree_write(&tree, "etc/profiles.d/README", "x");
	load(&p);
	CHECK_EQ(n_errors, 7);
	CHECK_NAMES(said, "big.json: is too large, allowed: up to 65536");
	CHECK_NAMES(said, "folder.json: is a folder");
	CHECK_NAMES(said, "fifo.json: is a pipe");
	CHECK_NAMES(said, "zero.json: is a pipe, socket or device");
	CHECK_NAMES(said, "dangling.json: cannot be read");
	CHECK_NAMES(said, "with space.json: not a profile's name");
	CHECK_NAMES(said, "123x.json: not a profile's name");
	CHECK(profiles_find(&p, "good"));
	profiles_done(&p);
}

static void a_folder_that_cannot_be_read(void)
{
	const char *dirs[] = { tree_path(&tree, "odd"), tree_path(&tree, "usr"), NULL };
	struct profiles p;

	tree_write(&tree, "odd/profiles.d", "a file where a folder should be");
	load_from(&p, dirs, UINT32_MAX);
	CHECK_EQ(n_errors, 1);
	CHECK_NAMES(said, "odd/profiles.d: cannot be read");
	CHECK(profiles_find(&p, "good"));
	profiles_done(&p);
}

/* Root reads everything, so root becomes somebody else for a moment. */
static void a_file_without_permission(void)
{
	bool root = !geteuid();
	struct profiles p;

	tree_write(&tree, "etc/profiles.d/secret.json", "{}");
	CHECK(!chmod(tree_path(&tree, "etc/profiles.d/secret.json"), 0));
	CHECK(!chmod(tree.root, 0755));
	if (root)
		CHECK(!seteuid(65534));
	load(&p);
	if (root)
		CHECK(!seteuid(0));
	CHECK_NAMES(said, "secret.json: no permission to read it");
	CHECK(profiles_find(&p, "good"));
	profiles_done(&p);
}

static void only_so_many(void)
{
	struct profiles p;
	char path[64];

	for (unsigned i = 0; i < PROFILES_MAX + 3; i++) {
		snprintf(path, sizeof(path), "many/profiles.d/p%03u.json", i);
		tree_write(&tree, path, "{}");
	}
	load_from(&p, (const char *[]){ tree_path(&tree, "many"), NULL }, UINT32_MAX);
	CHECK_EQ(p.n, PROFILES_MAX);
	CHECK_EQ(n_errors, 3);
	CHECK_NAMES(said, "256");
	profiles_done(&p);
}

/* Found by meson's test environment; the profiles' meaning is measured elsewhere. */
static void those_we_ship(void)
{
	static const char *const shipped[] = { "balanced", "gaming", "latency", "powersave",
					       "throughput" };
	const char *source = getenv("BPFLAND_SOURCE");
	const char *dirs[] = { tree_path(&tree, "shipped"), NULL };
	char folder[512];
	struct tunables defaults, t;
	struct profiles p;

	CHECK(source);
	if (!source)
		return;
	snprintf(folder, sizeof(folder), "%s/profiles", source);
	tree_mkdir(&tree, "shipped");
	CHECK(!symlink(folder, tree_path(&tree, "shipped/profiles.d")));
	load_from(&p, dirs, UINT32_MAX);
	tunables_compute(&defaults, NULL, NULL);
	for (size_t i = 0; i < sizeof(shipped) / sizeof(*shipped); i++) {
		const struct profile *one = profiles_find(&p, shipped[i]);

		CHECK(one && *one->description);
		if (!one)
			continue;
		/* Two profiles that do the same are one too many. */
		tunables_compute(&t, &one->tunables, NULL);
		CHECK_EQ(tunables_equal(&t, &defaults), !strcmp(shipped[i], "balanced"));
	}
	/* The folder also holds bpflandd.json, which is no profile. */
	CHECK_EQ(n_errors, 1);
	CHECK_NAMES(said, "bpflandd.json");
	profiles_done(&p);
}

static void names(void)
{
	CHECK(profile_name_valid("balanced"));
	CHECK(profile_name_valid("My-Profile_2"));
	CHECK(!profile_name_valid(""));
	CHECK(!profile_name_valid("a/b"));
	CHECK(!profile_name_valid(".."));
	CHECK(!profile_name_valid("a b"));
	CHECK(!profile_name_valid("é"));
}

int main(void)
{
	tree_make(&tree);
	RUN(none_is_fine);
	RUN(a_profile_is_read);
	RUN(mistakes_are_named);
	RUN(what_has_no_effect_is_skipped_with_a_warning);
	RUN(etc_wins_and_masks);
	RUN(what_is_no_profile_file);
	RUN(a_folder_that_cannot_be_read);
	RUN(a_file_without_permission);
	RUN(only_so_many);
	RUN(names);
	RUN(those_we_ship);
	tree_remove(&tree);
	return TEST_RESULT();
}
