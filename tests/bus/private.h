/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A dbus-daemon of the test's own, with the rules of a system bus and our policy file.
 */
#pragma once

#include <sys/types.h>

#include "daemon/manager.h"

/* Makes a folder for the bus and what goes with it, and makes it the system bus of this process. */
void private_bus_setup(void);
void private_bus_remove(void);

/* A file in that folder. Of the last four names; the socket of the bus is "run/bus". */
const char *private_bus_path(const char *name);

/* Writes a file there, whose folder is there. */
void private_bus_write(const char *name, const char *text);

/* Makes the folders of a daemon there, and below them a machine whose kernel has sched_ext. */
void private_bus_make_machine(void);

/* Those folders: configuration in "etc" and "usr", state in "lib" and "run", and the machine's. */
const struct manager_paths *private_bus_paths(void);

/* The bus, or 0: the next one, lets each connection have no more than @most matches. */
void private_bus_limit_matches(pid_t bus, unsigned most);

/* Returns when the bus can be connected to. Skips the program (77) without a dbus-daemon. */
pid_t private_bus_start(void);
void private_bus_kill(pid_t pid);
