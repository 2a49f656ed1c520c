/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Somebody else's scheduler: a name and nothing more, so the kernel schedules by its own defaults.
 *
 * libbpf matches the members of the kernel's struct by name; those not given stay empty.
 */
#define SEC(name) __attribute__((section(name), used))

struct sched_ext_ops {
	char name[128];
};

SEC(".struct_ops.link") struct sched_ext_ops other = { .name = "somebody" };

SEC("license") char _license[] = "GPL";
