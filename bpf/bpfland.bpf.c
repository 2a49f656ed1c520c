/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The bpfland scheduler: policy.h, hosted by the kernel.
 *
 * policy.h says in one page what is decided and why. This file gathers what a decision needs from
 * the kernel and does what it says. The last lines, the table of callbacks, are the best place to
 * start reading; the callbacks stand in the order in which a task meets them.
 *
 * Where tasks wait: one shared queue per last-level cache, sorted by deadline. A CPU serves the
 * queue of its cache, and others when that is empty, when one was left alone for too long, or, now
 * and then, when the tasks of one get less.
 * A task goes to the *local* queue of a CPU, which the kernel keeps and which is first come, first
 * served, only when it is to run there at once: the CPU is idle, it takes the CPU from another
 * task (wakeup.bpf.h), nobody else waits and it follows the one that woke it, or it is bound to
 * that CPU and has not had its share.
 *
 * What runs in parallel: a callback runs with interrupts off and, mostly, with the lock of one
 * CPU's run queue. The clocks and averages of a shared queue are read and written by many CPUs
 * without a lock; a lost update means a clock that is late by one task's run, until the next one.
 */
#include "kernel.bpf.h"
#include "state.bpf.h"
#include "account.bpf.h"
#include "cgroup.bpf.h"
#include "domains.bpf.h"
#include "dump.bpf.h"
#include "idle.bpf.h"
#include "power.bpf.h"
#include "stats.bpf.h"
#include "topology.bpf.h"
#include "wakeup.bpf.h"

char _license[] SEC("license") = "GPL";

/*
 * The running task says that it is about to sleep when it has woken @p: true if @p is the next on
 * this CPU. That is quicker than any idle CPU, if it is true; the waker's runs so far tell.
 */
static __always_inline bool hand_over(struct bpfland_cpu *me, struct task_struct *p,
				      struct task_state *s, const struct task_state *waker, u32 cpu)
{
	const struct bpfland_tunables *t = &me->tunables;
	const struct rq *rq = bpf_this_cpu_ptr(&runqueues);
	u64 clock;

	if (!policy_is_short(&waker->policy) || rq->scx.nr_running != 1 ||
	    !bpf_cpumask_test_cpu(cpu, task_cpus(p)) || scx_bpf_dsq_nr_queued(me->queue) > 0)
		return false;
	clock = queue_clock(queue_at(me->queue));
	if (!policy_may_follow(get_in_line(me, s, me->queue, clock), clock, t))
		return false;
	scx_bpf_dsq_insert(p, SCX_DSQ_LOCAL, t->slice_max_ns, 0);
	me->counter[BPFLAND_COUNTER_HANDOVERS]++;
	return true;
}

/* A synchronous wake-up of @p; true if it was handed this CPU. */
static __always_inline bool wake_sync(struct bpfland_cpu *me, struct task_struct *p,
				      struct task_state *s, struct task_struct *current, u32 cpu)
{
	const struct bpfland_tunables *t = &me->tunables;
	struct task_state *waker = task_state(current);

	if (!waker)
		return false;
	if (waker->policy.interactive && policy_promote(&s->policy, t)) {
		me->counter[BPFLAND_COUNTER_INTERACTIVE_PROMOTIONS]++;
		me->counter[BPFLAND_COUNTER_SYNC_PROMOTIONS]++;
	}
	return (t->flags & BPFLAND_WAKE_SYNC) && current->prio >= MAX_RT_PRIO &&
	       hand_over(me, p, s, waker, cpu);
}

/*
 * A task is about to wake up: where? This is called without the lock of any CPU, and not at all for
 * tasks that may run on one CPU only. An idle CPU gets the task at once, past all queues.
 */
