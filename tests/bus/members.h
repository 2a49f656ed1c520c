/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All methods and properties that the daemon offers, so that tests of all of them miss no new one.
 */
#pragma once

#include <stdbool.h>

#include "tests/bus/fixture.h"

#define MEMBERS_MAX 128

struct member {
	char interface[64];
	const char *name;
	const char *signature; /* of the arguments, or of the property */
	bool is_method, is_writable;
};

struct members {
	struct member member[MEMBERS_MAX];
	size_t n;
};

/* As the introspection lists the interfaces. */
void members_find(struct members *ret, struct fixture *f);

/* A call of a method without its arguments, or Properties.Set without the value. */
sd_bus_message *member_call(const struct member *m, struct fixture *f);
