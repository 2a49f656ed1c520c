/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * org.bpfland1.Domains: reading, writing, and what is told. The fixture's machine has the fast CPUs
 * 0 and 1 and the slow ones 2 and 3, two to a core.
 */
#include <stdlib.h>

#include "tests/bus/fixture.h"
#include "tests/fake-sched.h"

#define NOBODY 65534

static void check_text(int line, struct fixture *f, const char *property, const char *expected)
{
	sd_bus_message *reply = fixture_get(f, BUS_INTERFACE_DOMAINS, property);
	unsigned before = test_failures;
	const char *text = NULL;

	CHECK(sd_bus_message_read(reply, "v", "s", &text) > 0);
	CHECK_STR(text, expected);
	if (test_failures != before)
		fprintf(stderr, "… checked at line %d of the test\n", line);
	sd_bus_message_unref(reply);
}

#define CHECK_TEXT(f, property, expected) check_text(__LINE__, f, property, expected)

static sd_bus_message *set_domain(struct fixture *f, const char *property, const char *value)
{
	return fixture_set(f, BUS_INTERFACE_DOMAINS, property, "s", value);
}

static void domains_are_read_and_written(void)
{
	struct fixture f;

	fixture_open(&f);
	CHECK_TEXT(&f, "Primary", "auto");
	CHECK_TEXT(&f, "Interactive", "auto");
	CHECK_TEXT(&f, "PrimaryCPUs", "0-3");
	CHECK_TEXT(&f, "InteractiveCPUs", "0-3");
	CHECK_OK(set_domain(&f, "Primary", "powersave"));
	CHECK_OK(set_domain(&f, "Interactive", "1,0"));
	CHECK_TEXT(&f, "Primary", "powersave");
	CHECK_TEXT(&f, "PrimaryCPUs", "2-3");
	CHECK_TEXT(&f, "Interactive", "0-1");
	CHECK_TEXT(&f, "InteractiveCPUs", "0-1");
	CHECK_EQ(fake_sched.domains.primary.word[0], 0xc);
	CHECK_EQ(fake_sched.domains.interactive.word[0], 0x3);
	CHECK_OK(set_domain(&f, "Primary", "auto"));
	CHECK_TEXT(&f, "PrimaryCPUs", "0-3");
	CHECK_EQ(fake_sched.n_starts, 1);
	fixture_close(&f);
}

static void only_what_changed_is_told(void)
{
	struct fixture f;

	fixture_open(&f);
	CHECK_OK(set_domain(&f, "Primary", "performance"));
	CHECK_EQ(f.n_before_reply, 0);
	CHECK_EQ(f.n_signals, 1);
	CHECK(fixture_told(&f, BUS_INTERFACE_DOMAINS, "Primary"));
	CHECK(fixture_told(&f, BUS_INTERFACE_DOMAINS, "PrimaryCPUs"));
	CHECK(!fixture_told(&f, BUS_INTERFACE_DOMAINS, "Interactive"));
	CHECK(!fixture_told(&f, BUS_INTERFACE_DOMAINS, "InteractiveCPUs"));
	CHECK(!fixture_told(&f, BUS_INTERFACE_DOMAINS, "CPUs"));
	fixture_forget_signals(&f);
	CHECK_OK(set_domain(&f, "Primary", "0-1"));
	CHECK(fixture_told(&f, BUS_INTERFACE_DOMAINS, "Primary"));
	CHECK(!fixture_told(&f, BUS_INTERFACE_DOMAINS, "PrimaryCPUs"));
	fixture_forget_signals(&f);
	CHECK_OK(set_domain(&f, "Primary", "0,1"));
	CHECK_EQ(f.n_signals, 0);
	/* Whoever selects a profile ends it. */
	CHECK_OK(fixture_set(&f, BUS_INTERFACE_MANAGER, "Profile", "s", "balanced"));
	CHECK(fixture_told(&f, BUS_INTERFACE_DOMAINS, "Primary"));
	CHECK(fixture_told(&f, BUS_INTERFACE_DOMAINS, "PrimaryCPUs"));
	CHECK_TEXT(&f, "Primary", "auto");
	fixture_close(&f);
}

