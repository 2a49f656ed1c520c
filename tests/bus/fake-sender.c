/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who sent a message, where there is no bus that could say: whoever the test wants it to be.
 */
#include <errno.h>

#include "dbus/sender.h"
#include "tests/bus/fixture.h"

const char *sender_name(sd_bus_message *m)
{
	(void)m;
	return fixture_sender;
}

int sender_uid(sd_bus_message *m, uid_t *ret)
{
	(void)m;
	*ret = fixture_uid;
	return 0;
}

/* Everybody is known, so that nobody is asked about. */
int sender_ask(sd_bus_message *m, sd_bus_slot **ret_slot, sd_bus_message_handler_t answered,
	       void *userdata)
{
	(void)m, (void)ret_slot, (void)answered, (void)userdata;
	return -EOPNOTSUPP;
}

int sender_read(sd_bus_message *answer, uid_t *ret)
{
	(void)answer, (void)ret;
	return -EOPNOTSUPP;
}

int sender_learn(sd_bus_message *m, uid_t uid)
{
	(void)m, (void)uid;
	return 0;
}
