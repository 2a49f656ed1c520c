/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every number that the scheduler exports is really counted: for each counter there is a move_…()
 * here that makes it move, and says how far. The list comes from BPFLAND_COUNTERS, so a counter
 * without one does not compile.
 *
 * Where one cause makes one count, the bounds are that close; what the machine itself does
 * meanwhile (kernel threads, this program) comes on top. Wants four CPUs in two caches: 0 and 1, 2
 * and 3.
 */
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "daemon/sched-internal.h"
#include "tests/bpf/guest.h"

#define TIMES 100
#define NOISE 60		/* of counters that everything moves */
#define CPUS 4

static struct sched *s;

/* How far a counter shall have moved. */
struct span {
	uint64_t least, most;
};

/* A child that waits for bytes and does something for each; it runs on @cpu, or anywhere for -1. */
struct child {
	pid_t pid;
	int go, done;
};

static struct child make_child(int cpu, int policy, void (*act)(void))
{
	struct sched_param param = {};
	struct child child;
	int go[2], done[2];
	char byte;

	if (pipe(go) || pipe(done) || (child.pid = fork()) < 0)
		exit(1);
	child.go = go[1];
	child.done = done[0];
	if (!child.pid) {
		cpu_set_t all;

		close(go[1]);
		close(done[0]);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		memset(&all, 0xff, sizeof(all));
		if (cpu >= 0)
			guest_pin(cpu);
		else if (sched_setaffinity(0, sizeof(all), &all))
			_exit(1);
		if (sched_setscheduler(0, policy, &param) || write(done[1], "", 1) != 1)
			_exit(1);
		while (read(go[0], &byte, 1) == 1) {
			act();
			if (write(done[1], "", 1) != 1)
				_exit(1);
		}
		_exit(0);
	}
	close(go[0]);
	close(done[1]);
	if (read(child.done, &byte, 1) != 1)
		exit(1);
	guest_pass(MSEC);	/* a moment for it to be asleep */
	return child;
}

static void let_go(const struct child *child)
{
	if (write(child->go, "", 1) != 1)
		exit(1);
}

static void wait_done(const struct child *child)
{
	char byte;

	if (read(child->done, &byte, 1) != 1)
		exit(1);
}

static void end_child(struct child *child)
{
	guest_kill(child->pid);
	close(child->go);
	close(child->done);
}

/* A child does it once. */
static void do_once(int cpu, int policy, void (*act)(void))
{
	struct child child = make_child(cpu, policy, act);

	let_go(&child);
	wait_done(&child);
	end_child(&child);
}

static void act_sleep(void)
{
	for (int i = 0; i < TIMES; i++)
		guest_pass(2 * MSEC);
}

static void act_yield(void)
{
	for (int i = 0; i < TIMES; i++)
		sched_yield();
}

static void act_nothing(void)
{
}

static void set_cpus(pid_t pid, unsigned mask)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	for (int cpu = 0; cpu < CPUS; cpu++)
		if (mask & 1U << cpu)
			CPU_SET(cpu, &set);
	if (sched_setaffinity(pid, sizeof(set), &set))
		exit(1);
}

/* It goes to CPU 0 and may run on CPU 1 as well. */
static void act_move_to_0(void)
{
	set_cpus(0, 1);
	set_cpus(0, 3);
}

static void hogs(pid_t hog[CPUS], unsigned mask)
{
	for (int cpu = 0; cpu < CPUS; cpu++)
		hog[cpu] = mask & 1U << cpu ? guest_hog(cpu, 0) : 0;
}

static void kill_hogs(const pid_t hog[CPUS])
{
	for (int cpu = 0; cpu < CPUS; cpu++)
		if (hog[cpu])
			guest_kill(hog[cpu]);
}

/* A child of @policy sleeps TIMES times on CPU 3, beside a hog there. */
static void sleep_beside_hog(int policy)
{
	pid_t hog = guest_hog(3, 0);

	do_once(3, policy, act_sleep);
	guest_kill(hog);
}

