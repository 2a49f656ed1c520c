/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How the service does, and those that it works with: systemd, the bus, polkit, the power daemon.
 */
#pragma once

#include "ctl/ctl.h"
#include "ctl/findings.h"

/* Asks whoever answers; who does not is a finding, and no error. */
void service_examine(struct findings *f, const struct ctl *ctl);
