/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What this kernel can do and does.
 */
#include "daemon/kernel.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/cleanup.h"
#include "daemon/fs.h"
#include "daemon/names.h"
#include "daemon/text.h"

/* Longest kernel command lines are 2 KiB on x86, 4 KiB on s390. */
#define CMDLINE_MAX 8192

static bool exists_below(const char *root, const char *file)
{
	_cleanup_free_ char *path = fs_join(root, file);

	return path && fs_exists(path);
}

/* "" when there is no such file. */
static void read_below(const char *root, const char *file, char *buf, size_t size)
{
	_cleanup_free_ char *path = fs_join(root, file);

	if (!path || fs_read_line(path, buf, size) < 0)
		buf[0] = 0;
	text_clean(buf);
}

/*
 * isolcpus=[flag,…,]list. Only CPUs taken out of the scheduling domains are in the way of
 * sched_ext: that is what a list without flags means, and what the flag `domain` says.
 */
static void parse_isolcpus(const char *value, char *ret, size_t size)
{
	bool domain = false, flagged = false;
	size_t n;

	while (*value && (*value < '0' || *value > '9')) {
		n = strcspn(value, ", ");
		flagged = true;
		domain |= n == strlen("domain") && !strncmp(value, "domain", n);
		value += n;
		if (*value != ',')
			return;
		value++;
	}
	if (domain || !flagged)
		snprintf(ret, size, "%.*s", (int)strcspn(value, " "), value);
}

static void find_isolcpus(const char *procfs, char *ret, size_t size)
{
	static const char option[] = "isolcpus=";
	_cleanup_free_ char *line = malloc(CMDLINE_MAX);
	char *word, *rest;

	ret[0] = 0;
	if (!line)
		return;
	read_below(procfs, PROCFS_CMDLINE, line, CMDLINE_MAX);
	for (word = strtok_r(line, " \t", &rest); word; word = strtok_r(NULL, " \t", &rest))
		if (!strncmp(word, option, strlen(option)))
			parse_isolcpus(word + strlen(option), ret, size);
}

/* "none [integrity] confidentiality": the one in force is in brackets. */
static void read_lockdown(const char *sysfs, char *ret, size_t size)
{
	char line[64], *open;

	ret[0] = 0;
	read_below(sysfs, SYSFS_LOCKDOWN, line, sizeof(line));
	open = strchr(line, '[');
	if (open)
		snprintf(ret, size, "%.*s", (int)strcspn(open + 1, "]"), open + 1);
}

void kernel_read(struct kernel *ret, const char *sysfs, const char *procfs)
{
	struct kernel k = {};

	read_below(procfs, PROCFS_RELEASE, k.release, sizeof(k.release));
	k.sched_ext = exists_below(sysfs, SYSFS_SCHED_EXT);
	k.btf = exists_below(sysfs, SYSFS_BTF);
	find_isolcpus(procfs, k.isolcpus, sizeof(k.isolcpus));
	read_lockdown(sysfs, k.lockdown, sizeof(k.lockdown));
	*ret = k;
}

int kernel_check(const struct kernel *k, struct error *err)
{
	if (!k->sched_ext)
		return error_set(err, ERROR_NOT_SUPPORTED, EOPNOTSUPP,
				 "this kernel (%s) has no sched_ext; boot one that is built with "
				 "CONFIG_SCHED_CLASS_EXT, 6.16 or newer (on Debian 13: the kernels "
				 "of trixie-backports)", k->release);
	if (!k->btf)
		return error_set(err, ERROR_NOT_SUPPORTED, EOPNOTSUPP,
				 "this kernel (%s) has no type information (" DIR_SYSFS "/"
				 SYSFS_BTF "); boot one that is built with "
				 "CONFIG_DEBUG_INFO_BTF", k->release);
	return 0;
}

int kernel_explain(const struct kernel *k, int r, struct error *err)
{
	if (err->kind == ERROR_FAILED && r == -EINVAL && k->isolcpus[0])
		return error_set(err, ERROR_NOT_SUPPORTED, EOPNOTSUPP,
				 "the kernel was started with isolcpus=%s, which sched_ext "
				 "refuses; take it off the kernel command line and restart the "
				 "machine (%s)", k->isolcpus, err->message);
	/* A helper that lockdown withholds is to the verifier one that it does not know: EINVAL. */
	if ((r == -EPERM || r == -EACCES || r == -EINVAL) &&
	    !strcmp(k->lockdown, "confidentiality"))
		return error_set(err, ERROR_ACCESS_DENIED, EPERM,
				 "the kernel is locked down (mode confidentiality), which forbids "
				 "BPF schedulers; start it with lockdown=integrity or none (%s)",
				 err->message);
	return r;
}

static uint64_t read_number(const char *sysfs, const char *file)
{
	char line[32];

	read_below(sysfs, file, line, sizeof(line));
	return strtoull(line, NULL, 10);
}

void kernel_sched_ext_read(struct kernel_sched_ext *ret, const char *sysfs)
{
	struct kernel_sched_ext s = {};

	read_below(sysfs, SYSFS_SCHED_EXT "/state", s.state, sizeof(s.state));
	read_below(sysfs, SYSFS_SCHED_EXT "/root/ops", s.ops, sizeof(s.ops));
	s.enable_seq = read_number(sysfs, SYSFS_SCHED_EXT "/enable_seq");
	s.hotplug_seq = read_number(sysfs, SYSFS_SCHED_EXT "/hotplug_seq");
	s.switch_all = read_number(sysfs, SYSFS_SCHED_EXT "/switch_all");
	*ret = s;
}
