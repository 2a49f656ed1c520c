/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The manager and its scheduler: attaching, ends, kernels that cannot, and other schedulers.
 */
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/text.h"
#include "tests/test.h"
#include "tests/unit/manager-fixture.h"

static void starts_and_stops(void)
{
	open_manager();
	CHECK_EQ(manager_state(m), LIFECYCLE_RUNNING);
	CHECK_STR(manager_scheduler(m), "bpfland");
	CHECK_STR(manager_profile(m), "balanced");
	CHECK_STR(manager_active_profile(m), "balanced");
	CHECK_STR(manager_kernel(m), "6.18.0-test");
	CHECK_EQ(manager_generation(m), 1);
	CHECK_EQ(fake_sched.tunables.slice_max_ns, 3000000);
	CHECK(take_told() & MANAGER_CHANGED_STATE);
	CHECK_NAMES(manager_state_text(m), "balanced");
	CHECK(!manager_last_exit(m)->valid);
	/* Starting what runs changes nothing. */
	CHECK_EQ(manager_sched_start(m, NULL), 0);
	CHECK_EQ(fake_sched.n_starts, 1);
	CHECK_EQ(n_told, 0);

	manager_shutdown(m);
	CHECK(!fake_sched.attached);
	CHECK_EQ(manager_state(m), LIFECYCLE_STOPPED);
	CHECK_STR(manager_scheduler(m), "");
	CHECK_EQ(manager_generation(m), 0);
	CHECK(!manager_last_exit(m)->valid);	/* it was asked to */
	close_manager();
	CHECK_STR(tree_read(&tree, "run/running"), "");
	CHECK(!strstr(log_text(), "previous run"));
}

static void stop_is_sticky(void)
{
	open_manager();
	CHECK_EQ(manager_sched_stop(m, NULL), 0);
	CHECK_EQ(manager_state(m), LIFECYCLE_STOPPED);
	CHECK_EQ(manager_sched_stop(m, NULL), 0);
	CHECK_EQ(manager_reload(m, NULL), 0);
	CHECK_EQ(manager_set_profile(m, "latency", NULL), 0);
	CHECK_EQ(manager_state(m), LIFECYCLE_STOPPED);
	close_manager();
	/* systemd starts the crashed daemon again: it stays stopped. */
	open_manager();
	CHECK_EQ(manager_state(m), LIFECYCLE_STOPPED);
	CHECK_EQ(fake_sched.n_starts, 1);
	CHECK_NAMES(manager_state_text(m), "Stopped");
	/* An orderly end forgets it: systemctl restart attaches. */
	manager_shutdown(m);
	close_manager();
	open_manager();
	CHECK_EQ(manager_state(m), LIFECYCLE_RUNNING);
	/* And so does Start, for good. */
	manager_sched_stop(m, NULL);
	CHECK_EQ(manager_sched_start(m, NULL), 0);
	close_manager();
	open_manager();
	CHECK_EQ(manager_state(m), LIFECYCLE_RUNNING);
	close_manager();
}

static void an_end_is_reported_and_mended(void)
{
	const struct exit_report *r;
	struct stat st;
	unsigned told;

	open_manager();
	manager_set_profile(m, "latency", NULL);
	set(TUNABLE_STICKY_TASKS, 1, NULL);
	take_told();
	fake_sched_end(1025, 3, "scx_bpf_error", "bad \xff thing\nhappened", "CPU 0\n");
	settle();
	told = take_told();
	CHECK(told & MANAGER_SCHEDULER_EXITED);
	r = manager_last_exit(m);
	CHECK(r->valid);
	CHECK_EQ(r->kind, 1025);
	CHECK_EQ(r->code, 3);
	CHECK_STR(r->reason, "scx_bpf_error");
	CHECK_STR(r->message, "bad ? thing\nhappened");
	CHECK_STR(r->dump, "CPU 0\n");
	CHECK_STR(r->profile, "latency");
	CHECK_EQ(r->generation, 3);
	CHECK_EQ(r->tunables.value[TUNABLE_STICKY_TASKS], 1);
	CHECK(r->since_usec > UINT64_C(1700000000000000));
	CHECK(!stat(tree_path(&tree, "lib/last-exit.json"), &st));
	CHECK_EQ(st.st_mode & 07777, 0600);
	CHECK_NAMES(log_text(), "bpfland ended by itself after 0.");
	CHECK_NAMES(log_text(), "scx_bpf_error: bad ? thing happened");
	CHECK_NAMES(log_text(), "Attaching again in");

	WAIT_FOR(LIFECYCLE_RUNNING);
	CHECK_EQ(manager_n_restarts(m), 1);
	CHECK_EQ(fake_sched.n_starts, 2);
	/* What was in force is in force again, overrides included. */
	CHECK_EQ(fake_sched.tunables.slice_max_ns, 1000000);
	CHECK(fake_sched.tunables.flags & BPFLAND_STICKY_TASKS);
	/* On a slow machine the first turn of the loop is long enough for the restart, too. */
	told |= take_told();
	CHECK(told & MANAGER_CHANGED_RESTARTS);
	close_manager();
	/* The next run still knows. */
	open_manager();
	CHECK(manager_last_exit(m)->valid);
	CHECK_EQ(manager_last_exit(m)->kind, 1025);
	CHECK_STR(manager_last_exit(m)->dump, "CPU 0\n");
	close_manager();
}

