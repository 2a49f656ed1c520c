/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the scheduler keeps: about each task, each CPU and each shared queue. Included once.
 */
#pragma once

#include "kernel.bpf.h"
#include "abi.h"
#include "balance.h"
#include "kfuncs.bpf.h"
#include "live.h"
#include "policy.h"

#define MAX_QUEUES 64

/* How many waiting tasks are looked at to find one that may run here. */
#define SCAN_TASKS 4

struct task_state {
	struct policy_task policy;
	u64 exec_ns;		/* of the task's CPU time, what was charged already */
	u64 woke_at;		/* 1 + all its waits until it woke up; 0: it did not */
	u32 queue;		/* whose clock policy.vruntime is on */
	u32 group;		/* see group.bpf.h */
	u32 weight;		/* its own: see policy_task_weight() */
	u32 limiter;		/* whose limit it was below then: limiter_of() in bandwidth.bpf.h */
	u64 limited_ns;		/* of its CPU time, what limits were told of */
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct task_state);
} tasks SEC(".maps");

/* Tells user space that the scheduler has ended: a descriptor to poll, the content is nothing. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} events SEC(".maps");

struct queue {
	struct policy_queue policy;
	struct policy_balance balance;
	u64 served;		/* the tick when a task was last taken */
	u32 node;
} __attribute__((aligned(128)));

/* There is and will be one CPU only: all that is for several is then not even loaded. */
const volatile bool alone = false;

/* So long may a ready task be made to wait on purpose: by a limit, or to save power. */
const volatile u64 held_ms_max = 0;

struct bpfland_live live;
struct bpfland_exit ended;
struct bpfland_cpu cpus[BPFLAND_MAX_CPUS];
static struct queue queues[MAX_QUEUES];
u32 nr_queues;
u32 nr_cpus;
static u64 tick_length;

static __always_inline u64 tick_ns(void)
{
	return tick_length;
}

static __always_inline u64 held_ticks_max(void)
{
	return held_ms_max * 1000000 / tick_ns();
}

static __always_inline struct bpfland_cpu *cpu_at(u32 cpu)
{
	return &cpus[cpu & (BPFLAND_MAX_CPUS - 1)];
}

static __always_inline bool several_queues(void)
{
	return !alone && nr_queues > 1;
}

static __always_inline struct queue *queue_at(u32 queue)
{
	return &queues[queue & (MAX_QUEUES - 1)];
}

/* Global, so that the verifier looks at it once and not in every callback. */
__noinline int refresh_tunables(u32 cpu)
{
	struct bpfland_cpu *me = cpu_at(cpu);

	if (live_refresh(&live, &me->tunables))
		return 1;
	me->counter[BPFLAND_COUNTER_STALE_TUNABLES]++;
	return 0;
}

/* The CPU that this code runs on, with an up-to-date copy of the tunables. */
static __always_inline struct bpfland_cpu *this_cpu(void)
{
	u32 cpu = alone ? 0 : bpf_get_smp_processor_id();
	struct bpfland_cpu *me = cpu_at(cpu);

	if (!live_fresh(&live, &me->tunables))
		refresh_tunables(cpu);
	return me;
}

static __always_inline struct task_state *task_state(struct task_struct *p)
{
	return bpf_task_storage_get(&tasks, p, NULL, 0);
}

static __always_inline struct queue *queue_of(const struct task_state *s)
{
	return queue_at(alone ? 0 : s->queue);
}

static __always_inline u64 queue_clock(const struct queue *q)
{
	return policy_clock(&q->policy, bpf_jiffies64(), tick_ns());
}

/* A task gets in line in @queue, or goes on on a CPU that serves it. */
static __always_inline void change_queue(struct task_state *s, u32 queue)
{
	if (!several_queues() || s->queue == queue)
		return;
	policy_move(&s->policy, queue_clock(queue_of(s)), queue_clock(queue_at(queue)));
	s->queue = queue;
}

/* The place in line of the task in @queue, as of @clock. */
static __always_inline u64 get_in_line(struct bpfland_cpu *me, struct task_state *s, u32 queue,
					u64 clock)
{
	bool clamped;
	u64 deadline;

	change_queue(s, queue);
	s->policy.unopposed = false;
	deadline = policy_deadline(&s->policy, clock, &me->tunables, &clamped);
	if (clamped)
		me->counter[BPFLAND_COUNTER_DEADLINE_CLAMPS]++;
	return deadline;
}

/*
 * The CPUs that a task may run on. While a kernel section keeps it on one CPU (task_bound()), the
 * kernel's cpus_ptr leads to that one only. But for each pointer that is loaded from a structure
 * the verifier goes through all of the kernel's types several times, on each path that it follows.
 */
#define task_cpus(p) ((const struct cpumask *)&(p)->cpus_mask)

/*
 * How often the program that asks is itself counted among the sections that keep the current task
 * on its CPU: where RCU readers can be preempted.
 */
static __always_inline u32 own_sections(void)
{
	return bpf_core_field_exists(struct task_struct___preempt, rcu_read_lock_nesting);
}

/* Whether a task can run on one CPU only, be it for a moment. */
static __always_inline bool task_bound(struct task_struct *p)
{
	u32 sections = p->migration_disabled;

	return p->nr_cpus_allowed == 1 ||
	       (sections && (p != bpf_get_current_task_btf() || sections > own_sections()));
}

/* The deadline of the first waiting task that may run on @cpu; false if there is none in reach. */
static __always_inline bool queue_head(u32 queue, u32 cpu, u64 *ret)
{
	bool found = false;
	struct task_struct *p;
	int n = 0;

	bpf_for_each(scx_dsq, p, queue, 0) {
		if (bpf_cpumask_test_cpu(cpu, task_cpus(p))) {
			*ret = p->scx.dsq_vtime;
			found = true;
			break;
		}
		if (++n >= SCAN_TASKS)
			break;
	}
	return found;
}
