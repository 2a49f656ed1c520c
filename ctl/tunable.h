/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tunables as the service describes them: finding one by the name that somebody typed, and values
 * as people write and read them.
 */
#pragma once

#include <systemd/sd-bus.h>

#include "ctl/units.h"
#include "ctl/value.h"

/*
 * The name, as the service has it, of the tunable that @word means: case, '_', '-' and the unit at
 * its end do not matter ("slice_max" is SliceMaxUSec). NULL, after a sentence, if there is none.
 * @described: what Describe() said; the name is borrowed from it.
 */
const char *tunable_find(const struct json *described, const char *word);

/* Somebody wants the tunable @about otherwise than the profile in force. */
bool tunable_is_changed(const struct json *about);

/* A value, of the tunable @about, as set takes it: "3ms", "yes", "off". Returns @buf. */
const char *tunable_format(char buf[static UNITS_MAX], const struct json *about,
			   const struct json *value);

/* What it may be: "50us … 100ms", "yes, no", "auto, max, min, off". The caller frees it. */
char *tunable_range(const struct json *about);

/*
 * Appends the variant that @word means for the tunable @name. -EINVAL, after a sentence, for what
 * means nothing; whether it is in range the service says.
 */
int tunable_append(sd_bus_message *m, const char *name, const struct json *about,
		   const char *word);
