/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A simulated machine whose tasks are scheduled by bpf/policy.h.
 *
 * Three parts. kernel.c and idle.c are the kernel: they call the scheduler's callbacks in the order
 * in which a kernel does. host.c is the scheduler: bpf/bpfland.bpf.c again, callback by callback,
 * around the same bytes of policy.h. workload.c is the programs: what a task does when it runs.
 *
 * Simpler than the kernel, and where:
 *  - One thing happens at a time. Callbacks on several CPUs never overlap, so no lost update and no
 *    lock's waiting time is seen here. What a CPU knows of another's clock is as old as there.
 *  - Costs are constants (below), not caches, memory and branch predictors. Moving a task costs
 *    nothing. Leaving idle takes the same time however long it was.
 *  - Tasks compute, sleep and wake each other; they wait for no lock, page or disk.
 *  - Ticks come on all CPUs at once, cost nothing, and stop on idle CPUs. Each timer is an
 *    interrupt of its own, and as late as its slack allows. An interrupt's time counts as that of
 *    the task that it interrupts, as in kernels without CONFIG_IRQ_TIME_ACCOUNTING.
 *  - A running thread slows its sibling down by a constant factor. Frequencies do not change.
 *  - RT tasks are bound to one CPU, first come, first served, and nothing throttles them: no
 *    servers for the lower classes. Nothing else is of a higher class: no deadline tasks, no
 *    stopper but the effect of CPU hotplug.
 *  - A CPU that goes is empty at once; the kernel lets it pick its tasks and pushes each away.
 *  - No core scheduling, no migration-disabled sections, no choice of a CPU at exec(), no cpusets
 *    but affinities. A running task that may no longer run where it does is moved at once; the
 *    kernel sends its stopper task.
 *  - The scheduler is there from the beginning to the end: no watchdog, no bypass, no suspend.
 *
 * Of the scheduler, what host.c and its neighbours leave out:
 *  - Tunables and domains do not change during a run (bpf/live.h), domains not even when CPUs come
 *    and go. Domains are lists; the words for them need a real machine.
 *  - bpf/power.bpf.h: no idle time is injected, no frequency asked for.
 *  - bpf/bandwidth.bpf.h: no group is limited.
 *  - Groups have a weight that never changes, no cpu.idle, and no task moves to another. All that
 *    is ready is counted at each tick, however much it is; bpf/group.bpf.h takes several, then.
 *  - It is the newest kernel's: who made a wake-up and what other CPUs run is always known. But RT
 *    is noticed by cpu_release(), as below 6.19.
 *  - bpf/stats.bpf.h and bpf/dump.bpf.h: waits are measured by the machine, not by the scheduler.
 *
 * Nothing is done that a kernel could not do: where it has a choice, this takes one of them.
 */
#pragma once

#include "bpf/abi.h"
#include "bpf/balance.h"
#include "bpf/policy.h"
#include "tests/sim/event.h"
#include "tests/sim/histogram.h"
#include "tests/sim/queue.h"
#include "tests/sim/random.h"
#include "tests/sim/text.h"
#include "tests/sim/topology.h"

/* CONFIG_HZ=250, as most distributions have it. */
#define SIM_TICK_NS (4 * NSEC_PER_MSEC)

/*
 * What the kernel's work costs, of the order that small x86 servers show: switching to another
 * task; waking one, paid by the waker; an interrupt; one that crosses to another CPU; leaving idle.
 */
#define SIM_SWITCH_NS 1500
#define SIM_WAKE_NS 1000
#define SIM_IRQ_NS 1000
#define SIM_IPI_NS 1000
#define SIM_IDLE_EXIT_NS 1000

/* Timers of normal tasks may be late by this, and mostly are, to save power: the default slack. */
#define SIM_TIMER_SLACK_NS 50000

/* What a thread does beside a busy sibling, of 1024: two make 1.25 of one. */
#define SIM_SMT_SPEED 640

struct sim;
struct group;
struct recording;

enum task_class { TASK_NORMAL, TASK_BATCH, TASK_IDLE, TASK_RT };

