/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Errors of the daemon as errors of the bus.
 */
#pragma once

#include <systemd/sd-bus.h>

#include "daemon/error.h"

/*
 * What a handler returns when a call of the daemon failed with @r and filled @err: the error's
 * name by its kind, and its sentence. Returns a negative errno, as sd-bus wants it.
 */
int errors_reply(sd_bus_error *ret, int r, const struct error *err);

/* The end of a method without results: @m is answered, or fails as with errors_reply(). */
int errors_answer(sd_bus_message *m, int r, const struct error *err, sd_bus_error *ret);

/* For an error found in the bus layer; the sentence is cleaned like every other text. */
int errors_replyf(sd_bus_error *ret, const char *name, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
