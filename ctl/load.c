/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What all CPUs of this machine do.
 */
#include "ctl/load.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/cleanup.h"
#include "daemon/fs.h"

/* A line per CPU, and one with a number for each interrupt. */
#define STAT_MAX (4 * 1024 * 1024)

/* "cpu3 user nice system idle iowait irq softirq steal …": idle and iowait are not busy. */
static void read_cpu(struct load *l, const char *line)
{
	uint64_t n[8] = {}, all = 0;
	unsigned cpu;

	if (sscanf(line,
		   "cpu%u %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64
		   " %" SCNu64 " %" SCNu64, &cpu, &n[0], &n[1], &n[2], &n[3], &n[4], &n[5], &n[6],
		   &n[7]) < 5 || cpu >= BPFLAND_MAX_CPUS)
		return;
	for (size_t i = 0; i < sizeof(n) / sizeof(n[0]); i++)
		all += n[i];
	l->cpu[cpu] = (struct load_cpu){ .busy = all - n[3] - n[4], .all = all };
	if (cpu >= l->cpus)
		l->cpus = cpu + 1;
}

void load_read(struct load *ret, const char *procfs)
{
	_cleanup_free_ char *path = fs_join(procfs, "stat"), *text = NULL;
	char *line, *rest;
	size_t size;

	memset(ret, 0, sizeof(*ret));
	if (!path || fs_read(path, STAT_MAX, &text, &size) < 0)
		return;
	for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		/* "cpu " with a space is the sum of all. */
		if (!strncmp(line, "cpu", 3) && line[3] != ' ')
			read_cpu(ret, line);
		else if (!strncmp(line, "ctxt ", 5))
			ret->switches = strtoull(line + 5, NULL, 10);
	}
}

int load_percent(const struct load *before, const struct load *after, unsigned cpu)
{
	const struct load_cpu *b = &before->cpu[cpu], *a = &after->cpu[cpu];

	if (!a->all || a->all < b->all || a->busy < b->busy)
		return -1;
	if (a->all == b->all)
		return 0;	/* no tick in between: it slept */
	return (int)((a->busy - b->busy) * 100 / (a->all - b->all));
}