static void a_storm_ends(void)
{
	struct error e;

	open_manager();
	for (unsigned i = 0; i < 2; i++) {
		fake_sched_end(1024, 0, "runtime error", "again", NULL);
		settle();
		WAIT_FOR(LIFECYCLE_RUNNING);
	}
	fake_sched_end(1024, 0, "runtime error", "again", NULL);
	settle();
	CHECK_EQ(manager_state(m), LIFECYCLE_FAILED);
	CHECK_EQ(manager_n_restarts(m), 2);
	CHECK_NAMES(manager_state_text(m), "again");
	CHECK_NAMES(log_text(), "Start it again when the cause is gone");
	/* Not by itself, and not by a reload; by a Start. */
	CHECK_EQ(manager_reload(m, &e), 0);
	settle();
	CHECK_EQ(manager_state(m), LIFECYCLE_FAILED);
	CHECK_EQ(manager_sched_start(m, &e), 0);
	CHECK_EQ(manager_state(m), LIFECYCLE_RUNNING);
	close_manager();
}

static void stalls_behind_real_time_work_are_forgiven(void)
{
	open_manager();
	for (unsigned i = 0; i < 5; i++) {
		fake_sched_end(1026, 0, "runnable task stall", "cc1[99] failed to run for 30.1s",
			       "\nCPU 0   : nr_run=2\n"
			       "          curr=spin[812] class=rt_sched_class\n\n"
			       "  R cc1[99] -30112ms\n");
		settle();
		CHECK_NAMES(manager_last_exit(m)->message, "real-time task spin[812]");
		WAIT_FOR(LIFECYCLE_RUNNING);
	}
	CHECK_EQ(manager_n_restarts(m), 5);
	CHECK_NAMES(log_text(), "spin[812]");
	close_manager();
}

static void sysrq_counts_as_a_stop(void)
{
	open_manager();
	fake_sched_end(67, 0, "disabled by sysrq-S", "", NULL);
	settle();
	CHECK_EQ(manager_state(m), LIFECYCLE_STOPPED);
	CHECK_NAMES(manager_state_text(m), "thrown out by an administrator");
	CHECK_NAMES(log_text(), "bpfland was thrown out by an administrator after");
	CHECK_EQ(manager_last_exit(m)->kind, 67);
	close_manager();
	open_manager();
	CHECK_EQ(manager_state(m), LIFECYCLE_STOPPED);
	CHECK_EQ(manager_sched_start(m, NULL), 0);
	CHECK_EQ(manager_state(m), LIFECYCLE_RUNNING);
	close_manager();
}

