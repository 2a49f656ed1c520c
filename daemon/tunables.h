/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which value of each tunable is in force, and why: pure functions over plain structs.
 *
 * In force: the default, then the profile, then overrides, then a try, then the caps of the
 * shortest latency request (latency.h).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "bpf/abi.h"
#include "daemon/error.h"
#include "daemon/tunable-table.h"

/* Some tunables with values: those whose bit is set in @mask. */
struct tunable_set {
	uint32_t mask;			/* bit per enum tunable */
	int64_t value[_TUNABLE_MAX];
};

enum tunable_source {
	TUNABLE_SOURCE_DEFAULT,
	TUNABLE_SOURCE_PROFILE,
	TUNABLE_SOURCE_OVERRIDE,
	TUNABLE_SOURCE_TRY,
	TUNABLE_SOURCE_LATENCY_REQUEST,
	_TUNABLE_SOURCE_MAX,
};

/* All tunables as they are in force. */
struct tunables {
	int64_t value[_TUNABLE_MAX];
	enum tunable_source source[_TUNABLE_MAX];
};

/* Bits of those that no decision of the scheduler reads: its generation does not count them. */
#define TUNABLES_OF_POWER                                                                        \
	(1u << TUNABLE_THROTTLE | 1u << TUNABLE_CPU_FREQUENCY | 1u << TUNABLE_IDLE_RESUME)

/* "default", "profile", "override", "try", "latency-request" */
const char *tunable_source_name(enum tunable_source s);

/*
 * Checks one value against the table and against @supported (bits per enum tunable), and adds it
 * to @set. @set is untouched on failure. Errors: ERROR_OUT_OF_RANGE, ERROR_NOT_SUPPORTED; the
 * message names the tunable, the value and the allowed range.
 */
int tunable_set_add(struct tunable_set *set, enum tunable t, int64_t value, uint32_t supported,
		    struct error *err);

/* The same for a TUNABLE_TYPE_WORD from its word. Error: ERROR_INVALID_ARGS, lists the words. */
int tunable_set_add_word(struct tunable_set *set, enum tunable t, const char *word,
			 uint32_t supported, struct error *err);

/* Adds what @from holds to @set, replacing what was there. */
void tunable_set_merge(struct tunable_set *set, const struct tunable_set *from);

bool tunable_sets_equal(const struct tunable_set *a, const struct tunable_set *b);

/* Computes what is in force from the layers, lowest first. */
void tunables_compute(struct tunables *ret, const struct tunable_set *profile,
		      const struct tunable_set *overrides);

/* Puts one more layer on top. */
void tunables_apply(struct tunables *t, const struct tunable_set *set, enum tunable_source source);

/*
 * Makes whole what layers from different hands have made contradictory, when nobody is there who
 * could be refused: SliceMinUSec above SliceMaxUSec. The one from the lower layer gives way.
 */
void tunables_settle(struct tunables *t);

/*
 * Checks what single ranges cannot see: SliceMinUSec must not exceed SliceMaxUSec.
 * Error: ERROR_OUT_OF_RANGE.
 */
int tunables_check(const struct tunables *t, struct error *err);

bool tunables_equal(const struct tunables *a, const struct tunables *b);	/* values only */

/* Converts to what BPF reads. `generation` is left 0: sched_publish() counts. */
void tunables_to_abi(const struct tunables *t, struct bpfland_tunables *ret);

/*
 * The same for those tunables that BPF is told of by sched_set_power(). A cycle of work and rest
 * below THROTTLE_CYCLE_MIN_NS becomes longer than that, with the same share of both. @run_usec is
 * SliceMaxUSec as if nobody asked for low latency: who asks must not make everybody's share less.
 */
#define THROTTLE_CYCLE_MIN_NS 2000000
void tunables_to_power(const struct tunables *t, int64_t run_usec, struct bpfland_power *ret);

/* Writes the value as people write it ("1000", "true", "auto") into @buf; returns @buf. */
const char *tunable_value_format(enum tunable t, int64_t value, char *buf, unsigned long size);
