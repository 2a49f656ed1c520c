/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A program that shows long output page by page.
 */
#pragma once

#include <stdbool.h>

#include "ctl/ctl.h"

/*
 * Sends what follows on standard output through $SYSTEMD_PAGER, else $PAGER, else less, if that is
 * a terminal and wanted. Who runs with more rights than the one at the terminal gets less in its
 * secure mode, which starts no commands, or no pager at all. Without a pager, nothing changes.
 */
void pager_open(const struct ctl *ctl);

/* Flushes, and waits for the pager to be left. Without one it does nothing and returns false. */
bool pager_close(void);
