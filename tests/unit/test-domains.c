/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CPU domains: what may be chosen, and what it means on a machine.
 */
#include "daemon/domains.h"

#include "tests/test.h"

/* CPUs 0 and 1 are fast, 2 and 3 not, 4 is slow and offline. */
static struct topology_cpu hybrid_cpus[] = {
	{ .id = 0, .capacity = 1024, .online = true }, { .id = 1, .capacity = 900, .online = true },
	{ .id = 2, .capacity = 500, .online = true },  { .id = 3, .capacity = 500, .online = true },
	{ .id = 4, .capacity = 500, .online = false },
};
static const struct topology hybrid = {
	.n_cpus = 5, .n_nodes = 1, .cpu = hybrid_cpus,
	.present.word[0] = 0x1f, .online.word[0] = 0x0f,
};

static struct topology_cpu equal_cpus[] = {
	{ .id = 0, .capacity = 1024, .online = true },
	{ .id = 1, .capacity = 1024, .online = true },
};
static const struct topology equal = {
	.n_cpus = 2, .n_nodes = 1, .cpu = equal_cpus,
	.present.word[0] = 0x3, .online.word[0] = 0x3,
};

static const char *resolved(const char *text, const struct topology *t)
{
	static char buf[CPULIST_MAX];
	struct domain_choice c = {};
	struct bpfland_cpus cpus;

	CHECK_EQ(domain_parse(text, "Primary", &c, NULL), 0);
	cpus = domain_resolve(&c, t);
	return cpulist_format(&cpus, buf);
}

static void words_mean_cpus(void)
{
	CHECK_STR(resolved("all", &hybrid), "0-3");
	CHECK_STR(resolved("auto", &hybrid), "0-3");
	CHECK_STR(resolved("performance", &hybrid), "0-1");
	CHECK_STR(resolved("powersave", &hybrid), "2-3");
	CHECK_STR(resolved("turbo", &hybrid), "0");
	CHECK_STR(resolved("performance", &equal), "0-1");
	CHECK_STR(resolved("powersave", &equal), "0-1");
	CHECK_STR(resolved("turbo", &equal), "0-1");
}

static void only_online_cpus_count(void)
{
	CHECK_STR(resolved("1,3-4", &hybrid), "1,3");
	CHECK_STR(resolved("4", &hybrid), "0-3");
	CHECK_STR(resolved("64-1023", &hybrid), "0-3");
	CHECK_STR(resolved("all", &TOPOLOGY_NULL), "");
}

static const char *normal(const char *text)
{
	static char buf[CPULIST_MAX];
	struct domain_choice c = {};

	return domain_parse(text, "Interactive", &c, NULL) < 0 ? "refused" :
								 domain_format(&c, buf);
}

static void choices_are_shown_as_they_are_spelt(void)
{
	static const char *const words[] = { "auto", "all", "performance", "powersave", "turbo" };

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		CHECK_STR(normal(words[i]), words[i]);
	CHECK_STR(normal("8,0,1,2,3"), "0-3,8");
	CHECK_STR(normal("All"), "refused");
	CHECK_STR(normal(""), "refused");
	CHECK_STR(normal("all,1"), "refused");
	CHECK_STR(normal("0-3 "), "refused");
}

static void refusals_say_what_is_allowed(void)
{
	struct domain_choice c = { .kind = DOMAIN_TURBO };
	struct error err = {};

	CHECK(domain_parse("fastest", "Interactive", &c, &err) < 0);
	CHECK_EQ(err.kind, ERROR_INVALID_ARGS);
	CHECK_NAMES(err.message, "Interactive: \"fastest\"");
	CHECK_NAMES(err.message, "auto, all, performance, powersave, turbo");
	CHECK(domain_parse("0-1024", "Interactive", &c, &err) < 0);
	CHECK_EQ(err.kind, ERROR_OUT_OF_RANGE);
	CHECK_NAMES(err.message, "0 to 1023");
	CHECK_EQ(c.kind, DOMAIN_TURBO);
}

int main(void)
{
	RUN(words_mean_cpus);
	RUN(only_online_cpus_count);
	RUN(choices_are_shown_as_they_are_spelt);
	RUN(refusals_say_what_is_allowed);
	return TEST_RESULT();
}
