/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * May the sender of this message do that? The one place where it is decided.
 */
#pragma once

#include <systemd/sd-bus.h>

/*
 * @action: ACTION_…; @what completes "… is for root only": "setting SliceMaxUSec".
 * Returns 1 when allowed, negative with @ret_error filled when refused. 0 is kept for "asked, and
 * the message will be handled anew with the answer": so a handler reads its arguments, asks, and
 * only then changes anything, and returns when the answer is not positive.
 */
int authorize(sd_bus_message *m, const char *action, const char *what, sd_bus_error *ret_error);
