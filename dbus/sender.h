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

/*
 * The user at the other end when the connection was made. -ENODATA: not known, or not any more.
 * While a handler runs that authorize() has let pass, it is known.
 */
int sender_uid(sd_bus_message *m, uid_t *ret);

/* Asks the bus who sent @m, without waiting; sender_read() reads the answer. */
int sender_ask(sd_bus_message *m, sd_bus_slot **ret_slot, sd_bus_message_handler_t answered,
	       void *userdata);
int sender_read(sd_bus_message *answer, uid_t *ret);

/* From now on sender_uid() knows that this message is from this user. */
int sender_learn(sd_bus_message *m, uid_t uid);
