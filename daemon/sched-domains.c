/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The door to BPF: the CPUs that tasks prefer.
 */
#include "daemon/sched-internal.h"

#include <string.h>

#define WORDS (sizeof(((struct bpfland_cpus *)0)->word) / sizeof(u64))

/* The faster cores of a domain, if it has others as well; none if all are alike. */
static struct bpfland_cpus fast_of(const struct bpfland_cpus *domain,
				   const struct bpfland_cpus *fast)
{
	struct bpfland_cpus both;

	for (size_t i = 0; i < WORDS; i++)
		both.word[i] = domain->word[i] & fast->word[i];
	if (!memcmp(&both, domain, sizeof(both)))
		return (struct bpfland_cpus){};
	return both;
}

int sched_set_domains(struct sched *s, const struct sched_domains *d)
{
	struct bpfland_tiers tiers = {
		.cpus = {
			[BPFLAND_TIER_INTERACTIVE_FAST] = fast_of(&d->interactive, &d->fast),
			[BPFLAND_TIER_INTERACTIVE] = d->interactive,
			[BPFLAND_TIER_PRIMARY_FAST] = fast_of(&d->primary, &d->fast),
			[BPFLAND_TIER_PRIMARY] = d->primary,
			[BPFLAND_TIER_FAST] = d->fast,
		},
	};
	int r;

	if (s->skel->rodata->alone || !memcmp(&tiers, &s->tiers, sizeof(tiers)))
		return 0;
	s->skel->bss->wanted_tiers = tiers;
	r = sched_run(s->skel->progs.set_tiers, NULL, 0);
	if (r < 0)
		return r;
	s->tiers = tiers;
	return 0;
}
