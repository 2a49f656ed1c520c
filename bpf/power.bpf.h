/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Power: what is asked of the CPU frequency governor, and idle time injected between slices.
 * Included once.
 *
 * Neither outlives the scheduler. The kernel forgets what was asked of its governor when it takes
 * the scheduler out, and the timer ends with the map that it is in.
 */
#pragma once

#include "state.bpf.h"
#include "topology.bpf.h"
#include "power.h"

static u32 by_load;		/* CPUFrequency=auto */
static u32 fixed;		/* else: the performance that all CPUs are asked for */
u32 resting;			/* idle time is being injected: dispatch() gives nothing out */

/* With CPUFrequency=auto, asks for this much of @cpu. */
static __always_inline void frequency_ask(u32 cpu, u32 performance)
{
	scx_bpf_cpuperf_set(cpu, performance);
	/* Switched over meanwhile: set_frequency() may have been here first. */
	if (!by_load)
		scx_bpf_cpuperf_set(cpu, fixed);
}

/*
 * Asks for the performance of the CPU that is as busy as this one. A tick comes only to a CPU that
 * runs something. A global function, so that the verifier follows its loop once.
 */
__noinline int frequency_update(u32 cpu)
{
	struct bpfland_cpu *me = cpu_at(cpu);
	u64 ticks = bpf_jiffies64();

	if (!kfunc_exists(scx_bpf_cpuperf_set))
		return 0;
	me->busy = power_busy(me->busy, ticks - me->busy_at);
	me->busy_at = ticks;
	frequency_ask(cpu, me->busy);
	return 0;
}

/* The tasks of ours that are ready on @cpu, or run there. */
static __always_inline u32 ready_on(u32 cpu)
{
	const struct rq *rq = bpf_per_cpu_ptr(&runqueues, cpu);

	return rq ? rq->scx.nr_running : 0;
}

/* Whether nothing of what @cpu was busy with counts any more, but is still asked for. */
static __always_inline bool frequency_stale(u32 cpu)
{
	const struct rq *rq = bpf_per_cpu_ptr(&runqueues, cpu);

	return rq && rq->scx.cpuperf_target && !rq->scx.nr_running &&
	       bpf_jiffies64() - cpu_at(cpu)->busy_at > 8 * POWER_TICKS;
}

/*
 * CPUs that share one frequency have the highest that any of them was asked for, be it idle since
 * long ago. So those that are busy look at one other CPU per tick, and wake it once, for nobody can
 * ask in another's name here.
 */
__noinline int frequency_look(u32 cpu)
{
	u32 other = (u32)(bpf_jiffies64() + cpu) % nr_cpus;

	if (kfunc_exists(scx_bpf_cpuperf_set) && frequency_stale(other))
		scx_bpf_kick_cpu(other, SCX_KICK_IDLE);
	return 0;
}

static __always_inline void frequency_tick(void)
{
	u32 cpu = bpf_get_smp_processor_id();

	if (!by_load)
		return;
	frequency_update(cpu);
	if (!alone)
		frequency_look(cpu);
}

/* @cpu, this one, finds nothing to do: maybe it was woken by frequency_look(). */
__noinline int frequency_idle(u32 cpu)
{
	if (!kfunc_exists(scx_bpf_cpuperf_set) || !frequency_stale(cpu))
		return 0;
	frequency_ask(cpu, 0);
	return 0;
}

/* Puts a choice in force on every CPU; for "auto", each CPU does that at its next tick. */
SEC("syscall")
int set_frequency(struct bpfland_power *ctx)
{
	u32 n = nr_cpus, i;

	/* "off" is what the kernel starts every scheduler with: full performance. */
	fixed = ctx->frequency == BPFLAND_FREQUENCY_MIN ? 0 : POWER_FULL;
	__sync_lock_test_and_set(&by_load, ctx->frequency == BPFLAND_FREQUENCY_AUTO);
	if (by_load)
		return 0;
	bpf_for(i, 0, n)
		scx_bpf_cpuperf_set(i, fixed);
	return 0;
}

/*
 * Idle injection. All CPUs run and rest at the same time, because a processor saves most when no
 * part of it works. Only computing rests: kernel threads, and tasks that have woken up and not run
 * for a slice since, run as ever, or the waits of who waits for them would add up.
 *
 * Nobody starves of it: while a task at the head of a queue has waited for held_ms_max, nobody
 * rests, and all is as policy.h says.
 */
struct throttle {
	struct bpf_timer timer;
	u64 run_ns, rest_ns;		/* rest_ns 0: off */
	u64 at;				/* when this turn is to end */
	u64 spare;			/* ready tasks beyond one for each CPU that has any */
	u64 rest_at;			/* the tick when the rest began */
	u32 armed;			/* the timer is set, or about to be */
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct throttle);
} throttles SEC(".maps");

/* So many waiting tasks are looked at to find one that does not rest. */
#define REST_SCAN 256

/*
 * Whether @p, which waits, does so in a rest as well: it has run for a whole slice since it slept.
 * Who ends may hold what others wait for.
 */
static __always_inline bool rests(struct task_struct *p)
{
	u64 slice = cpu_at(bpf_get_smp_processor_id())->tunables.slice_max_ns;
	const struct task_state *s = task_state(p);

	return s && s->policy.run_ns >= slice && !(p->flags & (PF_KTHREAD | PF_EXITING));
}

/*
 * In a rest: the first task in @queue that does not rest, if it may run on @cpu; 0 if none does.
 * The count is in memory, of which the verifier knows nothing: one that it follows makes it take
 * each of 256 rounds for another, a quarter of a second of every start.
 */