enum task_state {
	TASK_SLEEPING,		/* until somebody wakes it */
	TASK_READY,
	TASK_RUNNING,
	TASK_DEAD,
};

/* What the simulator's watch (watch.h) keeps per task. */
struct task_watch {
	u64 ready_at;		/* when the present wait began */
	u64 in_front;		/* runnable tasks when it began */
	u64 queued_at;		/* when it came into the queue that it is in */
	bool waits, shared;	/* the latter: in a shared queue */
};

struct task {
	struct queue_node node;		/* in a shared queue, by deadline */
	struct task *next, *prev;	/* in a CPU's local queue */
	struct event timer;

	/* as in the kernel's task_struct */
	u32 id;
	enum task_class class;
	u32 weight;			/* the scheduler's (policy_task_weight()) */
	bool kthread;
	u32 cpu;
	u32 nr_allowed;
	struct cpuset allowed;
	enum task_state state;
	bool direct;			/* select_cpu has decided: the local queue of its CPU */
	bool local;			/* in the local queue of its CPU */
	u64 slice, exec_start, sum_exec, nvcsw;

	/* the scheduler's (struct task_state of bpfland.bpf.c) */
	struct policy_task policy;
	u64 exec_ns;
	u32 queue;
	u32 cgroup;

	/* the program's */
	struct group *group;
	u32 index;			/* in its group */
	u32 phase;
	u64 overhead;			/* ns of kernel work before its own goes on */
	u64 work;			/* ns of work left, at full speed */
	u64 due;			/* when the present piece of work was asked for */
	u64 pending;			/* wake-ups that came while it was awake */
	struct random random;
	struct task *peer;
	const struct recording *recording;	/* what a replayed task did */
	size_t at;			/* where it is there */

	/* measured */
	u64 woken_at;			/* 0: not since it ran last */
	u64 lead_ns;			/* of the wake latency, before that: the timer's slack */
	struct task_watch watch;
};

/* Tasks in a CPU's local queue: first come, first served. */
struct task_list {
	struct task *first, *last;
	u32 n;
};

struct cpu {
	u32 id;
	bool online;
	struct task *curr;		/* NULL: idle */
	struct task_list local, rt;
	u64 clock;			/* rq->clock_task: the time when its lock was last taken */
	u32 nr_running;
	bool resched;
	u64 resched_at;
	struct event event;		/* the end of the running task's work, or a reschedule */
	u64 counted_at;			/* until when the running task's work is counted */
	u32 speed;			/* of 1024 */
	u64 idle_since, idle_ns;
};

/* Shared queues of the kernel's side (DSQs); those of the scheduler's side are in host.h. */
struct sim {
	u64 now;
	struct topology topology;
	struct bpfland_tunables tunables;
	struct random random;
	struct events events;

	struct cpu *cpu;
	struct cpuset online, idle, idle_core;	/* the last: all of its core is idle */
	struct cpuset vacant;		/* nothing runs there, claimed or not */
	struct queue *dsq;
	u32 nr_dsqs, idle_next;

	/* The context that the present code runs in: whose CPU, and whether in an interrupt. */
	u32 context;
	bool interrupt;

	struct task **task, *free;	/* all there ever were; those that may be used again */
	size_t nr_allocated, tasks_capacity;
	struct group **group;
	size_t nr_groups, groups_capacity;
	u32 nr_tasks, nr_runnable;
	u64 end, switches, involuntary;
	u64 hash;			/* of every switch until now: what, where and when */
	struct event tick;
	struct host *host;
	struct watch *watch;		/* NULL: nobody watches */
};

static inline struct task *task_of_node(struct queue_node *node)
{
	return (struct task *)((char *)node - offsetof(struct task, node));
}

/* Starts a machine without tasks. @sim takes over @topology. */
void sim_init(struct sim *sim, struct topology *topology, const struct bpfland_tunables *tunables,
	      u64 seed);
void sim_done(struct sim *sim);

/* Lets everything happen until @end. */
void sim_run(struct sim *sim, u64 end);

/* A new task, not yet awake. The weight is that of the class and @nice. */
struct task *task_new(struct sim *sim, struct group *group, enum task_class class, int nice);
