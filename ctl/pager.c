/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A program that shows long output page by page.
 */
#include "ctl/pager.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <systemd/sd-login.h>
#include <unistd.h>

#include "ctl/units.h"

/* Leave when it fits on the screen, keep colours, break no lines, and end on an interrupt. */
#define LESS_USUAL "FRSXMK"

static pid_t pager;

/* Did somebody become another user? That one's session tells, whatever was used for it. */
static bool is_other_user(void)
{
	uid_t uid;

	return getauxval(AT_SECURE) || getenv("SUDO_UID") || getenv("PKEXEC_UID") ||
	       getenv("DOAS_USER") || (sd_pid_get_owner_uid(0, &uid) >= 0 && uid != geteuid());
}

/* As systemd decides it: told so, or else whenever somebody has become another user. */
static bool wants_secure(bool *ret_told)
{
	const char *told = getenv("SYSTEMD_PAGERSECURE");
	bool secure;

	*ret_told = told && units_parse_bool(told, &secure) == 0;
	if (*ret_told)
		return secure;
	return is_other_user();
}

static const char *choose(void)
{
	const char *p = getenv("SYSTEMD_PAGER");

	return p ? p : getenv("PAGER");
}

static void run_pager(const char *chosen, bool secure, bool told)
{
	const char *less = getenv("SYSTEMD_LESS"), *charset = getenv("SYSTEMD_LESSCHARSET");

	setenv("LESS", less ? less : LESS_USUAL, 1);
	if (charset)
		setenv("LESSCHARSET", charset, 1);
	if (secure)
		setenv("LESSSECURE", "1", 1);
	else
		unsetenv("LESSSECURE");
	/* What others do with LESSSECURE nobody knows; who says that it is fine is believed. */
	if (chosen && (!secure || told))
		execl("/bin/sh", "sh", "-c", chosen, NULL);
	execlp("less", "less", NULL);
	if (!secure)
		execlp("more", "more", NULL);
	/* None is there: what cat would do. */
	for (;;) {
		char buf[4096];
		ssize_t n = read(STDIN_FILENO, buf, sizeof(buf));

		if (n <= 0 || write(STDOUT_FILENO, buf, n) < 0)
			_exit(0);
	}
}

void pager_open(const struct ctl *ctl)
{
	const char *chosen = choose(), *term = getenv("TERM");
	bool told, secure = wants_secure(&told);
	int fds[2];

	if (!ctl->pager || !ctl->terminal.is_terminal || pager || (term && !strcmp(term, "dumb")) ||
	    (chosen && (!*chosen || !strcmp(chosen, "cat"))))
		return;
	fflush(stdout);
	if (pipe2(fds, O_CLOEXEC) < 0)
		return;
	pager = fork();
	if (pager == 0) {
		dup2(fds[0], STDIN_FILENO);
		close(fds[1]);	/* or it would wait for itself to end */
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		run_pager(chosen, secure, told);
	}
	if (pager > 0)
		dup2(fds[1], STDOUT_FILENO);
	else
		pager = 0;
	close(fds[0]);
	close(fds[1]);
	/* The pager may be left before it has read everything; and an interrupt is for it. */
	if (pager) {
		signal(SIGPIPE, SIG_IGN);
		signal(SIGINT, SIG_IGN);
	}
}

bool pager_close(void)
{
	if (!pager)
		return false;
	fclose(stdout);
	while (waitpid(pager, NULL, 0) < 0 && errno == EINTR)
		;
	pager = 0;
	return true;
}
