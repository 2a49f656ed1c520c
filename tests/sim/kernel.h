/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the kernel does: run queues, wake-ups, ticks, hotplug; and what it offers to the scheduler.
 */
#pragma once

#include "tests/sim/sim.h"

/* Flags of an enqueue and of a kick, as the kernel names them. */
enum {
	ENQ_WAKEUP = 1 << 0,
	ENQ_HEAD = 1 << 1,
	ENQ_PREEMPT = 1 << 2,
	ENQ_REENQ = 1 << 3,
	ENQ_LAST = 1 << 4,
};

enum {
	KICK_IDLE = 1 << 0,
	KICK_PREEMPT = 1 << 1,
};

/*
 * For programs and devices. A wake-up of a task that is awake is remembered, and its next sleep
 * ends at once. @sync: the waker says that it is about to sleep.
 */
void kernel_wake(struct sim *sim, struct task *t, bool sync);

/* The same from an interrupt on @cpu. */
void kernel_wake_from_irq(struct sim *sim, struct task *t, u32 cpu);

/* A task that was forked on the CPU of the present context, or, at the beginning, anywhere. */
void kernel_wake_new(struct sim *sim, struct task *t);

/* The timer of @t will wake it. */
void kernel_set_timer(struct sim *sim, struct task *t, u64 at);

/* From now on @t, which is not real-time, may run on @allowed only: sched_setaffinity(). */
void kernel_set_allowed(struct sim *sim, struct task *t, const struct cpuset *allowed);

void kernel_tick(struct sim *sim);
void kernel_offline(struct sim *sim, u32 cpu);
void kernel_online(struct sim *sim, u32 cpu);

/* The event of a CPU. */
void cpu_event(struct event *e, void *userdata);

/* What a callback of the scheduler may call. */
void dsq_insert_local(struct sim *sim, struct task *t, u64 slice, unsigned flags);
void dsq_insert(struct sim *sim, struct task *t, u32 dsq, u64 slice, u64 deadline);
bool dsq_move_to_local(struct sim *sim, u32 dsq, u32 cpu);
void kick_cpu(struct sim *sim, u32 cpu, unsigned flags);
void reenqueue_local(struct sim *sim, u32 cpu);
