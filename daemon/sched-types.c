/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's type information (BTF), read once from end to end.
 */
#include "daemon/sched-types.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "daemon/cleanup.h"

const char *sched_types_name(const struct sched_types *x, uint32_t offset)
{
	return offset < x->strings_size ? x->strings + offset : "";
}

const struct btf_type *sched_types_at(const struct sched_types *x, uint32_t id)
{
	return id && id < x->n ? (const void *)(x->types + x->offset[id]) : NULL;
}

ssize_t sched_types_tail(const struct btf_type *t)
{
	size_t n = BTF_INFO_VLEN(t->info);

	switch (BTF_INFO_KIND(t->info)) {
	case BTF_KIND_PTR:
	case BTF_KIND_FWD:
	case BTF_KIND_TYPEDEF:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_CONST:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_FUNC:
	case BTF_KIND_FLOAT:
	case BTF_KIND_TYPE_TAG:
		return 0;
	case BTF_KIND_INT:
	case BTF_KIND_VAR:
	case BTF_KIND_DECL_TAG:
		return sizeof(uint32_t);
	case BTF_KIND_ARRAY:
		return sizeof(struct btf_array);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return (ssize_t)(n * sizeof(struct btf_member));
	case BTF_KIND_ENUM:
		return (ssize_t)(n * sizeof(struct btf_enum));
	case BTF_KIND_ENUM64:
		return (ssize_t)(n * sizeof(struct btf_enum64));
	case BTF_KIND_FUNC_PROTO:
		return (ssize_t)(n * sizeof(struct btf_param));
	case BTF_KIND_DATASEC:
		return (ssize_t)(n * sizeof(struct btf_var_secinfo));
	}
	return -1;
}

/* Checks the frame of the file; what is inside is checked on the way. */
static bool find_sections(struct sched_types *ret, const char *data, size_t size)
{
	const struct btf_header *h = (const void *)data;

	if (size < sizeof(*h) || h->magic != BTF_MAGIC || h->hdr_len > size ||
	    h->hdr_len % 4 || h->type_off % 4 ||
	    h->type_off > size - h->hdr_len || h->type_len > size - h->hdr_len - h->type_off ||
	    h->str_off > size - h->hdr_len || h->str_len > size - h->hdr_len - h->str_off)
		return false;
	ret->types = data + h->hdr_len + h->type_off;
	ret->types_size = h->type_len;
	ret->strings = data + h->hdr_len + h->str_off;
	ret->strings_size = h->str_len;
	return h->str_len && !ret->strings[h->str_len - 1];
}

/* Where each type starts. False if this is not BTF as we know it. */
static bool build_index(struct sched_types *x)
{
	size_t at = 0;

	for (x->n = 1; at + sizeof(struct btf_type) <= x->types_size; x->n++) {
		const struct btf_type *t = (const void *)(x->types + at);
		ssize_t tail = sched_types_tail(t);

		if (tail < 0 || (size_t)tail > x->types_size - at - sizeof(*t))
			return false;
		x->offset[x->n] = (uint32_t)at;
		at += sizeof(*t) + (size_t)tail;
	}
	return at == x->types_size;
}

/* The kernel's own memory, from 6.16 on: nothing is copied. */
static int map_file(struct sched_types *x, const char *path)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	void *data;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (st.st_size < (off_t)sizeof(struct btf_header))
		return -EBADMSG;
	data = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (data == MAP_FAILED)
		return -errno;
	x->data = data;
	x->size = (size_t)st.st_size;
	return 0;
}

int sched_types_open(struct sched_types *ret, const char *path)
{
	_cleanup_(sched_types_done) struct sched_types x = SCHED_TYPES_NULL;
	int r = map_file(&x, path);

	if (r < 0)
		return r;
	if (!find_sections(&x, x.data, x.size))
		return -EBADMSG;
	x.offset = malloc((x.types_size / sizeof(struct btf_type) + 2) * sizeof(*x.offset));
	if (!x.offset)
		return -ENOMEM;
	if (!build_index(&x))
		return -EBADMSG;
	*ret = x;
	x = SCHED_TYPES_NULL;
	return 0;
}

void sched_types_done(struct sched_types *x)
{
	free(x->offset);
	if (x->data)
		munmap(x->data, x->size);
	*x = SCHED_TYPES_NULL;
}
