/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What clients hold, kept in FILE_CLIENTS over a restart of the daemon: one JSON object in each
 * line. The first says in which world the clients' names mean anything: names begin anew with every
 * start of the bus, so that the same name is then another client's.
 */
#pragma once

#include "daemon/claims.h"
#include "daemon/error.h"

/* Without claims the file is removed. Returns 0 or -errno. */
int claims_file_write(const struct claims *c, const char *world, const char *runtime_dir);

/*
 * Nothing in @ret if there is no file or if it is of another world. Errors name file, line, key and
 * value; nothing is then read at all.
 */
int claims_file_read(struct claims *ret, const char *world, const char *runtime_dir,
		     struct error *err);
