/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Recordings: what is read from them, in both spellings, and what a replay does.
 */
#include <stdlib.h>

#include "tests/sim/trace.h"
#include "tests/sim/usual.h"
#include "tests/sim/watch.h"
#include "tests/sim/workload.h"

#define MS NSEC_PER_MSEC

/* Task 7 runs 2 ms, sleeps 3, waits 1 for task 8, runs 1; task 8 runs from the beginning on. */
static const char tracefs[] =
	"# tracer: nop\n"
	" <idle>-0 [000] d..2. 10.000000: sched_wakeup: comm=a b pid=7 prio=120 target_cpu=000\n"
	" <idle>-0 [000] d..2. 10.000000: sched_switch: prev_comm=swapper/0 prev_pid=0 "
	"prev_prio=120 prev_state=R ==> next_comm=a b next_pid=7 next_prio=120\n"
	" a b-7 [000] d..2. 10.002000: sched_switch: prev_comm=a b prev_pid=7 prev_prio=120 "
	"prev_state=S ==> next_comm=hog next_pid=8 next_prio=125\n"
	" hog-8 [000] d..2. 10.005000: sched_wakeup: comm=a b pid=7 prio=120 target_cpu=000\n"
	" hog-8 [000] d..2. 10.006000: sched_switch: prev_comm=hog prev_pid=8 prev_prio=125 "
	"prev_state=R+ ==> next_comm=a b next_pid=7 next_prio=120\n"
	" a b-7 [000] d..2. 10.007000: sched_switch: prev_comm=a b prev_pid=7 prev_prio=120 "
	"prev_state=S ==> next_comm=hog next_pid=8 next_prio=125\n"
	" hog-8 [000] d..2. 10.009000: sched_switch: prev_comm=hog prev_pid=8 prev_prio=125 "
	"prev_state=S ==> next_comm=swapper/0 next_pid=0 next_prio=120\n";

static const char perf[] =
	" swapper 0 [000] 10.000000: sched:sched_wakeup: a b:7 [120] CPU:000\n"
	" swapper 0 [000] 10.000000: sched:sched_switch: swapper/0:0 [120] R ==> a b:7 [120]\n"
	" a b 7 [000] 10.002000: sched:sched_switch: a b:7 [120] S ==> hog:8 [125]\n"
	" hog 8 [000] 10.005000: sched:sched_wakeup: a b:7 [120] CPU:000\n"
	" hog 8 [000] 10.006000: sched:sched_switch: hog:8 [125] R+ ==> a b:7 [120]\n"
	" a b 7 [000] 10.007000: sched:sched_switch: a b:7 [120] S ==> hog:8 [125]\n"
	" hog 8 [000] 10.009000: sched:sched_switch: hog:8 [125] S ==> swapper/0:0 [120]\n";

static int read_text(struct trace *ret, const char *text, struct error *err)
{
	FILE *f = fmemopen((char *)text, strlen(text), "r");
	int r = trace_read(ret, f, "capture", err);

	fclose(f);
	return r;
}

static void check_recording(const char *text)
{
	struct trace t;

	CHECK_EQ(read_text(&t, text, NULL), 0);
	CHECK_EQ(t.n, 2);
	CHECK_STR(t.task[0]->name, "a b");
	CHECK_EQ(t.task[0]->pid, 7);
	CHECK_EQ(t.task[0]->n, 2);
	CHECK_EQ(t.task[0]->piece[0].run_ns, 2 * MS);
	CHECK_EQ(t.task[0]->piece[0].sleep_ns, 3 * MS);
	CHECK_EQ(t.task[0]->piece[1].run_ns, 1 * MS);
	CHECK_STR(t.task[1]->name, "hog");
	CHECK_EQ(t.task[1]->prio, 125);
	CHECK_EQ(t.task[1]->start_ns, 2 * MS);
	CHECK_EQ(t.task[1]->n, 1);
	CHECK_EQ(t.task[1]->piece[0].run_ns, 6 * MS);
	trace_done(&t);
}

static void test_both_spellings(void)
{
	check_recording(tracefs);
	check_recording(perf);
}

static void test_what_is_no_recording(void)
{
	struct trace t;
	struct error err;

	CHECK(read_text(&t, "hello\nworld\n", &err) < 0);
	CHECK_NAMES(err.message, "sched_switch");
	CHECK(read_text(&t, "\n x 1 [000] 1.000000: sched_switch: rubbish\n", &err) < 0);
	CHECK_NAMES(err.message, "capture:2");
}

