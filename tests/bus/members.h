/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All methods and properties that the daemon offers, org.scx.Loader's included, so that tests of
 * all of them miss no new one.
 */
#pragma once

#include <stdbool.h>

#include "tests/bus/fixture.h"

#define MEMBERS_MAX 128

struct member {
	const char *path;
	char interface[64];
	const char *name;
	const char *signature; /* of the arguments, or of the property */
	bool is_method, is_writable;
};

struct members {
	struct member member[MEMBERS_MAX];
	size_t n;
};

/* Of all interfaces that the introspection of our objects lists. */
void members_find(struct members *ret, struct fixture *f);

/* A call of @interface, or of the one for properties, at the object of @m. */
sd_bus_message *member_new_call(const struct member *m, struct fixture *f, const char *interface,
				const char *member);

/* A call of a method without its arguments, or Properties.Set without the value. */
sd_bus_message *member_call(const struct member *m, struct fixture *f);
