/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The functions of the kernel that the scheduler calls. Both sides know each by its number here.
 *
 * libbpf would bind them by name, and look through all of the kernel's types, some 70,000, for each
 * name, which took longer than the kernel takes to verify the scheduler; for a name that this
 * kernel does not have it would go on through the types of all modules. So they are no externals to
 * libbpf. A call carries the number, in the way in which BPF calls its helpers, and user space puts
 * the kernel's own id in its place (daemon/sched-link.c), all of which it finds in one pass
 * (daemon/sched-facts.c). What this kernel does not have stays a call of a helper that does not
 * exist: the verifier refuses it, unless the code cannot be reached.
 */
#pragma once

/* X(name, whether the scheduler cannot do without) */
#define BPFLAND_KFUNCS(X)                                                                        \
	X(scx_bpf_dsq_insert, 1)                                                                 \
	X(scx_bpf_dsq_insert_vtime, 0)	/* one of these two */                                   \
	X(__scx_bpf_dsq_insert_vtime, 0)	/* 6.19+ */                                      \
	X(scx_bpf_dsq_move_to_local, 1)                                                          \
	X(scx_bpf_dsq_move, 1)                                                                   \
	X(scx_bpf_dsq_move_set_vtime, 0)                                                         \
	X(scx_bpf_dsq_move_vtime, 0)                                                             \
	X(scx_bpf_dsq_nr_queued, 1)                                                              \
	X(scx_bpf_create_dsq, 1)                                                                 \
	X(bpf_iter_scx_dsq_new, 1)                                                               \
	X(bpf_iter_scx_dsq_next, 1)                                                              \
	X(bpf_iter_scx_dsq_destroy, 1)                                                           \
	X(scx_bpf_select_cpu_dfl, 1)                                                             \
	X(scx_bpf_select_cpu_and, 1)                                                             \
	X(scx_bpf_pick_idle_cpu, 1)                                                              \
	X(scx_bpf_pick_idle_cpu_node, 0)                                                         \
	X(scx_bpf_cpu_node, 0)                                                                   \
	X(scx_bpf_test_and_clear_cpu_idle, 1)                                                    \
	X(scx_bpf_kick_cpu, 1)                                                                   \
	X(scx_bpf_reenqueue_local, 0)	/* one of these two */                                   \
	X(scx_bpf_reenqueue_local___v2, 0)	/* 6.19+ */                                      \
	X(scx_bpf_task_set_slice, 0)	/* 6.19+ */                                              \
	X(scx_bpf_cpu_curr, 0)		/* 6.18+ */                                              \
	X(scx_bpf_nr_cpu_ids, 1)                                                                 \
	X(scx_bpf_task_running, 1)                                                               \
	X(scx_bpf_dump_bstr, 0)                                                                  \
	X(scx_bpf_cpuperf_set, 0)                                                                \
	X(bpf_task_from_pid, 1)                                                                  \
	X(bpf_task_release, 1)                                                                   \
	X(bpf_rcu_read_lock, 1)                                                                  \
	X(bpf_rcu_read_unlock, 1)                                                                \
	X(bpf_cpumask_test_cpu, 1)                                                               \
	X(bpf_cpumask_subset, 1)                                                                 \
	X(bpf_cpumask_any_and_distribute, 1)                                                     \
	X(bpf_cpumask_create, 1)                                                                 \
	X(bpf_cpumask_set_cpu, 1)                                                                \
	X(bpf_cpumask_release, 1)                                                                \
	X(bpf_iter_num_new, 1)                                                                   \
	X(bpf_iter_num_next, 1)                                                                  \
	X(bpf_iter_num_destroy, 1)

enum kfunc {
#define X(name, required) KFUNC_##name,
	BPFLAND_KFUNCS(X)
#undef X
	_KFUNC_MAX,
};

/* What is called to call number 0: far above the number of any helper. */
#define KFUNC_CALL 0x7b000000
