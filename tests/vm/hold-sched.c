/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Holds another sched_ext scheduler, tests/bpf/other.bpf.c: attaches it, says "attached", and keeps
 * it until its standard input ends.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "other.skel.h"

int main(void)
{
	struct other_bpf *other = other_bpf__open_and_load();

	if (!other || other_bpf__attach(other) < 0) {
		fprintf(stderr, "the other scheduler cannot be %s: %s\n",
			other ? "attached" : "loaded", strerror(errno));
		other_bpf__destroy(other);
		return 1;
	}
	puts("attached");
	fflush(stdout);
	while (getchar() != EOF)
		;
	other_bpf__destroy(other);
	return 0;
}
