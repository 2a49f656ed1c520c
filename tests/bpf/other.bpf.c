/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Another scheduler, as small as can be: it has no callbacks, so the kernel runs everything first
 * come, first served. It is the foreign one in tests.
 */
#include "bpf/kernel.bpf.h"

char _license[] SEC("license") = "GPL";

SEC("struct_ops.s/other_init")
s32 BPF_PROG(other_init)
{
	return 0;
}

SEC(".struct_ops.link")
struct sched_ext_ops other_ops = {
	.init = (void *)other_init,
	.name = "somebody",
};
