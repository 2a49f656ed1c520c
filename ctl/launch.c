/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bpflandctl launch: keeps a profile in force while a command runs, and ends as the command does.
 */
#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "ctl/complain.h"
#include "ctl/holding.h"
#include "ctl/options.h"
#include "ctl/service.h"
#include "ctl/verbs.h"
#include "daemon/cleanup.h"

DEFINE_CLEANUP(struct holding *, holding_free);

/* A service that hangs must not keep a game from starting. */
#define ANSWER_USEC UINT64_C(5000000)

/* As shells and env(1) end when there is no such command, or it cannot be run. */
#define STATUS_NOT_RUN 126
#define STATUS_NOT_FOUND 127

static const int passed_on[] = { SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2 };

#define N_PASSED_ON (sizeof(passed_on) / sizeof(passed_on[0]))

static int on_signal(sd_event_source *s, const struct signalfd_siginfo *si, void *userdata)
{
	const pid_t *child = userdata;

	(void)s;
	/* What the terminal sends it sends to the command as well. */
	if (si->ssi_code != SI_KERNEL)
		kill(*child, si->ssi_signo);
	return 0;
}

static int on_child(sd_event_source *s, const siginfo_t *si, void *userdata)
{
	(void)userdata;
	return sd_event_exit(sd_event_source_get_event(s),
			     si->si_code == CLD_EXITED ? si->si_status : 128 + si->si_status);
}

static void signals_of_interest(sigset_t *ret)
{
	sigemptyset(ret);
	sigaddset(ret, SIGCHLD);
	for (size_t i = 0; i < N_PASSED_ON; i++)
		sigaddset(ret, passed_on[i]);
}

/* A script that does not say what runs it: a shell does, as with execvp(3), env(1) and shells. */
static int start_script(pid_t *ret, char **command, const posix_spawnattr_t *attr)
{
	_cleanup_free_ char **words = NULL;
	size_t n = 0;

	while (command[n])
		n++;
	words = calloc(n + 4, sizeof(*words));
	if (!words)
		return ENOMEM;
	words[0] = (char *)"sh";
	words[1] = (char *)"-c";
	/* It looks for the script where execvp(3) does. */
	words[2] = (char *)". \"$0\"";
	memcpy(words + 3, command, n * sizeof(*words));
	return posix_spawn(ret, "/bin/sh", NULL, attr, words, environ);
}

/* Not by fork(): to copy this process and throw that away is a seventh of what launching costs. */
static int start(pid_t *ret, char **command, const sigset_t *mask)
{
	posix_spawnattr_t attr;
	int r;

	r = posix_spawnattr_init(&attr);
	if (r > 0)
		return -r;
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK);
	posix_spawnattr_setsigmask(&attr, mask);
	r = posix_spawnp(ret, command[0], NULL, &attr, command, environ);
	if (r == ENOEXEC)
		r = start_script(ret, command, &attr);
	posix_spawnattr_destroy(&attr);
	return -r;
}

static int run(sd_bus *bus, char **command)
{
	_cleanup_(sd_event_unrefp) sd_event *event = NULL;
	sigset_t mask, before;
	pid_t child;
	int r;

	signals_of_interest(&mask);
	sigprocmask(SIG_BLOCK, &mask, &before);
	r = sd_event_default(&event);
	if (r < 0)
		return r;
	r = start(&child, command, &before);
	if (r < 0)
		return r;
	for (size_t i = 0; r >= 0 && i < N_PASSED_ON; i++)
		r = sd_event_add_signal(event, NULL, passed_on[i], on_signal, &child);
	if (r >= 0)
		r = sd_event_add_child(event, NULL, child, WEXITED, on_child, NULL);
	if (r >= 0 && bus)
		r = sd_bus_attach_event(bus, event, SD_EVENT_PRIORITY_NORMAL);
	return r < 0 ? r : sd_event_loop(event);
}

/*
 * Whoever launches something wants it to run: without the service, or refused by it, it runs
 * without the profile. What only the caller can have got wrong, as the profile's name, ends it.
 */
int verb_launch(struct ctl *ctl, int argc, char **argv)
{
	_cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
	_cleanup_(holding_freep) struct holding *holding = NULL;
	const char *reason = option_value(ctl, "reason"), *id = option_value(ctl, "application-id");
	struct holding_wish wish = { .profile = option_value(ctl, "profile"),
				     .reason = reason ? reason : "a command runs",
				     .application_id = id ? id : argv[0] };
	char what[128];
	int r;

	(void)argc;
	if (!wish.profile) {
		complain("launch takes a profile and a command: launch -p PROFILE -- COMMAND…");
		return EXIT_FAILURE;
	}
	ctl->ask_password = false;	/* a question would wait unseen behind a game */
	if (service_connect(&bus, ctl) >= 0) {
		r = holding_new(&holding, bus, &wish, ANSWER_USEC, &error);
		if (r < 0) {
			snprintf(what, sizeof(what), "hold %s", wish.profile);
			service_complain_profile(ctl, bus, wish.profile, what, &error, r);
			if (!service_unavailable(&error))
				return EXIT_FAILURE;
		}
	}
	if (!holding && !ctl->quiet)
		complain("running %s without it", argv[0]);
	r = run(holding ? bus : NULL, argv);
	if (r < 0) {
		complain("cannot run %s: %s", argv[0], strerror(-r));
		return r == -ENOENT ? STATUS_NOT_FOUND : STATUS_NOT_RUN;
	}
	return r;
}
