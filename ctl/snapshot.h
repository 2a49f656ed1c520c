/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the service counts, at one moment: from the bus, or from a file that stats -j wrote.
 */
#pragma once

#include <stdint.h>
#include <systemd/sd-bus.h>

#include "bpf/abi.h"
#include "ctl/ctl.h"
#include "daemon/json.h"

struct snapshot {
	uint64_t time_usec, since_usec;	/* CLOCK_REALTIME */
	uint64_t uptime_usec;		/* of the scheduler; 0: it is not attached */
	uint64_t generation, queued;
	uint64_t restarts, holds, requests;
	char state[16], profile[80], version[32], kernel[80];
	uint64_t counter[_BPFLAND_COUNTER_MAX];
	struct bpfland_latency latency[_BPFLAND_CLASS_MAX];
};

/*
 * Asks the service. @ret, unless NULL, and @ret_json, unless NULL, are the same in two forms; who
 * calls owns the second. Returns 0 or, after a sentence, a negative number.
 */
int snapshot_ask(const struct ctl *ctl, sd_bus *bus, struct snapshot *ret, struct json **ret_json);

/* What stats -j wrote into a file. Error: ERROR_INVALID_ARGS names the file and what is wrong. */
int snapshot_load(struct snapshot *ret, const char *path, struct error *err);

/* The same from its JSON; @where begins the sentence of an error. */
int snapshot_read(struct snapshot *ret, const struct json *value, const char *where,
		  struct error *err);

/*
 * What was counted between the two, in @ret; all else is as @after has it. When counting began
 * anew in between, it is what @after has. The longest wait is the bound of its bucket.
 */
void snapshot_between(struct snapshot *ret, const struct snapshot *before,
		      const struct snapshot *after);

/* What a count means, in a few words; and which tasks are in a class. */
const char *snapshot_counter_meaning(enum bpfland_counter c);
const char *snapshot_class_meaning(enum bpfland_class c);