static struct span move_DIRECT_DISPATCHES(void)
{
	do_once(-1, SCHED_OTHER, act_sleep);
	return (struct span){ TIMES, TIMES + NOISE };
}

static struct span move_LOCAL_DISPATCHES(void)
{
	struct bpfland_tunables t = guest_tunables;

	t.flags |= BPFLAND_LOCAL_PER_CPU;
	sched_publish(s, &t);
	/* SCHED_BATCH takes the CPU from nobody, so all that it gets is a place at the front. */
	sleep_beside_hog(SCHED_BATCH);
	sched_publish(s, &guest_tunables);
	return (struct span){ TIMES * 9 / 10, TIMES + NOISE };
}

static struct span move_SHARED_DISPATCHES(void)
{
	/* Once for each time that it wakes up, and once for the hog that makes way. */
	sleep_beside_hog(SCHED_BATCH);
	return (struct span){ TIMES, 2 * TIMES + NOISE };
}

static struct span move_STOLEN_DISPATCHES(void)
{
	pid_t hog[CPUS], waiting[3];

	/* Who comes into being while all CPUs are busy waits near its parent, on CPUs 0 and 1. */
	hogs(hog, 0xf);
	for (int i = 0; i < 3; i++) {
		waiting[i] = guest_hog(0, 0);
		set_cpus(waiting[i], 0xf);
	}
	/* The other two have nothing to do any more. */
	guest_kill(hog[2]);
	guest_kill(hog[3]);
	guest_pass(100 * MSEC);
	for (int i = 0; i < 3; i++)
		guest_kill(waiting[i]);
	hog[2] = hog[3] = 0;
	kill_hogs(hog);
	/* Three tasks for two CPUs: how often one moves is up to who sleeps when. */
	return (struct span){ 1, 10 * TIMES };
}

static struct span move_HANDOVERS(void)
{
	struct child child = make_child(-1, SCHED_OTHER, act_nothing);

	/* This program never runs for long, and sleeps right after it has written. */
	for (int i = 0; i < TIMES; i++) {
		guest_pass(MSEC);
		let_go(&child);
		wait_done(&child);
	}
	end_child(&child);
	return (struct span){ TIMES / 2, 2 * TIMES + NOISE };
}

static struct span move_PREEMPTIONS(void)
{
	sleep_beside_hog(SCHED_OTHER);
	return (struct span){ TIMES * 9 / 10, TIMES + NOISE };
}

static struct span move_REMOTE_PREEMPTIONS(void)
{
	struct child child;
	pid_t hog[CPUS];

	hogs(hog, 0xf);
	child = make_child(0, SCHED_OTHER, act_move_to_0);
	set_cpus(child.pid, 3);
	for (int i = 0; i < TIMES; i++) {
		/* Whoever wakes it up goes on, here on CPU 0; the hog on CPU 1 makes way. */
		let_go(&child);
		wait_done(&child);
		guest_pass(3 * MSEC);
	}
	end_child(&child);
	kill_hogs(hog);
	return (struct span){ TIMES / 4, 3 * TIMES };
}

static struct span move_KEPT_RUNNING(void)
{
	pid_t hog = guest_hog(3, 0);

	/* A slice is 3 ms, and ends with a tick of 4 ms. */
	guest_pass(400 * MSEC);
	guest_kill(hog);
	return (struct span){ 400 / 8, 400 / 3 + NOISE };
}

static struct span move_RT_REENQUEUES(void)
{
	pid_t hog = guest_hog(3, 0);

	for (int i = 0; i < 20; i++) {
		guest_pass(2 * MSEC);
		guest_wait(guest_rt(3, MSEC));
	}
	guest_kill(hog);
	return (struct span){ 15, 40 + NOISE };
}

static struct span move_INTERACTIVE_PROMOTIONS(void)
{
	struct child child[10];

