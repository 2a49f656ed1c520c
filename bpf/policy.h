/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The policy of bpfland: which task runs next, for how long, and when it takes the CPU of another.
 *
 * In one page, for somebody who never saw sched_ext:
 *
 * The kernel asks a scheduler four things. A task became ready: where shall it wait? A CPU has
 * nothing to do: what shall it run? A task stopped: what did that cost it? And once in a while: may
 * this one take the CPU from that one? The answers are computed here, from numbers alone. The host
 * (a BPF program in the kernel, or a test) brings the numbers and does what the answer says.
 *
 * Every task has a *virtual runtime*: the CPU time it got, divided by its weight. Whoever has the
 * least is owed the most. Ready tasks wait in a queue that is sorted by *deadline*: virtual runtime
 * plus what the task ran since it last slept by its own will. The first part makes shares fair over
 * time; the second lets a task that wakes for a short piece of work go before one that computes
 * endlessly, though both may be owed the same.
 *
 * Every queue has a *clock*: the virtual runtime of what it serves. It keeps everything bounded:
 *  - A sleeper falls behind the clock and would own the CPU when it wakes; it may be behind by
 *    SliceLagUSec at most.
 *  - A task of low weight gets far ahead of the clock with every run, and would wait very long; it
 *    may be ahead by four times (POLICY_REACH) StarvationUSec at most.
 *  - From where it stands, the clock never goes slower than an eighth (1 / POLICY_FLOOR) of real
 *    time, however many tasks share the CPU.
 * From these follows the bound on starvation. A task that waits has a deadline of at most the clock
 * + 4 * StarvationUSec. A task that comes later has a deadline of at least the clock of that moment
 * - SliceLagUSec. So after 8 * (4 * StarvationUSec + SliceLagUSec) nobody who comes can get in
 * front of it any more; it then waits for those already in front of it, one slice each, and runs.
 * Up to eight ready tasks of average weight 100 per CPU the clock goes faster than its floor by
 * itself, and shares are exact as long as no turn puts a task ahead by more than that.
 *
 * A task that sleeps often by its own will is *interactive*: its rate of voluntary switches is
 * averaged over time and compared with the average of all, or with InteractiveThreshold if that is
 * lower. For an interactive task only a quarter of its run since it last slept counts.
 *
 * The *slice* is SliceMaxUSec divided by those who wait, not less than SliceMinUSec. At its end the
 * task goes on if its deadline is still the earliest.
 *
 * A woken task takes the CPU at once (*preempts*) if its deadline is clearly earlier and the
 * running task had time to get something done. But not if it is the running task that woke it: a
 * producer goes on filling its pipe, and the consumer finds a batch.
 *
 * Times are unsigned 64-bit nanoseconds. Virtual times wrap; they are compared by difference only.
 */
#pragma once

#include "abi.h"

/* nice 0. The kernel's weights go from 1 (nice 19) to 10000; ours have ten more bits below that. */
#define POLICY_WEIGHT_SHIFT 10
#define POLICY_WEIGHT_NORMAL (100U << POLICY_WEIGHT_SHIFT)
#define POLICY_WEIGHT_MAX (10000U << POLICY_WEIGHT_SHIFT)
#define POLICY_SCALE_SHIFT 32	/* of what a group leaves of a weight: 1.0 is 1 << 32 */
#define POLICY_SCALE_MAX (1ULL << (POLICY_SCALE_SHIFT + 14))

/* The clock of a queue makes at least 1 / POLICY_FLOOR of the speed of real time. */
#define POLICY_FLOOR 8

/* The most that a task may be ahead of the clock, in StarvationUSec: 4 ms at a hundredth. */
#define POLICY_REACH 4

/* One charge covers at most this much: the products below then fit with room to spare. */
#define POLICY_RAN_MAX (1ULL << 36)	/* 68 s */

/* A woken task preempts if its deadline is earlier by this, and the other ran for at least this. */
#define POLICY_MARGIN_NS 200000
#define POLICY_RAN_MIN_NS 200000
/* The latter where nobody can tell who made the wake-up. */
#define POLICY_RAN_MIN_UNKNOWN_NS 1000000

/* Switch rates are measured over a quarter of a second, so that a new program is known soon. */
#define POLICY_WINDOW_NS 250000000ULL
#define POLICY_WINDOWS_PER_SEC 4
#define POLICY_RATE_MAX 1000000

