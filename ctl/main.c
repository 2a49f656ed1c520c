/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bpflandctl: talks to bpflandd for people and scripts.
 */
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/verbs.h"

const struct verb verbs[] = {
	{ "hold", "PROFILE", "Keep a profile in force until this is interrupted.", verb_hold },
	{ "launch", "-p PROFILE [--] COMMAND…", "Keep a profile in force while a command runs.",
	  verb_launch },
};

const size_t n_verbs = sizeof(verbs) / sizeof(verbs[0]);

void complain(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("bpflandctl: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
}

static void help(void)
{
	puts("bpflandctl [OPTION…] VERB [ARGUMENT…]\n\n"
	     "Talks to the CPU scheduler service bpflandd; see bpflandctl(1).\n\n"
	     "Verbs:");
	for (size_t i = 0; i < n_verbs; i++)
		printf("  %s %s\n      %s\n", verbs[i].name, verbs[i].arguments, verbs[i].summary);
	puts("\nOptions of hold and launch:\n"
	     "  -r, --reason=TEXT         What it is for; shown to whoever asks\n"
	     "  -i, --application-id=ID   Who asks; by default the command's name\n"
	     "\nOptions:\n"
	     "  -H, --host=[USER@]HOST    Talk to the service on another machine, over ssh\n"
	     "      --no-ask-password     Never ask for a password\n"
	     "  -q, --quiet               Say nothing but errors\n"
	     "  -h, --help                Show this and end\n"
	     "      --version             Show the version and end");
}

static int run_verb(const struct ctl *ctl, int argc, char **argv)
{
	for (size_t i = 0; i < n_verbs; i++)
		if (!strcmp(argv[0], verbs[i].name))
			return verbs[i].run(ctl, argc, argv);
	complain("there is no verb \"%s\"; --help lists what there is", argv[0]);
	return EXIT_FAILURE;
}

int main(int argc, char **argv)
{
	enum { NO_ASK_PASSWORD = 256, VERSION_OPTION };
	static const struct option options[] = {
		{ "host", required_argument, NULL, 'H' },
		{ "no-ask-password", no_argument, NULL, NO_ASK_PASSWORD },
		{ "quiet", no_argument, NULL, 'q' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, VERSION_OPTION },
		{},
	};
	struct ctl ctl = { .ask_password = true };
	int c;

	/* "+": what stands behind the verb belongs to it. */
	while ((c = getopt_long(argc, argv, "+H:qh", options, NULL)) >= 0) {
		switch (c) {
		case 'H':
			ctl.host = optarg;
			break;
		case NO_ASK_PASSWORD:
			ctl.ask_password = false;
			break;
		case 'q':
			ctl.quiet = true;
			break;
		case 'h':
			help();
			return EXIT_SUCCESS;
		case VERSION_OPTION:
			puts("bpflandctl " VERSION);
			return EXIT_SUCCESS;
		default:
			return EXIT_FAILURE;	/* getopt has said why */
		}
	}
	if (optind == argc) {
		complain("a verb is missing; --help lists what there is");
		return EXIT_FAILURE;
	}
	return run_verb(&ctl, argc - optind, argv + optind);
}
