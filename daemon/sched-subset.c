/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The few of the kernel's types that the scheduler looks into, as type information by itself.
 */
#include "daemon/sched-subset.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/cleanup.h"

/* Structures within structures. */
#define DEPTH_MAX 64

struct buffer {
	char *data;
	size_t size, capacity;
};

struct subset {
	const struct sched_types *from;
	uint32_t *id;			/* of each type of @from here; 0: not copied yet */
	struct buffer types, strings;
	uint32_t n;			/* types so far */
	uint32_t pointer;		/* the one pointer, to void */
	int depth;
};

static void *append(struct buffer *b, const void *data, size_t size)
{
	if (b->capacity - b->size < size) {
		size_t capacity = 2 * b->capacity + size + 4096;
		char *more = realloc(b->data, capacity);

		if (!more)
			return NULL;
		b->data = more;
		b->capacity = capacity;
	}
	b->size += size;
	return memcpy(b->data + b->size - size, data, size);
}

/* Gives the name at an offset of the kernel's strings a place in ours. */
static bool move_name(struct subset *s, uint32_t *offset)
{
	const char *name = sched_types_name(s->from, *offset);

	*offset = *name ? (uint32_t)s->strings.size : 0;
	return !*name || append(&s->strings, name, strlen(name) + 1);
}

/* A type with what follows it, which are words of which every @step-th, if any, is a name. */
static int64_t emit(struct subset *s, const struct btf_type *t, const void *tail, size_t tail_size,
		    size_t step)
{
	struct btf_type copy = *t;
	size_t at;

	if (!move_name(s, &copy.name_off) || !append(&s->types, &copy, sizeof(copy)))
		return -ENOMEM;
	at = s->types.size;
	if (tail_size && !append(&s->types, tail, tail_size))
		return -ENOMEM;
	for (size_t i = 0; step && i < tail_size; i += step)
		if (!move_name(s, (void *)(s->types.data + at + i)))
			return -ENOMEM;
	return ++s->n;
}

static int64_t copy_type(struct subset *s, uint32_t id);

static int64_t copy_struct(struct subset *s, const struct btf_type *t)
{
	const size_t size = BTF_INFO_VLEN(t->info) * sizeof(struct btf_member);
	_cleanup_free_ struct btf_member *members = malloc(size + 1);

	if (!members)
		return -ENOMEM;
	memcpy(members, t + 1, size);
	for (unsigned i = 0; i < BTF_INFO_VLEN(t->info); i++) {
		int64_t id = copy_type(s, members[i].type);

		if (id < 0)
			return id;
		members[i].type = (uint32_t)id;
	}
	return emit(s, t, members, size, sizeof(*members));
}

static int64_t copy_array(struct subset *s, const struct btf_type *t)
{
	struct btf_array array = *(const struct btf_array *)(t + 1);
	int64_t type = copy_type(s, array.type);
	int64_t index_type = type < 0 ? type : copy_type(s, array.index_type);

	if (index_type < 0)
		return index_type;
	array.type = (uint32_t)type;
	array.index_type = (uint32_t)index_type;
	return emit(s, t, &array, sizeof(array), 0);
}

static int64_t copy_pointer(struct subset *s)
{
	static const struct btf_type to_void = { .info = BTF_KIND_PTR << 24 };

	if (!s->pointer && emit(s, &to_void, NULL, 0, 0) > 0)
		s->pointer = s->n;
	return s->pointer ? (int64_t)s->pointer : -ENOMEM;
}

static int64_t copy_new(struct subset *s, const struct btf_type *t)
{
	const size_t tail = (size_t)sched_types_tail(t);

	switch (BTF_INFO_KIND(t->info)) {
	case BTF_KIND_PTR:
		return copy_pointer(s);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return copy_struct(s, t);
	case BTF_KIND_ARRAY:
		return copy_array(s, t);
	case BTF_KIND_ENUM:
		return emit(s, t, t + 1, tail, sizeof(struct btf_enum));
	case BTF_KIND_ENUM64:
		return emit(s, t, t + 1, tail, sizeof(struct btf_enum64));
	case BTF_KIND_INT:
	case BTF_KIND_FLOAT:
	case BTF_KIND_FWD:
		return emit(s, t, t + 1, tail, 0);
	case BTF_KIND_TYPEDEF:
	case BTF_KIND_CONST:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_TYPE_TAG:
		return copy_type(s, t->type);	/* they change nothing about where things are */
	}
	return -EBADMSG;
}

/* The id of the copy of @id, which is made if there is none. */
static int64_t copy_type(struct subset *s, uint32_t id)
{
	const struct btf_type *t = sched_types_at(s->from, id);
	int64_t copy;

	if (!id)
		return 0;
	if (!t || s->depth == DEPTH_MAX)
		return -EBADMSG;
	if (s->id[id])
		return s->id[id];
	s->depth++;
	copy = copy_new(s, t);
	s->depth--;
	if (copy > 0)
		s->id[id] = (uint32_t)copy;
	return copy;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool is_wanted(const struct sched_types *x, const struct btf_type *t,
		      const char *const *names, size_t n_names)
{
	const char *name = sched_types_name(x, t->name_off);

	switch (BTF_INFO_KIND(t->info)) {
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
		return *name && bsearch(&name, names, n_names, sizeof(*names), compare_names);
	}
	return false;
}

static int fill(struct subset *s, const char *const *names, size_t n_names)
{
	int64_t r;

	/* The empty name comes first. */
	if (!append(&s->strings, "", 1))
		return -ENOMEM;
	for (uint32_t id = 1; id < s->from->n; id++) {
		if (!is_wanted(s->from, sched_types_at(s->from, id), names, n_names))
			continue;
		r = copy_type(s, id);
		if (r < 0)
			return (int)r;
	}
	return 0;
}

static int join(struct subset *s, char **ret, size_t *ret_size)
{
	const struct btf_header header = {
		.magic = BTF_MAGIC,
		.version = BTF_VERSION,
		.hdr_len = sizeof(header),
		.type_len = (uint32_t)s->types.size,
		.str_off = (uint32_t)s->types.size,
		.str_len = (uint32_t)s->strings.size,
	};
	struct buffer all = {};

	if (!append(&all, &header, sizeof(header)) ||
	    !append(&all, s->types.data, s->types.size) ||
	    !append(&all, s->strings.data, s->strings.size)) {
		free(all.data);
		return -ENOMEM;
	}
	*ret = all.data;
	*ret_size = all.size;
	return 0;
}

int sched_subset_make(const struct sched_types *x, const char **names, size_t n_names,
		      char **ret, size_t *ret_size)
{
	struct subset s = { .from = x, .id = calloc(x->n, sizeof(*s.id)) };
	int r;

	qsort(names, n_names, sizeof(*names), compare_names);
	r = s.id ? fill(&s, names, n_names) : -ENOMEM;
	if (r >= 0)
		r = join(&s, ret, ret_size);
	free(s.id);
	free(s.types.data);
	free(s.strings.data);
	return r;
}
