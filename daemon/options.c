/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The command line.
 */
#include "daemon/options.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

const struct option_info options_table[] = {
	{ "help", 'h', NULL, "Show a short description and end.", OPTIONS_HELP },
	{ "restore", 'r', NULL, "Put back what a killed daemon left changed, and end.",
	  OPTIONS_RESTORE },
	{ "version", 'V', NULL, "Show the version and end.", OPTIONS_VERSION },
};

const size_t options_table_size = sizeof(options_table) / sizeof(*options_table);

static bool means(const char *argument, const struct option_info *o)
{
	if (!strncmp(argument, "--", 2))
		return !strcmp(argument + 2, o->name);
	return argument[0] == '-' && argument[1] == o->letter && !argument[2];
}

static const struct option_info *find(const char *argument)
{
	for (size_t i = 0; i < options_table_size; i++)
		if (means(argument, &options_table[i]))
			return &options_table[i];
	return NULL;
}

int options_parse(enum options_mode *ret, int argc, char **argv)
{
	enum options_mode mode = OPTIONS_RUN;

	for (int i = 1; i < argc; i++) {
		const struct option_info *o = find(argv[i]);

		if (!o) {
			fprintf(stderr, "bpflandd: unknown argument %s; --help lists what there "
				"is, and settings are in bpflandd.json\n", argv[i]);
			return -EINVAL;
		}
		if (mode == OPTIONS_RUN)
			mode = o->mode;
	}
	*ret = mode;
	return 0;
}

void options_help(void)
{
	printf("bpflandd [OPTION]\n\n"
	       "Attaches the CPU scheduler bpfland and keeps it attached; see bpflandd(8).\n\n");
	for (size_t i = 0; i < options_table_size; i++)
		printf("  -%c, --%-10s %s\n", options_table[i].letter, options_table[i].name,
		       options_table[i].summary);
}
