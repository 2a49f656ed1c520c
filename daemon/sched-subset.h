/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The few of the kernel's types that the scheduler looks into, as type information by itself.
 *
 * For each structure that a program touches libbpf compares the names of all the kernel's types.
 * In this subset it finds the same offsets among a hundredth as many.
 */
#pragma once

#include <stddef.h>

#include "daemon/sched-types.h"

/*
 * Structures, unions and enums of the given names, with all that is inside of them, but pointers
 * lead nowhere. @ret, owned by the caller, is a file of BTF; @names are sorted. -ENOMEM, or
 * -EBADMSG if @x is broken.
 */
int sched_subset_make(const struct sched_types *x, const char **names, size_t n_names,
		      char **ret, size_t *ret_size);
