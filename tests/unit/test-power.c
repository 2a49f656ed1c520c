/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Power: how busy a CPU counts as, and the manager, which has in force what the tunables say while
 * the scheduler is attached and leaves nothing of it behind.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bpf/power.h"
#include "daemon/fs.h"
#include "tests/test.h"
#include "tests/unit/manager-fixture.h"

#define LATENCY "sys/devices/system/cpu/cpu0/power/pm_qos_resume_latency_us"
#define LATENCY_OF_4 "sys/devices/system/cpu/cpu4/power/pm_qos_resume_latency_us"

static void a_busy_cpu_gets_all(void)
{
	u32 busy = 0, last;

	for (int i = 0; i < 100; i++) {
		last = busy;
		busy = power_busy(busy, 1);
		CHECK(busy >= last);
		CHECK(busy <= POWER_FULL);
	}
	CHECK_EQ(busy, POWER_FULL);
	/* Within eight ticks it had more than half. */
	busy = 0;
	for (int i = 0; i < 8; i++)
		busy = power_busy(busy, 1);
	CHECK(busy > POWER_FULL / 2);
}

static void one_that_is_busy_now_and_then_gets_that_much(void)
{
	for (u64 every = 2; every <= 16; every *= 2) {
		u32 busy = 0;

		for (int i = 0; i < 200; i++)
			busy = power_busy(busy, every);
		/* Right after a busy tick, so above the average, by one step. */
		CHECK(busy >= POWER_FULL / every);
		CHECK(busy <= POWER_FULL / every + POWER_FULL / POWER_TICKS);
	}
}

static void one_that_slept_long_starts_anew(void)
{
	CHECK_EQ(power_busy(POWER_FULL, 1000), power_busy(0, 1));
	CHECK_EQ(power_busy(POWER_FULL, UINT64_MAX), power_busy(0, 1));
	CHECK_EQ(power_busy(0, UINT64_MAX), power_busy(0, 1));
	CHECK_EQ(power_busy(POWER_FULL, 0), POWER_FULL);
}

static void the_scheduler_is_told(void)
{
	const struct manager_request by = { ":1.1", 1000, "a reason", "org.example.App" };
	struct error err = {};
	uint32_t cookie;

	open_manager();
	CHECK_EQ(fake_sched.power.frequency, BPFLAND_FREQUENCY_OFF);
	CHECK_EQ(fake_sched.power.throttle_ns, 0);
	CHECK_EQ(set(TUNABLE_THROTTLE, 500, &err), 0);
	CHECK_EQ(fake_sched.power.throttle_ns, 500000);
	CHECK_EQ(fake_sched.power.run_ns, tunable_table[TUNABLE_SLICE_MAX].def * 1000);
	CHECK_EQ(set(TUNABLE_CPU_FREQUENCY, BPFLAND_FREQUENCY_MIN, &err), 0);
	CHECK_EQ(fake_sched.power.frequency, BPFLAND_FREQUENCY_MIN);

	/* Who asks for low latency gets shorter slices, and nobody a smaller share. */
	CHECK_EQ(manager_request_latency(m, &by, 100, &cookie, &err), 0);
	CHECK_EQ(manager_tunables(m)->value[TUNABLE_SLICE_MAX], 200);
	CHECK_EQ(fake_sched.power.run_ns, tunable_table[TUNABLE_SLICE_MAX].def * 1000);

	/* A new scheduler knows nothing of it, and is told at once. */
	fake_sched.power = (struct bpfland_power){};
	CHECK_EQ(manager_sched_restart(m, &err), 0);
	CHECK_EQ(fake_sched.power.frequency, BPFLAND_FREQUENCY_MIN);
	CHECK_EQ(fake_sched.power.throttle_ns, 500000);

	fake_sched.power_error = EIO;
	CHECK_EQ(set(TUNABLE_THROTTLE, 600, &err), 0);
	CHECK_NAMES(log_text(), "ThrottleUSec");
	close_manager();
}

static void sysfs_is_as_it_was(void)
{
	struct error err = {};

	tree_write(&tree, LATENCY, "0\n");
	open_manager();
	CHECK(manager_supported_tunables(m) & 1u << TUNABLE_IDLE_RESUME);
	CHECK_STR(tree_read(&tree, LATENCY), "0\n");
	CHECK_EQ(set(TUNABLE_IDLE_RESUME, 120, &err), 0);
	CHECK_STR(tree_read(&tree, LATENCY), "120");

	/* Detached, the machine is the kernel's own; attached, the tunable is in force again. */
	CHECK_EQ(manager_sched_stop(m, &err), 0);
	CHECK_STR(tree_read(&tree, LATENCY), "0");
	CHECK_EQ(manager_sched_start(m, &err), 0);
	CHECK_STR(tree_read(&tree, LATENCY), "120");
	CHECK_EQ(set(TUNABLE_IDLE_RESUME, -1, &err), 0);
	CHECK_STR(tree_read(&tree, LATENCY), "0");

	CHECK_EQ(set(TUNABLE_IDLE_RESUME, 50, &err), 0);
	fake_sched_end(1024, 0, "runtime error", "", NULL);
	settle();
	if (manager_state(m) != LIFECYCLE_RUNNING)
		CHECK_STR(tree_read(&tree, LATENCY), "0");
	WAIT_FOR(LIFECYCLE_RUNNING);
	CHECK_STR(tree_read(&tree, LATENCY), "50");
	close_manager();
	CHECK_STR(tree_read(&tree, LATENCY), "0");
}

