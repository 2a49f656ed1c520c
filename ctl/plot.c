/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bpflandctl plot: a picture of the latency histograms, as they are or of saved files.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl/complain.h"
#include "ctl/histograms.h"
#include "ctl/service.h"
#include "ctl/verbs.h"

static int ask(const struct ctl *ctl, struct snapshot *ret)
{
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
	int r = service_connect(&bus, ctl);

	return r < 0 ? r : snapshot_ask(ctl, bus, ret, NULL);
}

int verb_plot(struct ctl *ctl, int argc, char **argv)
{
	struct series series[2] = {};
	struct error err = {};

	if (ctl->terminal.is_terminal) {
		complain("the picture is for a file: bpflandctl plot > latency.svg");
		return EXIT_FAILURE;
	}
	if (argc == 0 && ask(ctl, &series[0].snapshot) < 0)
		return EXIT_FAILURE;
	for (int i = 0; i < argc; i++) {
		if (snapshot_load(&series[i].snapshot, argv[i], &err) < 0) {
			complain("%s", err.message);
			return EXIT_FAILURE;
		}
		series[i].name = argc > 1 ? basename(argv[i]) : NULL;
	}
	histograms_draw(stdout, series, argc ? (unsigned)argc : 1);
	return EXIT_SUCCESS;
}
