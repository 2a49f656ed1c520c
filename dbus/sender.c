/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who sent a message, according to the bus.
 */
#include "dbus/sender.h"

#include "daemon/cleanup.h"

const char *sender_name(sd_bus_message *m)
{
	return sd_bus_message_get_sender(m);
}

int sender_uid(sd_bus_message *m, uid_t *ret)
{
	_cleanup_(sd_bus_creds_unrefp) sd_bus_creds *creds = NULL;
	int r;

	/*
	 * One question to the bus daemon, by the sender's unique name: the user it authenticated
	 * as. Never by process id (no SD_BUS_CREDS_AUGMENT): that can be somebody else's by now.
	 */
	r = sd_bus_query_sender_creds(m, SD_BUS_CREDS_EUID, &creds);
	if (r < 0)
		return r;
	return sd_bus_creds_get_euid(creds, ret);
}
