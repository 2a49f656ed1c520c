/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The service at the other end of the bus.
 */
#include "ctl/service.h"

#include <string.h>

#include "daemon/cleanup.h"

static bool is_missing(const sd_bus_error *e)
{
	return sd_bus_error_has_names(e, SD_BUS_ERROR_SERVICE_UNKNOWN,
				      SD_BUS_ERROR_NAME_HAS_NO_OWNER);
}

bool service_unavailable(const sd_bus_error *e)
{
	return is_missing(e) ||
	       sd_bus_error_has_names(e, SD_BUS_ERROR_ACCESS_DENIED,
				      SD_BUS_ERROR_INTERACTIVE_AUTHORIZATION_REQUIRED,
				      SD_BUS_ERROR_TIMEOUT, SD_BUS_ERROR_NO_REPLY);
}

void service_complain(const char *what, const sd_bus_error *e, int r)
{
	if (is_missing(e))
		complain("cannot %s: bpflandd is not running; systemctl start bpflandd starts it",
			 what);
	else
		complain("cannot %s: %s", what, e->message ? e->message : strerror(-r));
}

int service_connect(sd_bus **ret, const struct ctl *ctl)
{
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
	int r;

	r = ctl->host ? sd_bus_open_system_remote(&bus, ctl->host) : sd_bus_open_system(&bus);
	if (r >= 0)
		r = sd_bus_set_allow_interactive_authorization(bus, ctl->ask_password);
	if (r < 0) {
		complain("no connection to the system bus%s%s: %s", ctl->host ? " of " : "",
			 ctl->host ? ctl->host : "", strerror(-r));
		return r;
	}
	*ret = TAKE_PTR(bus);
	return 0;
}
