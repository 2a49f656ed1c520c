/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who asks for passwords on a terminal: polkit's own program for that, pkttyagent.
 */
#pragma once

#include <stdbool.h>

#include "ctl/ctl.h"

/* Starts it and waits until polkit knows it. False if nobody could be asked, or it is not there. */
bool agent_open(const struct ctl *ctl);
void agent_close(void);
