/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The table of tunables: names, ranges and defaults, each in this one place.
 *
 * The defaults are those of the profile `balanced`. A range ends where the scheduler's arithmetic
 * or good sense ends: slices below 50 µs cost more in switches than they give in latency, and the
 * longest wait that StarvationUSec and SliceLagUSec allow (bpf/policy.h) must stay below the 30 s
 * of the kernel's watchdog.
 */
#include "daemon/tunable-table.h"

#include <errno.h>
#include <string.h>

#define USEC_PER_SEC INT64_C(1000000)

/* In the order in which the bus and the profiles spell them; the value is the index. */
static const char *const cpu_frequency_words[] = { "auto", "max", "min", "off", NULL };

const struct tunable_info tunable_table[_TUNABLE_MAX] = {
	[TUNABLE_SLICE_MAX] = {
		.name = "SliceMaxUSec", .key = "slice_max_usec", .unit = "us",
		.type = TUNABLE_TYPE_USEC, .min = 100, .max = USEC_PER_SEC, .def = 3000,
		.summary = "The longest time a task runs before the next one gets its turn.",
	},
	[TUNABLE_SLICE_MIN] = {
		.name = "SliceMinUSec", .key = "slice_min_usec", .unit = "us",
		.type = TUNABLE_TYPE_USEC, .min = 50, .max = 100000, .def = 500,
		.summary = "The shortest slice, however many tasks wait; at most SliceMaxUSec.",
	},
	[TUNABLE_SLICE_LAG] = {
		.name = "SliceLagUSec", .key = "slice_lag_usec", .unit = "us",
		.type = TUNABLE_TYPE_USEC, .min = 0, .max = USEC_PER_SEC, .def = 10000,
		.summary = "How much credit a sleeping task may save up for when it wakes.",
	},
	[TUNABLE_STARVATION] = {
		.name = "StarvationUSec", .key = "starvation_usec", .unit = "us",
		.type = TUNABLE_TYPE_USEC, .min = 1000, .max = 500000, .def = 100000,
		.summary = "A quarter of how far ahead of its queue's clock a deadline may lie, "
			   "which bounds how long a task waits.",
	},
	[TUNABLE_INTERACTIVE_THRESHOLD] = {
		.name = "InteractiveThreshold", .key = "interactive_threshold",
		.unit = "switches/s",
		.type = TUNABLE_TYPE_COUNT, .min = 0, .max = 10000, .def = 10,
		.summary = "Voluntary switches per second that make a task interactive; "
			   "0 classifies no task.",
	},
	[TUNABLE_WAKE_SYNC] = {
		.name = "WakeSync", .key = "wake_sync", .unit = "",
		.type = TUNABLE_TYPE_BOOL, .min = 0, .max = 1, .def = 1,
		.summary = "A task about to sleep may hand its CPU to the task that it wakes.",
	},
	[TUNABLE_STICKY_TASKS] = {
		.name = "StickyTasks", .key = "sticky_tasks", .unit = "",
		.type = TUNABLE_TYPE_BOOL, .min = 0, .max = 1, .def = 0,
		.summary = "Tasks with very short run times stay on the CPU they last ran on.",
	},
	[TUNABLE_LOCAL_KTHREADS] = {
		.name = "LocalKthreads", .key = "local_kthreads", .unit = "",
		.type = TUNABLE_TYPE_BOOL, .min = 0, .max = 1, .def = 1,
		.summary = "Kernel threads bound to one CPU go ahead of what waits there.",
	},
	[TUNABLE_LOCAL_PER_CPU] = {
		.name = "LocalPerCPU", .key = "local_per_cpu", .unit = "",
		.type = TUNABLE_TYPE_BOOL, .min = 0, .max = 1, .def = 0,
		.summary = "Every task bound to one CPU goes ahead of what waits there.",
	},
	[TUNABLE_SMT_AWARE] = {
		.name = "SMTAware", .key = "smt_aware", .unit = "",
		.type = TUNABLE_TYPE_BOOL, .min = 0, .max = 1, .def = 1,
		.summary = "Prefer a CPU whose hyper-thread siblings are idle as well.",
	},
	[TUNABLE_NUMA_AWARE] = {
		.name = "NUMAAware", .key = "numa_aware", .unit = "",
		.type = TUNABLE_TYPE_BOOL, .min = 0, .max = 1, .def = 1,
		.summary = "Keep tasks on their memory node while it has room.",
	},
	[TUNABLE_PREFERRED_CORES] = {
		.name = "PreferredCores", .key = "preferred_cores", .unit = "",
		.type = TUNABLE_TYPE_BOOL, .min = 0, .max = 1, .def = 1,
		.summary = "On machines with cores of different speed, fill the fast ones first.",
	},
	[TUNABLE_THROTTLE] = {
		.name = "ThrottleUSec", .key = "throttle_usec", .unit = "us",
		.type = TUNABLE_TYPE_USEC, .min = 0, .max = USEC_PER_SEC, .def = 0,
		.summary = "Idle time injected between slices to save power; 0 injects none.",
	},
	[TUNABLE_CPU_FREQUENCY] = {
		.name = "CPUFrequency", .key = "cpu_frequency", .unit = "",
		.type = TUNABLE_TYPE_WORD, .min = 0, .max = 3, .def = 3,
		.words = cpu_frequency_words,
		.summary = "What the scheduler asks of the CPU frequency governor.",
	},
	[TUNABLE_IDLE_RESUME] = {
		.name = "IdleResumeUSec", .key = "idle_resume_usec", .unit = "us",
		.type = TUNABLE_TYPE_USEC_OFF, .min = -1, .max = USEC_PER_SEC, .def = -1,
		.summary = "The longest time an idle CPU may take to wake up; -1 leaves it alone.",
	},
};

const char *tunable_signature(enum tunable t)
{
	static const char *const signature[] = {
		[TUNABLE_TYPE_USEC] = "t",
		[TUNABLE_TYPE_USEC_OFF] = "x",
		[TUNABLE_TYPE_COUNT] = "u",
		[TUNABLE_TYPE_BOOL] = "b",
		[TUNABLE_TYPE_WORD] = "s",
	};

	return signature[tunable_table[t].type];
}

int tunable_by_name(const char *name)
{
	for (int t = 0; t < _TUNABLE_MAX; t++)
		if (!strcmp(tunable_table[t].name, name))
			return t;
	return -ENOENT;
}

int tunable_by_key(const char *key)
{
	for (int t = 0; t < _TUNABLE_MAX; t++)
		if (!strcmp(tunable_table[t].key, key))
			return t;
	return -ENOENT;
}
