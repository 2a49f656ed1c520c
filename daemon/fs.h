/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Small files: read with a limit, written as a whole or not at all.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "daemon/error.h"

/* Configuration files: more is a mistake, not a profile. */
#define FS_CONFIG_MAX (64 * 1024)

/*
 * Reads a whole regular file of at most @max bytes; @ret is NUL-terminated, owned by the caller.
 * Never blocks on a fifo. Errors: -EISDIR, -EFBIG, -ENODEV (neither file nor folder), errno.
 */
int fs_read(const char *path, size_t max, char **ret, size_t *ret_size);

/* The sentence for a failed fs_read() of a configuration file: says what to do. Returns @r. */
int fs_explain(const char *path, int r, size_t max, struct error *err);

/* A file as it was read. */
struct fs_file {
	char *path, *text;	/* both owned; @text is NUL-terminated */
	size_t size;
};

#define FS_FILE_NULL ((struct fs_file){})

void fs_file_done(struct fs_file *f);

/*
 * Reads @dir/@name, which need not be there. 1: @ret is the caller's; 0: there is no such file.
 * Errors are those of fs_read(), explained.
 */
int fs_load(struct fs_file *ret, const char *dir, const char *name, size_t max, struct error *err);

/* Reads the first line of a small file of sysfs or procfs into @buf, without its newline. */
int fs_read_line(const char *path, char *buf, size_t size);

/* Writes @text into a file that is there, in one go: for sysfs, where a file cannot be replaced. */
int fs_put(const char *path, const char *text);

/*
 * Replaces @path by @data: a crash or a full disk at any moment leaves the old file or the new
 * one. What is there afterwards has exactly @mode.
 */
int fs_write(const char *path, const char *data, size_t size, mode_t mode);

int fs_mkdir(const char *path, mode_t mode);	/* 0 also if it is there already */
int fs_remove(const char *path);		/* 0 also if it is not there */
bool fs_exists(const char *path);

enum fs_lock_flags {
	FS_LOCK_ALONE = 1 << 0,	/* with nobody else who has locked it; else with who is not alone */
	FS_LOCK_WAIT = 1 << 1,	/* as long as somebody is in the way */
};

/*
 * Locks @path, a file that is made if it is not there and that only its owner may open, for nobody
 * else may keep us out. Returns a descriptor, the caller's; closed by whatever end of the process,
 * it ends the lock. -EWOULDBLOCK: somebody is in the way, and was not to be waited for.
 */
int fs_lock(const char *path, unsigned flags);

/* "@dir/@file", owned by the caller; NULL without memory. */
char *fs_join(const char *dir, const char *file);
