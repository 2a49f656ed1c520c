/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who sent a message. Two implementations, chosen by the linker: sender.c asks the bus; tests bring
 * their own, because a connection without a bus knows only one user, the test's.
 */
#pragma once

#include <sys/types.h>
#include <systemd/sd-bus.h>

/* The user at the other end when the connection was made; negative errno if it has gone. */
int sender_uid(sd_bus_message *m, uid_t *ret);
