/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The options of a workload.
 */
#include "tests/bench/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/bench/bench.h"

#define HELP BENCH_OPTIONS_MAX

static void take(const struct bench_option *o, const char *value)
{
	char name[32];

	snprintf(name, sizeof(name), "--%s", o->name);
	if (o->flag)
		*o->flag = true;
	else if (o->seconds)
		*o->seconds = seconds(name, value);
	else
		*o->number = number(name, value, o->min, o->max) * (o->unit ? o->unit : 1);
}

static void usage(FILE *f, const struct bench_option *options)
{
	fprintf(f, "usage: %s", program_invocation_short_name);
	for (const struct bench_option *o = options; o->name; o++)
		fprintf(f, " [--%s%s]", o->name, o->flag ? "" : o->seconds ? " S" : " N");
	fputc('\n', f);
}

void options_parse(int argc, char **argv, const struct bench_option *options)
{
	struct option known[BENCH_OPTIONS_MAX + 2] = {};
	int n = 0, c;

	for (; options[n].name; n++) {
		errno = 0;
		if (n == BENCH_OPTIONS_MAX)
			die("more than %d options", BENCH_OPTIONS_MAX);
		known[n] = (struct option){ options[n].name,
					    options[n].flag ? no_argument : required_argument,
					    NULL, n };
	}
	known[n] = (struct option){ "help", no_argument, NULL, HELP };

	while ((c = getopt_long(argc, argv, "", known, NULL)) >= 0) {
		if (c < n) {
			take(&options[c], optarg);
			continue;
		}
		usage(c == HELP ? stdout : stderr, options);
		exit(c == HELP ? 0 : 2);
	}
}
