/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What we tell libbpf about this kernel's types is what the kernel says, as libbpf itself reads it.
 */
#include "tests/bpf/guest.h"

#include <bpf/btf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/sched-subset.h"
#include "daemon/sched-types.h"

#define BTF_FILE "/sys/kernel/btf/vmlinux"

/* Follows what has no place of its own. */
static const struct btf_type *skip(const struct btf *btf, __u32 id)
{
	const struct btf_type *t = btf__type_by_id(btf, id);

	while (btf_is_mod(t) || btf_is_typedef(t))
		t = btf__type_by_id(btf, t->type);
	return t;
}

/* All that is within @b of the subset has the same name, place and size as in @a of the kernel. */
static int differences(const struct btf *kernel, const struct btf_type *a,
		       const struct btf *subset, const struct btf_type *b)
{
	int n = 0;

	if (btf_kind(a) != btf_kind(b) || a->size != b->size || btf_vlen(a) != btf_vlen(b))
		return 1;
	for (int i = 0; i < btf_vlen(a); i++) {
		const struct btf_member *x = btf_members(a) + i, *y = btf_members(b) + i;
		const struct btf_type *t = skip(kernel, x->type), *u = skip(subset, y->type);

		n += x->offset != y->offset || btf_kind(t) != btf_kind(u) ||
		     strcmp(btf__name_by_offset(kernel, x->name_off),
			    btf__name_by_offset(subset, y->name_off)) ||
		     (!btf_is_void(t) && btf__resolve_size(kernel, x->type) !=
					 btf__resolve_size(subset, y->type));
		if (btf_is_composite(t) && btf_is_composite(u))
			n += differences(kernel, t, subset, u);
	}
	return n;
}

static void test_subset_is_the_kernels(void)
{
	const char *names[] = { "task_struct", "rq", "cgroup", "task_group", "scx_exit_info" };
	struct btf *kernel = btf__parse_raw(BTF_FILE), *subset;
	struct sched_types types = SCHED_TYPES_NULL;
	char *data = NULL;
	size_t size = 0;
	__s32 a, b;

	CHECK(kernel != NULL);
	CHECK_EQ(sched_types_open(&types, BTF_FILE), 0);
	CHECK_EQ(types.n, btf__type_cnt(kernel));
	CHECK_EQ(sched_subset_make(&types, names, 5, &data, &size), 0);
	subset = btf__new(data, (__u32)size);
	CHECK(subset != NULL);
	CHECK(btf__type_cnt(subset) < btf__type_cnt(kernel) / 20);
	for (int i = 0; i < 5; i++) {
		a = btf__find_by_name_kind(kernel, names[i], BTF_KIND_STRUCT);
		b = btf__find_by_name_kind(subset, names[i], BTF_KIND_STRUCT);
		CHECK(a > 0 && b > 0);
		CHECK_EQ(differences(kernel, btf__type_by_id(kernel, (__u32)a),
				     subset, btf__type_by_id(subset, (__u32)b)), 0);
	}
	a = btf__find_by_name_kind(kernel, "scx_consts", BTF_KIND_ENUM64);
	CHECK(a > 0 || btf__find_by_name_kind(kernel, "scx_consts", BTF_KIND_ENUM) > 0);
	CHECK(btf__find_by_name_kind(subset, "scx_consts", BTF_KIND_ENUM64) < 0);
	btf__free(subset);
	btf__free(kernel);
	free(data);
	sched_types_done(&types);
}

/* Writes what @fd has up to @size, with one byte changed, and opens that. */
static int open_broken(const void *data, size_t size, size_t where)
{
	struct sched_types types = SCHED_TYPES_NULL;
	char path[] = "/tmp/types-XXXXXX";
	int fd = mkstemp(path), r;

	if (fd < 0 || write(fd, data, size) != (ssize_t)size ||
	    (where < size && pwrite(fd, "\xff", 1, (off_t)where) != 1))
		exit(1);
	close(fd);
	r = sched_types_open(&types, path);
	sched_types_done(&types);
	unlink(path);
	return r;
}

static void test_broken_files_are_refused(void)
{
	struct sched_types types = SCHED_TYPES_NULL;

	CHECK_EQ(sched_types_open(&types, BTF_FILE), 0);
	CHECK_EQ(open_broken(types.data, types.size, SIZE_MAX), 0);
	CHECK_EQ(open_broken(types.data, 10, SIZE_MAX), -EBADMSG);
	CHECK_EQ(open_broken(types.data, types.size / 2, SIZE_MAX), -EBADMSG);
	CHECK_EQ(open_broken(types.data, types.size, 0), -EBADMSG);	/* the magic number */
	CHECK_EQ(open_broken(types.data, types.size, 15), -EBADMSG);	/* the types' size */
	CHECK_EQ(open_broken(types.data, types.size, 24 + 7), -EBADMSG);/* the first kind */
	CHECK_EQ(sched_types_open(&types, "/nowhere"), -ENOENT);
	sched_types_done(&types);
}

int main(void)
{
	guest_require(1);
	RUN(test_subset_is_the_kernels);
	RUN(test_broken_files_are_refused);
	return TEST_RESULT();
}
