/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The tasks of this machine by name.
 */
#include "ctl/processes.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/cleanup.h"

#define COMM_LENGTH 15
#define COMM_SIZE 64	/* kernel threads show more than that */

struct wanted {
	const char *name;
	uint32_t *ids;
	size_t n, max;
};

/* "" if it has ended meanwhile. */
static void read_name(const char *folder, const char *id, char comm[static COMM_SIZE])
{
	char path[320];
	size_t n = 0;
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s/comm", folder, id);
	file = fopen(path, "re");
	if (file) {
		n = fread(comm, 1, COMM_SIZE - 1, file);
		fclose(file);
	}
	comm[n] = 0;
	comm[strcspn(comm, "\n")] = 0;
}

static bool is_called(const char *folder, const char *id, const char *name)
{
	char comm[COMM_SIZE];

	read_name(folder, id, comm);
	return *comm && !strncmp(comm, name, COMM_LENGTH) &&
	       (strlen(comm) >= COMM_LENGTH || !strcmp(comm, name));
}

/* The tasks in @folder, which is /proc or a process's own of threads. */
static int look_in(struct wanted *w, const char *folder, bool threads)
{
	_cleanup_closedir_ DIR *d = opendir(folder);
	const struct dirent *entry;
	char below[300];

	if (!d)
		return -errno;
	while (w->n < w->max && (entry = readdir(d))) {
		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		if (threads) {
			snprintf(below, sizeof(below), "%s/%s/task", folder, entry->d_name);
			look_in(w, below, false);
		} else if (is_called(folder, entry->d_name, w->name)) {
			w->ids[w->n++] = strtoul(entry->d_name, NULL, 10);
		}
	}
	return 0;
}

int processes_named(const char *name, uint32_t *ids, size_t max, size_t *ret_n)
{
	struct wanted w = { name, ids, 0, max };
	int r;

	r = look_in(&w, "/proc", false);
	if (r >= 0 && w.n == 0)
		r = look_in(&w, "/proc", true);
	if (r < 0)
		return r;
	*ret_n = w.n;
	return 0;
}

void processes_visit(void (*visit)(void *userdata, uint32_t id, const char *name), void *userdata)
{
	_cleanup_closedir_ DIR *d = opendir("/proc");
	const struct dirent *entry;
	char comm[COMM_SIZE];

	while (d && (entry = readdir(d))) {
		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		read_name("/proc", entry->d_name, comm);
		if (*comm)
			visit(userdata, strtoul(entry->d_name, NULL, 10), comm);
	}
}
