/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * --help, of the program and of each verb.
 */
#pragma once

#include "ctl/ctl.h"

/* Of ctl->verb if there is one. */
void help_print(const struct ctl *ctl);
