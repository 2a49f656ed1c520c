/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Everything that crosses between the BPF scheduler and user space, and nothing else.
 *
 * Both sides are built from this file at the same time, so there is no compatibility to keep:
 * the daemon carries the BPF object inside itself.
 */
#pragma once

#include "types.h"

/* The name that the kernel shows in /sys/kernel/sched_ext/root/ops. */
#define BPFLAND_OPS_NAME "bpfland"

/*
 * CPUs with an id below this are known one by one; user space refuses larger machines with a
 * sentence. A power of two, so that BPF bounds an index with one AND.
 */
#define BPFLAND_MAX_CPUS 1024

/* A set of CPUs: one bit each. */
struct bpfland_cpus {
	u64 word[BPFLAND_MAX_CPUS / 64];
};

/* Bits of bpfland_tunables.flags: the boolean tunables. */
enum bpfland_flag {
	BPFLAND_WAKE_SYNC = 1 << 0,	/* a synchronous wake-up may hand over the waker's CPU */
	BPFLAND_STICKY_TASKS = 1 << 1,	/* tasks with very short run times stay on their CPU */
	BPFLAND_LOCAL_KTHREADS = 1 << 2,/* per-CPU kthreads go to their CPU's local queue */
	BPFLAND_LOCAL_PER_CPU = 1 << 3,	/* tasks bound to one CPU go straight to its local queue */
	BPFLAND_SMT_AWARE = 1 << 4,	/* prefer a CPU whose whole core is idle */
	BPFLAND_NUMA_AWARE = 1 << 5,	/* any idle CPU of the task's node before one of another */
	BPFLAND_PREFERRED_CORES = 1 << 6,/* an idle fast core before a slow one */
};

/*
 * Where a task that wakes up looks for an idle CPU: in these sets first, in this order, then
 * anywhere. The first two are for interactive tasks only. An empty set is no preference.
 */
enum bpfland_tier {
	BPFLAND_TIER_INTERACTIVE_FAST,	/* the faster cores of the next */
	BPFLAND_TIER_INTERACTIVE,	/* the domain Interactive */
	BPFLAND_TIER_PRIMARY_FAST,
	BPFLAND_TIER_PRIMARY,		/* the domain Primary */
	BPFLAND_TIER_FAST,		/* the faster cores of the machine */
	_BPFLAND_TIER_MAX,
};

struct bpfland_tiers {
	struct bpfland_cpus cpus[_BPFLAND_TIER_MAX];
};

/*
 * The live tunables, as the scheduler reads them. User space validates; BPF trusts the ranges
 * given here, which are those of the table in daemon/tunable-table.c.
 */
struct bpfland_tunables {
	u64 generation;			/* counts changes since the load, from 1; 0: none yet */
	u64 slice_max_ns;
	u64 slice_min_ns;
	u64 slice_lag_ns;
	u64 starvation_ns;
	u64 interactive_threshold;	/* voluntary switches per second; 0: no classification */
	u64 flags;			/* enum bpfland_flag */
};

/*
 * What each CPU counts: X(symbol, name on the bus, what one count means). Monotonic since the
 * load. Every one is counted in the path it names.
 */
#define BPFLAND_COUNTERS(X)                                                                      \
	X(DIRECT_DISPATCHES, "DirectDispatches", "a task was handed straight to an idle CPU")    \
	X(LOCAL_DISPATCHES, "LocalDispatches",                                                   \
	  "a bound or sticky task skipped the shared queue")                                     \
	X(HANDOVERS, "HandOvers",                                                                \
	  "a woken task was made the next on a busy CPU, nobody else waiting")                   \
	X(SHARED_DISPATCHES, "SharedDispatches",                                                 \
	  "a task was put into a shared queue, by deadline")                                     \
	X(STOLEN_DISPATCHES, "StolenDispatches",                                                 \
	  "a CPU without work, or with less, took a task of another queue")                      \
	X(PREEMPTIONS, "Preemptions", "a woken task took the CPU of a running one")              \
	X(REMOTE_PREEMPTIONS, "RemotePreemptions",                                               \
	  "the same, on another CPU than its last one")                                          \
	X(KEPT_RUNNING, "KeptRunning", "a task went on at the end of its slice")                 \
	X(RT_REENQUEUES, "RTReenqueues", "a task was queued again because RT took its CPU")      \
	X(INTERACTIVE_PROMOTIONS, "InteractivePromotions", "a task became interactive")          \
	X(SYNC_PROMOTIONS, "SyncPromotions", "of these: by a synchronous wake-up")               \
	X(DEADLINE_CLAMPS, "DeadlineClamps",                                                     \
	  "a deadline was brought forward to bound the wait")                                    \
	X(STARVATION_RESCUES, "StarvationRescues",                                               \
	  "a queue whose first task had waited too long was served")                             \
	X(YIELDS, "Yields", "a task gave its CPU away")                                          \
	X(IDLE_KICKS, "IdleKicks", "an idle CPU was woken to take a queued task")                \
	X(DOMAIN_PLACEMENTS, "DomainPlacements",                                                 \
	  "a task got an idle CPU of its domain, or of the faster cores")                        \
	X(DOMAIN_OVERFLOWS, "DomainOverflows", "none was idle there, and it got another CPU")    \
	X(DOMAIN_RETURNS, "DomainReturns",                                                       \
	  "a task left a CPU outside when one inside was idle again")                            \
	X(HOTPLUGS, "Hotplugs", "this CPU came or went")                                         \
	X(STALE_TUNABLES, "StaleTunables", "a change under way made a CPU use its last copy")