/* The same work again; beside a hog of our own it takes longer, but none of it is lost. */
static void test_replay_does_the_same_work(void)
{
	static struct sim sim;
	struct trace t;

	CHECK_EQ(read_text(&t, tracefs, NULL), 0);
	usual_machine(&sim, "1", 1);
	CHECK_EQ(workload_add(&sim, "hog", NULL), 0);
	trace_add(&sim, &t);
	sim_run(&sim, NSEC_PER_SEC);
	CHECK_EQ(sim.group[1]->nr_tasks, 2);
	CHECK_EQ(sim.group[1]->task[0]->state, TASK_DEAD);
	CHECK_EQ(sim.group[1]->task[1]->state, TASK_DEAD);
	CHECK(sim.group[1]->run_ns >= 9 * MS && sim.group[1]->run_ns < 9 * MS + MS / 10);
	sim_done(&sim);
	trace_done(&t);
}

/*
 * Recorded in a guest with one CPU and this scheduler: two hogs, four threads that wake up every
 * 8 ms, a frame 60 times in a second, and what a system does by itself.
 */
static void read_fixture(struct trace *ret)
{
	const char *source = getenv("BPFLAND_SOURCE");
	char path[4096];
	FILE *f;

	snprintf(path, sizeof(path), "%s/tests/sim/fixtures/hogs-wake-frame.txt",
		 source ? source : ".");
	f = fopen(path, "re");
	CHECK(f);
	if (!f)
		exit(1);
	CHECK_EQ(trace_read(ret, f, path, NULL), 0);
	fclose(f);
}

/* What was replayed until everybody is done, with slices of at most @slice_max_ns. */
static void replay(struct sim *sim, const struct trace *t, u64 slice_max_ns)
{
	usual_machine(sim, "1", 1);
	sim->tunables.slice_max_ns = slice_max_ns;
	trace_add(sim, t);
	sim_run(sim, 10 * (t->last - t->first));
	CHECK_EQ(sim->nr_runnable, 0);
}

static bool about(u64 is, u64 expected, unsigned percent, u64 slack)
{
	u64 off = expected * percent / 100 + slack;

	return is + off >= expected && is <= expected + off;
}

static void test_replay_is_faithful(void)
{
	u64 recorded = 0, length;
	static struct sim sim;
	struct trace t;

	read_fixture(&t);
	replay(&sim, &t, 3 * MS);
	for (size_t i = 0; i < t.n; i++) {
		const struct recording *r = t.task[i];
		u64 ran = 0;

		for (size_t piece = 0; piece < r->n; piece++)
			ran += r->piece[piece].run_ns;
		recorded += ran;
		/* The work, and the switches that it takes. */
		CHECK(sim.group[0]->task[i]->sum_exec >= ran);
		CHECK(about(sim.group[0]->task[i]->sum_exec, ran, 5, r->n * 10 * NSEC_PER_USEC));
	}
	length = t.last - t.first;
	CHECK(about(sim.group[0]->run_ns, recorded, 2, 0));
	/* One CPU was busy all the time. */
	CHECK(about(recorded, length, 2, 0));
	CHECK(t.wake.n > 100);
	/* All of the recorded ones but, of each task, the first. */
	CHECK(about(sim.group[0]->wake.n, t.wake.n, 0, t.n));
	/*
	 * Woken tasks got the CPU within microseconds then, and do now. Not so the slowest of them:
	 * the recording is shorter than the window in which tasks are classified, so that in the
	 * replay, which knows nothing of the time before, none is interactive yet.
	 */
	CHECK(about(histogram_quantile(&sim.group[0]->wake, 500),
		    histogram_quantile(&t.wake, 500), 0, 5 * NSEC_PER_USEC));
	sim_done(&sim);
	trace_done(&t);
}

/* Other tunables, other figures; the work stays the same. */
static void test_what_if(void)
{
	static struct sim as_it_is, longer;
	struct trace t;

	read_fixture(&t);
	replay(&as_it_is, &t, 3 * MS);
	replay(&longer, &t, 40 * MS);
	CHECK(about(longer.group[0]->run_ns, as_it_is.group[0]->run_ns, 1, 0));
	CHECK(longer.involuntary < as_it_is.involuntary);
	sim_done(&as_it_is);
	sim_done(&longer);
	trace_done(&t);
}

int main(void)
{
	RUN(test_both_spellings);
	RUN(test_what_is_no_recording);
	RUN(test_replay_does_the_same_work);
	RUN(test_replay_is_faithful);
	RUN(test_what_if);
	return TEST_RESULT();
}
