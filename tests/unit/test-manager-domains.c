/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The manager and the CPU domains: what reaches the scheduler, what ends an override, and CPUs that
 * come and go. The fixture's machine has the fast CPUs 0 and 1 and the slow ones 2 and 3.
 */
#include <errno.h>

#include "tests/test.h"
#include "tests/unit/manager-fixture.h"

static const char *primary_cpus(void)
{
	static char buf[CPULIST_MAX];

	return cpulist_format(manager_domain_cpus(m, DOMAIN_PRIMARY), buf);
}

static const char *primary(void)
{
	static char buf[CPULIST_MAX];

	return domain_format(manager_domain(m, DOMAIN_PRIMARY), buf);
}

static void a_domain_reaches_the_scheduler(void)
{
	struct error e;

	open_manager();
	CHECK_STR(primary(), "auto");
	CHECK_STR(primary_cpus(), "0-3");
	CHECK_EQ(fake_sched.domains.primary.word[0], 0);
	CHECK_EQ(fake_sched.domains.interactive.word[0], 0);
	CHECK_EQ(fake_sched.domains.fast.word[0], 0x3);
	take_told();
	manager_take_changed_domains(m);
	CHECK_EQ(manager_set_domain(m, DOMAIN_PRIMARY, "powersave", &e), 0);
	CHECK_EQ(fake_sched.domains.primary.word[0], 0xc);
	CHECK_EQ(take_told(), MANAGER_CHANGED_DOMAINS);
	CHECK_EQ(manager_take_changed_domains(m),
		 DOMAIN_CHANGED_CHOICE(DOMAIN_PRIMARY) | DOMAIN_CHANGED_CPUS(DOMAIN_PRIMARY));
	CHECK_STR(primary_cpus(), "2-3");
	CHECK_EQ(manager_set_domain(m, DOMAIN_INTERACTIVE, "0", &e), 0);
	CHECK_EQ(fake_sched.domains.interactive.word[0], 0x1);
	CHECK_EQ(fake_sched.domains.primary.word[0], 0xc);
	/* Nothing is detached, no tunable is published. */
	CHECK_EQ(fake_sched.n_starts, 1);
	CHECK_EQ(fake_sched.n_stops, 0);
	CHECK_EQ(fake_sched.n_publishes, 0);
	/* The next scheduler has them from the start. */
	CHECK_EQ(manager_sched_restart(m, NULL), 0);
	CHECK_EQ(fake_sched.domains.primary.word[0], 0xc);
	close_manager();
}

static void the_same_again_is_nothing(void)
{
	unsigned n;

	open_manager();
	CHECK_EQ(manager_set_domain(m, DOMAIN_PRIMARY, "0-1", NULL), 0);
	n = fake_sched.n_domains;
	take_told();
	CHECK_EQ(manager_set_domain(m, DOMAIN_PRIMARY, "1,0", NULL), 0);
	CHECK_EQ(n_told, 0);
	/* The same CPUs by another name are news for people, not for the scheduler. */
	CHECK_EQ(manager_set_domain(m, DOMAIN_PRIMARY, "performance", NULL), 0);
	CHECK_EQ(take_told(), MANAGER_CHANGED_DOMAINS);
	CHECK_EQ(fake_sched.n_domains, n);
	/* All CPUs, one by one, are no preference. */
	CHECK_EQ(manager_set_domain(m, DOMAIN_PRIMARY, "0-3", NULL), 0);
	CHECK_EQ(fake_sched.domains.primary.word[0], 0);
	close_manager();
}

static void what_is_refused_changes_nothing(void)
{
	struct error e;

	open_manager();
	take_told();
	CHECK_EQ(manager_set_domain(m, DOMAIN_PRIMARY, "0-4", &e), -ERANGE);
	CHECK_EQ(e.kind, ERROR_OUT_OF_RANGE);
	CHECK_NAMES(e.message, "Primary: 0-4");
	CHECK_NAMES(e.message, "allowed: 0-3");
	CHECK_EQ(manager_set_domain(m, DOMAIN_INTERACTIVE, "best", &e), -EINVAL);
	CHECK_NAMES(e.message, "Interactive: \"best\"");
	fake_sched.fail_domains = -ENOMEM;
	CHECK_EQ(manager_set_domain(m, DOMAIN_PRIMARY, "1", &e), -ENOMEM);
	CHECK_NAMES(e.message, "Primary");
	CHECK_STR(primary(), "auto");
	CHECK_STR(primary_cpus(), "0-3");
	CHECK_EQ(n_told, 0);
	close_manager();
}

