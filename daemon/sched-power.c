/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The door to BPF, for power: programs that are run when something changes, so that nothing has to
 * be looked at while nothing does.
 */
#include <errno.h>

#include "daemon/sched-internal.h"

static int run_if_loaded(struct bpf_program *program, struct bpfland_power p)
{
	return bpf_program__autoload(program) ? sched_run(program, &p, sizeof(p)) : -EOPNOTSUPP;
}

int sched_set_power(struct sched *s, const struct bpfland_power *p)
{
	int r;

	if (p->frequency != s->power.frequency) {
		r = run_if_loaded(s->skel->progs.set_frequency, *p);
		if (r < 0)
			return r;
		s->power.frequency = p->frequency;
	}
	/* How long it runs between matters only if it rests at all. */
	if (p->throttle_ns == s->power.throttle_ns &&
	    (p->run_ns == s->power.run_ns || !p->throttle_ns))
		return 0;
	r = run_if_loaded(s->skel->progs.set_throttle, *p);
	if (r < 0)
		return r;
	s->power.throttle_ns = p->throttle_ns;
	s->power.run_ns = p->run_ns;
	return 0;
}
