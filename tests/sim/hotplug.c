/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CPUs that go and come back at given times.
 */
#include "tests/sim/hotplug.h"

#include <errno.h>

#include "tests/sim/kernel.h"

static void happen(struct event *e, void *userdata)
{
	struct hotplug *h = (struct hotplug *)((char *)e - offsetof(struct hotplug, event));
	struct sim *sim = userdata;

	if (sim->now < h->on_at) {
		kernel_offline(sim, h->cpu);
		event_set(&sim->events, e, h->on_at);
	} else {
		kernel_online(sim, h->cpu);
	}
}

int hotplug_add(struct sim *sim, struct hotplug *h, const char *text, struct error *err)
{
	const char *rest = text;
	char cpu[16], off[32];
	u64 n, off_at, on_at;

	if (!text_word(&rest, '@', cpu, sizeof(cpu)) || !text_word(&rest, '-', off, sizeof(off)) ||
	    !text_number(cpu, &n) || !text_time(off, &off_at) || !text_time(rest, &on_at) ||
	    off_at >= on_at || n >= sim->topology.nr_cpus)
		return error_set(err, ERROR_INVALID_ARGS, EINVAL,
				 "hotplug: '%s' is not CPU@OFF-ON, as in 3@1s-2s", text);
	*h = (struct hotplug){ .event.happen = happen, .cpu = (u32)n, .on_at = on_at };
	event_set(&sim->events, &h->event, off_at);
	return 0;
}
