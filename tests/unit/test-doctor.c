/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What doctor says about machines, from trees that look like them.
 */
#include <sys/stat.h>
#include <unistd.h>

#include "ctl/examine-machine.h"
#include "daemon/sched-facts.h"
#include "tests/test.h"
#include "tests/unit/tree.h"

static struct tree tree;
static struct sched_facts facts;
static struct findings findings;

/* A machine on which all is well. */
static struct machine lay_ground(void)
{
	static char sys[128], proc[128], boot[128], etc[128], usr[128];
	static const char *dirs[] = { etc, usr, NULL };

	tree_remove(&tree);
	tree_make(&tree);
	snprintf(sys, sizeof(sys), "%s", tree_path(&tree, "sys"));
	snprintf(proc, sizeof(proc), "%s", tree_path(&tree, "proc"));
	snprintf(boot, sizeof(boot), "%s", tree_path(&tree, "boot"));
	snprintf(etc, sizeof(etc), "%s", tree_path(&tree, "etc"));
	snprintf(usr, sizeof(usr), "%s", tree_path(&tree, "usr"));
	tree_write(&tree, "proc/sys/kernel/osrelease", "6.18.15-test\n");
	tree_write(&tree, "proc/cmdline", "quiet\n");
	tree_write(&tree, "sys/kernel/sched_ext/state", "disabled\n");
	tree_write(&tree, "sys/kernel/btf/vmlinux", "x");
	tree_write(&tree, "boot/config-6.18.15-test",
		   "#\nCONFIG_SCHED_CLASS_EXT=y\nCONFIG_EXT_GROUP_SCHED=y\n");
	tree_write(&tree, "usr/profiles.d/balanced.json",
		   "{\"description\": \"All\", \"priority\": 0, \"tunables\": {}}");
	facts = (struct sched_facts){ .sched_ext = true, .cgroup_bandwidth = true };
	return (struct machine){ .sysfs = sys, .procfs = proc, .boot = boot, .config_dirs = dirs,
				 .owner = geteuid(), .facts = &facts };
}

static void examine(const struct machine *m)
{
	findings_done(&findings);
	machine_examine(&findings, m);
	CHECK_EQ(findings.error, 0);
}

/* The worst that is said about @subject; its sentence is in @ret. */
static enum severity about(const char *subject, const struct finding **ret)
{
	static char none[] = "";
	static const struct finding nothing = { .text = none, .remedy = none };

	*ret = &nothing;
	for (size_t i = 0; i < findings.n; i++)
		if (!strcmp(findings.list[i].subject, subject) &&
		    ((*ret) == &nothing || findings.list[i].severity > (*ret)->severity))
			*ret = &findings.list[i];
	return (*ret)->severity;
}

/* All is well but for @subject, which is @severity, names @word and says what to do. */
static void check_only(const struct machine *m, const char *subject, enum severity severity,
		       const char *word)
{
	const struct finding *f;

	examine(m);
	CHECK_EQ(about(subject, &f), severity);
	CHECK_NAMES(f->text, word);
	CHECK(f->remedy && *f->remedy);
	for (size_t i = 0; i < findings.n; i++)
		if (strcmp(findings.list[i].subject, subject) &&
		    findings.list[i].severity != FINDING_OK) {
			CHECK_STR(findings.list[i].subject, subject);
			CHECK_STR(findings.list[i].text, "");
		}
	CHECK_EQ(findings_worst(&findings), severity);
}

static void a_good_machine_is_told_so(void)
{
	struct machine m = lay_ground();

	examine(&m);
	CHECK_EQ(findings_worst(&findings), FINDING_OK);
	CHECK(findings.n >= 8);
	for (size_t i = 0; i < findings.n; i++)
		CHECK(!findings.list[i].remedy);
}

static void kernels_that_cannot_are_named(void)
{
	struct machine m = lay_ground();
	const struct finding *f;

	tree_write(&tree, "proc/sys/kernel/osrelease", "6.12.107+deb13-amd64\n");
	tree_write(&tree, "boot/config-6.12.107+deb13-amd64",
		   "#\n# CONFIG_SCHED_CLASS_EXT is not set\n");
	tree_unlink(&tree, "sys/kernel/sched_ext/state");
	rmdir(tree_path(&tree, "sys/kernel/sched_ext"));
	examine(&m);
	CHECK_EQ(about("kernel", &f), FINDING_BAD);
	CHECK_NAMES(f->text, "6.12.107+deb13-amd64");
	CHECK_NAMES(f->text, "CONFIG_SCHED_CLASS_EXT is not set");
	CHECK_EQ(about("version", &f), FINDING_BAD);
	CHECK_NAMES(f->text, "older than 6.16");

	m = lay_ground();
	tree_unlink(&tree, "sys/kernel/btf/vmlinux");
	check_only(&m, "types", FINDING_BAD, "type information");

	m = lay_ground();
	m.facts = NULL;
	error_set(&m.defect, ERROR_NOT_SUPPORTED, 95, "describes scx_bpf_kick_cpu wrongly");
	check_only(&m, "types", FINDING_BAD, "scx_bpf_kick_cpu");

	m = lay_ground();
	tree_write(&tree, "boot/config-6.18.15-test",
		   "#\nCONFIG_SCHED_CLASS_EXT=y\n# CONFIG_EXT_GROUP_SCHED is not set\n");
	check_only(&m, "groups", FINDING_WARNING, "CPUWeight=");
}

