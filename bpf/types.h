/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fixed-width integers, spelt alike in BPF programs and in user space.
 *
 * BPF programs get them from the kernel types they are compiled with (kernel.bpf.h).
 */
#pragma once

#ifndef __bpf__
#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef __s32 s32;
typedef __s64 s64;
#endif