__noinline int serve_restless(u32 queue, u32 cpu)
{
	struct bpfland_cpu *me = cpu_at(cpu);
	struct task_struct *p;
	int found = 0;

	me->scanned = 0;

	bpf_for_each(scx_dsq, p, queue, 0) {
		bool here = p->thread_info.cpu == cpu ||
			    (!p->migration_disabled && bpf_cpumask_test_cpu(cpu, task_cpus(p)));

		if (here && !rests(p) && scx_bpf_dsq_move(&___it, p, SCX_DSQ_LOCAL, 0)) {
			found = 1;
			break;
		}
		if (++me->scanned >= REST_SCAN)
			break;
	}
	return found;
}

/* All that dispatch() gives out in a rest; false if that is nothing. */
static __always_inline bool serve_in_rest(struct bpfland_cpu *me, u32 cpu)
{
	u32 look = me->look;

	if (serve_restless(me->queue, cpu))
		return true;
	me->look = 0;
	return several_queues() && look && serve_restless(look - 1, cpu);
}

/* A CPU without a task of ours is left alone: to wake it would cost what the others save. */
__noinline int rest_begins(void)
{
	u32 n = nr_cpus, i;

	/* With a barrier: whether it is still wanted is asked after this. */
	__sync_lock_test_and_set(&resting, true);
	bpf_for(i, 0, n) {
		if (ready_on(i))
			scx_bpf_kick_cpu(i, SCX_KICK_PREEMPT);
	}
	return 0;
}

/* Nobody is to come to the help of a queue because it was not served in a rest. */
static __always_inline void leave_out(u64 rest_at)
{
	u64 ticks = bpf_jiffies64();
	u32 n = nr_queues, i;

	bpf_for(i, 0, n) {
		struct queue *q = queue_at(i);

		q->served = policy_earlier(q->served + ticks - rest_at, ticks);
	}
}

/* Whoever has work goes on, and of the others as many as there is work for. */
static __always_inline void rest_ends(struct throttle *t)
{
	u32 n = nr_cpus, i;

	if (resting)
		leave_out(t->rest_at);
	/* First: whoever gets in line from now on wakes a CPU by itself, or is seen below. */
	__sync_lock_test_and_set(&resting, false);
	t->spare = 0;
	bpf_for(i, 0, n) {
		u32 ready = ready_on(i);

		if (!ready)
			continue;
		t->spare += ready - 1;
		scx_bpf_kick_cpu(i, SCX_KICK_IDLE);
	}
	bpf_for(i, 0, n) {
		if (!t->spare)
			break;
		if (ready_on(i) || !is_online(i))
			continue;
		t->spare--;
		scx_bpf_kick_cpu(i, SCX_KICK_IDLE);
	}
}

/* Whether the first task in some queue has waited for too long. */
static __always_inline bool somebody_waits(void)
{
	u32 n = nr_queues, i;

	bpf_for(i, 0, n) {
		if (queue_waited(i) >= (s64)held_ticks_max())
			return true;
	}
	return false;
}

/* It has been switched off; false if it has been switched on again meanwhile. */
static __always_inline bool disarm(struct throttle *t)
{
	__sync_lock_test_and_set(&t->armed, 0);
	return !t->rest_ns || __sync_lock_test_and_set(&t->armed, 1);
}

/*
 * How long the turn that now begins is to last. The timer of a machine that sleeps may be late: as
 * much longer as it has @rested, it works, or its share would be less than was meant.
 */
static __always_inline u64 throttle_next(const struct throttle *t, u64 now, bool rested)
{
	u64 late = now - t->at;

	if (!rested || !t->rest_ns)
		return resting ? t->rest_ns : t->run_ns;
	return t->run_ns + policy_min(late, 4 * t->rest_ns) * t->run_ns / t->rest_ns;
}

static int throttle_turn(void *map, u32 *key, struct throttle *t)
{
	u64 now = bpf_ktime_get_ns();
	bool rested = resting;

	if (rested) {
		rest_ends(t);
	} else if (t->rest_ns && !somebody_waits()) {
		t->rest_at = bpf_jiffies64();
		rest_begins();
	}
	if (!t->rest_ns) {
		/* Maybe just now, and before the rest began: then nobody else would end it. */
		if (resting)
			rest_ends(t);
		if (disarm(t))
			return 0;
	}
	t->at = now + throttle_next(t, now, rested);
	bpf_timer_start(&t->timer, t->at, BPF_F_TIMER_ABS);
	return 0;
}

/*
 * A program of its own, because kernels with PREEMPT_RT refuse one that has a timer. A timer that
 * runs is left to itself, and takes other times over at its next turn.
 */
SEC("syscall")
int set_throttle(struct bpfland_power *ctx)
{
	u32 zero = 0;
	struct throttle *t = bpf_map_lookup_elem(&throttles, &zero);

	if (!t)
		return -2;	/* ENOENT */
	if (!bpf_timer_init(&t->timer, &throttles, CLOCK_MONOTONIC))
		bpf_timer_set_callback(&t->timer, throttle_turn);
	t->run_ns = ctx->run_ns;
	__sync_lock_test_and_set(&t->rest_ns, ctx->throttle_ns);
	if (!ctx->throttle_ns)
		rest_ends(t);
	else if (!__sync_lock_test_and_set(&t->armed, 1)) {
		t->at = bpf_ktime_get_ns() + t->run_ns;
		return bpf_timer_start(&t->timer, t->at, BPF_F_TIMER_ABS);
	}
	return 0;
}
