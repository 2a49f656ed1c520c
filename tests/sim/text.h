/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Words and numbers of the command line.
 */
#pragma once

#include "bpf/types.h"
#include "tests/sim/cpuset.h"

#define NSEC_PER_USEC 1000ULL
#define NSEC_PER_MSEC 1000000ULL
#define NSEC_PER_SEC 1000000000ULL

/* Takes the next word up to @separator off *@text; false if there is none or it is too long. */
bool text_word(const char **text, char separator, char *buf, size_t size);

/* A whole number, all of @text. */
bool text_number(const char *text, u64 *ret);

/* A time as in "30us", "2.5ms", "10s", up to an hour; a number alone is in seconds. */
bool text_time(const char *text, u64 *ret_ns);

/* CPUs as in "0-3,8"; '+' is good for ',' where that has another meaning. Each below @limit. */
bool text_cpus(const char *text, u32 limit, struct cpuset *ret);
