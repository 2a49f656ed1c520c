/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A polkit that does what it is told, on the bus of the test and in its event loop.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-bus.h>

enum fake_polkit_answer {
	FAKE_ALLOW,
	FAKE_DENY,
	FAKE_CHALLENGE,
	FAKE_DISMISS,
	FAKE_FAIL,   /* an error of polkit's own */
	FAKE_HOLD,   /* no answer, until told or cancelled */
	FAKE_IGNORE, /* no answer, not even when cancelled */
};

#define FAKE_POLKIT_HELD_MAX 128

struct fake_polkit {
	sd_bus *bus;
	enum fake_polkit_answer answer;
	const char *only; /* the action that @answer is for, NULL: all; others are allowed */

	/* What happened */
	unsigned n_checks, n_cancels;
	char kind[64], subject[64], action[128], id[64]; /* of the last check */
	uint32_t flags;
	size_t n_details;

	struct {
		sd_bus_message *call;
		char id[64];
	} held[FAKE_POLKIT_HELD_MAX];
	size_t n_held;
};

/* Takes polkit's name on the system bus. */
void fake_polkit_open(struct fake_polkit *p, sd_event *event);

/* Leaves the bus, whatever is held. */
void fake_polkit_close(struct fake_polkit *p);

/* Answers the @i-th of what is held (by age); the others move up. */
void fake_polkit_release(struct fake_polkit *p, size_t i, enum fake_polkit_answer answer);
