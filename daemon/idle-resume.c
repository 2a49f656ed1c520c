/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * /sys/devices/system/cpu/cpuN/power/pm_qos_resume_latency_us: "0" for no limit, "n/a" for no time
 * at all, else microseconds. What was there is kept as lines of the CPU's number and its text.
 */
#include "daemon/idle-resume.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/cleanup.h"
#include "daemon/fs.h"
#include "daemon/names.h"

#define VALUE_MAX 16
#define PATH_SIZE 512

static void close_file(FILE **file)
{
	if (*file)
		fclose(*file);
}

static void value_path(char *buf, size_t size, const char *sysfs, unsigned cpu)
{
	snprintf(buf, size, "%s/" SYSFS_CPU "/cpu%u/" SYSFS_CPU_RESUME_LATENCY, sysfs, cpu);
}

bool idle_resume_supported(const char *sysfs)
{
	char path[PATH_SIZE];

	value_path(path, sizeof(path), sysfs, 0);
	return fs_exists(path);
}

/* Whether the lines of @kept have one for @cpu. */
static bool is_kept(const char *kept, unsigned cpu)
{
	unsigned id;

	for (const char *line = kept; line && *line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (sscanf(line, "%u ", &id) == 1 && id == cpu)
			return true;
	}
	return false;
}

/*
 * Calls @visit for each CPU that has the file, with its path; until one fails, whose error it
 * returns. Else how many there were.
 */
static int visit_cpus(const char *sysfs, int (*visit)(const char *path, unsigned cpu, void *data),
		      void *data)
{
	_cleanup_closedir_ DIR *dir = NULL;
	char path[PATH_SIZE];
	struct dirent *e;
	int n = 0, r;

	snprintf(path, sizeof(path), "%s/" SYSFS_CPU, sysfs);
	dir = opendir(path);
	if (!dir)
		return -errno;
	while ((e = readdir(dir))) {
		unsigned cpu;
		int end = 0;

		/* Not cpufreq, not cpuidle. */
		if (sscanf(e->d_name, "cpu%u%n", &cpu, &end) != 1 || e->d_name[end])
			continue;
		value_path(path, sizeof(path), sysfs, cpu);
		if (!fs_exists(path))
			continue;
		r = visit(path, cpu, data);
		if (r < 0)
			return r;
		n++;
	}
	return n;
}

struct keeping {
	const char *before;	/* what is kept already */
	FILE *out;		/* what is to be kept now */
};

static int keep_one(const char *path, unsigned cpu, void *data)
{
	struct keeping *k = data;
	char value[VALUE_MAX];
	int r;

	if (is_kept(k->before, cpu))
		return 0;
	r = fs_read_line(path, value, sizeof(value));
	if (r >= 0)
		fprintf(k->out, "%u %s\n", cpu, value);
	return r;
}

/* Has on disk what is there now, but for the CPUs whose old value is there already. */
static int keep(const char *sysfs, const char *kept_path)
{
	_cleanup_free_ char *before = NULL, *text = NULL;
	_cleanup_(close_file) FILE *out = NULL;
	size_t size = 0;
	int r;

	r = fs_read(kept_path, FS_CONFIG_MAX, &before, &size);
	if (r < 0 && r != -ENOENT)
		return r;
	out = open_memstream(&text, &size);
	if (!out)
		return -errno;
	fputs(before ? before : "", out);
	r = visit_cpus(sysfs, keep_one, &(struct keeping){ before, out });
	if (r < 0)
		return r;
	if (!r)
		return -ENOENT;
	if (fflush(out))
		return -errno;
	if (before && !strcmp(before, text))
		return 0;
	return fs_write(kept_path, text, size, 0600);
}

static int write_one(const char *path, unsigned cpu, void *data)
{
	(void)cpu;
	return fs_put(path, data);
}

int idle_resume_apply(const char *sysfs, const char *runtime_dir, int64_t usec)
{
	_cleanup_free_ char *kept_path = fs_join(runtime_dir, FILE_IDLE_RESUME);
	char value[VALUE_MAX] = "n/a";
	int r;

	if (!kept_path)
		return -ENOMEM;
	r = keep(sysfs, kept_path);
	if (r < 0)
		return r;
	if (usec)
		snprintf(value, sizeof(value), "%" PRId32, (int32_t)usec);
	r = visit_cpus(sysfs, write_one, value);
	return r < 0 ? r : 0;
}

int idle_resume_restore(const char *sysfs, const char *runtime_dir)
{
	_cleanup_free_ char *kept_path = fs_join(runtime_dir, FILE_IDLE_RESUME), *kept = NULL;
	char path[PATH_SIZE], *at, *line;
	int r, first = 0;
	size_t size;

	if (!kept_path)
		return -ENOMEM;
	r = fs_read(kept_path, FS_CONFIG_MAX, &kept, &size);
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	for (line = strtok_r(kept, "\n", &at); line; line = strtok_r(NULL, "\n", &at)) {
		char value[VALUE_MAX];
		unsigned cpu;

		if (sscanf(line, "%u %15s", &cpu, value) != 2)
			continue;
		value_path(path, sizeof(path), sysfs, cpu);
		r = fs_put(path, value);
		if (r < 0 && r != -ENOENT && !first)
			first = r;
	}
	return first ? first : fs_remove(kept_path);
}
