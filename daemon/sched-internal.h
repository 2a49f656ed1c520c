/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Shared by the files behind sched.h that talk to the loaded object.
 */
#pragma once

#include <bpf/libbpf.h>
#include <stddef.h>

#include "bpf/live.h"
#include "bpfland.skel.h"	/* speaks of what the one above defines */
#include "daemon/sched.h"
#include "daemon/sched-facts.h"

struct sched {
	struct bpfland_bpf *skel;
	struct bpf_link *ops;
	struct bpf_link *sched_switch;	/* NULL where cpu_release() does its work */
	struct bpfland_tunables published;
	struct bpfland_tiers tiers;	/* in force */
	struct bpfland_power power;	/* in force */
};

/*
 * Runs a SEC("syscall") program of the loaded object once. @context, which may be NULL with
 * @size 0, is what the program gets, and holds what the program left in it afterwards. Returns
 * the program's own value if that is 0 or more; else that, or why it could not be run.
 */
int sched_run(struct bpf_program *program, void *context, size_t size);

/*
 * Opens the scheduler, bound to this kernel, of which @f must stay. The file @ret_types is wanted
 * until it is loaded.
 */
int sched_open(struct bpfland_bpf **ret, int *ret_types, const struct sched_facts *f);
