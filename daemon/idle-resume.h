/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How long each idle CPU may take to wake up: per-CPU files of sysfs, which keep what is written
 * there when the writer dies. So the old values are on disk before the first one is overwritten,
 * and whoever comes next can put them back.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Whether this machine has the files: @sysfs is where sysfs is mounted. */
bool idle_resume_supported(const char *sysfs);

/*
 * Writes @usec (from 0) for every CPU that is there, after having kept what was there before in
 * @runtime_dir; CPUs that have come since are added to that. Errors: -ENOENT: there are no such
 * files; errno of the first that failed, and then some may be written: restore.
 */
int idle_resume_apply(const char *sysfs, const char *runtime_dir, int64_t usec);

/*
 * Puts back what idle_resume_apply() kept, by this process or an earlier one. 0 also if there is
 * nothing to put back; a CPU that has gone is nobody's loss. On an error what is kept stays kept.
 */
int idle_resume_restore(const char *sysfs, const char *runtime_dir);
