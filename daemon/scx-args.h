/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The command line of another loader's scheduler, as typed settings.
 *
 * Clients of org.scx.Loader send the arguments of a program. No program is started here: what has
 * a tunable is translated, everything else is refused by name.
 */
#pragma once

#include <stdint.h>

#include "daemon/error.h"
#include "daemon/tunables.h"

struct scx_args {
	struct tunable_set tunables;
	const char *primary;		/* domain: a word, static; NULL: not given */
};

/*
 * Translates @args (NULL-terminated): "-s 500", "-s500", "-s=500", "--slice-us 500",
 * "--slice-us=500", and switches, which may stand together ("-kw"). @supported: bits per enum
 * tunable. On failure @ret is untouched. Errors: ERROR_INVALID_ARGS: an unknown option or word, a
 * value that is missing, no number or not wanted, an option given twice, an argument of more than
 * 64 characters; ERROR_OUT_OF_RANGE and ERROR_NOT_SUPPORTED as for tunables. The message names the
 * option.
 */
int scx_args_parse(struct scx_args *ret, const char *const *args, uint32_t supported,
		   struct error *err);
