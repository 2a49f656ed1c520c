/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Words such as "SliceMax=3ms".
 */
#pragma once

#include <systemd/sd-bus.h>

#include "ctl/ctl.h"

/* Splits @word at its first '=', in place, and returns what is behind it. NULL after a sentence. */
char *assignment_split(char *word, const char *example);

/*
 * Appends the a{sv} that Set() and Try() take of "NAME=VALUE" words. Asks the service which
 * tunables there are. Returns 0 or, after a sentence, a negative number.
 */
int assignments_append(const struct ctl *ctl, sd_bus *bus, sd_bus_message *m, char **words);

/*
 * Tries what the words say for @usec; @what: "try these tunables". Returns 0 or, after a sentence,
 * a negative number.
 */
int assignments_try(const struct ctl *ctl, sd_bus *bus, char **words, uint64_t usec,
		    const char *what, uint32_t *ret_cookie);
