/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * /dev/cpu_dma_latency: four bytes, the native 32-bit number of microseconds. The kernel keeps the
 * smallest wish of all that have it open.
 */
#include "daemon/idle-latency.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "daemon/cleanup.h"

int idle_latency_set(struct idle_latency *l, int64_t usec)
{
	_cleanup_close_ int opened = -1;
	int32_t value = (int32_t)usec;
	ssize_t n;

	if (usec < IDLE_LATENCY_NONE || usec > INT32_MAX)
		return -ERANGE;
	if (usec == l->usec)
		return 0;
	if (usec == IDLE_LATENCY_NONE) {
		close(l->fd);
		l->fd = -1;
		l->usec = usec;
		return 0;
	}
	if (l->fd < 0) {
		opened = open(l->path, O_WRONLY | O_CLOEXEC);
		if (opened < 0)
			return -errno;
	}
	/* At the start, so that a file that stands in for the device holds the last wish. */
	n = pwrite(opened < 0 ? l->fd : opened, &value, sizeof(value), 0);
	if (n < 0)
		return -errno;
	if (n != sizeof(value))
		return -EIO;
	if (opened >= 0)
		l->fd = TAKE_FD(opened);
	l->usec = usec;
	return 0;
}
