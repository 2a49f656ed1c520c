/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What this kernel has, from one pass over its type information.
 *
 * libbpf could read it, too, and does so when it loads the scheduler. But it checks and indexes all
 * of it, which takes longer than all that the kernel does to start the scheduler but verify it, and
 * here only a handful of names are wanted.
 */
#include "daemon/sched-facts.h"

#include <errno.h>
#include <linux/btf.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/utsname.h>

#include "daemon/cleanup.h"
#include "daemon/fs.h"
#include "daemon/names.h"

/* Today's kernels have some 6 MB of it. */
#define BTF_SIZE_MAX (32U << 20)

enum kfunc_state { KFUNC_ABSENT, KFUNC_USABLE, KFUNC_DEFECTIVE };

enum {
	KFUNC_REENQUEUE,
	KFUNC_REENQUEUE_V2,
	KFUNC_INSERT_VTIME,
	KFUNC_INSERT_VTIME_V2,
	KFUNC_PICK_IDLE_NODE,
	KFUNC_CPU_NODE,
	KFUNC_MOVE_VTIME,
	KFUNC_MOVE_SET_VTIME,
	/* From here on each is required. */
	KFUNC_FIRST_REQUIRED,
	_KFUNC_MAX = KFUNC_FIRST_REQUIRED + 20,
};

static const char *const kfuncs[_KFUNC_MAX] = {
	[KFUNC_REENQUEUE] = "scx_bpf_reenqueue_local",
	[KFUNC_REENQUEUE_V2] = "scx_bpf_reenqueue_local___v2",
	[KFUNC_INSERT_VTIME] = "scx_bpf_dsq_insert_vtime",
	[KFUNC_INSERT_VTIME_V2] = "__scx_bpf_dsq_insert_vtime",
	[KFUNC_PICK_IDLE_NODE] = "scx_bpf_pick_idle_cpu_node",
	[KFUNC_CPU_NODE] = "scx_bpf_cpu_node",
	[KFUNC_MOVE_VTIME] = "scx_bpf_dsq_move_vtime",
	[KFUNC_MOVE_SET_VTIME] = "scx_bpf_dsq_move_set_vtime",
	[KFUNC_FIRST_REQUIRED] = "scx_bpf_dsq_insert",
	"scx_bpf_dsq_move_to_local",
	"scx_bpf_dsq_move",
	"scx_bpf_dsq_nr_queued",
	"scx_bpf_create_dsq",
	"scx_bpf_select_cpu_dfl",
	"scx_bpf_pick_idle_cpu",
	"scx_bpf_test_and_clear_cpu_idle",
	"scx_bpf_kick_cpu",
	"scx_bpf_nr_cpu_ids",
	"bpf_iter_scx_dsq_new",
	"bpf_iter_scx_dsq_next",
	"bpf_iter_scx_dsq_destroy",
	"bpf_cpumask_test_cpu",
	"scx_bpf_select_cpu_and",
	"bpf_cpumask_subset",
	"bpf_cpumask_any_and_distribute",
	"bpf_cpumask_create",
	"bpf_cpumask_set_cpu",
	"bpf_cpumask_release",
};

/* BTF in memory: types one after the other, each followed by words that depend on its kind. */
struct btf_image {
	const char *types, *strings;
	size_t types_size, strings_size;
};

static const char *name_at(const struct btf_image *b, uint32_t offset)
{
	return offset < b->strings_size ? b->strings + offset : "";
}

/* The size of what follows the type, or -1 for a kind from the future. */
static ssize_t tail_size(const struct btf_type *t)
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

/* Where each type starts, by its id (from 1). */
struct btf_index {
	struct btf_image image;
	uint32_t *offset;
	uint32_t n;
};

static const struct btf_type *type_at(const struct btf_index *x, uint32_t id)
{
	return id && id < x->n ? (const void *)(x->image.types + x->offset[id]) : NULL;
}

/*
 * A kfunc that takes its program's aux structure as a hidden last argument is described without
 * it. Where the description still has it, the kernel's build went wrong and nobody can call it.
 */