SEC("struct_ops/bpfland_select_cpu")
s32 BPF_PROG(bpfland_select_cpu, struct task_struct *p, s32 prev_cpu, u64 wake_flags)
{
	struct bpfland_cpu *me = this_cpu();
	const struct bpfland_tunables *t = &me->tunables;
	const struct rq *rq = bpf_this_cpu_ptr(&runqueues);
	struct task_struct *current = bpf_get_current_task_btf();
	u32 here = bpf_get_smp_processor_id();
	struct task_state *s = task_state(p);
	bool is_idle;
	s32 cpu;

	/* It will wait with its group, and needs no CPU. */
	if (must_stop(p))
		return prev_cpu;
	if (s) {
		settle(me, p, s, true);
		if ((t->flags & BPFLAND_STICKY_TASKS) && policy_sticky(&s->policy))
			return prev_cpu;
		if ((wake_flags & SCX_WAKE_SYNC) && wake_sync(me, p, s, current, here))
			return here;
	}
	/*
	 * A waker of real-time class may say that it is about to sleep, and not do so for long. A
	 * pair that hands its CPU to and fro never lets go of it: not if anybody waits there.
	 */
	if (!(t->flags & BPFLAND_WAKE_SYNC) || current->prio < MAX_RT_PRIO ||
	    rq->scx.nr_running > 1)
		wake_flags &= ~SCX_WAKE_SYNC;

	cpu = find_idle(p, prev_cpu, wake_flags, t, &is_idle);
	if (is_idle) {
		if (s) {
			bound_credit(s, t);
			s->policy.unopposed = !alone;
		}
		scx_bpf_dsq_insert(p, SCX_DSQ_LOCAL, t->slice_max_ns, 0);
		me->counter[BPFLAND_COUNTER_DIRECT_DISPATCHES]++;
	}
	return cpu;
}

/*
 * A task is ready and not yet placed: woken and no CPU was idle, or its slice ended, or RT took its
 * CPU. The lock of its CPU is held; a wake-up runs in the context of whoever made it.
 */
SEC("struct_ops/bpfland_enqueue")
void BPF_PROG(bpfland_enqueue, struct task_struct *p, u64 enq_flags)
{
	struct bpfland_cpu *me = this_cpu();
	const struct bpfland_tunables *t = &me->tunables;
	u32 cpu = alone ? 0 : p->thread_info.cpu, queue = alone ? 0 : cpu_at(cpu)->queue;
	struct queue *q = queue_at(queue);
	struct task_state *s = task_state(p);
	bool wakeup = enq_flags & SCX_ENQ_WAKEUP;
	struct policy_wakeup w = {};
	u64 clock, deadline;

	if (s) {
		settle(me, p, s, wakeup);
		if (hold(me, p, s, enq_flags))
			return;
		clock = queue_clock(q);
		deadline = get_in_line(me, s, queue, clock);
		if (wakeup && wake(me, p, s, cpu, q, clock, deadline, enq_flags, &w))
			return;
		/* New, or moved here; the kernel may not think of waking the CPU. */
		if (!alone && !wakeup && p->nr_cpus_allowed == 1 && !occupant(cpu) &&
		    bpf_cpumask_test_cpu(cpu, task_cpus(p)) && start_on(p, cpu, enq_flags)) {
			scx_bpf_kick_cpu(cpu, SCX_KICK_IDLE);
			return;
		}
	} else {
		deadline = queue_clock(q);
	}
	if (enq_flags & SCX_ENQ_REENQ)
		me->counter[BPFLAND_COUNTER_RT_REENQUEUES]++;
	task_queue(p, queue, policy_slice(q->policy.waiting, t), deadline, enq_flags);
	me->counter[BPFLAND_COUNTER_SHARED_DISPATCHES]++;

	note_waiting(q);
	mark_waiting(queue);
	if (!alone && (!resting || !rests(p)) && !task_bound(p)) {
		/* A CPU may have become idle since select_cpu() looked, or nobody has looked. */
		if (wake_idle(p, cpu, enq_flags))
			return;
		if (wakeup && s)
			wake_elsewhere(p, cpu, &w);
	}
	/*
	 * The CPU goes idle, though this task wanted to go on: it was to move, or had to stop for a
	 * limit, and now nobody else takes it.
	 */
	if (enq_flags & SCX_ENQ_LAST)
		scx_bpf_kick_cpu(cpu, 0);
}

