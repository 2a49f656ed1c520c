/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The policy of bpfland: which task runs next, for how long, and when it takes the CPU of another.
 *
 * In one page, for somebody who never saw sched_ext:
 *
 * The kernel asks a scheduler: where shall this ready task wait? What shall this CPU run next? May
 * this task take the CPU from that one? The answers are computed here, from numbers alone. The host
 * (a BPF program in the kernel, or a test) brings the numbers and does what the answer says.
 *
 * Every task has a *virtual runtime*: the CPU time it got, divided by its weight. Whoever has the
 * least is owed the most. Ready tasks wait in a queue that is sorted by *deadline*: virtual runtime
 * plus what the task ran since it last slept by its own will. The first part makes shares fair; the
 * second lets who wakes for a short piece of work go before who computes endlessly.
 *
 * Every queue has a *clock*: the virtual runtime of what it serves. How fast it goes tells what its
 * tasks get, and who has to move if there are several (balance.h). It keeps everything bounded:
 *  - A sleeper would own the CPU when it wakes; it may be behind by SliceLagUSec at most.
 *  - A task of low weight, far ahead after each run, may be ahead by 4 (POLICY_REACH) times
 *    StarvationUSec at most.
 *  - The clock never goes slower than an eighth (1 / POLICY_FLOOR) of real time.
 *  - Who has a CPU that nobody else could want is charged up to the clock, and does not set it on.
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
 * They may have more than a fair share, and this is the cap: at most twice SliceLagUSec counts as
 * recent run, so a hog is due when it is that far behind. It keeps half of that and loses the rest,
 * for a turn of SliceMinUSec at least: of what those leave who want less than their share, the hogs
 * of a CPU keep SliceMinUSec / (SliceMinUSec + SliceLagUSec). With InteractiveThreshold 0 there is
 * no class, SliceLagUSec of run counts, nobody loses anything, and shares are fair.
 *
 * A new task starts at the clock, as one that has not slept for long; and where a task ends, the
 * clock goes on to there. So who starts others all the time gets the share of one task.
 *
 * The *slice* is SliceMaxUSec divided by those who wait, not less than SliceMinUSec. At its end the
 * task goes on if its deadline is still the earliest.
 *
 * A woken task takes the CPU at once (*preempts*) if its deadline is earlier by SliceMinUSec, the
 * shortest turn that is worth a switch, and the running task had time to get something done. An
 * interactive task that had no more than its share, and that a timer or a device wakes for a short
 * piece of work, need not be so far ahead. But if it is the running task that made the wake-up, it
 * goes on: a producer fills its pipe, and the consumer finds a batch. Who made one wake-up in a
 * whole turn filled nothing: it may *spin* until the other has run, and does not count as the waker
 * any more. Where nobody else is in line, the woken task does not get in line either: it *follows*
 * the running one.
 *
 * Times are unsigned 64-bit nanoseconds. Virtual times wrap; they are compared by difference only.
 */
#pragma once

#include "abi.h"
#include "vtime.h"
#include "weight.h"

/* The clock of a queue makes at least 1 / POLICY_FLOOR of the speed of real time. */
#define POLICY_FLOOR 8

/* The most that a task may be ahead of the clock, in StarvationUSec: 4 ms at a hundredth. */
#define POLICY_REACH 4

/* To have got something done; the same where nobody can tell who made the wake-up. */
#define POLICY_RAN_MIN_NS 200000
#define POLICY_RAN_MIN_UNKNOWN_NS 1000000

/* Who mostly sleeps again after less than this is no burden for the one that waits meanwhile. */
#define POLICY_SHORT_RUN_NS 100000

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
	bool unopposed;		/* nobody else wanted the CPU that it has */
	bool spins;		/* it had a whole turn and made one wake-up in it */
};

/* What it knows about a queue. */
struct policy_queue {
	u64 origin;		/* the clock, less its slowest course since the boot */
	u32 waiting;		/* tasks in the queue when somebody last looked */
	u32 avg_rate;		/* voluntary switches per second of an average task */
};

/* Who made a wake-up, as seen from the CPU that it would take. */
enum policy_waker {
	POLICY_WAKER_OTHER,	/* a task on another CPU */
	POLICY_WAKER_INTERRUPT,	/* a timer, a device */
	POLICY_WAKER_RUNNING,	/* the very task that runs there, and it does not spin */
	POLICY_WAKER_UNKNOWN,	/* this kernel does not tell */
};

struct policy_wakeup {
	u64 deadline;		/* of the woken task */
	u64 running_deadline;	/* of the one that runs, as of now */
	u64 ran_ns;		/* what that one has run since it last slept */
	enum policy_waker waker;
	bool brief;		/* the woken task: policy_is_brief() */
	bool batch;		/* it is SCHED_BATCH or SCHED_IDLE */
	bool running_lowly;	/* the running one is SCHED_IDLE */
};

/*
 * The clock as of now: from when it was last set on, at its slowest, in the kernel's ticks (they
 * cost one load). Several CPUs use it without a lock, so all of it is in one word: of a pair seen
 * half changed a task would be placed far ahead, and wait until the true clock gets there.
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
 * Places the task and returns its deadline. One that waits already keeps its place, or changes of
 * affinity could keep it from the front for ever. @ret_clamped: by the bound on starvation.
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

/* The most that counts as recent; what is beyond SliceLagUSec is the excess of the class. */
static inline u64 policy_recent_max(const struct bpfland_tunables *t)
{
	return t->interactive_threshold ? 2 * t->slice_lag_ns : t->slice_lag_ns;
}

