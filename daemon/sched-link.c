/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The door to BPF: binding the scheduler to this kernel.
 *
 * libbpf does the work, but is not asked to look for anything among all of the kernel's types more
 * often than it must. What bpf/kfunc-table.h numbers gets this kernel's id when all else of a
 * program is relocated, just before the verifier sees it. The structures that programs look into
 * are given to libbpf as a small file (sched-subset.h).
 */
#include "daemon/sched-internal.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "daemon/cleanup.h"
#include "daemon/names.h"
#include "daemon/sched-subset.h"
#include "daemon/sched-types.h"

/* What libbpf hands to program_prepare(), by the program's section. */
enum section_cookie {
	SECTION_ORDINARY,
	SECTION_SLEEPABLE,
	SECTION_SCHED_SWITCH,
};

static const struct {
	const char *name;
	enum bpf_prog_type type;
	enum bpf_attach_type attach_type;
	enum section_cookie cookie;
} sections[] = {
	{ "struct_ops+", BPF_PROG_TYPE_STRUCT_OPS, 0, SECTION_ORDINARY },
	{ "struct_ops.s+", BPF_PROG_TYPE_STRUCT_OPS, 0, SECTION_SLEEPABLE },
	{ "syscall", BPF_PROG_TYPE_SYSCALL, 0, SECTION_SLEEPABLE },
	/* No name that libbpf knows: it treats those of others in this process as usual. */
	{ "sched_switch", BPF_PROG_TYPE_TRACING, BPF_TRACE_RAW_TP, SECTION_SCHED_SWITCH },
};

static const struct sched_facts *facts;

/* Calls of what this kernel does not have stay as they are; the verifier knows no such helper. */
static void link_call(struct bpf_insn *insn)
{
	uint32_t kfunc = (uint32_t)insn->imm - KFUNC_CALL;

	if (insn->code != (BPF_JMP | BPF_CALL) || insn->src_reg || kfunc >= _KFUNC_MAX ||
	    !facts->kfunc[kfunc])
		return;
	insn->src_reg = BPF_PSEUDO_KFUNC_CALL;
	insn->imm = (int32_t)facts->kfunc[kfunc];
}

/* In place of what libbpf itself does for these sections, all of which is the switch. */
static int program_prepare(struct bpf_program *prog, struct bpf_prog_load_opts *opts, long cookie)
{
	size_t n = bpf_program__insn_cnt(prog);
	_cleanup_free_ struct bpf_insn *insns = calloc(n, sizeof(*insns));

	if (!insns)
		return -ENOMEM;
	memcpy(insns, bpf_program__insns(prog), n * sizeof(*insns));
	for (size_t i = 0; i < n; i++)
		link_call(&insns[i]);
	switch (cookie) {
	case SECTION_SLEEPABLE:
		opts->prog_flags |= BPF_F_SLEEPABLE;
		break;
	case SECTION_SCHED_SWITCH:
		opts->attach_btf_id = facts->sched_switch;
		break;
	}
	return bpf_program__set_insns(prog, insns, n);
}

static int take_part(void)
{
	static bool registered;
	int r;

	for (size_t i = 0; !registered && i < sizeof(sections) / sizeof(*sections); i++) {
		LIBBPF_OPTS(libbpf_prog_handler_opts, options,
			.cookie = sections[i].cookie,
			.prog_prepare_load_fn = program_prepare,
		);

		r = libbpf_register_prog_handler(sections[i].name, sections[i].type,
						 sections[i].attach_type, &options);
		if (r < 0)
			return r;
	}
	registered = true;
	return 0;
}

/* The names of all types of the object, as the kernel has them: x___y is a view of its x. */
static size_t list_names(const struct btf *btf, char **names)
{
	size_t n = 0;

	for (__u32 id = 1; id < btf__type_cnt(btf); id++) {
		const struct btf_type *t = btf__type_by_id(btf, id);
		const char *name = btf__name_by_offset(btf, t->name_off), *view;

		if (!btf_is_composite(t) && !btf_is_any_enum(t))
			continue;
		view = strstr(name, "___");
		names[n] = strndup(name, view ? (size_t)(view - name) : strlen(name));
		n += names[n] != NULL;
	}
	return n;
}

/* Writes to @fd what of the kernel's types the object may ask for. */
static int write_types(int fd, const struct btf *btf)
{
	_cleanup_(sched_types_done) struct sched_types kernel = SCHED_TYPES_NULL;
	_cleanup_free_ char **names = calloc(btf__type_cnt(btf), sizeof(*names));
	_cleanup_free_ char *subset = NULL;
	size_t size, n;
	int r;

	if (!names)
		return -ENOMEM;
	r = sched_types_open(&kernel, DIR_SYSFS "/" SYSFS_BTF);
	if (r < 0)
		return r;
	n = list_names(btf, names);
	r = sched_subset_make(&kernel, (const char **)names, n, &subset, &size);
	while (n--)
		free(names[n]);
	if (r < 0)
		return r;
	return write(fd, subset, size) == (ssize_t)size ? 0 : -EIO;
}

int sched_open(struct bpfland_bpf **ret, int *ret_types, const struct sched_facts *f)
{
	_cleanup_close_ int fd = memfd_create("bpfland-types", MFD_CLOEXEC);
	LIBBPF_OPTS(bpf_object_open_opts, options);
	struct bpfland_bpf *skel;
	char path[64];
	int r;

	if (fd < 0)
		return -errno;
	facts = f;
	r = take_part();
	if (r < 0)
		return r;
	/* Read when the object is loaded. */
	snprintf(path, sizeof(path), DIR_PROCFS "/" PROCFS_OWN_FILES "/%d", fd);
	options.btf_custom_path = path;
	skel = bpfland_bpf__open_opts(&options);
	if (!skel)
		return -errno;
	r = write_types(fd, bpf_object__btf(skel->obj));
	if (r < 0) {
		bpfland_bpf__destroy(skel);
		return r;
	}
	*ret_types = TAKE_FD(fd);
	*ret = skel;
	return 0;
}
