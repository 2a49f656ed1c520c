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

static void close_dir(DIR *d)
{
	closedir(d);
}

DEFINE_CLEANUP(DIR *, close_dir);

struct wanted {
	const char *name;
	uint32_t *ids;
	size_t n, max;
};

static bool is_called(const char *folder, const char *id, const char *name)
{
	char path[320], comm[64] = "";
	FILE *file;
	size_t n;

	snprintf(path, sizeof(path), "%s/%s/comm", folder, id);
	file = fopen(path, "re");
	if (!file)
		return false;	/* it has ended meanwhile */
	n = fread(comm, 1, sizeof(comm) - 1, file);
	fclose(file);
	comm[n] = 0;
	comm[strcspn(comm, "\n")] = 0;
	return !strncmp(comm, name, COMM_LENGTH) &&
	       (strlen(comm) >= COMM_LENGTH || !strcmp(comm, name));
}

/* The tasks in @folder, which is /proc or a process's own of threads. */
static int look_in(struct wanted *w, const char *folder, bool threads)
{
	_cleanup_(close_dirp) DIR *d = opendir(folder);
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