static void a_cpu_that_comes_gets_it_too(void)
{
	struct error err = {};

	tree_write(&tree, LATENCY, "0\n");
	open_manager();
	CHECK_EQ(set(TUNABLE_IDLE_RESUME, 120, &err), 0);
	tree_write(&tree, LATENCY_OF_4, "7\n");
	tree_write(&tree, "sys/devices/system/cpu/online", "0-4\n");
	tree_write(&tree, "sys/devices/system/cpu/present", "0-4\n");
	manager_handle_uevent(m, UEVENT_CPU);
	settle();
	CHECK_STR(tree_read(&tree, LATENCY_OF_4), "120");
	CHECK_STR(tree_read(&tree, LATENCY), "120");
	CHECK_EQ(set(TUNABLE_IDLE_RESUME, -1, &err), 0);
	CHECK_STR(tree_read(&tree, LATENCY_OF_4), "7");
	CHECK_STR(tree_read(&tree, LATENCY), "0");
	close_manager();
}

static void a_cycle_is_not_too_short(void)
{
	struct bpfland_power p;
	struct tunables t;

	tunables_compute(&t, NULL, NULL);
	t.value[TUNABLE_THROTTLE] = 300;
	tunables_to_power(&t, 100, &p);
	CHECK(p.run_ns + p.throttle_ns >= THROTTLE_CYCLE_MIN_NS);
	CHECK_EQ(p.throttle_ns, 3 * p.run_ns);
	tunables_to_power(&t, 3000, &p);
	CHECK_EQ(p.run_ns, 3000000);
	CHECK_EQ(p.throttle_ns, 300000);
	t.value[TUNABLE_THROTTLE] = 0;
	tunables_to_power(&t, 100, &p);
	CHECK_EQ(p.throttle_ns, 0);
}

static void what_a_killed_daemon_left_is_put_back(void)
{
	tree_write(&tree, LATENCY, "120\n");
	tree_write(&tree, "run/idle-resume", "0 33\n");
	open_manager();
	CHECK_STR(tree_read(&tree, LATENCY), "33");
	CHECK(!fs_exists(tree_path(&tree, "run/idle-resume")));
	close_manager();
}

/* What stands in sysfs because it was asked for is nobody's to put back. */
static void what_is_in_force_is_not_put_back(void)
{
	const struct manager_paths *paths;
	struct error err = {};

	tree_write(&tree, LATENCY, "33\n");
	open_manager();
	paths = m->paths;
	CHECK_EQ(set(TUNABLE_IDLE_RESUME, 120, &err), 0);
	CHECK_EQ(manager_restore(paths), -EBUSY);
	CHECK_STR(tree_read(&tree, LATENCY), "120");
	CHECK(fs_exists(tree_path(&tree, "run/idle-resume")));
	close_manager();
	CHECK_STR(tree_read(&tree, LATENCY), "33");

	/* Another time it was killed: its lock went with it. */
	tree_write(&tree, LATENCY, "120\n");
	tree_write(&tree, "run/idle-resume", "0 33\n");
	CHECK_EQ(manager_restore(paths), 0);
	CHECK_STR(tree_read(&tree, LATENCY), "33");
}

/* Has the lock, as --restore, until the manager says that it is in the way. */
static pid_t lock_for_a_while(void)
{
	char path[128];
	int fds[2];
	pid_t pid;
	char c;

	snprintf(path, sizeof(path), "%s", tree_path(&tree, "run/" FILE_LOCK));
	if (pipe(fds) < 0)
		abort();
	pid = fork();
	if (pid == 0) {
		int fd = fs_lock(path, FS_LOCK_ALONE);

		if (fd < 0 || write(fds[1], "x", 1) != 1)
			_exit(1);
		for (unsigned i = 0; i < 10000 && !strstr(log_text(), "--restore"); i++)
			usleep(1000);
		_exit(0);
	}
	if (pid < 0 || read(fds[0], &c, 1) != 1)
		abort();
	close(fds[0]);
	close(fds[1]);
	return pid;
}

/* Or it would write over what the manager does next, and the next one would not see the manager. */
static void a_restore_that_is_at_work_is_waited_for(void)
{
	struct error err = {};
	pid_t restore;
	int status;

	tree_write(&tree, LATENCY, "33\n");
	restore = lock_for_a_while();
	open_manager();
	CHECK_EQ(waitpid(restore, &status, 0), restore);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	CHECK_EQ(set(TUNABLE_IDLE_RESUME, 120, &err), 0);
	CHECK_EQ(manager_restore(m->paths), -EBUSY);
	CHECK_STR(tree_read(&tree, LATENCY), "120");
	close_manager();
}

static void no_such_machine(void)
{
	struct error err = {};

	open_manager();
	CHECK_EQ(set(TUNABLE_IDLE_RESUME, 120, &err), -EOPNOTSUPP);
	close_manager();
}

int main(void)
{
	RUN(a_busy_cpu_gets_all);
	RUN(one_that_is_busy_now_and_then_gets_that_much);
	RUN(one_that_slept_long_starts_anew);
	RUN(a_cycle_is_not_too_short);
	CASE(the_scheduler_is_told);
	CASE(sysfs_is_as_it_was);
	CASE(a_cpu_that_comes_gets_it_too);
	CASE(what_a_killed_daemon_left_is_put_back);
	CASE(what_is_in_force_is_not_put_back);
	CASE(a_restore_that_is_at_work_is_waited_for);
	CASE(no_such_machine);
	return TEST_RESULT();
}
