/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Control groups for tests: made below the root of cgroup2, where the cpu controller is on.
 */
#pragma once

#include <sys/types.h>

/* Exits with 77 and a sentence if there is no cgroup2 with a cpu controller. */
void cgroup_require(void);

/* A group such as "a" or "a/b", with this cpu.weight. */
void cgroup_make(const char *name, int weight);
void cgroup_set(const char *name, const char *file, int value);
void cgroup_write(const char *name, const char *file, const char *text);
void cgroup_read(const char *name, const char *file, char *buf, size_t size);

/* "" is the root. */
void cgroup_join(const char *name, pid_t pid);

/* It must be empty; waits until the kernel agrees. */
void cgroup_remove(const char *name);
