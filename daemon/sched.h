/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The only door to BPF: one loaded and attached scheduler.
 *
 * Two implementations, chosen by the linker: sched-bpf.c (libbpf) and tests/fake-sched.c.
 * A struct sched lives from a successful sched_start() to sched_free(); nothing is pinned, so any
 * death of the process puts the machine back on the kernel's own scheduler.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "bpf/abi.h"
#include "daemon/error.h"

struct sched;

/* What the scheduler left when it ended. */
struct sched_exit {
	uint64_t kind;			/* enum scx_exit_kind: 64: by us, >= 1024: error */
	int64_t code;
	char reason[128];
	char message[1024];
	char *dump;			/* owned, the kernel's debug dump; NULL if none */
};

#define SCHED_EXIT_NULL ((struct sched_exit){})
void sched_exit_done(struct sched_exit *e);	/* frees the content */

/*
 * The CPUs that tasks prefer. A set that is empty is no preference, and so is one of all CPUs,
 * which only costs more.
 */
struct sched_domains {
	struct bpfland_cpus primary;	/* preferred by all tasks */
	struct bpfland_cpus interactive;/* preferred by interactive tasks, before primary */
	struct bpfland_cpus fast;	/* the faster cores: first, with PreferredCores */
};

struct sched_options {
	const struct bpfland_tunables *tunables;	/* in force from the first decision on */
	const struct sched_domains *domains;		/* likewise; NULL: no preferences */
	bool several_nodes;		/* the CPUs are on more than one memory node */
	uint32_t timeout_msec;		/* the kernel's watchdog; 0: chosen for this kernel */
};

/*
 * What this kernel lets the scheduler do: asks the kernel's BTF, loads nothing.
 * @ret_supported: bits per enum tunable that have an effect here. @ret_features: NULL-terminated
 * static list of further features ("RTReenqueue", "ExtServer", …), owned by sched.
 * Errors: ERROR_NOT_SUPPORTED: no BTF, no sched_ext, or kfuncs missing or defective; the sentence
 * says which kernel to install. The outputs are then 0 and an empty list.
 */
int sched_probe(uint32_t *ret_supported, const char *const **ret_features, struct error *err);

/*
 * Opens, loads and attaches. On success the kernel has said that the scheduler is enabled.
 * Errors: ERROR_FOREIGN (another scheduler is attached), ERROR_NOT_SUPPORTED, ERROR_ACCESS_DENIED
 * (missing capabilities, lockdown), ERROR_FAILED. @ret_exit, if the kernel enabled the scheduler
 * and threw it out again at once, holds the reason (caller frees with sched_exit_done()).
 */
int sched_start(struct sched **ret, const struct sched_options *options,
		struct sched_exit *ret_exit, struct error *err);

/* Detaches if needed and frees; NULL is fine. Returns NULL. */
struct sched *sched_free(struct sched *s);

/* Detaches and waits until the kernel's own scheduler has all tasks. Fills @ret_exit. */
int sched_stop(struct sched *s, struct sched_exit *ret_exit);

/* A file descriptor, owned by @s, that polls readable when the scheduler has ended by itself. */
int sched_fd(struct sched *s);

/* After sched_fd() was readable: 1 and @ret_exit filled if it has ended, 0 if it is alive. */
int sched_ended(struct sched *s, struct sched_exit *ret_exit);

/*
 * Publishes a set of tunables; every CPU sees it whole or not at all. Counts the generation.
 * A set that equals the published one writes nothing and counts nothing.
 */
void sched_publish(struct sched *s, const struct bpfland_tunables *t);

/* The generation that BPF itself reads now, by a program of the loaded object. */
int sched_generation(struct sched *s, uint64_t *ret);

/* What all CPUs counted since the scheduler was loaded; names: bpfland_counter_name(). */
void sched_counters(struct sched *s, uint64_t ret[_BPFLAND_COUNTER_MAX]);

/* The generation that a callback on this CPU used last; 0 for a CPU that is not there. */
uint64_t sched_cpu_generation(struct sched *s, unsigned cpu);

/*
 * Puts the CPUs that tasks prefer in force, as a whole; nothing is detached. Equal ones do nothing.
 * Errors: no memory in the kernel; what was in force then still is. On a machine that will only
 * ever have one CPU there is nothing to prefer: 0.
 */
int sched_set_domains(struct sched *s, const struct sched_domains *d);

/* How many CPUs the scheduler knows; their ids are below this. */
unsigned sched_cpus(struct sched *s);

/* How many tasks wait in the shared queues now: ready, and not yet handed to a CPU. */
unsigned sched_queued(struct sched *s);

/* How long woken tasks waited, by class, on all CPUs since the scheduler was loaded. */
void sched_latency(struct sched *s, struct bpfland_latency ret[_BPFLAND_CLASS_MAX]);

/*
 * What the scheduler knows about the task @tid, a thread's id as the host sees it. Errors:
 * ERROR_NO_SUCH_TASK; ERROR_NOT_SUPPORTED: another class schedules it (real time, deadline);
 * ERROR_FAILED.
 */
int sched_task(struct sched *s, uint32_t tid, struct bpfland_task *ret, struct error *err);

/*
 * The state of all queues, of those who wait in them, and of all CPUs, as text for people. @ret is
 * owned by the caller and may hold any bytes, for it holds names of tasks.
 */
int sched_dump(struct sched *s, char **ret, struct error *err);

/*
 * Puts CPUFrequency and ThrottleUSec in force, whatever of them has changed; to be called again
 * when SliceMaxUSec changes, which is run_ns. Both end with the scheduler. Errors: -EOPNOTSUPP: a
 * wish that sched_probe() does not support; errno of the kernel.
 */
int sched_set_power(struct sched *s, const struct bpfland_power *p);
