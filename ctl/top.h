/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The live view: what its parts share. top.c runs it, top-draw.c shows it, top-keys.c takes keys.
 */
#pragma once

#include <stdint.h>
#include <systemd/sd-bus.h>

#include "ctl/ctl.h"
#include "ctl/load.h"
#include "ctl/snapshot.h"

/* How many seconds the little curves go back. */
#define TOP_HISTORY 120

/* ncurses has no name for it. */
#define KEY_ESCAPE 27

enum top_mode {
	TOP_WATCH,
	TOP_CHOOSE_PROFILE,
	TOP_CHOOSE_TUNABLE,
	TOP_TYPE_VALUE,
	TOP_HELP,
};

/* Names to choose from, and what is said about each. */
struct top_list {
	struct json *value;	/* what they are borrowed from */
	const char **name;
	char (*about)[80];
	size_t n, chosen;
};

struct top {
	struct ctl *ctl;
	sd_bus *bus;		/* NULL: not connected */
	bool quit;
	int signals;		/* a signalfd */
	int signal;		/* that ends it; 0: none did yet */

	/* What was, what is, and what happened in between. */
	struct snapshot before, now, between;
	struct load load_before, load;
	uint64_t span_usec;	/* between the two; 0: there is only one yet */
	bool answered;		/* the last time the service was asked */

	/* Bucket of the 99th percentile in each of the last seconds, -1: no waits. A ring. */
	signed char history[_BPFLAND_CLASS_MAX][TOP_HISTORY];
	unsigned at;

	enum top_mode mode;
	struct top_list list;
	char input[64];
	char message[512];
	uint32_t trial;		/* cookie of the try under way */
	uint64_t trial_end_usec;/* CLOCK_MONOTONIC; 0: there is none */

	/* While an answer is waited for. */
	uint64_t asked_usec;	/* since when: CLOCK_MONOTONIC */
	bool acting;		/* for a key, and not just to see */
	bool waiting;		/* for so long that it is said */
	int keys[64];		/* what was typed meanwhile */
	size_t n_keys;
};

/* Paints the whole screen. */
void top_draw(struct top *t);

/* One key, as ncurses names it. */
void top_key(struct top *t, int key);
void top_list_done(struct top_list *l);

/* What was written to standard error since the last time becomes the message. True if there was. */
bool top_take_complaint(struct top *t);
uint64_t top_clock_usec(void);
