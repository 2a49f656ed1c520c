/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How much memory this program has allocated.
 */
#pragma once

#include <malloc.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

/* Of AddressSanitizer, whose allocator mallinfo2() knows nothing of. */
size_t __sanitizer_get_current_allocated_bytes(void) __attribute__((weak));

/*
 * What malloc() keeps for quick use counts as allocated to it. It can be told not to keep any, but
 * only from outside: so this starts the program anew, unless somebody has told it something.
 */
static inline void heap_count_exactly(char **argv)
{
	static const char tunables[] = "glibc.malloc.tcache_count=0:glibc.malloc.mxfast=0";

	if (__sanitizer_get_current_allocated_bytes || getenv("GLIBC_TUNABLES"))
		return;
	setenv("GLIBC_TUNABLES", tunables, 1);
	execv("/proc/self/exe", argv);
}

static inline size_t heap_allocated(void)
{
	if (__sanitizer_get_current_allocated_bytes)
		return __sanitizer_get_current_allocated_bytes();
	return mallinfo2().uordblks;
}
