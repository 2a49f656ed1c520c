/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What this kernel can do and does, as far as files tell. BTF is asked in sched_probe().
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "daemon/error.h"

/* What does not change while the machine runs. */
struct kernel {
	char release[65];		/* uname -r */
	bool sched_ext;			/* CONFIG_SCHED_CLASS_EXT */
	bool btf;
	char isolcpus[64];		/* the CPUs taken out of scheduling domains; "" if none */
	char lockdown[24];		/* "none", "integrity", "confidentiality"; "" if unknown */
};

/* Never fails: what cannot be read is not there. */
void kernel_read(struct kernel *ret, const char *sysfs, const char *procfs);

/* Can a sched_ext scheduler run at all? Error: ERROR_NOT_SUPPORTED, says what to do. */
int kernel_check(const struct kernel *k, struct error *err);

/*
 * An attach failed with @err: if this kernel's settings are the cause, says so instead.
 * Returns the errno to go on with.
 */
int kernel_explain(const struct kernel *k, int r, struct error *err);

/* What the kernel's sched_ext does now. */
struct kernel_sched_ext {
	char state[16];			/* enabling, enabled, disabling, disabled, "" */
	char ops[128];			/* name of the attached scheduler, "" if there is none */
	uint64_t enable_seq;		/* schedulers enabled since boot */
	uint64_t hotplug_seq;		/* CPUs that came or went since boot */
	bool switch_all;		/* it has all ordinary tasks, not only SCHED_EXT ones */
};

void kernel_sched_ext_read(struct kernel_sched_ext *ret, const char *sysfs);
