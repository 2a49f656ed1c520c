/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel as the BPF programs see it: the types, fields, constants and functions used, and no
 * others. Field offsets and enum values come from the running kernel (CO-RE), so no kernel headers
 * are needed to build, and one object fits every kernel from 6.16 to 7.3.
 *
 * Plain constants are those that have the same value in all of these; the others go through
 * bpf_core_enum_value().
 */
#pragma once

typedef unsigned char __u8;
typedef short int __s16;
typedef short unsigned int __u16;
typedef int __s32;
typedef unsigned int __u32;
typedef long long int __s64;
typedef long long unsigned int __u64;
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u32 __wsum;

typedef __u8 u8;
typedef __u16 u16;
typedef __s32 s32;
typedef __u32 u32;
typedef __s64 s64;
typedef __u64 u64;
typedef _Bool bool;

#define true 1
#define false 0
#define NULL ((void *)0)

/* The BPF system call's own numbers. */
enum bpf_map_type {
	BPF_MAP_TYPE_HASH = 1,
	BPF_MAP_TYPE_ARRAY = 2,
	BPF_MAP_TYPE_RINGBUF = 27,
	BPF_MAP_TYPE_TASK_STORAGE = 29,
};

enum {
	BPF_F_NO_PREALLOC = 1,
	BPF_LOCAL_STORAGE_GET_F_CREATE = 1,
	BPF_RB_FORCE_WAKEUP = 2,
	BPF_F_TIMER_ABS = 1,
};

#define CLOCK_MONOTONIC 1

struct bpf_timer {
	__u64 __opaque[2];
} __attribute__((aligned(8)));

/* The iterator of bpf_for(). */
struct bpf_iter_num {
	__u64 __opaque[1];
} __attribute__((aligned(8)));

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

/* Opaque, but defined: libbpf does not take a mere declaration for the kernel's structure. */
struct cpumask {
};

struct bpf_cpumask {
};

struct sched_ext_entity {
	u32 flags;
	u32 weight;
	unsigned long runnable_at;
	u64 slice;
	u64 dsq_vtime;
};

struct sched_entity {
	u64 exec_start;
	u64 sum_exec_runtime;
};

struct kernfs_node {
	const char *name;
	u64 id;
};

struct cgroup_subsys_state {
	struct cgroup *cgroup;
	struct cgroup_subsys_state *parent;
};

struct cgroup {
	struct cgroup_subsys_state self;
	struct kernfs_node *kn;
	struct cgroup_subsys_state *subsys[1];
};

struct task_group {
	struct cgroup_subsys_state css;	/* comes first in all kernels */
	int idle;
};

enum cgroup_subsys_id {
	cpu_cgrp_id = 1,
};

struct thread_info {
	u32 cpu;
};

struct sched_info {
	unsigned long long run_delay;	/* ns ready and not running, since the task began */
};

struct task_struct {
	struct thread_info thread_info;
	unsigned int flags;
	int prio;
	int static_prio;
	struct sched_entity se;
	struct sched_ext_entity scx;
	unsigned int policy;
	int nr_cpus_allowed;
	struct cpumask cpus_mask;
	unsigned short migration_disabled;
	struct sched_info sched_info;
	int pid;
	unsigned long nvcsw;
	char comm[16];
};

struct scx_rq {
	u32 nr_running;
	u32 cpuperf_target;
};

struct rq {
	u64 clock_task;
	int online;
	struct scx_rq scx;
};

/* Only where a task can be preempted while it reads what RCU protects. */
struct task_struct___preempt {
	int rcu_read_lock_nesting;
};

/* Architectures that keep the preemption count in the task rather than per CPU. */
struct thread_info___count {
	struct {
		u32 count;
	} preempt;
};

struct task_struct___count {
	struct thread_info___count thread_info;
};

enum scx_exit_kind {
	SCX_EXIT_NONE = 0,
};

struct scx_exit_info {
	enum scx_exit_kind kind;
	s64 exit_code;
	const char *reason;
	char *msg;
	char *dump;
};

struct scx_init_task_args {
	bool fork;
	struct cgroup *cgroup;
};

struct scx_exit_task_args;