enum bpfland_counter {
#define X(symbol, name, meaning) BPFLAND_COUNTER_##symbol,
	BPFLAND_COUNTERS(X)
#undef X
	_BPFLAND_COUNTER_MAX,
};

#ifndef __bpf__
/* The name on the bus; NULL if there is no such counter. */
static inline const char *bpfland_counter_name(enum bpfland_counter c)
{
	static const char *const names[] = {
#define X(symbol, name, meaning) name,
		BPFLAND_COUNTERS(X)
#undef X
	};

	return c < _BPFLAND_COUNTER_MAX ? names[c] : NULL;
}
#endif

/*
 * How long woken tasks waited for a CPU, by class: X(symbol, name on the bus, which tasks). Bucket
 * b counts waits of less than 2^b µs and, but for the first, of at least 2^(b - 1); the last one
 * has no upper bound.
 */
#define BPFLAND_CLASSES(X)                                                                       \
	X(INTERACTIVE, "Interactive", "classified as interactive when they woke up")             \
	X(OTHER, "Other", "ordinary tasks that were not")                                        \
	X(BACKGROUND, "Background", "SCHED_BATCH and SCHED_IDLE, which never hurry")

enum bpfland_class {
#define X(symbol, name, which) BPFLAND_CLASS_##symbol,
	BPFLAND_CLASSES(X)
#undef X
	_BPFLAND_CLASS_MAX,
};

#define BPFLAND_LATENCY_BUCKETS 24
/* Just below 2^23 µs, which has 24 bits: longer waits count as this long, but in sum and max. */
#define BPFLAND_LATENCY_MAX_NS 8388607000ULL

struct bpfland_latency {
	u64 bucket[BPFLAND_LATENCY_BUCKETS];
	u64 sum_ns;
	u64 max_ns;
};

#ifndef __bpf__
/* The name on the bus; NULL if there is no such class. */
static inline const char *bpfland_class_name(enum bpfland_class c)
{
	static const char *const names[] = {
#define X(symbol, name, which) name,
		BPFLAND_CLASSES(X)
#undef X
	};

	return c < _BPFLAND_CLASS_MAX ? names[c] : NULL;
}
#endif

/*
 * What one CPU keeps, read by user space at any time. Others write to it only where they send it a
 * task or an interrupt (look, errand, preempting), and who plugs CPUs.
 */
struct bpfland_cpu {
	struct bpfland_tunables tunables;	/* the copy it used last: .generation is its age */
	u64 counter[_BPFLAND_COUNTER_MAX];

	u32 queue;			/* index of the shared queue that this CPU serves */
	u32 look;			/* one more than the queue it was woken for; 0: none */
	u32 target;			/* one more than the idle CPU its task goes to; 0: none */
	u32 help_tick;			/* when it last looked whether another queue needs help */
	u32 asked_tick;			/* when it last asked for the next task */
	u32 preempting;			/* a woken task is on its way to take the CPU */
	u32 errand;			/* the queue for which it was woken from idle last */
	u32 wakeups;			/* that its running task made on it in this turn */
	u64 spinners;			/* who was seen to spin: a bit for the low bits of a pid */
	u32 spins;			/* so many wake-ups may still be theirs */
	u32 busy;			/* for CPUFrequency=auto, 0 to 1024, as of … */
	u64 busy_at;			/* … this tick */
	u32 scanned;			/* waiting tasks that it looked at in a rest */
	struct bpfland_latency latency[_BPFLAND_CLASS_MAX];
} __attribute__((aligned(128)));	/* two cache lines: neighbours fetch in pairs */

