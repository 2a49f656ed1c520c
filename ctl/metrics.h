/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Statistics as metrics for monitoring: families with a name, a kind and a sentence each.
 */
#pragma once

#include <stdio.h>

#include "ctl/snapshot.h"

enum metrics_format {
	METRICS_OPENMETRICS,	/* OpenMetrics 1.0 text: units, an end, counters without suffix */
	METRICS_PROMETHEUS,	/* Prometheus text 0.0.4, for what does not ask for the other */
};

#define METRICS_TYPE_OPENMETRICS "application/openmetrics-text; version=1.0.0; charset=utf-8"
#define METRICS_TYPE_PROMETHEUS "text/plain; version=0.0.4; charset=utf-8"

void metrics_write(FILE *file, const struct snapshot *s, enum metrics_format format);

/* "RTReenqueues" as metrics have it: "rt_reenqueues". Cut to @size. */
void metrics_name(char *buf, size_t size, const char *name);
