/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Words such as "SliceMax=3ms".
 */
#include "ctl/assignment.h"

#include <errno.h>
#include <string.h>

#include "ctl/complain.h"
#include "ctl/service.h"
#include "ctl/tunable.h"

char *assignment_split(char *word, const char *example)
{
	char *sign = strchr(word, '=');

	if (!sign || sign == word) {
		complain("\"%s\" sets nothing: it has to be like %s", word, example);
		return NULL;
	}
	*sign = 0;
	return sign + 1;
}

static int append_one(sd_bus_message *m, const struct json *described, char *word)
{
	char *value = assignment_split(word, "SliceMax=3ms");
	const char *name;
	int r;

	if (!value)
		return -EINVAL;
	name = tunable_find(described, word);
	if (!name)
		return -EINVAL;
	r = sd_bus_message_open_container(m, SD_BUS_TYPE_DICT_ENTRY, "sv");
	if (r >= 0)
		r = sd_bus_message_append_basic(m, SD_BUS_TYPE_STRING, name);
	if (r >= 0)
		r = tunable_append(m, name, json_find(described, name), value);
	return r < 0 ? r : sd_bus_message_close_container(m);
}

static int append_all(sd_bus_message *m, const struct json *described, char **words)
{
	int r;

	r = sd_bus_message_open_container(m, SD_BUS_TYPE_ARRAY, "{sv}");
	for (; r >= 0 && *words; words++)
		r = append_one(m, described, *words);
	return r < 0 ? r : sd_bus_message_close_container(m);
}

int assignments_append(const struct ctl *ctl, sd_bus *bus, sd_bus_message *m, char **words)
{
	struct question q = QUESTION_DESCRIBE;
	int r;

	r = service_ask(ctl, bus, &q, 1);
	if (r >= 0)
		r = append_all(m, q.answer, words);
	questions_done(&q, 1);
	if (r == -ENOMEM)
		complain_memory();
	return r;
}

int assignments_try(const struct ctl *ctl, sd_bus *bus, char **words, uint64_t usec,
		    const char *what, uint32_t *ret_cookie)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL, *reply = NULL;
	int r;

	r = sd_bus_message_new_method_call(bus, &call, BUS_NAME, BUS_PATH, BUS_INTERFACE_TUNABLES,
					   "Try");
	if (r >= 0)
		r = assignments_append(ctl, bus, call, words);
	if (r >= 0)
		r = sd_bus_message_append(call, "t", usec);
	if (r >= 0)
		r = service_change(ctl, bus, call, what, &reply);
	return r < 0 ? r : sd_bus_message_read(reply, "u", ret_cookie);
}
