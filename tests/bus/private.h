/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A dbus-daemon of the test's own, with the rules of a system bus and our policy file.
 */
#pragma once

#include <sys/types.h>

/* Makes a folder for the bus and what goes with it, and makes it the system bus of this process. */
void private_bus_setup(void);
void private_bus_remove(void);

/* A file in that folder. Of the last four names; the socket of the bus is "run/bus". */
const char *private_bus_path(const char *name);

/* Returns when the bus can be connected to. Skips the program (77) without a dbus-daemon. */
pid_t private_bus_start(void);
void private_bus_kill(pid_t pid);
