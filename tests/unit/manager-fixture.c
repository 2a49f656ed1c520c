/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A manager with a scheduler that is none. A ground that cannot be laid ends the test.
 */
#include "tests/unit/manager-fixture.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct tree tree;
sd_event *event;
struct manager *m;
unsigned n_told;

static struct manager_paths paths;
static char path[7][128];
static unsigned told;
static int real_stderr;

static void on_changed(unsigned what, void *userdata)
{
	(void)userdata;
	told |= what;
	n_told++;
}

unsigned take_told(void)
{
	unsigned what = told;

	told = n_told = 0;
	return what;
}

const char *log_text(void)
{
	return tree_read(&tree, "log");
}

void forget_log(void)
{
	if (ftruncate(STDERR_FILENO, 0) < 0)
		abort();
}

void lay_ground(void)
{
	static const char *const dirs[] = { "etc", "usr", "lib", "run", "sys", "proc",
					    "dev" };
	int fd;

	tree_make(&tree);
	for (size_t i = 0; i < sizeof(dirs) / sizeof(*dirs); i++) {
		snprintf(path[i], sizeof(path[i]), "%s", tree_path(&tree, dirs[i]));
		tree_mkdir(&tree, dirs[i]);
	}
	paths = (struct manager_paths){
		.config_dirs = { path[0], path[1], NULL },
		.state_dir = path[2], .runtime_dir = path[3], .sysfs = path[4],
		.procfs = path[5], .cpu_latency = path[6],
	};
	snprintf(path[6], sizeof(path[6]), "%s", tree_path(&tree, "dev/cpu_dma_latency"));
	tree_write(&tree, "dev/cpu_dma_latency", "none");
	tree_write(&tree, "proc/sys/kernel/osrelease", "6.18.0-test\n");
	tree_write(&tree, "proc/cmdline", "quiet\n");
	tree_write(&tree, "sys/kernel/sched_ext/state", "disabled\n");
	tree_write(&tree, "sys/kernel/btf/vmlinux", "x");
	tree_write(&tree, "sys/devices/system/cpu/online", "0-3\n");
	tree_write(&tree, "sys/devices/system/cpu/present", "0-3\n");
	for (unsigned cpu = 0; cpu < 4; cpu++) {
		char file[64];

		snprintf(file, sizeof(file), "sys/devices/system/cpu/cpu%u/cpu_capacity", cpu);
		tree_write(&tree, file, cpu < 2 ? "1024\n" : "512\n");
	}
	tree_write(&tree, "usr/profiles.d/balanced.json", "{}");
	tree_write(&tree, "usr/profiles.d/latency.json",
		   "{ \"tunables\": { \"slice_max_usec\": 1000 } }");
	tree_write(&tree, "usr/bpflandd.json", "{ \"restart\": { \"limit\": 2, \"delay_ms\": 1, "
		   "\"delay_max_ms\": 2 } }");
	fake_sched_reset();
	fake_sched.sysfs = path[4];
	/* The log is part of what is tested. */
	real_stderr = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	fd = open(tree_path(&tree, "log"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	dup2(fd, STDERR_FILENO);
	close(fd);
}

void clear_ground(bool failed)
{
	dup2(real_stderr, STDERR_FILENO);
	close(real_stderr);
	if (failed)
		fprintf(stderr, "%s", log_text());
	tree_remove(&tree);
}

void open_manager(void)
{
	if (sd_event_new(&event) < 0 || manager_new(&m, event, &paths) < 0)
		abort();
	manager_observe(m, on_changed, NULL);
	manager_enter_world(m, WORLD);
	if (manager_start(m) < 0)
		abort();
}

void close_manager(void)
{
	m = manager_free(m);
	event = sd_event_unref(event);
	take_told();
}

void settle(void)
{
	while (sd_event_run(event, 0) > 0)
		;
}

void run_until(enum lifecycle_state s)
{
	for (unsigned i = 0; manager_state(m) != s && i < 1000; i++)
		sd_event_run(event, 10000);
}

void uevent(enum uevent_action action, const char *name)
{
	fake_sched_foreign(action == UEVENT_ADD ? name : NULL);
	manager_handle_uevent(m, action);
	manager_tell(m);
}

int set(enum tunable t, int64_t value, struct error *err)
{
	struct tunable_set one = {};
	int r = tunable_set_add(&one, t, value, manager_supported_tunables(m), err);

	return r < 0 ? r : manager_set_tunables(m, &one, err);
}

void move_state_to(const char *state, const char *runtime)
{
	snprintf(path[2], sizeof(path[2]), "%s", tree_path(&tree, state));
	snprintf(path[3], sizeof(path[3]), "%s", tree_path(&tree, runtime));
}

static bool is_another(const char *name, void *left)
{
	return strcmp(name, left) != 0;
}

void client_leaves(const char *name)
{
	manager_keep_clients(m, is_another, (void *)name);
}