/*
 * Nobody can take over and @prev goes on. It pays at each turn, or it would owe, to whoever comes
 * next, all the time that nobody else wanted. Others may wait in the queue, but for other CPUs:
 * then it is unopposed here.
 */
static __always_inline void go_on(struct bpfland_cpu *me, struct task_struct *prev)
{
	const struct bpfland_tunables *t = &me->tunables;
	struct task_state *s = task_state(prev);

	if (s) {
		change_queue(s, me->queue);
		charge(prev, s, !alone && queue_at(me->queue)->policy.waiting > 0, t);
		bound_credit(s, t);
	}
	task_set_slice(prev, t->slice_max_ns);
	me->counter[BPFLAND_COUNTER_KEPT_RUNNING]++;
}

/*
 * The slice of @prev has ended and it could go on: true if it shall. This is the one place where
 * somebody counts who waits: a task that never gets here does not care how long its slice is.
 */
static __always_inline bool keep_running(struct bpfland_cpu *me, struct task_struct *prev, u32 cpu)
{
	const struct bpfland_tunables *t = &me->tunables;
	struct queue *q = queue_at(me->queue);
	s32 waiting = scx_bpf_dsq_nr_queued(me->queue);
	struct task_state *s;
	u64 deadline, head;

	q->policy.waiting = waiting < 0 ? 0 : waiting;
	if (waiting <= 0) {
		if (several_queues() || has_preferences())
			return false;
		go_on(me, prev);
		return true;
	}
	mark_waiting(me->queue);
	s = task_state(prev);
	if (!s || !queue_head(me->queue, cpu, &head))
		return false;
	s->policy.unopposed = false;
	change_queue(s, me->queue);
	deadline = running_deadline(prev, s, cpu, uncharged(prev, s, cpu), t);
	if (!policy_keeps_running(deadline, head))
		return false;
	/* Now, or the clock would go on at its floor without it, and count against it as well. */
	charge(prev, s, false, t);
	bound_credit(s, t);
	classify(me, prev, s);
	task_set_slice(prev, policy_slice(waiting, t));
	me->counter[BPFLAND_COUNTER_KEPT_RUNNING]++;
	return true;
}

/* A CPU has nothing in its local queue. @prev ran last, and is still ready if it is queued. */
SEC("struct_ops/bpfland_dispatch")
void BPF_PROG(bpfland_dispatch, s32 cpu, struct task_struct *prev)
{
	struct bpfland_cpu *me = this_cpu();
	bool prev_ready = prev && (prev->scx.flags & SCX_TASK_QUEUED);

	me->preempting = false;
	if (!alone)
		me->asked_tick = bpf_jiffies64();
	if (!prev_ready)
		me->wakeups = 0;
	if (prev && (prev->flags & PF_EXITING) && !prev_ready)
		leave(prev, &me->tunables);
	if (prev_ready && must_stop(prev))
		prev_ready = false;
	if (resting) {
		stay(me);
		if (!serve_in_rest(me, cpu) && prev_ready && (prev->flags & PF_KTHREAD))
			go_on(me, prev);
		return;
	}
	if (prev_ready && keep_running(me, prev, cpu))
		return;
	if (several_queues() && help(me))
		return;
	if (scx_bpf_dsq_move_to_local(me->queue)) {
		if (several_queues())
			mark_served(me->queue, bpf_jiffies64());
		return;
	}
	if (several_queues() && steal(me))
		return;
	if (prev_ready && !leaves(me, prev, cpu))
		go_on(me, prev);
	else if (!prev_ready && !alone && by_load)
		frequency_idle(cpu);
}

