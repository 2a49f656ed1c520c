/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * with-service COMMAND…: a daemon on a bus of its own, for as long as a command runs, whose exit
 * status becomes ours. Of a machine with four CPUs of two speeds, and of a scheduler that is none:
 * all its numbers are known, so that what clients make of them can be compared word by word.
 *
 * The command does more with the daemon by signals: SIGUSR1: the scheduler ends with an error.
 * SIGUSR2: the daemon leaves the bus, and comes back with the next one.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/manager.h"
#include "daemon/names.h"
#include "dbus/bus.h"
#include "tests/bus/must.h"
#include "tests/bus/private.h"
#include "tests/fake-sched.h"

#define KIND_ERROR_STALL 1026

static const char *const profiles[] = { "balanced", "gaming", "latency", "powersave",
					"throughput" };

struct service {
	sd_event *event;
	struct manager *manager;
	struct bus *bus;	/* NULL while it is away */
};

static void make_cpus(void)
{
	char path[64];

	mkdir(private_bus_path("sys/devices"), 0755);
	mkdir(private_bus_path("sys/devices/system"), 0755);
	mkdir(private_bus_path("sys/devices/system/cpu"), 0755);
	private_bus_write("sys/devices/system/cpu/present", "0-3\n");
	private_bus_write("sys/devices/system/cpu/online", "0-3\n");
	for (unsigned i = 0; i < 4; i++) {
		snprintf(path, sizeof(path), "sys/devices/system/cpu/cpu%u", i);
		mkdir(private_bus_path(path), 0755);
		snprintf(path, sizeof(path), "sys/devices/system/cpu/cpu%u/cpu_capacity", i);
		private_bus_write(path, i < 2 ? "1024\n" : "512\n");
	}
}

static void lay_ground(void)
{
	char from[512], to[64];

	private_bus_make_machine();
	mkdir(private_bus_path("usr/profiles.d"), 0755);
	make_cpus();
	for (size_t i = 0; i < sizeof(profiles) / sizeof(profiles[0]); i++) {
		snprintf(from, sizeof(from), "%s/profiles/%s.json", getenv("BPFLAND_SOURCE"),
			 profiles[i]);
		snprintf(to, sizeof(to), "usr/profiles.d/%s.json", profiles[i]);
		if (symlink(from, private_bus_path(to)) < 0)
			must(-errno, to);
	}
}

/* Numbers that are all different, so that none can stand in for another. */
static void fill_scheduler(void)
{
	fake_sched_reset();
	fake_sched.sysfs = private_bus_paths()->sysfs;
	fake_sched.n_cpus = 4;
	fake_sched.dump = "bpfland: a dump\n  of two lines\n";
	fake_sched.task = (struct bpfland_task){
		.lag_ns = 4000000, .deadline_ns = -1500000, .recent_ns = 250000,
		.run_ns = 300000, .avg_run_ns = 120000, .slice_ns = 2700000,
		.ran_ns = 61000000000, .waited_ns = 12000000, .voluntary_switches = 12345,
		.pid = 4242, .rate = 84, .threshold = 7, .avg_rate = 7, .weight = 100, .queue = 1,
		.cpu = 2, .interactive = 1, .ready = 1, .name = "compositor",
	};
}

/* Once the scheduler is attached: it counts from 0. */
static void fill_statistics(void)
{
	fake_sched.n_queued = 5;
	for (unsigned i = 0; i < _BPFLAND_COUNTER_MAX; i++)
		fake_sched.counter[i] = 1000 * (i + 1) + i;
	for (unsigned c = 0; c < _BPFLAND_CLASS_MAX; c++) {
		struct bpfland_latency *l = &fake_sched.latency[c];

		for (unsigned i = 0; i < 12; i++)
			l->bucket[i + c] = 10000 >> i;
		l->sum_ns = 5000000000 * (c + 1);
		l->max_ns = 9000000 * (c + 1);
	}
}

static void service_open(struct service *s)
{
	struct error err = {};
	int r;

	fill_scheduler();
	MUST(sd_event_default(&s->event));
	MUST(manager_new(&s->manager, s->event, private_bus_paths()));
	MUST(bus_new(&s->bus, s->event, s->manager));
	manager_observe(s->manager, bus_changed, s->bus);
	r = bus_start(s->bus, &err);
	if (r < 0)
		must(r, err.message);
	MUST(manager_start(s->manager));
	fill_statistics();
}

static void service_close(struct service *s)
{
	manager_observe(s->manager, NULL, NULL);
	s->bus = bus_free(s->bus);
	s->manager = manager_free(s->manager);
	s->event = sd_event_unref(s->event);
}

static int on_usr1(sd_event_source *source, const struct signalfd_siginfo *si, void *userdata)
{
	(void)source, (void)si, (void)userdata;
	fake_sched_end(KIND_ERROR_STALL, 0, "runnable task stall",
		       "compositor[4242] failed to run for 30.001s", "the kernel's dump\n");
	return 0;
}

static int on_usr2(sd_event_source *source, const struct signalfd_siginfo *si, void *userdata)
{
	struct service *s = userdata;
	struct error err = {};

	(void)source, (void)si;
	if (s->bus) {
		manager_observe(s->manager, NULL, NULL);
		s->bus = bus_free(s->bus);
		return 0;
	}
	MUST(bus_new(&s->bus, s->event, s->manager));
	manager_observe(s->manager, bus_changed, s->bus);
	return bus_start(s->bus, &err);
}

static int on_child(sd_event_source *source, const siginfo_t *si, void *userdata)
{
	(void)userdata;
	return sd_event_exit(sd_event_source_get_event(source),
			     si->si_code == CLD_EXITED ? si->si_status : 128 + si->si_status);
}

/* Runs the command and the daemon's loop until it ends; its exit status. */
static int run(struct service *s, char **command)
{
	sigset_t mask, before;
	pid_t child;

	sigemptyset(&mask);
	sigaddset(&mask, SIGCHLD);
	sigaddset(&mask, SIGUSR1);
	sigaddset(&mask, SIGUSR2);
	sigprocmask(SIG_BLOCK, &mask, &before);
	child = fork();
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		sigprocmask(SIG_SETMASK, &before, NULL);
		execvp(command[0], command);
		_exit(127);
	}
	MUST(child);
	MUST(sd_event_add_signal(s->event, NULL, SIGUSR1, on_usr1, NULL));
	MUST(sd_event_add_signal(s->event, NULL, SIGUSR2, on_usr2, s));
	MUST(sd_event_add_child(s->event, NULL, child, WEXITED, on_child, NULL));
	return sd_event_loop(s->event);
}

int main(int argc, char **argv)
{
	struct service service = {};
	pid_t bus;
	int r;

	if (argc < 2) {
		fprintf(stderr, "usage: %s COMMAND…\n", argv[0]);
		return 2;
	}
	if (geteuid() != 0) {
		fprintf(stderr, "skipped: only root may change something here\n");
		return 77;
	}
	private_bus_setup();
	bus = private_bus_start();
	lay_ground();
	service_open(&service);
	r = run(&service, argv + 1);
	service_close(&service);
	private_bus_kill(bus);
	private_bus_remove();
	return r < 0 ? 99 : r;
}