static void thrown_out_while_attaching(void)
{
	struct error e;

	fake_sched_fail(1, ERROR_FAILED, EIO, "the kernel threw it out at once");
	fake_sched.exit_at_start = (struct sched_exit){ .kind = 1024, .reason = "runtime error",
							.message = "ops.init() failed (-7)" };
	open_manager();
	CHECK_EQ(manager_state(m), LIFECYCLE_BACKOFF);
	CHECK_EQ(manager_last_exit(m)->kind, 1024);
	CHECK_NAMES(manager_state_text(m), "ops.init() failed (-7)");
	WAIT_FOR(LIFECYCLE_RUNNING);
	manager_sched_stop(m, NULL);
	fake_sched.fail = 1;
	CHECK(manager_sched_start(m, &e) < 0);
	CHECK_NAMES(e.message, "ops.init() failed (-7)");
	CHECK_EQ(manager_state(m), LIFECYCLE_BACKOFF);
	/* Stopping ends the waiting as well. */
	CHECK_EQ(manager_sched_stop(m, NULL), 0);
	CHECK_EQ(manager_state(m), LIFECYCLE_STOPPED);
	settle();
	CHECK_EQ(manager_state(m), LIFECYCLE_STOPPED);
	close_manager();
}

/* State failed, and the sentence has these words. */
static void check_failed(const char *word1, const char *word2)
{
	struct error e;

	open_manager();
	CHECK_EQ(manager_state(m), LIFECYCLE_FAILED);
	CHECK_NAMES(manager_state_text(m), word1);
	CHECK_NAMES(manager_state_text(m), word2);
	CHECK_NAMES(log_text(), word1);
	CHECK(manager_sched_start(m, &e) < 0);
	CHECK_NAMES(e.message, word1);
	/* The daemon lives on, and profiles can be chosen for better days. */
	CHECK_EQ(manager_set_profile(m, "latency", NULL), 0);
	CHECK_STR(manager_active_profile(m), "latency");
	CHECK_EQ(manager_reload(m, NULL), 0);
	close_manager();
}

static void kernels_that_cannot(void)
{
	tree_unlink(&tree, "sys/kernel/btf/vmlinux");
	check_failed("/sys/kernel/btf/vmlinux", "CONFIG_DEBUG_INFO_BTF");
	tree_unlink(&tree, "sys/kernel/sched_ext/state");
	CHECK(!rmdir(tree_path(&tree, "sys/kernel/sched_ext")));
	check_failed("6.18.0-test", "CONFIG_SCHED_CLASS_EXT");
	CHECK_EQ(fake_sched.n_starts, 0);
	open_manager();
	CHECK_EQ(manager_supported_tunables(m), 0);
	CHECK(!*manager_features(m));
	close_manager();
}

static void a_probe_that_says_no(void)
{
	fake_sched.supported = 0;
	fake_sched_fail(0, ERROR_NOT_SUPPORTED, EOPNOTSUPP, "scx_bpf_kick_cpu is defective");
	check_failed("scx_bpf_kick_cpu is defective", "Not attached");
}

static void isolated_cpus(void)
{
	tree_write(&tree, "proc/cmdline", "quiet isolcpus=1\n");
	fake_sched_fail(9, ERROR_FAILED, EINVAL, "attaching failed: Invalid argument");
	check_failed("isolcpus=1", "kernel command line");
}

/* The verifier's pages are for the journal; whoever asks gets a sentence. */
static void refused_code_is_not_tried_again(void)
{
	char message[900];
	struct error e;

	snprintf(message, sizeof(message), "loading the scheduler failed: R1 is no pointer\n%0800d",
		 7);
	fake_sched_fail(9, ERROR_REFUSED, EINVAL, message);
	open_manager();
	CHECK_EQ(manager_state(m), LIFECYCLE_FAILED);
	CHECK(!m->timer_source);
	CHECK_STR(manager_state_text(m), "Not attached, the kernel's own scheduler runs: "
					 "loading the scheduler failed: R1 is no pointer.");
	CHECK_NAMES(log_text(), "<7>loading the scheduler failed: R1 is no pointer\n000");
	CHECK_EQ(manager_sched_start(m, &e), -EIO);
	CHECK_STR(e.message, "loading the scheduler failed: R1 is no pointer");
	close_manager();
	/* One line may be too long as well. */
	snprintf(message, sizeof(message), "loading the scheduler failed: %0800d", 7);
	fake_sched_fail(9, ERROR_REFUSED, EINVAL, message);
	open_manager();
	CHECK(strlen(manager_state_text(m)) < 400);
	CHECK_NAMES(manager_state_text(m), "loading the scheduler failed: 000");
	close_manager();
}