/* Sizes of the kernel's own texts: SCX_EXIT_MSG_LEN and SCX_EXIT_DUMP_DFL_LEN. */
#define BPFLAND_EXIT_REASON_LEN 128
#define BPFLAND_EXIT_MESSAGE_LEN 1024
#define BPFLAND_EXIT_DUMP_LEN 32768

/* What ops.exit() left behind. `kind` is written last: 0 means that the scheduler lives. */
struct bpfland_exit {
	u64 kind;
	s64 code;
	char reason[BPFLAND_EXIT_REASON_LEN];
	char message[BPFLAND_EXIT_MESSAGE_LEN];
	char dump[BPFLAND_EXIT_DUMP_LEN];
};

/* In the order of the words of CPUFrequency in daemon/tunable-table.c. */
enum bpfland_frequency {
	BPFLAND_FREQUENCY_AUTO,		/* as busy as the CPU is */
	BPFLAND_FREQUENCY_MAX,
	BPFLAND_FREQUENCY_MIN,
	BPFLAND_FREQUENCY_OFF,		/* what the kernel does by itself */
};

/* The context of the SEC("syscall") programs set_frequency and set_throttle. */
struct bpfland_power {
	u64 throttle_ns;		/* idle time after each run_ns; 0: none */
	u64 run_ns;
	u32 frequency;			/* enum bpfland_frequency */
	u32 unused;
};

/* How many tasks are described at a time; a power of two. The last is for the kernel's dump. */
#define BPFLAND_DESCRIBED 64

/* What the scheduler knows about a task. Virtual times are relative to the clock of its queue. */
struct bpfland_task {
	s64 lag_ns;			/* above 0: it is owed CPU time */
	s64 deadline_ns;		/* what it would be, were it queued now */
	u64 recent_ns;			/* the part of its recent run that the deadline counts */
	u64 run_ns;			/* run since it last slept */
	u64 avg_run_ns;			/* the same, averaged over sleeps */
	u64 slice_ns;			/* left */
	u64 ran_ns;			/* in all its life */
	u64 waited_ns;			/* ready, but not running, in all its life */
	u64 voluntary_switches;
	u32 pid;
	u32 policy;			/* SCHED_* */
	u32 rate;			/* voluntary switches per second, averaged */
	u32 threshold;			/* the rate that makes interactive now; 0: none does */
	u32 avg_rate;			/* of the tasks of its queue */
	u32 weight;			/* beside all others; 100 for nice 0 without groups */
	u32 queue;
	u32 cpu;			/* where it runs, or ran last */
	u32 interactive;		/* bool */
	u32 running;			/* bool */
	u32 ready;			/* bool; true also while it runs */
	char name[16];
};

/* What the scheduler knows about a control group. Weights are in thousandths, 100000 for nice 0. */
struct bpfland_group {
	u64 cgroup;			/* the id that the kernel gives it, an inode of its files */
	u64 task_weight;		/* of a task of nice 0 in it, beside all others */
	u64 ready_weight;		/* of all that is ready in it, by itself */
	u64 quota_ns, period_ns;	/* its limit; period_ns 0: none */
	s64 budget_ns;			/* what it may still run in this period */
	u32 parent;			/* its slot */
	u32 weight;
	u32 idle;			/* bool */
	u32 held;			/* bool: its tasks wait for the next period */
	char name[64];
};

/* The context of the SEC("syscall") programs that describe a task, queue, group, CPU, or count. */
struct bpfland_query {
	u32 id;				/* in: which */
	u32 waiting;			/* out, of a queue, or held in a group: tasks in it */
	u64 clock_ns;			/* out, of a queue */
	u64 served_ticks;		/* out, of a queue: since a task was last taken */
	u32 avg_rate;			/* out, of a queue */
	u32 frequency;			/* out, of a CPU: performance asked for, 0 to 1024 */
	u32 cpus;			/* out, of a queue: online CPUs that it belongs to */
};

/* The context of the SEC("syscall") program read_generation. */
struct bpfland_generation {
	u64 generation;
};
