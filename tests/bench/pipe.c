/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Two processes pass one byte to and fro through a pair of pipes: what a switch to a task that was
 * just woken costs, twice a round trip.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/bench/bench.h"
#include "tests/bench/options.h"

static void pass(int fd_read, int fd_write, uint64_t n, bool first)
{
	char byte = 0;

	for (uint64_t i = 0; i < n; i++) {
		if (first && write(fd_write, &byte, 1) != 1)
			die("writing to the pipe");
		if (read(fd_read, &byte, 1) != 1)
			die("reading from the pipe");
		if (!first && write(fd_write, &byte, 1) != 1)
			die("writing to the pipe");
	}
}

/* Starts the second process and passes the byte; how long @rounds took after a warm-up. */
static uint64_t measure(uint64_t rounds)
{
	const uint64_t warm_up = 500;
	int there[2], back[2], status;
	uint64_t took;
	pid_t child;

	if (pipe(there) < 0 || pipe(back) < 0)
		die("making the pipes");
	child = fork();
	if (child < 0)
		die("making the second process");
	if (child == 0) {
		/* Without this end of its own the child sees the parent's death as end of file. */
		close(there[1]);
		close(back[0]);
		pass(there[0], back[1], warm_up + rounds, false);
		_exit(0);
	}
	close(there[0]);
	close(back[1]);
	pass(back[0], there[1], warm_up, true);
	took = clock_read(CLOCK_MONOTONIC);
	pass(back[0], there[1], rounds, true);
	took = clock_read(CLOCK_MONOTONIC) - took;
	errno = 0;
	if (waitpid(child, &status, 0) != child || status)
		die("the second process failed");
	return took;
}

int main(int argc, char **argv)
{
	uint64_t rounds = 20000;
	bool json = false;
	double usec;
	const struct bench_option options[] = {
		{ "rounds", .number = &rounds, .min = 1, .max = 1000000000 },
		{ "json", .flag = &json },
		{},
	};

	options_parse(argc, argv, options);

	usec = (double)measure(rounds) / (double)rounds / (double)NSEC_PER_USEC;
	if (json)
		printf("{\"rounds\":%" PRIu64 ",\"round_trip_us\":%.3f}\n", rounds, usec);
	else
		printf("%" PRIu64 " round trips, %.3f us each\n", rounds, usec);
	return 0;
}
