/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ownership made visible: a local that owns something carries a cleanup attribute, and what
 * leaves the function leaves through TAKE_PTR() or TAKE_FD().
 */
#pragma once

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define _cleanup_(function) __attribute__((cleanup(function)))

/* For `struct x *x_free(struct x *)`: defines x_freep() for _cleanup_(x_freep). */
#define DEFINE_CLEANUP(type, function)                                                           \
	static inline void function##p(type *p)                                                  \
	{                                                                                        \
		if (*p)                                                                          \
			function(*p);                                                            \
	}                                                                                        \
	struct cleanup_wants_a_semicolon

static inline void cleanup_free(void *p)
{
	free(*(void **)p);
}

static inline void cleanup_close(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static inline void cleanup_closedir(DIR *const *dir)
{
	if (*dir)
		closedir(*dir);
}

#define _cleanup_free_ _cleanup_(cleanup_free)
#define _cleanup_close_ _cleanup_(cleanup_close)
#define _cleanup_closedir_ _cleanup_(cleanup_closedir)

#define TAKE_PTR(p)                                                                              \
	({                                                                                       \
		__typeof__(p) _taken = (p);                                                      \
		(p) = NULL;                                                                      \
		_taken;                                                                          \
	})

#define TAKE_FD(fd)                                                                              \
	({                                                                                       \
		int _taken = (fd);                                                               \
		(fd) = -1;                                                                       \
		_taken;                                                                          \
	})