static void a_cpu_that_leaves_is_told(void)
{
	struct fixture f;

	fixture_open(&f);
	CHECK_OK(set_domain(&f, "Interactive", "3"));
	fixture_forget_signals(&f);
	fixture_write(&f, "sys/devices/system/cpu/online", "0-2\n");
	manager_cpus_changed(f.manager);
	fixture_settle(&f);
	CHECK_EQ(f.n_signals, 1);
	CHECK(fixture_told(&f, BUS_INTERFACE_DOMAINS, "CPUs"));
	CHECK(fixture_told(&f, BUS_INTERFACE_DOMAINS, "PrimaryCPUs"));
	CHECK(fixture_told(&f, BUS_INTERFACE_DOMAINS, "InteractiveCPUs"));
	CHECK(!fixture_told(&f, BUS_INTERFACE_DOMAINS, "Interactive"));
	CHECK_TEXT(&f, "Interactive", "3");
	CHECK_TEXT(&f, "InteractiveCPUs", "0-2");
	fixture_close(&f);
}

struct cpu {
	uint32_t id, capacity;
	int32_t core, llc, node;
	const char *class;
	int online;
	unsigned keys;
};

static void read_cpu(sd_bus_message *m, struct cpu *c)
{
	const char *key;

	*c = (struct cpu){};
	while (sd_bus_message_enter_container(m, 'e', "sv") > 0) {
		CHECK(sd_bus_message_read(m, "s", &key) > 0);
		c->keys++;
		if (!strcmp(key, "Id"))
			CHECK(sd_bus_message_read(m, "v", "u", &c->id) > 0);
		else if (!strcmp(key, "Core"))
			CHECK(sd_bus_message_read(m, "v", "i", &c->core) > 0);
		else if (!strcmp(key, "LLC"))
			CHECK(sd_bus_message_read(m, "v", "i", &c->llc) > 0);
		else if (!strcmp(key, "Node"))
			CHECK(sd_bus_message_read(m, "v", "i", &c->node) > 0);
		else if (!strcmp(key, "Capacity"))
			CHECK(sd_bus_message_read(m, "v", "u", &c->capacity) > 0);
		else if (!strcmp(key, "Class"))
			CHECK(sd_bus_message_read(m, "v", "s", &c->class) > 0);
		else if (!strcmp(key, "Online"))
			CHECK(sd_bus_message_read(m, "v", "b", &c->online) > 0);
		CHECK(sd_bus_message_exit_container(m) > 0);
	}
}

static void the_cpus_are_described(void)
{
	sd_bus_message *reply;
	struct fixture f;
	struct cpu c;
	unsigned n = 0;

	fixture_open(&f);
	reply = fixture_get(&f, BUS_INTERFACE_DOMAINS, "CPUs");
	CHECK(sd_bus_message_enter_container(reply, 'v', "aa{sv}") > 0);
	CHECK(sd_bus_message_enter_container(reply, 'a', "a{sv}") > 0);
	while (sd_bus_message_enter_container(reply, 'a', "{sv}") > 0) {
		read_cpu(reply, &c);
		CHECK_EQ(c.keys, 7);
		CHECK_EQ(c.id, n);
		CHECK_EQ(c.core, n / 2);
		CHECK_EQ(c.llc, n);
		CHECK_EQ(c.node, 0);
		CHECK_EQ(c.capacity, n < 2 ? 1024 : 512);
		CHECK_STR(c.class, n < 2 ? "big" : "little");
		CHECK(c.online);
		CHECK(sd_bus_message_exit_container(reply) > 0);
		n++;
	}
	CHECK_EQ(n, 4);
	sd_bus_message_unref(reply);
	fixture_close(&f);
}