static enum kfunc_state kfunc_state(const struct btf_index *x, const struct btf_type *func)
{
	const struct btf_type *t = type_at(x, func->type);
	unsigned n;

	/* Only of a prototype is it known that all of its parameters are within the file. */
	if (!t || BTF_INFO_KIND(t->info) != BTF_KIND_FUNC_PROTO || !BTF_INFO_VLEN(t->info))
		return KFUNC_USABLE;
	n = BTF_INFO_VLEN(t->info);
	t = type_at(x, ((const struct btf_param *)(t + 1))[n - 1].type);
	/* A pointer to const is two steps; a circle of types ends, too. */
	for (int i = 0; i < 8 && t && (BTF_INFO_KIND(t->info) == BTF_KIND_PTR ||
				       BTF_INFO_KIND(t->info) == BTF_KIND_CONST); i++)
		t = type_at(x, t->type);
	if (t && BTF_INFO_KIND(t->info) == BTF_KIND_STRUCT &&
	    !strcmp(name_at(&x->image, t->name_off), "bpf_prog_aux"))
		return KFUNC_DEFECTIVE;
	return KFUNC_USABLE;
}

/* Checks the frame of the file; what is inside is checked on the way. */
static bool image_open(struct btf_image *ret, const char *data, size_t size)
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

/* The callbacks that this kernel knows of. @t is whole: index_build() has looked at its size. */
static void facts_ops(const struct btf_image *b, const struct btf_type *t, struct sched_facts *f)
{
	const struct btf_member *m = (const void *)(t + 1);

	f->sched_ext = true;
	for (unsigned i = 0; i < BTF_INFO_VLEN(t->info); i++) {
		const char *name = name_at(b, m[i].name_off);

		f->cgroup_weight |= !strcmp(name, "cgroup_set_weight");
		f->cgroup_bandwidth |= !strcmp(name, "cgroup_set_bandwidth");
		f->cgroup_set_idle |= !strcmp(name, "cgroup_set_idle");
	}
}

/* The ids of the kfuncs go to @ids. False if this is not BTF as we know it. */
static bool index_build(struct btf_index *x, uint32_t ids[_KFUNC_MAX], struct sched_facts *f)
{
	size_t size = x->image.types_size, at = 0;

	for (x->n = 1; at + sizeof(struct btf_type) <= size; x->n++) {
		const struct btf_type *t = (const void *)(x->image.types + at);
		const char *name = name_at(&x->image, t->name_off);
		unsigned kind = BTF_INFO_KIND(t->info);
		ssize_t more = tail_size(t);

		if (more < 0 || (size_t)more > size - at - sizeof(*t))
			return false;
		x->offset[x->n] = (uint32_t)at;
		at += sizeof(*t) + (size_t)more;
		if (kind == BTF_KIND_STRUCT && !strcmp(name, "sched_ext_ops"))
			facts_ops(&x->image, t, f);
		/* All of their names start with scx_, __scx_ or bpf_. */
		if (kind != BTF_KIND_FUNC || !strchr("s_b", name[0]))
			continue;
		for (int i = 0; i < _KFUNC_MAX; i++)
			if (!strcmp(name, kfuncs[i]))
				ids[i] = x->n;
	}
	return at == size;
}

/* -EBADMSG if the file is no BTF or of a kind from the future. */
static int facts_walk(struct sched_facts *f, enum kfunc_state states[_KFUNC_MAX])
{
	_cleanup_free_ uint32_t *offset = NULL;
	_cleanup_free_ char *data = NULL;
	uint32_t ids[_KFUNC_MAX] = {};
	struct btf_index x = {};
	size_t size;
	int r;

	r = fs_read(DIR_SYSFS "/" SYSFS_BTF, BTF_SIZE_MAX, &data, &size);
	if (r < 0)
		return r;
	if (!image_open(&x.image, data, size))
		return -EBADMSG;
	offset = malloc((x.image.types_size / sizeof(struct btf_type) + 2) * sizeof(*offset));
	if (!offset)
		return -ENOMEM;
	x.offset = offset;
	if (!index_build(&x, ids, f))
		return -EBADMSG;
	for (int i = 0; i < _KFUNC_MAX; i++)
		if (ids[i])
			states[i] = kfunc_state(&x, type_at(&x, ids[i]));
	return 0;
}

