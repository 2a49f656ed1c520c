/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Prints the daemon's own tables as JSON, so that checks compare documents with the code itself
 * and not with somebody's idea of how it is written.
 */
#include <inttypes.h>
#include <stdio.h>

#include "daemon/cleanup.h"
#include "daemon/config.h"
#include "daemon/lifecycle.h"
#include "daemon/options.h"
#include "daemon/tunable-table.h"

static void print_words(const char *const *words)
{
	printf("[");
	for (size_t i = 0; words && words[i]; i++)
		printf("%s\"%s\"", i ? ", " : "", words[i]);
	printf("]");
}

static void print_tunables(void)
{
	printf("\"tunables\": [\n");
	for (int t = 0; t < _TUNABLE_MAX; t++) {
		const struct tunable_info *i = &tunable_table[t];

		printf("{\"name\": \"%s\", \"key\": \"%s\", \"unit\": \"%s\", "
		       "\"signature\": \"%s\", \"min\": %" PRId64 ", \"max\": %" PRId64 ", "
		       "\"default\": %" PRId64 ", "
		       "\"summary\": \"%s\", \"words\": ",
		       i->name, i->key, i->unit, tunable_signature(t), i->min, i->max, i->def,
		       i->summary);
		print_words(i->words);
		printf("}%s\n", t + 1 < _TUNABLE_MAX ? "," : "");
	}
	printf("],\n");
}

static void print_states(void)
{
	printf("\"states\": [");
	for (int s = 0; s < _LIFECYCLE_STATE_MAX; s++)
		printf("%s\"%s\"", s ? ", " : "", lifecycle_state_name(s));
	printf("],\n");
}

static void print_config(void)
{
	_cleanup_(config_done) struct config c = CONFIG_NULL;

	if (config_default(&c) < 0)
		return;
	printf("\"config\": {\"default_profile\": \"%s\", \"limit\": %" PRIu32
	       ", \"interval_sec\": %" PRIu64 ", \"delay_ms\": %" PRIu64
	       ", \"delay_max_ms\": %" PRIu64 "},\n",
	       c.default_profile, c.restart.limit, c.restart.interval_usec / 1000000,
	       c.restart.delay_usec / 1000, c.restart.delay_max_usec / 1000);
}

/* Apart from the rest, which is numbers with ranges. */
static void print_power(void)
{
	_cleanup_(config_done) struct config c = CONFIG_NULL;

	if (config_default(&c) < 0)
		return;
	printf("\"power\": {\"follow_power_profile\": \"%s\", \"power_profile_map\": \"",
	       c.follow_power_profile ? "true" : "false");
	for (size_t i = 0; i < c.n_power_map; i++)
		printf("%s%s: %s", i ? ", " : "", c.power_map[i].power, c.power_map[i].profile);
	printf("\"},\n");
}

static void print_options(void)
{
	printf("\"options\": [\n");
	for (size_t i = 0; i < options_table_size; i++) {
		const struct option_info *o = &options_table[i];
		char letter[] = { o->letter, 0 };

		printf("{\"name\": \"%s\", \"letter\": \"%s\", \"argument\": \"%s\"}%s\n",
		       o->name, letter, o->argument ?: "",
		       i + 1 < options_table_size ? "," : "");
	}
	printf("]\n");
}

int main(void)
{
	printf("{\n");
	print_tunables();
	print_states();
	print_config();
	print_power();
	print_options();
	printf("}\n");
	return 0;
}
