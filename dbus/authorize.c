/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * May the sender of this message do that? Root may; everyone else may read.
 */
#include "dbus/authorize.h"

#include "dbus/errors.h"
#include "dbus/names.h"
#include "dbus/sender.h"

int authorize(sd_bus_message *m, const char *action, const char *what, sd_bus_error *ret_error)
{
	uid_t uid;

	if (sender_uid(m, &uid) >= 0 && uid == 0)
		return 1;

	return errors_replyf(ret_error, SD_BUS_ERROR_ACCESS_DENIED,
			     "%s is for root only (%s): repeat it as root", what, action);
}
