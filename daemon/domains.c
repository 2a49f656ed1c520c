/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CPU domains, as chosen and as resolved.
 */
#include "daemon/domains.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char *const words[] = {
	[DOMAIN_AUTO] = "auto",
	[DOMAIN_ALL] = "all",
	[DOMAIN_PERFORMANCE] = "performance",
	[DOMAIN_POWERSAVE] = "powersave",
	[DOMAIN_TURBO] = "turbo",
};

#define N_WORDS (sizeof(words) / sizeof(*words))

const char *domain_name(enum domain d)
{
	return d == DOMAIN_PRIMARY ? "Primary" : "Interactive";
}

const char *domain_key(enum domain d)
{
	return d == DOMAIN_PRIMARY ? "primary" : "interactive";
}

int domain_parse(const char *text, const char *field, struct domain_choice *ret,
		 struct error *err)
{
	struct domain_choice c = { .kind = DOMAIN_LIST };
	int r;

	for (size_t i = 0; i < N_WORDS; i++) {
		if (strcmp(text, words[i]))
			continue;
		*ret = (struct domain_choice){ .kind = i };
		return 0;
	}
	if (text[0] < '0' || text[0] > '9')
		return error_set(err, ERROR_INVALID_ARGS, EINVAL,
				 "%s: \"%.64s\" is unknown, allowed: auto, all, performance, "
				 "powersave, turbo, or a list of CPUs such as 0-3,8", field, text);
	r = cpulist_parse(text, field, &c.list, err);
	if (r < 0)
		return r;
	*ret = c;
	return 0;
}

const char *domain_format(const struct domain_choice *c, char buf[CPULIST_MAX])
{
	if (c->kind == DOMAIN_LIST)
		return cpulist_format(&c->list, buf);
	snprintf(buf, CPULIST_MAX, "%s", words[c->kind]);
	return buf;
}

bool domain_equal(const struct domain_choice *a, const struct domain_choice *b)
{
	return a->kind == b->kind && cpus_equal(&a->list, &b->list);
}

struct bpfland_cpus domain_resolve(const struct domain_choice *c, const struct topology *t)
{
	struct bpfland_cpus cpus = t->online;

	switch (c->kind) {
	case DOMAIN_PERFORMANCE:
		cpus = topology_performance(t);
		break;
	case DOMAIN_POWERSAVE:
		cpus = topology_powersave(t);
		break;
	case DOMAIN_TURBO:
		cpus = topology_turbo(t);
		break;
	case DOMAIN_LIST:
		cpus = c->list;
		break;
	default:
		break;
	}
	cpus = cpus_and(&cpus, &t->online);
	return cpus_empty(&cpus) ? t->online : cpus;
}