/* Below this average run a task is not worth moving (StickyTasks). */
#define POLICY_STICKY_RUN_NS 10000

/* What the policy knows about a task. Owned by the host; all zero is a new task. */
struct policy_task {
	u64 vruntime;		/* on the clock of its queue */
	u64 awake;		/* virtual run time since the last voluntary sleep, bounded */
	u64 deadline;		/* while it waits */
	u64 window_at;		/* when the current window of counting switches began */
	u64 window_switches;	/* voluntary switches until then */
	u32 rate;		/* voluntary switches per second, averaged */
	u32 run_ns;		/* run since the last sleep, saturating */
	u32 avg_run_ns;		/* the same, averaged over sleeps */
	bool interactive;
	bool waits;		/* it got in line and did not run since then */
};

/* What it knows about a queue. */
struct policy_queue {
	u64 origin;		/* the clock, less its slowest course since the boot */
	u32 waiting;		/* tasks in the queue when somebody last looked */
	u32 avg_rate;		/* voluntary switches per second of an average task */
};

/* Who made a wake-up, as seen from the CPU that it would take. */
enum policy_waker {
	POLICY_WAKER_OTHER,	/* an interrupt, or a task on another CPU */
	POLICY_WAKER_RUNNING,	/* the very task that runs there */
	POLICY_WAKER_UNKNOWN,	/* this kernel does not tell */
};

struct policy_wakeup {
	u64 deadline;		/* of the woken task */
	u64 running_deadline;	/* of the one that runs, as of now */
	u64 ran_ns;		/* what that one has run since it last slept */
	enum policy_waker waker;
	bool batch;		/* the woken task is SCHED_BATCH or SCHED_IDLE */
	bool running_lowly;	/* the running one is SCHED_IDLE */
};

/* Whether virtual time @a comes before @b; right across the wrap. */
static inline bool policy_before(u64 a, u64 b)
{
	return (s64)(a - b) < 0;
}

static inline u64 policy_later(u64 a, u64 b)
{
	return policy_before(a, b) ? b : a;
}

static inline u64 policy_earlier(u64 a, u64 b)
{
	return policy_before(a, b) ? a : b;
}

static inline u64 policy_min(u64 a, u64 b)
{
	return a < b ? a : b;
}

/*
 * Real run time to virtual: a task of twice the weight pays half. @ns is cut to 2^36, so the
 * product is below 2^53. Weight 100 is nearly everybody: no division for them.
 */
static inline u64 policy_scale(u64 ns, u32 weight)
{
	ns = policy_min(ns, POLICY_RAN_MAX);
	if (weight == POLICY_WEIGHT_NORMAL)
		return ns;
	if (weight < 1)
		weight = 1;
	if (weight > POLICY_WEIGHT_MAX)
		weight = POLICY_WEIGHT_MAX;
	return ns * POLICY_WEIGHT_NORMAL / weight;
}

/*
 * The clock as of now: from the last time that it was set on, at its slowest. Real time is counted
 * in the kernel's ticks because those cost one load. Several CPUs read and set a queue's clock
 * without a lock, so all of it is in one word: a pair could be seen half changed, and a task that
 * was placed by a clock far ahead would wait until the true one gets there.
 */
static inline u64 policy_clock(const struct policy_queue *q, u64 ticks, u64 tick_ns)
{
	return q->origin + ticks * (tick_ns / POLICY_FLOOR);
}

/* A task stopped that stood at @vruntime while it ran: the clock goes on to there. */
static inline void policy_advance(struct policy_queue *q, u64 vruntime, u64 ticks, u64 tick_ns)
{
	if (policy_before(policy_clock(q, ticks, tick_ns), vruntime))
		q->origin = vruntime - ticks * (tick_ns / POLICY_FLOOR);
}

/* Bounded lag, bounded debt: where a task stands when it gets in line. */
static inline u64 policy_place(u64 vruntime, u64 clock, const struct bpfland_tunables *t)
{
	vruntime = policy_later(vruntime, clock - t->slice_lag_ns);
	return policy_earlier(vruntime, clock + POLICY_REACH * t->starvation_ns);
}

/* The part of its recent run that counts against a task; the effect of being interactive. */
static inline u64 policy_recent(const struct policy_task *task)
{
	return task->interactive ? task->awake / 4 : task->awake;
}