static void profiles_bring_domains(void)
{
	tree_write(&tree, "usr/profiles.d/powersave.json",
		   "{ \"domains\": { \"primary\": \"powersave\", \"interactive\": \"0,99\" } }");
	open_manager();
	CHECK_EQ(manager_set_profile(m, "powersave", NULL), 0);
	CHECK_STR(primary(), "auto");
	CHECK_STR(primary_cpus(), "2-3");
	CHECK_EQ(fake_sched.domains.primary.word[0], 0xc);
	CHECK_EQ(fake_sched.domains.interactive.word[0], 0x1);
	/* An override stands over the profile, and over Reload … */
	CHECK_EQ(manager_set_domain(m, DOMAIN_PRIMARY, "all", NULL), 0);
	CHECK_EQ(fake_sched.domains.primary.word[0], 0);
	CHECK_EQ(manager_reload(m, NULL), 0);
	CHECK_STR(primary(), "all");
	/* … a tunable's own reset leaves it, and a reset of everything ends it. */
	CHECK_EQ(manager_reset_tunables(m, 1u << TUNABLE_SLICE_MAX, NULL), 0);
	CHECK_STR(primary(), "all");
	take_told();
	CHECK_EQ(manager_reset_tunables(m, 0, NULL), 0);
	CHECK_EQ(take_told(), MANAGER_CHANGED_DOMAINS);
	CHECK_STR(primary(), "auto");
	CHECK_EQ(fake_sched.domains.primary.word[0], 0xc);
	/* So does a profile that somebody selects, be it the same. */
	CHECK_EQ(manager_set_domain(m, DOMAIN_PRIMARY, "1", NULL), 0);
	CHECK_EQ(manager_set_profile(m, "powersave", NULL), 0);
	CHECK_STR(primary_cpus(), "2-3");
	CHECK_EQ(manager_set_profile(m, "balanced", NULL), 0);
	CHECK_STR(primary_cpus(), "0-3");
	CHECK_EQ(fake_sched.domains.interactive.word[0], 0);
	close_manager();
}

static void a_profile_on_disk_changes_its_domains(void)
{
	open_manager();
	take_told();
	tree_write(&tree, "usr/profiles.d/balanced.json",
		   "{ \"domains\": { \"primary\": \"turbo\" } }");
	CHECK_EQ(manager_reload(m, NULL), 0);
	CHECK_EQ(take_told(), MANAGER_CHANGED_PROFILES | MANAGER_CHANGED_DOMAINS);
	CHECK_STR(primary_cpus(), "0-1");
	close_manager();
}

static void cpus_come_and_go(void)
{
	unsigned n;

	open_manager();
	CHECK_EQ(manager_set_domain(m, DOMAIN_PRIMARY, "1-2", NULL), 0);
	take_told();
	tree_write(&tree, "sys/devices/system/cpu/online", "0,2-3\n");
	/* However many events: the CPUs are read once. */
	for (int i = 0; i < 10; i++)
		manager_handle_uevent(m, UEVENT_CPU);
	n = fake_sched.n_domains;
	settle();
	CHECK_EQ(fake_sched.n_domains, n + 1);
	CHECK_EQ(n_told, 1);
	CHECK_EQ(take_told(), MANAGER_CHANGED_CPUS | MANAGER_CHANGED_DOMAINS);
	CHECK_STR(primary(), "1-2");
	CHECK_STR(primary_cpus(), "2");
	CHECK(!manager_topology(m)->cpu[1].online);
	CHECK_EQ(manager_topology(m)->cpu[1].capacity, 1024);
	CHECK_EQ(fake_sched.domains.primary.word[0], 0x4);
	/* None of the domain is left: all CPUs. */
	tree_write(&tree, "sys/devices/system/cpu/online", "0\n");
	manager_handle_uevent(m, UEVENT_CPU);
	settle();
	CHECK_STR(primary_cpus(), "0");
	CHECK_EQ(fake_sched.domains.primary.word[0], 0);
	tree_write(&tree, "sys/devices/system/cpu/online", "0-3\n");
	manager_handle_uevent(m, UEVENT_CPU);
	settle();
	CHECK_STR(primary_cpus(), "1-2");
	take_told();
	manager_handle_uevent(m, UEVENT_CPU);
	settle();
	CHECK_EQ(n_told, 0);
	close_manager();
}

static void cpus_that_nobody_describes(void)
{
	struct error e;

	tree_write(&tree, "sys/devices/system/cpu/online", "?\n");
	open_manager();
	CHECK_EQ(manager_state(m), LIFECYCLE_RUNNING);
	CHECK_NAMES(log_text(), "devices/system/cpu/online");
	CHECK_STR(primary_cpus(), "");
	CHECK_EQ(manager_set_domain(m, DOMAIN_PRIMARY, "0", &e), -ERANGE);
	CHECK_NAMES(e.message, "none are known");
	CHECK_EQ(manager_set_domain(m, DOMAIN_PRIMARY, "performance", &e), 0);
	CHECK_EQ(fake_sched.domains.primary.word[0], 0);
	close_manager();
}

int main(void)
{
	CASE(a_domain_reaches_the_scheduler);
	CASE(the_same_again_is_nothing);
	CASE(what_is_refused_changes_nothing);
	CASE(profiles_bring_domains);
	CASE(a_profile_on_disk_changes_its_domains);
	CASE(cpus_come_and_go);
	CASE(cpus_that_nobody_describes);
	return TEST_RESULT();
}
