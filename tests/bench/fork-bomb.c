/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A fork bomb: every process starts more of itself until no more may be, works a little, and some
 * end so that others can come. It ends by being killed, all of it: run it in a control group with
 * pids.max, and kill the group.
 *
 * Prints "running" when no more processes could be started for the first time.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/bench/bench.h"

#define PIECE_NS (50 * NSEC_PER_USEC)
/* Of so many that find no room, one ends. */
#define ENDS 4

static uint32_t next_random(uint32_t *state)
{
	*state = *state * 1664525 + 1013904223;
	return *state >> 16;
}

static void explode(void)
{
	pid_t first = getpid();
	bool said = false;
	uint32_t state = (uint32_t)first;

	for (;;) {
		pid_t pid = fork();

		if (pid == 0)
			state ^= (uint32_t)getpid();
		if (pid < 0 && errno != EAGAIN && errno != ENOMEM)
			die("fork");
		if (pid < 0 && getpid() == first && !said) {
			said = true;
			puts("running");
			fflush(stdout);
		}
		if (pid < 0 && getpid() != first && next_random(&state) % ENDS == 0)
			_exit(0);
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
		work(PIECE_NS);
	}
}

int main(void)
{
	work_calibrate();
	explode();
}