SEC("struct_ops/bpfland_tick")
void BPF_PROG(bpfland_tick, struct task_struct *p)
{
	groups_tick(p);
	frequency_tick();
	if (must_stop(p))
		task_set_slice(p, 0);
}

/* sched_yield(): the kernel wants the slice gone; the policy wants the place in line gone. */
SEC("struct_ops/bpfland_yield")
bool BPF_PROG(bpfland_yield, struct task_struct *from, struct task_struct *to)
{
	struct bpfland_cpu *me = this_cpu();
	struct task_state *s;

	if (to)
		return false;
	s = task_state(from);
	if (s)
		policy_yield(&s->policy, queue_clock(queue_of(s)), &me->tunables);
	task_set_slice(from, 0);
	me->counter[BPFLAND_COUNTER_YIELDS]++;
	return false;
}

/*
 * Below 6.19: RT took this CPU, and what waits in its local queue would wait with it. Loaded only
 * where the tracepoint program below can not do its work.
 */
SEC("struct_ops/bpfland_cpu_release")
void BPF_PROG(bpfland_cpu_release, s32 cpu, struct scx_cpu_release_args *args)
{
	scx_bpf_reenqueue_local();
}

/* From 6.19 on, the same: called at every switch, so it must be quick to see that it is not RT. */
SEC("sched_switch")
int BPF_PROG(bpfland_sched_switch, bool preempt, struct task_struct *prev, struct task_struct *next)
{
	if (next->prio < MAX_RT_PRIO && kfunc_exists(scx_bpf_reenqueue_local___v2))
		scx_bpf_reenqueue_local___v2();
	return 0;
}

/* A task comes into being (or we do). */
SEC("struct_ops/bpfland_init_task")
s32 BPF_PROG(bpfland_init_task, struct task_struct *p, struct scx_init_task_args *args)
{
	struct task_state *s;

	s = bpf_task_storage_get(&tasks, p, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!s)
		return -12;	/* ENOMEM: better no new task than one without a place in line */
	/* Not just loaded, for the same reason as in task_cpus(). */
	if (bpf_core_field_exists(args->cgroup))
		s->group = group_find(BPF_CORE_READ(args, cgroup));
	return 0;
}

/* It becomes ours. */
SEC("struct_ops/bpfland_enable")
void BPF_PROG(bpfland_enable, struct task_struct *p)
{
	struct task_state *s = task_state(p);

	if (!s)
		return;
	s->queue = cpu_at(p->thread_info.cpu)->queue;
	policy_enter(&s->policy, queue_clock(queue_of(s)), &this_cpu()->tunables);
	s->exec_ns = s->limited_ns = p->se.sum_exec_runtime;
	s->limiter = limiter_of(s);
	s->woke_at = 0;
}

/* Right after that, and when its nice value or policy changes. @rounded: by the kernel. */
SEC("struct_ops/bpfland_set_weight")
void BPF_PROG(bpfland_set_weight, struct task_struct *p, u32 rounded)
{
	struct task_state *s = task_state(p);

	if (s)
		s->weight = policy_task_weight(p->static_prio, p->policy == SCHED_IDLE);
}

/* CPUs come and go without us having to restart: being defined is what these are for. */
SEC("struct_ops/bpfland_cpu_online")
void BPF_PROG(bpfland_cpu_online, s32 cpu)
{
	struct bpfland_cpu *c = cpu_at(cpu);

	c->counter[BPFLAND_COUNTER_HOTPLUGS]++;
	queue_at(c->queue)->balance.cpus++;
}

/*
 * @cpu takes nothing more from us, but the kernel waits until nobody waits on it. Who may run there
 * only would wait for ever. First who is held: he may be let go into the shared queue meanwhile.
 */
SEC("struct_ops/bpfland_cpu_offline")
void BPF_PROG(bpfland_cpu_offline, s32 cpu)
{
	struct bpfland_cpu *c = cpu_at(cpu);

	c->counter[BPFLAND_COUNTER_HOTPLUGS]++;
	queue_at(c->queue)->balance.cpus--;
	limits_leave(cpu);
	dsq_leave(c->queue, cpu);
	/* And who went from one group's queue to another's while we looked. */
	limits_leave(cpu);
}

