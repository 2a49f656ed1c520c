/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Prints the command line's own tables as JSON, so that its manual is compared with them.
 */
#include <stdio.h>

#include "ctl/options.h"
#include "ctl/verbs.h"

static void print_options(const struct option_info *o)
{
	const char *separator = "";

	printf("[");
	for (; o && (o->name || o->letter); o++) {
		char letter[] = { o->letter, 0 };

		printf("%s{\"name\": \"%s\", \"letter\": \"%s\"}", separator, o->name ?: "",
		       letter);
		separator = ", ";
	}
	printf("]");
}

int main(void)
{
	const char *separator = "";

	printf("{\"options\": ");
	print_options(options_common);
	printf(", \"verbs\": [\n");
	for (const struct verb *v = verbs; v->name; v++) {
		if (v->flags & VERB_HIDDEN)
			continue;
		printf("%s{\"name\": \"%s\", \"options\": ", separator, v->name);
		print_options(v->options);
		printf("}");
		separator = ",\n";
	}
	printf("]}\n");
	return 0;
}
