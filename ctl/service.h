/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The service at the other end of the bus.
 */
#pragma once

#include <systemd/sd-bus.h>

#include "ctl/verbs.h"

/* Connects to the system bus, of another machine if asked for. Says why when it cannot. */
int service_connect(sd_bus **ret, const struct ctl *ctl);

/* Turns a failed call into the sentence that a person can act on; @what: "hold latency". */
void service_complain(const char *what, const sd_bus_error *e, int r);

/* The call failed because there is no service, or because it does not let us. */
bool service_unavailable(const sd_bus_error *e);