static void settings_that_forbid_it_are_named(void)
{
	struct machine m = lay_ground();

	tree_write(&tree, "proc/cmdline", "quiet isolcpus=2-3\n");
	check_only(&m, "isolcpus", FINDING_BAD, "2-3");

	m = lay_ground();
	tree_write(&tree, "sys/kernel/security/lockdown", "none integrity [confidentiality]\n");
	check_only(&m, "lockdown", FINDING_BAD, "confidentiality");
	tree_write(&tree, "sys/kernel/security/lockdown", "none [integrity] confidentiality\n");
	examine(&m);
	CHECK_EQ(findings_worst(&findings), FINDING_OK);

	m = lay_ground();
	tree_write(&tree, "proc/sys/net/core/bpf_jit_enable", "0\n");
	check_only(&m, "compiler", FINDING_BAD, "turned off");
}

static void another_scheduler_is_named(void)
{
	struct machine m = lay_ground();

	tree_write(&tree, "sys/kernel/sched_ext/root/ops", "lavd\n");
	check_only(&m, "scheduler", FINDING_BAD, "lavd");
	tree_write(&tree, "sys/kernel/sched_ext/root/ops", "bpfland\n");
	examine(&m);
	CHECK_EQ(findings_worst(&findings), FINDING_OK);
}

static void limits_without_effect_are_named(void)
{
	struct machine m = lay_ground();

	tree_write(&tree, "sys/fs/cgroup/build.slice/cpu.max", "50000 100000\n");
	examine(&m);
	CHECK_EQ(findings_worst(&findings), FINDING_OK);
	facts.cgroup_bandwidth = false;
	check_only(&m, "limits", FINDING_WARNING, "build.slice");
}

static void bad_files_are_named(void)
{
	struct machine m = lay_ground();

	tree_write(&tree, "etc/bpflandd.json", "{\"default_profil\": \"latency\"}");
	check_only(&m, "configuration", FINDING_BAD, "default_profil");

	m = lay_ground();
	tree_write(&tree, "etc/bpflandd.json", "{\"default_profile\": \"gone\"}");
	check_only(&m, "configuration", FINDING_BAD, "gone");

	m = lay_ground();
	tree_write(&tree, "etc/profiles.d/mine.json", "{\"tunables\": {\"slice_max_usec\": 1}}");
	check_only(&m, "configuration", FINDING_BAD, "mine.json");

	m = lay_ground();
	tree_write(&tree, "etc/profiles.d/mine.json", "{\"tunables\": {}}");
	chmod(tree_path(&tree, "etc/profiles.d/mine.json"), 0666);
	check_only(&m, "permissions", FINDING_WARNING, "mine.json");
}

/* What root is told to type holds names that somebody else may have chosen. */
static void names_of_files_stay_words(void)
{
	struct machine m = lay_ground();
	const struct finding *f;

	tree_write(&tree, "etc/profiles.d/it's $(reboot)", "");
	chmod(tree_path(&tree, "etc/profiles.d/it's $(reboot)"), 0666);
	examine(&m);
	CHECK_EQ(about("permissions", &f), FINDING_WARNING);
	CHECK_NAMES(f->remedy, "chown root:root '/");
	CHECK_NAMES(f->remedy, "/it'\\''s $(reboot)' && chmod go-w '/");

	m = lay_ground();
	tree_write(&tree, "etc/profiles.d/a\033[2Jb", "");
	chmod(tree_path(&tree, "etc/profiles.d/a\033[2Jb"), 0666);
	examine(&m);
	CHECK_EQ(about("permissions", &f), FINDING_WARNING);
	CHECK_NAMES(f->text, "a?[2Jb");
	CHECK(!strstr(f->remedy, "chown"));
}

int main(void)
{
	tree_make(&tree);
	RUN(a_good_machine_is_told_so);
	RUN(kernels_that_cannot_are_named);
	RUN(settings_that_forbid_it_are_named);
	RUN(another_scheduler_is_named);
	RUN(limits_without_effect_are_named);
	RUN(bad_files_are_named);
	RUN(names_of_files_stay_words);
	findings_done(&findings);
	tree_remove(&tree);
	return TEST_RESULT();
}