/*
 * Places the task and returns its deadline. One that waits already keeps its place, or whoever
 * changes its affinity all the time would keep it from ever getting to the front. @ret_clamped: the
 * bound on starvation brought the deadline forward.
 */
static inline u64 policy_deadline(struct policy_task *task, u64 clock,
				  const struct bpfland_tunables *t, bool *ret_clamped)
{
	u64 latest = clock + POLICY_REACH * t->starvation_ns;
	u64 deadline;

	*ret_clamped = false;
	if (task->waits)
		return task->deadline;
	*ret_clamped = policy_before(latest, task->vruntime);
	task->vruntime = policy_place(task->vruntime, clock, t);
	deadline = task->vruntime + policy_recent(task);
	if (policy_before(latest, deadline)) {
		*ret_clamped = true;
		deadline = latest;
	}
	task->deadline = deadline;
	task->waits = true;
	return deadline;
}

/*
 * A task stopped after running for @ran_ns: it pays. What counts as recent is bounded by twice the
 * lag, so that a sleeper's credit and a hog's handicap are of one size, set by one tunable.
 */
static inline void policy_charge(struct policy_task *task, u64 ran_ns, u32 weight,
				 const struct bpfland_tunables *t)
{
	u64 cost = policy_scale(ran_ns, weight);
	u64 run = task->run_ns + policy_min(ran_ns, POLICY_RAN_MAX);

	if (ran_ns)
		task->waits = false;
	task->vruntime += cost;
	task->awake = policy_min(task->awake + cost, 2 * t->slice_lag_ns);
	task->run_ns = policy_min(run, ~0U);
}

/* The task went to sleep by its own will: what it ran is no longer recent. */
static inline void policy_sleep(struct policy_task *task)
{
	if (task->avg_run_ns)
		task->avg_run_ns = (u32)((3 * (u64)task->avg_run_ns + task->run_ns) / 4);
	else
		task->avg_run_ns = task->run_ns;
	task->run_ns = 0;
	task->awake = 0;
}

/*
 * Once per window: how often did the task sleep, and is that often? A hog counts, too, so the
 * average of a busy machine is low, and of one full of servers high: "often" is relative, but
 * InteractiveThreshold is always enough. Returns true if the task became interactive.
 * @now goes forward on each CPU only: a step back (the task moved) starts a new window.
 */
static inline bool policy_classify(struct policy_task *task, struct policy_queue *q, u64 now,
				   u64 switches, const struct bpfland_tunables *t)
{
	u64 elapsed = now - task->window_at;
	bool was = task->interactive;
	u64 rate;

	if (elapsed < POLICY_WINDOW_NS)
		return false;
	if ((s64)elapsed > 0) {
		/* A window may be longer than meant, when the task slept: per second, then. */
		u64 windows = policy_min(elapsed / POLICY_WINDOW_NS, 1U << 20);

		rate = policy_min(switches - task->window_switches, POLICY_RATE_MAX);
		rate = rate * POLICY_WINDOWS_PER_SEC / windows;
		rate = policy_min(rate, POLICY_RATE_MAX);
		task->rate = (3 * (u64)task->rate + rate) / 4;
		q->avg_rate = (15 * (u64)q->avg_rate + task->rate) / 16;
	}
	task->window_at = now;
	task->window_switches = switches;
	rate = policy_min(q->avg_rate, t->interactive_threshold);
	task->interactive = t->interactive_threshold && task->rate >= (rate ? rate : 1);
	return task->interactive && !was;
}

/* Somebody interactive hands over to this task and sleeps: until its next window it is, too. */
static inline bool policy_promote(struct policy_task *task, const struct bpfland_tunables *t)
{
	if (!t->interactive_threshold || task->interactive)
		return false;
	task->interactive = true;
	return true;
}

/* The more wait, the shorter the turns; below SliceMinUSec switches cost more than they give. */
static inline u64 policy_slice(u32 waiting, const struct bpfland_tunables *t)
{
	u64 slice = t->slice_max_ns;

	if (waiting > 1)
		slice /= waiting;
	return slice < t->slice_min_ns ? t->slice_min_ns : slice;
}

/*
 * The deadline, as of now, of a task that has been running for @ran_ns since it had @deadline.
 * @earliest is clock - SliceLagUSec: a long sleeper may have been put straight on an idle CPU.
 */
static inline u64 policy_running_deadline(u64 deadline, u64 earliest, u64 ran_ns, u32 weight)
{
	return policy_later(deadline, earliest) + policy_scale(ran_ns, weight);
}

