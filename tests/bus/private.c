/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A dbus-daemon of the test's own, with the rules of a system bus and our policy file.
 */
#include "tests/bus/private.h"

#include <errno.h>
#include <ftw.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/names.h"
#include "tests/bus/must.h"

/*
 * Not in /tmp: who waits for a bus hears of every file that is made in the folders above its
 * socket, and in /tmp other tests make many.
 */
static char dir[] = "/var/tmp/bpfland-bus-XXXXXX";

const char *private_bus_path(const char *name)
{
	static char path[4][128];
	static unsigned next;
	char *p = path[next++ % 4];

	snprintf(p, sizeof(path[0]), "%s/%s", dir, name);
	return p;
}

void private_bus_write(const char *name, const char *text)
{
	FILE *file = fopen(private_bus_path(name), "we");

	if (!file)
		must(-errno, name);
	fputs(text, file);
	fclose(file);
}

void private_bus_make_machine(void)
{
	static const char *const dirs[] = { "etc", "usr", "lib", "run", "sys", "sys/kernel",
					    "sys/kernel/sched_ext", "sys/kernel/btf", "proc",
					    "proc/sys", "proc/sys/kernel" };

	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++)
		mkdir(private_bus_path(dirs[i]), 0755);
	private_bus_write("sys/kernel/sched_ext/state", "disabled\n");
	private_bus_write("sys/kernel/btf/vmlinux", "");
	private_bus_write("proc/sys/kernel/osrelease", "6.18.0-test\n");
	private_bus_write("proc/cmdline", "quiet\n");
}

const struct manager_paths *private_bus_paths(void)
{
	static char etc[128], usr[128], lib[128], run[128], sys[128], proc[128];
	static struct manager_paths paths;

	snprintf(etc, sizeof(etc), "%s/etc", dir);
	snprintf(usr, sizeof(usr), "%s/usr", dir);
	snprintf(lib, sizeof(lib), "%s/lib", dir);
	snprintf(run, sizeof(run), "%s/run", dir);
	snprintf(sys, sizeof(sys), "%s/sys", dir);
	snprintf(proc, sizeof(proc), "%s/proc", dir);
	paths = (struct manager_paths){ .config_dirs = { etc, usr, NULL }, .state_dir = lib,
					.runtime_dir = run, .sysfs = sys, .procfs = proc };
	return &paths;
}

/*
 * The rules of a system bus; our file may lift what they forbid. The user of a test may own names.
 */
static void write_config(void)
{
	FILE *file = fopen(private_bus_path("bus.conf"), "we");
	const char *source = getenv("BPFLAND_SOURCE");

	if (!source)
		must(-EINVAL, "BPFLAND_SOURCE must name the source folder");
	if (!file)
		must(-errno, "bus.conf");
	fprintf(file,
		"<busconfig><type>custom</type><listen>unix:path=%s/run/bus</listen>"
		"<auth>EXTERNAL</auth>"
		"<policy context='default'><allow user='*'/><deny own='*'/>"
		"<deny send_type='method_call'/><allow send_type='signal'/>"
		"<allow send_requested_reply='true' send_type='method_return'/>"
		"<allow send_requested_reply='true' send_type='error'/>"
		"<allow receive_type='method_call'/><allow receive_type='method_return'/>"
		"<allow receive_type='error'/><allow receive_type='signal'/>"
		"<allow send_destination='org.freedesktop.DBus'/></policy>"
		"<policy user='root'><allow own='org.freedesktop.PolicyKit1'/>"
		"<allow send_destination='org.freedesktop.PolicyKit1'/></policy>"
		"<policy context='default'><allow own='org.freedesktop.UPower.PowerProfiles'/>"
		"<allow send_destination='org.freedesktop.UPower.PowerProfiles'/>"
		"<allow own='net.hadess.PowerProfiles'/>"
		"<allow send_destination='net.hadess.PowerProfiles'/></policy>"
		"%s<include>%s/dbus/org.bpfland1.conf</include>"
		"<include ignore_missing='yes'>%s/limits.conf</include></busconfig>\n",
		dir,
		geteuid() == 0 ? ""
			       : "<policy context='mandatory'><allow own='" BUS_NAME "'/></policy>",
		source, dir);
	if (fclose(file) != 0)
		must(-errno, "bus.conf");
}

void private_bus_limit_matches(pid_t bus, unsigned most)
{
	char text[128];

	snprintf(text, sizeof(text),
		 "<busconfig><limit name='max_match_rules_per_connection'>%u</limit></busconfig>\n",
		 most);
	private_bus_write("limits.conf", text);
	if (bus)
		kill(bus, SIGHUP);
}

pid_t private_bus_start(void)
{
	char config[160], address[512];
	int fds[2], status;
	pid_t pid;

	if (mkdir(private_bus_path("run"), 0755) < 0 && errno != EEXIST)
		must(-errno, "mkdir");
	if (pipe(fds) < 0)
		must(-errno, "pipe");
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that gives up leaves nothing behind */
		dup2(fds[1], 1);
		snprintf(config, sizeof(config), "--config-file=%s/bus.conf", dir);
		execlp("dbus-daemon", "dbus-daemon", config, "--nofork", "--nopidfile",
		       "--print-address=1", NULL);
		_exit(127);
	}
	close(fds[1]);
	if (read(fds[0], address, sizeof(address)) <= 0) {
		waitpid(pid, &status, 0);
		if (!WIFEXITED(status) || WEXITSTATUS(status) != 127)
			must(-EPROTO, "dbus-daemon does not start");
		fprintf(stderr, "skipped: no dbus-daemon is installed\n");
		exit(77);
	}
	close(fds[0]);
	return pid;
}

void private_bus_kill(pid_t pid)
{
	kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

void private_bus_setup(void)
{
	char address[160];

	if (!mkdtemp(dir) || chmod(dir, 0755) < 0)
		must(-errno, "mkdtemp");
	snprintf(address, sizeof(address), "unix:path=%s/run/bus", dir);
	setenv("DBUS_SYSTEM_BUS_ADDRESS", address, 1);
	write_config();
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

void private_bus_remove(void)
{
	nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}