struct scx_cgroup_init_args {
	u32 weight;
	u64 bw_period_us;
	u64 bw_quota_us;
	u64 bw_burst_us;
};

struct scx_cpu_release_args;
struct scx_dump_ctx;

struct scx_bpf_dsq_insert_vtime_args {
	u64 dsq_id;
	u64 slice;
	u64 vtime;
	u64 enq_flags;
};

struct bpf_iter_scx_dsq {
	u64 __opaque[6];
};

#pragma clang attribute pop

/* Only what we define; libbpf matches the members by name. */
struct sched_ext_ops {
	s32 (*select_cpu)(struct task_struct *p, s32 prev_cpu, u64 wake_flags);
	void (*enqueue)(struct task_struct *p, u64 enq_flags);
	void (*dispatch)(s32 cpu, struct task_struct *prev);
	void (*running)(struct task_struct *p);
	void (*stopping)(struct task_struct *p, bool runnable);
	void (*tick)(struct task_struct *p);
	bool (*yield)(struct task_struct *from, struct task_struct *to);
	void (*cpu_release)(s32 cpu, struct scx_cpu_release_args *args);
	void (*dump)(struct scx_dump_ctx *ctx);
	void (*dump_cpu)(struct scx_dump_ctx *ctx, s32 cpu, bool idle);
	void (*dump_task)(struct scx_dump_ctx *ctx, struct task_struct *p);
	s32 (*init_task)(struct task_struct *p, struct scx_init_task_args *args);
	void (*enable)(struct task_struct *p);
	void (*disable)(struct task_struct *p);
	void (*set_weight)(struct task_struct *p, u32 weight);
	s32 (*cgroup_init)(struct cgroup *cgrp, struct scx_cgroup_init_args *args);
	void (*cgroup_exit)(struct cgroup *cgrp);
	void (*cgroup_move)(struct task_struct *p, struct cgroup *from, struct cgroup *to);
	void (*cgroup_set_weight)(struct cgroup *cgrp, u32 weight);
	void (*cgroup_set_bandwidth)(struct cgroup *cgrp, u64 period_us, u64 quota_us,
				     u64 burst_us);
	void (*cgroup_set_idle)(struct cgroup *cgrp, bool idle);
	void (*cpu_online)(s32 cpu);
	void (*cpu_offline)(s32 cpu);
	s32 (*init)(void);
	void (*exit)(struct scx_exit_info *info);
	u64 flags;
	u32 timeout_ms;
	u32 exit_dump_len;
	u64 hotplug_seq;
	char name[128];
};

enum {
	PF_EXITING = 0x00000004,
	PF_KTHREAD = 0x00200000,
	SCHED_NORMAL = 0,
	SCHED_BATCH = 3,
	SCHED_IDLE = 5,
	SCHED_EXT = 7,
	MAX_RT_PRIO = 100,
};

#define SCX_DSQ_GLOBAL ((1ULL << 63) | 1)
#define SCX_DSQ_LOCAL ((1ULL << 63) | 2)
#define SCX_DSQ_LOCAL_ON (3ULL << 62)
#define SCX_ENQ_WAKEUP 1ULL
#define SCX_ENQ_PREEMPT (1ULL << 32)
#define SCX_ENQ_REENQ (1ULL << 40)
#define SCX_ENQ_LAST (1ULL << 41)
#define SCX_KICK_IDLE 1ULL
#define SCX_KICK_PREEMPT 2ULL
#define SCX_WAKE_SYNC 16ULL
#define SCX_PICK_IDLE_IN_NODE 2ULL
#define SCX_TASK_QUEUED 1U
#define SCX_OPS_ENQ_LAST 2ULL
#define SCX_OPS_ENQ_EXITING 4ULL
#define SCX_OPS_ENQ_MIGRATION_DISABLED 0x10ULL
#define SCX_OPS_ALLOW_QUEUED_WAKEUP 0x20ULL
#define SCX_OPS_BUILTIN_IDLE_PER_NODE 0x40ULL

/* The watchdog's longest timeout is 30 s; in ticks, that tells HZ. */
enum scx_consts {
	SCX_WATCHDOG_MAX_TIMEOUT = 7500,
};