/*
 * Whether a woken task takes the CPU at once. A switch is not free: the gain must be worth it
 * (the margin), and the running task must have got something done, or two tasks that wake each
 * other would do nothing but switch. SCHED_IDLE never makes anybody wait; SCHED_BATCH and
 * SCHED_IDLE never hurry.
 */
static inline bool policy_preempts(const struct policy_wakeup *w)
{
	u64 ran_min = POLICY_RAN_MIN_NS;

	if (w->waker == POLICY_WAKER_RUNNING || w->batch)
		return false;
	if (w->running_lowly)
		return true;
	if (w->waker == POLICY_WAKER_UNKNOWN)
		ran_min = POLICY_RAN_MIN_UNKNOWN_NS;
	return w->ran_ns >= ran_min &&
	       policy_before(w->deadline + POLICY_MARGIN_NS, w->running_deadline);
}

/*
 * At the end of a slice: the same task again? If turns were simply taken, two tasks would share a
 * CPU equally, whatever their weights.
 */
static inline bool policy_keeps_running(u64 running_deadline, u64 head_deadline)
{
	return policy_before(running_deadline, head_deadline);
}

/*
 * Whether a task may go straight to the queue of its CPU, before all that wait by deadline: only
 * while it has not had more than its share, and nobody who waits is due before it (@head_deadline;
 * @deadline if nobody waits). Else bound tasks that wake each other would starve the others.
 */
static inline bool policy_may_bypass(const struct policy_task *task, u64 deadline, u64 clock,
				     u64 head_deadline)
{
	return task->run_ns == 0 && !policy_before(clock, deadline) &&
	       !policy_before(head_deadline, deadline);
}

/* Too short to be worth another CPU's caches. */
static inline bool policy_sticky(const struct policy_task *task)
{
	return task->avg_run_ns && task->avg_run_ns < POLICY_STICKY_RUN_NS;
}

/* Who gives the CPU away goes behind those of its time: no credit, all of its recent run counts. */
static inline void policy_yield(struct policy_task *task, u64 clock,
				const struct bpfland_tunables *t)
{
	task->vruntime = policy_later(task->vruntime, clock);
	task->awake = 2 * t->slice_lag_ns;
}

/* The task changes queues: it stays as far before or behind as it was. */
static inline void policy_move(struct policy_task *task, u64 from_clock, u64 to_clock)
{
	task->vruntime += to_clock - from_clock;
	task->deadline += to_clock - from_clock;
}

/* Whether a queue was left alone for so long that others must help. Ticks as for policy_clock(). */
static inline bool policy_overdue(u64 ticks, u64 served, u64 tick_ns,
				  const struct bpfland_tunables *t)
{
	u64 left = ticks - served;

	return (s64)left > 1 && left * tick_ns > t->starvation_ns;
}

/*
 * Groups (cgroups) share by weight, and what a group gets, its tasks and subgroups share by weight.
 * That comes out if each task weighs what all this leaves of its own weight: that times the *scale*
 * of its group. @weight is the group's, @total that of all that is ready in it.
 */
static inline u64 policy_group_scale(u32 weight, u64 parent_scale, u64 total)
{
	u64 scale = policy_min(parent_scale, POLICY_SCALE_MAX) * policy_min(weight, 10000);

	scale /= total ? total : 1;
	return policy_min(scale ? scale : 1, POLICY_SCALE_MAX);
}

/* That of the root: @n ready tasks weigh 100 on average, so credit and bounds mean the same. */
static inline u64 policy_root_scale(u64 n, u64 total)
{
	u64 wanted = (100 * policy_min(n, 1 << 20)) << (POLICY_SCALE_SHIFT - 4);

	if (!n || !total)
		return 1ULL << POLICY_SCALE_SHIFT;
	return policy_min((wanted / total) << 4, POLICY_SCALE_MAX);
}

/* The weight of a task, of the kernel's @weight, in a group of this scale. */
static inline u32 policy_weight(u32 weight, u64 scale)
{
	u64 w = policy_min(scale, POLICY_SCALE_MAX) * policy_min(weight, 10000);

	w >>= POLICY_SCALE_SHIFT - POLICY_WEIGHT_SHIFT;
	return w < 1 ? 1 : policy_min(w, POLICY_WEIGHT_MAX);
}