static void no_permission(void)
{
	fake_sched_fail(9, ERROR_ACCESS_DENIED, EPERM, "CAP_BPF is needed");
	check_failed("CAP_BPF", "Not attached");
}

static void a_foreign_scheduler_is_left_alone(void)
{
	struct error e;

	fake_sched_foreign("scx_lavd");
	open_manager();
	CHECK_EQ(manager_state(m), LIFECYCLE_FOREIGN);
	CHECK_STR(manager_scheduler(m), "scx_lavd");
	CHECK_NAMES(manager_state_text(m), "scx_lavd");
	CHECK_NAMES(log_text(), "scx_lavd");
	CHECK_EQ(fake_sched.n_starts, 0);
	CHECK_EQ(manager_reload(m, NULL), 0);
	CHECK_EQ(manager_set_profile(m, "latency", NULL), 0);
	CHECK_EQ(manager_state(m), LIFECYCLE_FOREIGN);
	take_told();
	/* It goes, and nobody asked us to follow; the kernel has forgotten its name. */
	uevent(UEVENT_REMOVE, "(efault)");
	CHECK_EQ(manager_state(m), LIFECYCLE_STOPPED);
	CHECK_STR(manager_scheduler(m), "");
	CHECK_EQ(take_told(), MANAGER_CHANGED_STATE | MANAGER_CHANGED_SCHEDULER);

	/* It comes again; asked for, we follow. */
	uevent(UEVENT_ADD, "scx_lavd");
	CHECK_EQ(manager_state(m), LIFECYCLE_FOREIGN);
	CHECK_EQ(manager_sched_start(m, &e), -EBUSY);
	CHECK_EQ(e.kind, ERROR_FOREIGN);
	CHECK_NAMES(e.message, "scx_lavd");
	CHECK_EQ(fake_sched.n_starts, 0);
	uevent(UEVENT_REMOVE, "scx_lavd");
	CHECK_EQ(manager_state(m), LIFECYCLE_RUNNING);
	CHECK_STR(manager_scheduler(m), "bpfland");
	close_manager();
}

/* The event of its end comes while the kernel still shows it: it is waited for, not mourned. */
static void a_foreign_scheduler_that_is_leaving_is_outlasted(void)
{
	struct error e;

	fake_sched_foreign("scx_lavd");
	open_manager();
	CHECK_EQ(manager_sched_start(m, &e), -EBUSY);
	tree_write(&tree, "sys/kernel/sched_ext/state", "disabling\n");
	manager_handle_uevent(m, UEVENT_REMOVE);
	CHECK_EQ(manager_state(m), LIFECYCLE_BACKOFF);
	CHECK_STR(manager_scheduler(m), "");
	CHECK_NAMES(manager_state_text(m), "just taking out another sched_ext scheduler, scx_lavd");
	fake_sched_foreign(NULL);
	tree_write(&tree, "sys/kernel/sched_ext/state", "disabled\n");
	WAIT_FOR(LIFECYCLE_RUNNING);
	CHECK_EQ(fake_sched.n_starts, 1);
	close_manager();

	/* Nor does one that is leaving when we come count as one that is there. */
	fake_sched_foreign("scx_lavd");
	tree_write(&tree, "sys/kernel/sched_ext/state", "disabling\n");
	open_manager();
	CHECK_EQ(manager_state(m), LIFECYCLE_BACKOFF);
	fake_sched_foreign(NULL);
	WAIT_FOR(LIFECYCLE_RUNNING);
	/* Gone between the kernel's refusal and our look. */
	fake_sched_fail(1, ERROR_FOREIGN, EBUSY, "a scheduler is attached already");
	CHECK(manager_sched_restart(m, &e) < 0);
	CHECK_EQ(e.kind, ERROR_FOREIGN);
	WAIT_FOR(LIFECYCLE_RUNNING);
	close_manager();
}

/* The event of the first one's end is lost. */
static void a_foreign_scheduler_follows_another(void)
{
	fake_sched_foreign("scx_lavd");
	open_manager();
	uevent(UEVENT_ADD, "scx_rusty");
	CHECK_EQ(manager_state(m), LIFECYCLE_FOREIGN);
	CHECK_STR(manager_scheduler(m), "scx_rusty");
	CHECK_NAMES(manager_state_text(m), "scx_rusty");
	fake_sched_foreign(NULL);
	close_manager();
}

