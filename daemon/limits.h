/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which control groups have a limit of CPU time (cpu.max, CPUQuota= of units).
 */
#pragma once

#include <stddef.h>

/*
 * Looks through cgroup2 below @sysfs (/sys). Returns how many groups have a limit; their paths, as
 * many as fit, are in @ret, separated by ", ". No cgroup2 means none.
 */
unsigned limits_find(const char *sysfs, char *ret, size_t size);