	for (int i = 0; i < 10; i++) {
		child[i] = make_child(-1, SCHED_OTHER, act_sleep);
		let_go(&child[i]);
	}
	for (int i = 0; i < 10; i++) {
		wait_done(&child[i]);
		/* A quarter of a second is over only now, and the next sleep decides. */
		let_go(&child[i]);
		wait_done(&child[i]);
		end_child(&child[i]);
	}
	return (struct span){ 10, 20 };
}

static struct span move_SYNC_PROMOTIONS(void)
{
	struct child child[10];

	for (int i = 0; i < 10; i++)
		child[i] = make_child(-1, SCHED_OTHER, act_nothing);
	/* This program is interactive; it writes into a pipe and is about to sleep. */
	for (int i = 0; i < 500; i++)
		guest_pass(MSEC);
	for (int i = 0; i < 10; i++) {
		let_go(&child[i]);
		wait_done(&child[i]);
		end_child(&child[i]);
	}
	return (struct span){ 9, 20 };
}

static struct span move_DEADLINE_CLAMPS(void)
{
	pid_t a = guest_hog(3, 19), b = guest_hog(3, 19), c = guest_hog(3, -20);

	/* Beside the third, a slice of the others costs seconds, more than one may be ahead. */
	guest_pass(400 * MSEC);
	guest_kill(a);
	guest_kill(b);
	guest_kill(c);
	return (struct span){ 2, 400 + NOISE };
}

static struct span move_STARVATION_RESCUES(void)
{
	pid_t near[2], far[4], rt[2];

	/* For half a second nobody serves the queue of CPUs 0 and 1, and the others are busy. */
	guest_pin(2);
	for (int i = 0; i < 4; i++)
		far[i] = guest_hog(2 + i % 2, 0);
	for (int i = 0; i < 2; i++) {
		near[i] = guest_hog(i, 0);
		rt[i] = guest_rt(i, 500 * MSEC);
		set_cpus(near[i], 0xf);
	}
	guest_wait(rt[0]);
	guest_wait(rt[1]);
	for (int i = 0; i < 2; i++)
		guest_kill(near[i]);
	for (int i = 0; i < 4; i++)
		guest_kill(far[i]);
	guest_pin(0);
	return (struct span){ 1, TIMES };
}

static void act_compute(void)
{
	for (uint64_t end = guest_now() + 10 * MSEC; guest_now() < end;)
		;
}

/* A queue where nobody was for long has neglected nobody when somebody comes. */
static struct span move_nothing(void)
{
	struct child near[4];
	pid_t far[4];

	guest_pin(2);
	for (int i = 0; i < 4; i++) {
		far[i] = guest_hog(2 + i % 2, 0);
		near[i] = make_child(i % 2, SCHED_OTHER, act_compute);
		set_cpus(near[i].pid, 0xf);
	}
	for (int round = 0; round < 20; round++) {
		guest_pass(2 * guest_tunables.starvation_ns);
		for (int i = 0; i < 4; i++)
			let_go(&near[i]);
		for (int i = 0; i < 4; i++)
			wait_done(&near[i]);
	}
	for (int i = 0; i < 4; i++) {
		end_child(&near[i]);
		guest_kill(far[i]);
	}
	guest_pin(0);
	/* In real time, the machine that emulates this one may have kept a CPU for so long. */
	return (struct span){ 0, guest_is_exact() ? 0 : 20 };
}

static struct span move_YIELDS(void)
{
	do_once(3, SCHED_OTHER, act_yield);
	return (struct span){ TIMES, TIMES + 5 };
}

static struct span move_IDLE_KICKS(void)
{
	pid_t a = guest_hog(3, 0), b = guest_hog(3, 0);

	for (int i = 0; i < TIMES; i++) {
		/* One of them is made to wait for CPU 3 while others have nothing to do. */
		set_cpus(a, 8);
		guest_pass(MSEC);
		set_cpus(a, 0xf);
	}
	guest_kill(a);
	guest_kill(b);
	return (struct span){ TIMES / 10, 3 * TIMES };
}

