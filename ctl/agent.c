/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who asks for passwords on a terminal.
 */
#include "ctl/agent.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t agent;

static void run(int notify)
{
	char number[16];

	snprintf(number, sizeof(number), "%d", notify);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	/* Not as a fallback: that is looked for in sessions only, and there is no other. */
	execlp("pkttyagent", "pkttyagent", "--notify-fd", number, NULL);
	_exit(127);
}

bool agent_open(const struct ctl *ctl)
{
	struct pollfd ready = { .events = 0 };
	int fds[2];

	/* On another machine it would be that one's polkit, which does not know our processes. */
	if (agent || !ctl->ask_password || ctl->host || geteuid() == 0 || !isatty(STDIN_FILENO))
		return false;
	fflush(stdout);
	if (pipe(fds) < 0)
		return false;
	agent = fork();
	if (agent == 0) {
		close(fds[0]);
		run(fds[1]);
	}
	close(fds[1]);
	if (agent < 0)
		agent = 0;
	/* It closes its end when polkit has heard of it, or when it ends. */
	ready.fd = fds[0];
	while (agent && poll(&ready, 1, -1) < 0 && errno == EINTR)
		;
	close(fds[0]);
	return agent != 0;
}

void agent_close(void)
{
	if (!agent)
		return;
	kill(agent, SIGTERM);
	kill(agent, SIGCONT);
	while (waitpid(agent, NULL, 0) < 0 && errno == EINTR)
		;
	agent = 0;
}