static void facts_miss(struct sched_facts *f, const char *name, enum kfunc_state state)
{
	size_t n = strlen(f->missing);

	if (state == KFUNC_USABLE)
		return;
	snprintf(f->missing + n, sizeof(f->missing) - n, "%s%s", n ? ", " : "", name);
	f->defective |= state == KFUNC_DEFECTIVE;
}

static enum kfunc_state better(enum kfunc_state a, enum kfunc_state b)
{
	if (a == KFUNC_USABLE || b == KFUNC_USABLE)
		return KFUNC_USABLE;
	return a > b ? a : b;
}

static int facts_read(struct sched_facts *f, struct error *err)
{
	enum kfunc_state states[_KFUNC_MAX] = {};
	struct utsname name;
	int r = facts_walk(f, states);

	if (r < 0)
		return error_set(err, ERROR_NOT_SUPPORTED, EOPNOTSUPP,
				 "this kernel's type information (" DIR_SYSFS "/" SYSFS_BTF
				 ") cannot be read (%s); boot a kernel that is built with "
				 "CONFIG_DEBUG_INFO_BTF", strerror(-r));
	facts_miss(f, "scx_bpf_reenqueue_local",
		   better(states[KFUNC_REENQUEUE], states[KFUNC_REENQUEUE_V2]));
	facts_miss(f, "scx_bpf_dsq_insert_vtime",
		   better(states[KFUNC_INSERT_VTIME], states[KFUNC_INSERT_VTIME_V2]));
	for (int i = KFUNC_FIRST_REQUIRED; i < _KFUNC_MAX; i++)
		facts_miss(f, kfuncs[i], states[i]);
	f->idle_by_node = states[KFUNC_PICK_IDLE_NODE] == KFUNC_USABLE &&
			  states[KFUNC_CPU_NODE] == KFUNC_USABLE;
	f->reenqueue_anywhere = states[KFUNC_REENQUEUE_V2] == KFUNC_USABLE;
	uname(&name);
	/* There BPF has no timers. */
	f->cgroup_bandwidth &= !strstr(name.version, "PREEMPT_RT") &&
		states[KFUNC_MOVE_VTIME] == KFUNC_USABLE &&
		states[KFUNC_MOVE_SET_VTIME] == KFUNC_USABLE;
	snprintf(f->release, sizeof(f->release), "%.64s", name.release);
	f->ext_server = strtoul(name.release, NULL, 10) >= 7;
	return 0;
}

int sched_facts_get(const struct sched_facts **ret, struct error *err)
{
	static struct sched_facts facts;
	static bool known;
	int r = known ? 0 : facts_read(&facts, err);

	if (r < 0)
		return r;
	known = true;
	if (!facts.sched_ext)
		return error_set(err, ERROR_NOT_SUPPORTED, EOPNOTSUPP,
				 "this kernel (%s) has no sched_ext; boot one that is built with "
				 "CONFIG_SCHED_CLASS_EXT, 6.16 or newer (on Debian 13: the kernels "
				 "of trixie-backports)", facts.release);
	if (facts.defective)
		return error_set(err, ERROR_NOT_SUPPORTED, EOPNOTSUPP,
				 "this build of the kernel (%s) describes some scheduler functions "
				 "wrongly, so that no BPF program can call them (%s); install "
				 "linux-image 7.3 or newer, or one older than 7.1",
				 facts.release, facts.missing);
	if (facts.missing[0])
		return error_set(err, ERROR_NOT_SUPPORTED, EOPNOTSUPP,
				 "this kernel (%s) lacks scheduler functions that are needed (%s); "
				 "install 6.16 or newer (known to work: up to 7.3)",
				 facts.release, facts.missing);
	*ret = &facts;
	return 0;
}
