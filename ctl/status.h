/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The parts of what bpflandctl status shows. Each prints its lines, or nothing if there is nothing
 * to say.
 */
#pragma once

#include "ctl/ctl.h"
#include "ctl/value.h"

/* State and scheduler. @manager: all properties of that interface; @statistics: the counters. */
void status_print_life(const struct terminal *t, const struct json *manager,
		       const struct json *statistics);

/* The profile in force, and why it is this one. */
void status_print_profile(const struct terminal *t, const struct json *manager);

/* What is otherwise than the profile has it. @described: what Describe() said. */
void status_print_tunables(const struct terminal *t, const struct json *described);
void status_print_requests(const struct terminal *t, const struct json *manager);
void status_print_domains(const struct terminal *t, const struct json *domains);
void status_print_exit(const struct terminal *t, const struct json *manager,
		       const struct json *statistics);

/* A table of wake-up latencies. 0 or, after a sentence, -ENOMEM. */
int status_print_latency(const struct ctl *ctl, const struct json *latency);