static void nonsense_is_refused_with_a_sentence(void)
{
	struct fixture f;
	char *before, *long_one = malloc(1 << 20);

	fixture_open(&f);
	before = fixture_snapshot(&f);
	CHECK_ERROR(set_domain(&f, "Primary", "fast"), SD_BUS_ERROR_INVALID_ARGS,
		    "Primary: \"fast\"", "auto, all, performance, powersave, turbo");
	CHECK_ERROR(set_domain(&f, "Interactive", ""), SD_BUS_ERROR_INVALID_ARGS, "Interactive",
		    "allowed");
	CHECK_ERROR(set_domain(&f, "Primary", "3-1"), SD_BUS_ERROR_INVALID_ARGS, "3-1", NULL);
	CHECK_ERROR(set_domain(&f, "Primary", "0\n1"), SD_BUS_ERROR_INVALID_ARGS, "Primary", NULL);
	CHECK_ERROR(set_domain(&f, "Primary", "0-4"), BUS_ERROR_OUT_OF_RANGE, "Primary: 0-4",
		    "allowed: 0-3");
	CHECK_ERROR(set_domain(&f, "Primary", "1024"), BUS_ERROR_OUT_OF_RANGE, "1024",
		    "0 to 1023");
	CHECK_ERROR(set_domain(&f, "Primary", "99999999999999999999"), BUS_ERROR_OUT_OF_RANGE,
		    "Primary", "0 to 1023");
	memset(long_one, '0', (1 << 20) - 1);
	long_one[(1 << 20) - 1] = 0;
	long_one[0] = 'x';
	CHECK_ERROR(set_domain(&f, "Primary", long_one), SD_BUS_ERROR_INVALID_ARGS, "Primary",
		    NULL);
	CHECK_ERROR(fixture_set(&f, BUS_INTERFACE_DOMAINS, "Primary", "u", 0),
		    BUS_ERROR_INVALID_SIGNATURE, "Primary takes a value of type s", "not u");
	CHECK_ERROR(set_domain(&f, "PrimaryCPUs", "0"), SD_BUS_ERROR_PROPERTY_READ_ONLY,
		    "PrimaryCPUs", NULL);
	CHECK_ERROR(set_domain(&f, "CPUs", "0"), SD_BUS_ERROR_PROPERTY_READ_ONLY, "CPUs", NULL);
	CHECK_ERROR(set_domain(&f, "Secondary", "0"), SD_BUS_ERROR_UNKNOWN_PROPERTY, "Secondary",
		    BUS_INTERFACE_DOMAINS);
	CHECK_UNCHANGED(&f, before);
	CHECK_TEXT(&f, "Primary", "auto");
	free(long_one);
	fixture_close(&f);
}

static void others_may_only_read(void)
{
	struct fixture f;

	fixture_open(&f);
	fixture_uid = NOBODY;
	CHECK_ERROR(set_domain(&f, "Primary", "0"), SD_BUS_ERROR_ACCESS_DENIED, "setting Primary",
		    NULL);
	CHECK_ERROR(set_domain(&f, "Interactive", "0"), SD_BUS_ERROR_ACCESS_DENIED,
		    "setting Interactive", NULL);
	CHECK_TEXT(&f, "Primary", "auto");
	CHECK_TEXT(&f, "InteractiveCPUs", "0-3");
	CHECK_OK(fixture_get(&f, BUS_INTERFACE_DOMAINS, "CPUs"));
	CHECK_EQ(f.n_signals, 0);
	fixture_close(&f);
}

int main(void)
{
	RUN(domains_are_read_and_written);
	RUN(only_what_changed_is_told);
	RUN(a_cpu_that_leaves_is_told);
	RUN(the_cpus_are_described);
	RUN(nonsense_is_refused_with_a_sentence);
	RUN(others_may_only_read);
	return TEST_RESULT();
}
