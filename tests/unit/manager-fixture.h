/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A manager with a scheduler that is none, in a tree of its own, and everything that it logs.
 */
#pragma once

#include <stdbool.h>
#include <systemd/sd-event.h>

#include "daemon/manager-internal.h"
#include "daemon/names.h"
#include "tests/fake-sched.h"
#include "tests/unit/tree.h"

#define WORLD "w"		/* in which open_manager() finds its clients */

extern struct tree tree;
extern sd_event *event;
extern struct manager *m;
extern unsigned n_told;		/* how often the observer was told something */

/* The tree: a kernel with sched_ext, two fast CPUs and two slow ones, the profiles balanced and
 * latency, quick restarts. */
void lay_ground(void);
void clear_ground(bool failed);	/* shows the log if it was not to be */
void move_state_to(const char *state, const char *runtime);	/* below the tree */

/* Standard error is the log while a case runs. */
const char *log_text(void);
void forget_log(void);

void open_manager(void);
void close_manager(void);	/* leaves the files as a crash does */
unsigned take_told(void);	/* what the observer was told since the last look */

void settle(void);		/* runs the loop until nothing is left to do now */
/* The same until the state is @s, back-off timers included; gives up after 10 s. */
void run_until(enum lifecycle_state s);

/* Somebody else's scheduler comes or goes: sysfs and the event. */
void uevent(enum uevent_action action, const char *name);

/* One override, as the bus sets it. */
int set(enum tunable t, int64_t value, struct error *err);

/* As the bus says it of a unique name. */
void client_leaves(const char *name);

#define WAIT_FOR(s)                                                                              \
	do {                                                                                     \
		run_until(s);                                                                    \
		CHECK_STR(lifecycle_state_name(manager_state(m)), lifecycle_state_name(s));      \
	} while (0)

#define CASE(test)                                                                               \
	do {                                                                                     \
		unsigned _before = test_failures;                                                \
		lay_ground();                                                                    \
		test();                                                                          \
		clear_ground(test_failures != _before);                                          \
		printf("%s %s\n", test_failures == _before ? "ok    " : "FAILED", #test);        \
	} while (0)