/* A new task: neither credit nor debt, and nothing of the excess before it first sleeps. */
static inline void policy_enter(struct policy_task *task, u64 clock,
				const struct bpfland_tunables *t)
{
	task->vruntime = clock;
	task->awake = policy_recent_max(t) - t->slice_lag_ns;
	task->waits = false;
}

/* A task has stopped after running for @ran_ns, or goes on after that: it pays. */
static inline void policy_charge(struct policy_task *task, u64 ran_ns, u32 weight,
				 const struct bpfland_tunables *t)
{
	u64 cost = policy_scale(ran_ns, weight);
	u64 run = task->run_ns + policy_min(ran_ns, POLICY_RAN_MAX);

	if (ran_ns)
		task->waits = false;
	task->vruntime += cost;
	task->awake = policy_min(task->awake + cost, policy_recent_max(t));
	task->run_ns = policy_min(run, ~0U);
}

/*
 * The same where nobody else could want that CPU: it may make up for what is owed to it, no more.
 * Others, who wait for theirs, would lose what is owed to them if the clock went with this one.
 */
static inline void policy_charge_free(struct policy_task *task, u64 ran_ns, u32 weight,
				      u64 clock, const struct bpfland_tunables *t)
{
	u64 vruntime = task->vruntime;

	policy_charge(task, ran_ns, weight, t);
	task->vruntime = policy_later(vruntime, policy_earlier(task->vruntime, clock));
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
	task->spins = false;
}

/* Its turn has ended, but not by its own will. True if it spins. */
static inline bool policy_end_turn(struct policy_task *task, u64 ran_ns, u32 wakeups,
				   const struct bpfland_tunables *t)
{
	if (ran_ns >= t->slice_min_ns)
		task->spins = wakeups == 1;
	return task->spins;
}

/* How many voluntary switches per second make a task of this queue interactive; 0: none do. */
static inline u32 policy_threshold(const struct policy_queue *q, const struct bpfland_tunables *t)
{
	u64 rate = policy_min(q->avg_rate, t->interactive_threshold);

	return t->interactive_threshold && !rate ? 1 : rate;
}

/*
 * Once per window: how often did the task sleep, and is that often? A hog counts, too: "often" is
 * relative, but InteractiveThreshold is always enough. True if the task became interactive. Its
 * first time and a step back of @now start a new window.
 */
static inline bool policy_classify(struct policy_task *task, struct policy_queue *q, u64 now,
				   u64 switches, const struct bpfland_tunables *t)
{
	u64 elapsed = now - task->window_at;
	bool was = task->interactive;
	u64 rate;

	if (elapsed < POLICY_WINDOW_NS)
		return false;
	if (task->window_at && (s64)elapsed > 0) {
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
	rate = policy_threshold(q, t);
	task->interactive = rate && task->rate >= rate;
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

/* A task that mostly sleeps again soon. */
static inline bool policy_is_short(const struct policy_task *task)
{
	return task->avg_run_ns && task->avg_run_ns < POLICY_SHORT_RUN_NS;
}

/* One that somebody waits for, that had no more than its share, and that wakes for short work. */
static inline bool policy_is_brief(const struct policy_task *task, u64 deadline, u64 clock)
{
	return task->interactive && policy_is_short(task) && !policy_before(clock, deadline);
}

/*
 * Whether a woken task takes the CPU at once. The gain must be worth a switch, and the running task
 * must have got something done, or two that wake each other would do nothing but switch. Brief work
 * costs one switch per interrupt; to wait for a frame that has just begun would cost it a lot more.
 * SCHED_IDLE never makes anybody wait; SCHED_BATCH and SCHED_IDLE never hurry.
 */
static inline bool policy_preempts(const struct policy_wakeup *w,
				   const struct bpfland_tunables *t)
{
	u64 ran_min = POLICY_RAN_MIN_NS;

	if (w->waker == POLICY_WAKER_RUNNING || w->batch)
		return false;
	if (w->running_lowly)
		return true;
	if (w->waker == POLICY_WAKER_INTERRUPT && w->brief)
		return policy_before(w->deadline, w->running_deadline);
	if (w->waker == POLICY_WAKER_UNKNOWN)
		ran_min = POLICY_RAN_MIN_UNKNOWN_NS;
	return w->ran_ns >= ran_min &&
	       policy_before(w->deadline + t->slice_min_ns, w->running_deadline);
}

/* At the end of a slice: the same task again? Mere turns would be equal, whatever the weights. */
static inline bool policy_keeps_running(u64 running_deadline, u64 head_deadline)
{
	return policy_before(running_deadline, head_deadline);
}

/*
 * Whether a task may go straight to the queue of its CPU: only while it has not had more than its
 * share, and nobody who waits is due before it (@head_deadline; @deadline if nobody waits). Else
 * bound tasks that wake each other would starve the others.
 */
static inline bool policy_may_bypass(const struct policy_task *task, u64 deadline, u64 clock,
				     u64 head_deadline)
{
	return task->run_ns == 0 && !policy_before(clock, deadline) &&
	       !policy_before(head_deadline, deadline);
}

/* Whether, where nobody is in line, a woken task may be next: more may be owed to who comes yet. */
static inline bool policy_may_follow(u64 deadline, u64 clock, const struct bpfland_tunables *t)
{
	return !policy_before(clock + t->slice_min_ns, deadline);
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
	task->awake = policy_recent_max(t);
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
