/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How much memory this program has allocated.
 */
#pragma once

#include <malloc.h>
#include <stddef.h>

/* Of AddressSanitizer, whose allocator mallinfo2() knows nothing of. */
size_t __sanitizer_get_current_allocated_bytes(void) __attribute__((weak));

static inline size_t heap_allocated(void)
{
	if (__sanitizer_get_current_allocated_bytes)
		return __sanitizer_get_current_allocated_bytes();
	return mallinfo2().uordblks;
}
