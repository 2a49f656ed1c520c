/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's events: sched_ext schedulers coming and going, anybody's, and CPUs.
 *
 * A filter in the kernel drops all others, so that a disk or a USB stick wakes nobody here.
 */
#pragma once

#include <stddef.h>

enum uevent_action {
	UEVENT_ADD,
	UEVENT_REMOVE,
	UEVENT_CPU,	/* one comes or goes: look at sysfs */
};

/* A socket that polls readable; the caller closes it. */
int uevent_open(void);

/* Puts the filter on @fd; a part of uevent_open(). */
int uevent_filter(int fd);

/* 1 and @ret, 0 if there was nothing for us, -ENOBUFS if events were lost: look at sysfs. */
int uevent_receive(int fd, enum uevent_action *ret);

/*
 * One message of the kernel, "ACTION@PATH" and "KEY=VALUE", each ended by NUL: 1 if ours. Some name
 * a scheduler as well, but when one leaves, the kernel has let go of the name by then: 6.18 sends
 * "(efault)". So nobody here reads it; sysfs says who is there.
 */
int uevent_parse(const char *message, size_t size, enum uevent_action *ret);
