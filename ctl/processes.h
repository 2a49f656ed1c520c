/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The tasks of this machine by name.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/*
 * The ids of up to @max tasks of this name, lowest first as /proc has them: of processes, or, if
 * none is called so, of threads. A name is what ps shows with -o comm, at most 15 bytes: of a
 * longer one the beginning counts. Errors: -errno if there is no /proc.
 */
int processes_named(const char *name, uint32_t *ids, size_t max, size_t *ret_n);

/* Calls @visit for every process with its id and name, until /proc has no more. */
void processes_visit(void (*visit)(void *userdata, uint32_t id, const char *name), void *userdata);
