/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Control groups for tests.
 */
#include "tests/bpf/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/bpf/guest.h"

#define ROOT "/sys/fs/cgroup"

static void die(const char *what, const char *path)
{
	fprintf(stderr, "%s %s: %s\n", what, path, strerror(errno));
	exit(1);
}

static int try_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), r = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		r = -errno;
	close(fd);
	return r;
}

void cgroup_require(void)
{
	int r = try_write(ROOT "/cgroup.subtree_control", "+cpu");

	if (r < 0) {
		printf("skipped: no cgroup2 with a cpu controller (%s)\n", strerror(-r));
		exit(77);
	}
}

void cgroup_write(const char *name, const char *file, const char *text)
{
	char path[256];

	snprintf(path, sizeof(path), ROOT "/%s/%s", name, file);
	errno = -try_write(path, text);
	if (errno)
		die(text, path);
}

void cgroup_set(const char *name, const char *file, int value)
{
	char text[32];

	snprintf(text, sizeof(text), "%d", value);
	cgroup_write(name, file, text);
}

void cgroup_make(const char *name, int weight)
{
	char path[256], *slash;

	snprintf(path, sizeof(path), ROOT "/%s", name);
	slash = strrchr(path, '/');
	if (strchr(name, '/')) {
		*slash = 0;
		cgroup_write(path + strlen(ROOT "/"), "cgroup.subtree_control", "+cpu");
		*slash = '/';
	}
	if (mkdir(path, 0755))
		die("mkdir", path);
	cgroup_set(name, "cpu.weight", weight);
}

void cgroup_read(const char *name, const char *file, char *buf, size_t size)
{
	char path[256];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), ROOT "/%s/%s", name, file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, buf, size - 1);
	if (n < 0)
		die("read", path);
	close(fd);
	buf[n] = 0;
}

void cgroup_join(const char *name, pid_t pid)
{
	cgroup_set(name, "cgroup.procs", (int)pid);
}

void cgroup_remove(const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), ROOT "/%s", name);
	/* A killed task is reaped a moment before it leaves its group. */
	while (rmdir(path)) {
		if (errno != EBUSY)
			die("rmdir", path);
		guest_pass(MSEC);
	}
}