/* The CPUs that all tasks prefer; none: no preference. */
static void prefer(unsigned mask)
{
	struct sched_domains d = {};

	d.primary.word[0] = mask;
	CHECK_EQ(sched_set_domains(s, &d), 0);
}

static struct span move_DOMAIN_PLACEMENTS(void)
{
	prefer(0xc);
	do_once(-1, SCHED_OTHER, act_sleep);
	prefer(0);
	return (struct span){ TIMES, TIMES + 2 * NOISE };
}

static struct span move_DOMAIN_OVERFLOWS(void)
{
	pid_t hog = guest_hog(3, 0);

	prefer(8);
	do_once(-1, SCHED_OTHER, act_sleep);
	prefer(0);
	guest_kill(hog);
	return (struct span){ TIMES * 9 / 10, TIMES + 2 * NOISE };
}

static struct span move_DOMAIN_RETURNS(void)
{
	pid_t hog = guest_hog(2, 0), in_the_way;

	/* Ten times the only CPU of the domain becomes idle, and the hog comes back to it. */
	prefer(8);
	for (int i = 0; i < 10; i++) {
		in_the_way = guest_hog(3, 0);
		set_cpus(hog, 4);
		guest_pass(10 * MSEC);
		set_cpus(hog, 0xf);
		guest_kill(in_the_way);
		guest_pass(20 * MSEC);
	}
	prefer(0);
	guest_kill(hog);
	return (struct span){ 5, 10 + NOISE };
}

static struct span move_HOTPLUGS(void)
{
	CHECK(guest_set_online(3, false));
	CHECK(guest_set_online(3, true));
	return (struct span){ 2, 2 };
}

static struct span move_STALE_TUNABLES(void)
{
	struct bpfland_live *live = &s->skel->bss->live;
	uint64_t g = __atomic_load_n(&live->current, __ATOMIC_RELAXED) + 1;

	/* The writer has said that there is a new set, and is stopped before it is whole. */
	__atomic_store_n(&live->slot[g % LIVE_SLOTS].seq, 2 * g - 1, __ATOMIC_SEQ_CST);
	__atomic_store_n(&live->current, g, __ATOMIC_SEQ_CST);
	do_once(3, SCHED_OTHER, act_yield);
	__atomic_store_n(&live->current, g - 1, __ATOMIC_SEQ_CST);
	return (struct span){ TIMES, 50 * TIMES };
}

static void check_counter(const char *name, enum bpfland_counter c, struct span (*move)(void))
{
	uint64_t before = guest_counter(s, c), moved;
	struct span span = move();

	moved = guest_counter(s, c) - before;
	printf("%-24s %6" PRIu64 " (%" PRIu64 " to %" PRIu64 ")\n", name, moved, span.least,
	       span.most);
	if (moved < span.least || moved > span.most) {
		fprintf(stderr, "%s moved by %" PRIu64 "\n", name, moved);
		CHECK(moved >= span.least);
		CHECK(moved <= span.most);
	}
}

int main(void)
{
	struct error err = {};
	char *dump;

	guest_require(CPUS);
	guest_pin(0);
	s = guest_start(0);
	if (sched_dump(s, &dump, &err) < 0 || !strstr(dump, "queue 1: ")) {
		printf("skipped: all CPUs share one cache here\n");
		return 77;
	}
	free(dump);
#define X(symbol, name, meaning)                                                                 \
	check_counter(name, BPFLAND_COUNTER_##symbol, move_##symbol);
	BPFLAND_COUNTERS(X)
#undef X
	check_counter("no StarvationRescues", BPFLAND_COUNTER_STARVATION_RESCUES, move_nothing);
	CHECK_EQ(sched_ended(s, NULL), 0);
	sched_free(s);
	return TEST_RESULT();
}
