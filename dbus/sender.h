/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who sent a message. Two implementations, chosen by the linker: sender.c asks the bus; tests bring
 * their own, because a connection without a bus knows only one user, the test's.
 */
#pragma once

#include <sys/types.h>
#include <systemd/sd-bus.h>

/* The sender's unique name on the bus; NULL without a bus. Lives as long as the message. */
const char *sender_name(sd_bus_message *m);

/* The user at the other end when the connection was made; negative errno if it has gone. */
int sender_uid(sd_bus_message *m, uid_t *ret);