SEC("struct_ops.s/bpfland_init")
s32 BPF_PROG(bpfland_init)
{
	u64 ticks = bpf_jiffies64();
	s32 r;
	u32 i;

	tick_length = kernel_tick_ns();
	nr_cpus = scx_bpf_nr_cpu_ids();
	if (nr_cpus > BPFLAND_MAX_CPUS)
		return -7;	/* E2BIG: fewer CPUs than that, but with gaps in their numbers */
	place_cpus();
	if (!nr_queues)
		nr_queues = 1;
	bpf_for(i, 0, nr_queues) {
		queue_at(i)->served = ticks;
		r = scx_bpf_create_dsq(i, -1);
		if (r)
			return r;
	}
	groups_init();
	r = limits_init();
	if (r)
		return r;
	/* No CPU ever works without tunables, however busy the writer is when it first looks. */
	bpf_for(i, 0, nr_cpus) {
		if (!refresh_tunables(i))
			return -11;
	}
	return 0;
}

/* The last words, whoever ended it. */
SEC("struct_ops.s/bpfland_exit")
void BPF_PROG(bpfland_exit, struct scx_exit_info *info)
{
	u64 kind = info->kind;

	ended.code = info->exit_code;
	bpf_probe_read_kernel_str(ended.reason, sizeof(ended.reason), info->reason);
	bpf_probe_read_kernel_str(ended.message, sizeof(ended.message), info->msg);
	bpf_probe_read_kernel_str(ended.dump, sizeof(ended.dump), info->dump);
	/* Last, and after the rest: user space looks at this one first. */
	__sync_fetch_and_add(&ended.kind, kind);
	bpf_ringbuf_output(&events, &kind, sizeof(kind), BPF_RB_FORCE_WAKEUP);
}

/* What generation BPF reads now: the callbacks' accessor, asked from user space. */
SEC("syscall")
int read_generation(struct bpfland_generation *ctx)
{
	struct bpfland_tunables copy = {};

	if (!live_refresh(&live, &copy))
		return -11;
	ctx->generation = copy.generation;
	return 0;
}

SEC(".struct_ops.link")
struct sched_ext_ops bpfland_ops = {
	.select_cpu = (void *)bpfland_select_cpu,
	.enqueue = (void *)bpfland_enqueue,
	.dispatch = (void *)bpfland_dispatch,
	.tick = (void *)bpfland_tick,
	.yield = (void *)bpfland_yield,
	.cpu_release = (void *)bpfland_cpu_release,
	.dump = (void *)bpfland_dump,
	.dump_cpu = (void *)bpfland_dump_cpu,
	.dump_task = (void *)bpfland_dump_task,
	.init_task = (void *)bpfland_init_task,
	.enable = (void *)bpfland_enable,
	.disable = (void *)bpfland_disable,
	.set_weight = (void *)bpfland_set_weight,
	.cgroup_init = (void *)bpfland_cgroup_init,
	.cgroup_exit = (void *)bpfland_cgroup_exit,
	.cgroup_move = (void *)bpfland_cgroup_move,
	.cgroup_set_weight = (void *)bpfland_cgroup_set_weight,
	.cgroup_set_bandwidth = (void *)bpfland_cgroup_set_bandwidth,
	.cgroup_set_idle = (void *)bpfland_cgroup_set_idle,
	.cpu_online = (void *)bpfland_cpu_online,
	.cpu_offline = (void *)bpfland_cpu_offline,
	.init = (void *)bpfland_init,
	.exit = (void *)bpfland_exit,
	.flags = SCX_OPS_ENQ_EXITING | SCX_OPS_ENQ_MIGRATION_DISABLED | SCX_OPS_ALLOW_QUEUED_WAKEUP,
	.name = BPFLAND_OPS_NAME,
};