/* Events arrive late: about what we did ourselves, or about what is past. */
static void late_events_do_no_harm(void)
{
	open_manager();
	take_told();
	manager_handle_uevent(m, UEVENT_ADD);
	manager_handle_uevent(m, UEVENT_REMOVE);
	manager_tell(m);
	CHECK_EQ(manager_state(m), LIFECYCLE_RUNNING);
	CHECK_EQ(n_told, 0);
	manager_sched_stop(m, NULL);
	take_told();
	/* Our own "add", read after our own Stop. */
	manager_handle_uevent(m, UEVENT_ADD);
	manager_tell(m);
	CHECK_EQ(manager_state(m), LIFECYCLE_STOPPED);
	CHECK_EQ(n_told, 0);
	/* The "remove" of one that is not the one there now. */
	uevent(UEVENT_ADD, "scx_rusty");
	manager_handle_uevent(m, UEVENT_REMOVE);
	CHECK_EQ(manager_state(m), LIFECYCLE_FOREIGN);
	CHECK_STR(manager_scheduler(m), "scx_rusty");
	fake_sched_foreign(NULL);
	close_manager();
}

/* Ours ends, and somebody else is faster than our retry. */
static void a_foreign_scheduler_takes_the_place(void)
{
	open_manager();
	fake_sched_end(1024, 0, "runtime error", "x", NULL);
	uevent(UEVENT_ADD, "scx_lavd");
	CHECK_EQ(manager_state(m), LIFECYCLE_FOREIGN);
	CHECK_EQ(manager_last_exit(m)->kind, 1024);
	settle();
	CHECK_EQ(manager_state(m), LIFECYCLE_FOREIGN);
	CHECK_EQ(fake_sched.n_starts, 1);
	fake_sched_foreign(NULL);
	close_manager();
}

/* A message that is cut off within a character is text all the same, in the file as well. */
static void long_messages_are_cut_between_characters(void)
{
	char message[1000] = "xx";

	for (size_t i = 2; i + 3 < sizeof(message); i += 3)
		memcpy(message + i, "\u20ac", 4);
	for (unsigned shift = 0; shift < 3; shift++) {
		open_manager();
		fake_sched_end(1026, 0, "runnable task stall", message + shift,
			       "\nCPU 0   : nr_run=1\n"
			       "          curr=spin[812] class=rt_sched_class\n");
		settle();
		CHECK(text_is_printable(manager_last_exit(m)->message));
		CHECK(text_is_printable(manager_state_text(m)));
		CHECK_NAMES(manager_last_exit(m)->message, "spin[812]");
		close_manager();
		/* Read back by the strict parser. */
		forget_log();
		open_manager();
		CHECK_EQ(manager_last_exit(m)->kind, 1026);
		CHECK(!strstr(log_text(), "last-exit.json"));
		close_manager();
	}
}

static void idle_means_no_timer(void)
{
	open_manager();
	settle();
	CHECK(!m->timer_source);
	CHECK_EQ(sd_event_run(event, 0), 0);
	fake_sched_end(1024, 0, "runtime error", "x", NULL);
	settle();
	WAIT_FOR(LIFECYCLE_RUNNING);
	CHECK(!m->timer_source);
	close_manager();
}

int main(void)
{
	CASE(starts_and_stops);
	CASE(stop_is_sticky);
	CASE(an_end_is_reported_and_mended);
	CASE(a_storm_ends);
	CASE(stalls_behind_real_time_work_are_forgiven);
	CASE(sysrq_counts_as_a_stop);
	CASE(thrown_out_while_attaching);
	CASE(kernels_that_cannot);
	CASE(a_probe_that_says_no);
	CASE(isolated_cpus);
	CASE(refused_code_is_not_tried_again);
	CASE(no_permission);
	CASE(a_foreign_scheduler_is_left_alone);
	CASE(a_foreign_scheduler_that_is_leaving_is_outlasted);
	CASE(a_foreign_scheduler_follows_another);
	CASE(late_events_do_no_harm);
	CASE(a_foreign_scheduler_takes_the_place);
	CASE(long_messages_are_cut_between_characters);
	CASE(idle_means_no_timer);
	return TEST_RESULT();
}
