/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What this kernel has, from one pass over its type information.
 */
#include "daemon/sched-facts.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "daemon/cleanup.h"
#include "daemon/names.h"
#include "daemon/sched-types.h"

enum kfunc_state { KFUNC_ABSENT, KFUNC_USABLE, KFUNC_DEFECTIVE };

static const struct {
	const char *name;
	bool required;
} kfuncs[_KFUNC_MAX] = {
#define X(name, required) [KFUNC_##name] = { #name, required },
	BPFLAND_KFUNCS(X)
#undef X
};

/*
 * A kfunc that takes its program's aux structure as a hidden last argument is described without
 * it. Where the description still has it, the kernel's build went wrong and nobody can call it.
 */
static enum kfunc_state kfunc_state(const struct sched_types *x, const struct btf_type *func)
{
	const struct btf_type *t = sched_types_at(x, func->type);
	unsigned n;

	/* Only of a prototype is it known that all of its parameters are within the file. */
	if (!t || BTF_INFO_KIND(t->info) != BTF_KIND_FUNC_PROTO || !BTF_INFO_VLEN(t->info))
		return KFUNC_USABLE;
	n = BTF_INFO_VLEN(t->info);
	t = sched_types_at(x, ((const struct btf_param *)(t + 1))[n - 1].type);
	/* A pointer to const is two steps; a circle of types ends, too. */
	for (int i = 0; i < 8 && t && (BTF_INFO_KIND(t->info) == BTF_KIND_PTR ||
				       BTF_INFO_KIND(t->info) == BTF_KIND_CONST); i++)
		t = sched_types_at(x, t->type);
	if (t && BTF_INFO_KIND(t->info) == BTF_KIND_STRUCT &&
	    !strcmp(sched_types_name(x, t->name_off), "bpf_prog_aux"))
		return KFUNC_DEFECTIVE;
	return KFUNC_USABLE;
}

/* The callbacks that this kernel knows of. */
static void facts_ops(const struct sched_types *x, const struct btf_type *t, struct sched_facts *f)
{
	const struct btf_member *m = (const void *)(t + 1);

	f->sched_ext = true;
	for (unsigned i = 0; i < BTF_INFO_VLEN(t->info); i++) {
		const char *name = sched_types_name(x, m[i].name_off);

		f->cgroup_weight |= !strcmp(name, "cgroup_set_weight");
		f->cgroup_bandwidth |= !strcmp(name, "cgroup_set_bandwidth");
		f->cgroup_set_idle |= !strcmp(name, "cgroup_set_idle");
	}
}

/* What the name of the type @id tells. */
static void facts_type(const struct sched_types *x, uint32_t id, struct sched_facts *f)
{
	const struct btf_type *t = sched_types_at(x, id);
	const char *name = sched_types_name(x, t->name_off);

	switch (BTF_INFO_KIND(t->info)) {
	case BTF_KIND_STRUCT:
		if (!strcmp(name, "sched_ext_ops"))
			facts_ops(x, t, f);
		break;
	case BTF_KIND_VAR:
		f->interrupts_counted |= !strcmp(name, "local_interrupt_disable_state");
		break;
	case BTF_KIND_TYPEDEF:
		if (!strcmp(name, "btf_trace_sched_switch"))
			f->sched_switch = id;
		break;
	case BTF_KIND_FUNC:
		if (strncmp(name, "bpf_", 4) && strncmp(name, "scx_", 4) &&
		    strncmp(name, "__scx_", 6))
			break;
		for (int i = 0; i < _KFUNC_MAX; i++)
			if (!f->kfunc[i] && !strcmp(name, kfuncs[i].name))
				f->kfunc[i] = id;
		break;
	}
}

/* -EBADMSG if the file is no BTF or of a kind from the future. */
static int facts_walk(struct sched_facts *f, enum kfunc_state states[_KFUNC_MAX])
{
	_cleanup_(sched_types_done) struct sched_types x = SCHED_TYPES_NULL;
	int r;

	r = sched_types_open(&x, DIR_SYSFS "/" SYSFS_BTF);
	if (r < 0)
		return r;
	for (uint32_t id = 1; id < x.n; id++)
		facts_type(&x, id, f);
	for (int i = 0; i < _KFUNC_MAX; i++) {
		if (f->kfunc[i])
			states[i] = kfunc_state(&x, sched_types_at(&x, f->kfunc[i]));
		if (states[i] != KFUNC_USABLE)
			f->kfunc[i] = 0;
	}
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
	const uint32_t *kfunc = f->kfunc;
	struct utsname name;
	int r = facts_walk(f, states);

	if (r < 0)
		return error_set(err, ERROR_NOT_SUPPORTED, EOPNOTSUPP,
				 "this kernel's type information (" DIR_SYSFS "/" SYSFS_BTF
				 ") cannot be read (%s); boot a kernel that is built with "
				 "CONFIG_DEBUG_INFO_BTF", strerror(-r));
	facts_miss(f, "scx_bpf_reenqueue_local",
		   better(states[KFUNC_scx_bpf_reenqueue_local],
			  states[KFUNC_scx_bpf_reenqueue_local___v2]));
	facts_miss(f, "scx_bpf_dsq_insert_vtime",
		   better(states[KFUNC_scx_bpf_dsq_insert_vtime],
			  states[KFUNC___scx_bpf_dsq_insert_vtime]));
	for (int i = 0; i < _KFUNC_MAX; i++)
		if (kfuncs[i].required)
			facts_miss(f, kfuncs[i].name, states[i]);
	f->idle_by_node = kfunc[KFUNC_scx_bpf_pick_idle_cpu_node] &&
			  kfunc[KFUNC_scx_bpf_cpu_node];
	f->reenqueue_anywhere = kfunc[KFUNC_scx_bpf_reenqueue_local___v2] && f->sched_switch;
	uname(&name);
	f->timers = !strstr(name.version, "PREEMPT_RT");
	f->cgroup_bandwidth &= f->timers && kfunc[KFUNC_scx_bpf_dsq_move_vtime] &&
			       kfunc[KFUNC_scx_bpf_dsq_move_set_vtime];
	f->frequency = kfunc[KFUNC_scx_bpf_cpuperf_set];
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
