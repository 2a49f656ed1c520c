/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who sent a message, according to the bus.
 *
 * The question is asked by the sender's unique name: the answer is the user that the bus
 * authenticated. Never by process id, which can be somebody else's by now. A bus gives a unique
 * name once and never again, so what has been learned stays true; it is kept under the name and the
 * id of the bus, which is another one for each start of a bus daemon.
 */
#include "dbus/sender.h"

#include <errno.h>
#include <string.h>

#include "daemon/cleanup.h"
#include "dbus/try.h"

#define NAME_SIZE 32 /* ":1." and a number of 64 bits */

static struct known {
	sd_id128_t bus;
	char name[NAME_SIZE];
	uid_t uid;
} known[64];
static unsigned oldest;

static struct known *find(const sd_id128_t *bus, const char *name)
{
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (!strcmp(known[i].name, name) && sd_id128_equal(known[i].bus, *bus))
			return &known[i];
	return NULL;
}

static int sender_key(sd_bus_message *m, sd_id128_t *ret_bus, const char **ret_name)
{
	const char *name = sd_bus_message_get_sender(m);

	if (!name || strlen(name) >= NAME_SIZE)
		return -ENODATA;
	*ret_name = name;
	return sd_bus_get_bus_id(sd_bus_message_get_bus(m), ret_bus);
}

const char *sender_name(sd_bus_message *m)
{
	return sd_bus_message_get_sender(m);
}

int sender_uid(sd_bus_message *m, uid_t *ret)
{
	const struct known *k;
	const char *name;
	sd_id128_t bus;

	if (sender_key(m, &bus, &name) < 0)
		return -ENODATA;
	k = find(&bus, name);
	if (!k)
		return -ENODATA;
	*ret = k->uid;
	return 0;
}

int sender_ask(sd_bus_message *m, sd_bus_slot **ret_slot, sd_bus_message_handler_t answered,
	       void *userdata)
{
	const char *name = sd_bus_message_get_sender(m);

	if (!name)
		return -ENODATA;
	return sd_bus_call_method_async(sd_bus_message_get_bus(m), ret_slot,
					"org.freedesktop.DBus", "/org/freedesktop/DBus",
					"org.freedesktop.DBus", "GetConnectionUnixUser", answered,
					userdata, "s", name);
}

int sender_read(sd_bus_message *answer, uid_t *ret)
{
	uint32_t uid;

	if (sd_bus_message_is_method_error(answer, NULL))
		return -sd_bus_message_get_errno(answer);
	TRY(sd_bus_message_read(answer, "u", &uid));
	*ret = uid;
	return 0;
}

int sender_learn(sd_bus_message *m, uid_t uid)
{
	const char *name;
	struct known *k;
	sd_id128_t bus;

	TRY(sender_key(m, &bus, &name));
	k = find(&bus, name);
	if (!k)
		k = &known[oldest++ % (sizeof(known) / sizeof(known[0]))];
	k->bus = bus;
	k->uid = uid;
	strcpy(k->name, name); /* fits, or there were no key */
	return 0;
}
