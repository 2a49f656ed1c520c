/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Errors of the daemon as errors of the bus.
 */
#include "dbus/errors.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "dbus/names.h"
#include "dbus/shown.h"

static const char *const error_names[_ERROR_MAX] = {
	[ERROR_FAILED] = BUS_ERROR_FAILED,
	[ERROR_INVALID_ARGS] = SD_BUS_ERROR_INVALID_ARGS,
	[ERROR_OUT_OF_RANGE] = BUS_ERROR_OUT_OF_RANGE,
	[ERROR_NO_SUCH_PROFILE] = BUS_ERROR_NO_SUCH_PROFILE,
	[ERROR_NO_SUCH_TUNABLE] = BUS_ERROR_NO_SUCH_TUNABLE,
	[ERROR_NOT_SUPPORTED] = BUS_ERROR_NOT_SUPPORTED,
	[ERROR_NO_SUCH_COOKIE] = BUS_ERROR_NO_SUCH_COOKIE,
	[ERROR_NOT_OWNER] = BUS_ERROR_NOT_OWNER,
	[ERROR_LIMIT_REACHED] = BUS_ERROR_LIMIT_REACHED,
	[ERROR_FOREIGN] = BUS_ERROR_FOREIGN,
	/* To the daemon, by the kernel: the caller's own rights are what authorize() speaks of. */
	[ERROR_ACCESS_DENIED] = BUS_ERROR_FAILED,
	[ERROR_REFUSED] = BUS_ERROR_FAILED,
	[ERROR_NO_SUCH_TASK] = SD_BUS_ERROR_UNIX_PROCESS_ID_UNKNOWN,
};

static int reply(sd_bus_error *ret, int r, const char *name, const char *message)
{
	char line[SHOWN_MAX];

	/*
	 * sd-bus answers with the error it finds set, but maps names to errno values only for
	 * those it knows: the value returned is ours.
	 */
	sd_bus_error_set(ret, name, shown(message, line, sizeof(line)));
	return r < 0 ? r : -EINVAL;
}

int errors_reply(sd_bus_error *ret, int r, const struct error *err)
{
	return reply(ret, r, error_names[err->kind], err->message);
}

int errors_answer(sd_bus_message *m, int r, const struct error *err, sd_bus_error *ret)
{
	return r < 0 ? errors_reply(ret, r, err) : sd_bus_reply_method_return(m, NULL);
}

int errors_replyf(sd_bus_error *ret, const char *name, const char *format, ...)
{
	char message[SHOWN_MAX];
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);

	return reply(ret, -EINVAL, name, message);
}
