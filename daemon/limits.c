/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which control groups have a limit of CPU time.
 */
#include "daemon/limits.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/cleanup.h"
#include "daemon/fs.h"
#include "daemon/names.h"
#include "daemon/text.h"

/* Trees of cgroups can be deep; units are not. */
#define DEPTH_MAX 32

struct search {
	const char *root;
	char *names;
	size_t size;
	unsigned found;
};

/* "max 100000", or a number instead of max. */
static bool has_limit(const char *dir)
{
	_cleanup_free_ char *path = fs_join(dir, "cpu.max");
	char line[64];

	return path && fs_read_line(path, line, sizeof(line)) >= 0 && line[0] &&
	       strncmp(line, "max", strlen("max")) != 0;
}

static void note(struct search *s, const char *dir)
{
	const char *name = dir + strlen(s->root) + 1;
	size_t n = strlen(s->names);

	if (n + strlen(name) + strlen(", ") < s->size)
		snprintf(s->names + n, s->size - n, "%s%s", s->found ? ", " : "", name);
	s->found++;
}

static void look_below(struct search *s, const char *dir, unsigned depth)
{
	_cleanup_closedir_ DIR *d = depth ? opendir(dir) : NULL;
	struct dirent *e;

	if (!d)
		return;
	while ((e = readdir(d))) {
		_cleanup_free_ char *path = NULL;

		if (e->d_type != DT_DIR || e->d_name[0] == '.')
			continue;
		path = fs_join(dir, e->d_name);
		if (!path)
			continue;
		if (has_limit(path))
			note(s, path);
		look_below(s, path, depth - 1);
	}
}

unsigned limits_find(const char *sysfs, char *ret, size_t size)
{
	_cleanup_free_ char *root = fs_join(sysfs, SYSFS_CGROUP);
	struct search s = { .root = root, .names = ret, .size = size };

	ret[0] = 0;
	if (root)
		look_below(&s, root, DEPTH_MAX);
	text_clean(ret);
	return s.found;
}
