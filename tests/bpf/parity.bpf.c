/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * policy.h as the kernel runs it: for each function a program that calls it on every case.
 */
#include "bpf/kernel.bpf.h"
#include "tests/bpf/parity.h"

char _license[] SEC("license") = "GPL";

struct parity_case cases[PARITY_CASES];

#define X(name, call)                                                                            \
	SEC("syscall")                                                                           \
	int parity_##name(void *ctx)                                                             \
	{                                                                                        \
		u32 i;                                                                           \
		bpf_for(i, 0, PARITY_CASES) {                                                    \
			struct parity_case *at = &cases[i & (PARITY_CASES - 1)];                 \
			at->result = (call);                                                     \
		}                                                                                \
		return 0;                                                                        \
	}
PARITY_FUNCTIONS(X)
