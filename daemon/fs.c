/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Small files.
 */
#include "daemon/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/cleanup.h"
#include "daemon/text.h"

/* Reads until the end of the file or until @buf is full. */
static ssize_t read_all(int fd, char *buf, size_t size)
{
	size_t have = 0;
	ssize_t n;

	while (have < size) {
		n = read(fd, buf + have, size - have);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (!n)
			break;
		have += n;
	}
	return have;
}

int fs_read(const char *path, size_t max, char **ret, size_t *ret_size)
{
	_cleanup_close_ int fd = -1;
	_cleanup_free_ char *data = NULL;
	struct stat st;
	ssize_t n;

	/* Without O_NONBLOCK the open of a fifo would wait for a writer that may never come. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	if (!S_ISREG(st.st_mode))
		return -ENODEV;
	if (st.st_size > (off_t)max)
		return -EFBIG;

	/* One byte more than allowed: a file of procfs has no size, and any file may grow. */
	data = malloc(max + 2);
	if (!data)
		return -ENOMEM;
	n = read_all(fd, data, max + 1);
	if (n < 0)
		return n;
	if ((size_t)n > max)
		return -EFBIG;
	data[n] = 0;
	*ret = TAKE_PTR(data);
	*ret_size = n;
	return 0;
}

int fs_explain(const char *path, int r, size_t max, struct error *err)
{
	switch (r) {
	case -EISDIR:
		return error_set(err, ERROR_FAILED, r, "%s: is a folder, must be a file", path);
	case -ENODEV:
	case -ENXIO:
		return error_set(err, ERROR_FAILED, r,
				 "%s: is a pipe, socket or device, must be a file", path);
	case -EFBIG:
		return error_set(err, ERROR_FAILED, r, "%s: is too large, allowed: up to %zu bytes",
				 path, max);
	case -ELOOP:
		return error_set(err, ERROR_FAILED, r, "%s: the links lead in a circle", path);
	case -EACCES:
		return error_set(err, ERROR_ACCESS_DENIED, r,
				 "%s: no permission to read it; it must be readable by root", path);
	default:
		return error_set(err, ERROR_FAILED, r, "%s: cannot be read: %s", path,
				 strerror(-r));
	}
}

void fs_file_done(struct fs_file *f)
{
	free(f->path);
	free(f->text);
}

int fs_load(struct fs_file *ret, const char *dir, const char *name, size_t max, struct error *err)
{
	_cleanup_(fs_file_done) struct fs_file f = { .path = fs_join(dir, name) };
	int r;

	if (!f.path)
		return error_set(err, ERROR_FAILED, ENOMEM, "%s: out of memory", dir);
	r = fs_read(f.path, max, &f.text, &f.size);
	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return fs_explain(f.path, r, max, err);
	*ret = f;
	f = FS_FILE_NULL;
	return 1;
}

int fs_read_line(const char *path, char *buf, size_t size)
{
	_cleanup_close_ int fd = -1;
	ssize_t n;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return -errno;
	n = read_all(fd, buf, size - 1);
	if (n < 0)
		return n;
	buf[n] = 0;
	buf[strcspn(buf, "\n")] = 0;
	text_strip(buf);
	return 0;
}

static int write_all(int fd, const char *data, size_t size)
{
	ssize_t n;

	while (size) {
		n = write(fd, data, size);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		data += n;
		size -= n;
	}
	return 0;
}

/* A rename is only as durable as the folder that it happened in. */
static int sync_folder_of(const char *path)
{
	_cleanup_close_ int fd = -1;
	_cleanup_free_ char *dir = NULL;
	const char *slash = strrchr(path, '/');

	dir = slash ? strndup(path, slash - path + 1) : strdup(".");
	if (!dir)
		return -ENOMEM;
	fd = open(dir, O_RDONLY | O_CLOEXEC | O_DIRECTORY);
	if (fd < 0 || fsync(fd) < 0)
		return -errno;
	return 0;
}

static int write_and_sync(int fd, const char *data, size_t size, mode_t mode)
{
	int r;

	r = write_all(fd, data, size);
	if (r < 0)
		return r;
	if (fchmod(fd, mode) < 0 || fsync(fd) < 0)
		return -errno;
	return 0;
}

int fs_write(const char *path, const char *data, size_t size, mode_t mode)
{
	_cleanup_free_ char *temporary = NULL;
	_cleanup_close_ int fd = -1;
	int r;

	if (asprintf(&temporary, "%s.XXXXXX", path) < 0) {
		temporary = NULL;
		return -ENOMEM;
	}
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	r = write_and_sync(fd, data, size, mode);
	if (r >= 0 && rename(temporary, path) < 0)
		r = -errno;
	if (r < 0) {
		unlink(temporary);
		return r;
	}
	return sync_folder_of(path);
}

int fs_put(const char *path, const char *text)
{
	_cleanup_close_ int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
	size_t size = strlen(text);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = write(fd, text, size);
	if (n < 0)
		return -errno;
	return (size_t)n == size ? 0 : -EIO;
}

int fs_mkdir(const char *path, mode_t mode)
{
	struct stat st;
	int error;

	if (!mkdir(path, mode))
		return 0;
	error = errno;
	/* On a read-only file system a folder that is there still answers EROFS. */
	if (!stat(path, &st))
		return S_ISDIR(st.st_mode) ? 0 : -ENOTDIR;
	return -error;
}

int fs_remove(const char *path)
{
	if (unlink(path) < 0 && errno != ENOENT && errno != ENOTDIR)
		return -errno;
	return 0;
}

bool fs_exists(const char *path)
{
	return access(path, F_OK) == 0;
}

char *fs_join(const char *dir, const char *file)
{
	char *path;

	return asprintf(&path, "%s/%s", dir, file) < 0 ? NULL : path;
}

int fs_lock(const char *path, unsigned flags)
{
	_cleanup_close_ int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	int operation = flags & FS_LOCK_ALONE ? LOCK_EX : LOCK_SH;

	if (fd < 0)
		return -errno;
	if (!(flags & FS_LOCK_WAIT))
		operation |= LOCK_NB;
	while (flock(fd, operation) < 0)
		if (errno != EINTR)
			return -errno;
	return TAKE_FD(fd);
}
