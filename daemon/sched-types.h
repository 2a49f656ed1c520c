/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's type information (BTF), read once from end to end.
 *
 * libbpf could read it, too, and does so when it loads the scheduler. But it checks and indexes all
 * of it, and then goes through all of it again for every name that it is asked for.
 */
#pragma once

#include <linux/btf.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct sched_types {
	const char *types, *strings;	/* into the mapped file */
	size_t types_size, strings_size;
	uint32_t *offset;		/* where each type starts, by its id (from 1) */
	uint32_t n;			/* one more than the last id */
	void *data;
	size_t size;
};

#define SCHED_TYPES_NULL ((struct sched_types){})

/*
 * Maps and indexes the file @path. A negative errno value; -EBADMSG if the file is no BTF or has
 * kinds from the future. What comes after a type is known to be within the file.
 */
int sched_types_open(struct sched_types *ret, const char *path);
void sched_types_done(struct sched_types *x);

/* The size of what follows a type, or -1 for a kind from the future. */
ssize_t sched_types_tail(const struct btf_type *t);
/* NULL if there is no such type. */
const struct btf_type *sched_types_at(const struct sched_types *x, uint32_t id);
/* The name at an offset of the file; "" if there is none. */
const char *sched_types_name(const struct sched_types *x, uint32_t offset);
