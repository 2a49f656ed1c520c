/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Why the scheduler ended: from what the kernel left to an event of its life, and to a sentence
 * for people. Pure.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "daemon/lifecycle.h"
#include "daemon/sched.h"

/* enum scx_exit_kind, as far as we tell them apart. */
#define EXIT_KIND_UNREGISTERED 64	/* detached from user space */
#define EXIT_KIND_SYSRQ 67		/* SysRq-S */
#define EXIT_KIND_ERROR 1024		/* this and all above are errors */
#define EXIT_KIND_STALL 1026		/* a runnable task did not run for too long */
/* Bit of the exit code: start it again. */
#define EXIT_CODE_RESTART (INT64_C(1) << 48)

/*
 * What an end that we did not ask for means to the lifecycle. @ret_culprit: for
 * LIFECYCLE_ENDED_BEHIND_RT the real-time task that held the CPU, as "name[pid]"; else "".
 */
enum lifecycle_event diagnose(const struct sched_exit *e, char *ret_culprit, size_t size);

/* "runnable task stall: cc1[812] failed to run for 30.1s; …": one line, cut to @size. */
void describe_exit(const struct sched_exit *e, const char *culprit, char *buf, size_t size);
