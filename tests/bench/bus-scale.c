/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How the daemon answers: one client alone, and one thousand that each hold a profile while calls
 * come at a steady rate. Every holder is a connection of its own; there is a process for each user,
 * and polkit has to let those users hold profiles.
 *
 * A call is timed from when it was due, not from when it could be sent: a daemon that falls behind
 * is not spared the calls that it has delayed. The holders stay until the standard input ends, so
 * that whoever started this can look at the daemon meanwhile.
 */
#include <errno.h>
#include <grp.h>
#include <inttypes.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

#include "tests/bench/bench.h"
#include "tests/bench/bus.h"
#include "tests/bench/options.h"

#define MANAGER "org.bpfland1.Manager"

#define USERS_MAX 64

/* Tenths of a millisecond up to 6.3 ms and more. */
static const struct buckets buckets = { .width_ns = 100 * NSEC_PER_USEC, .n = 64 };

struct scale_options {
	uint64_t holders, users, calls, rate, alone, changes;
};

struct user {
	uid_t uid;
	gid_t gid;
};

/* What the processes of the users and their parent know of each other, in shared memory. */
struct crowd {
	int up[2], down[2];	/* pipes: a byte from each that is ready; one to each that may go */
	uint64_t start;		/* when the first call is due */
	uint64_t *hold, *get;	/* how long each took */
};

static void hold(sd_bus *bus)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	int r;

	r = sd_bus_call_method(bus, NAME, PATH, MANAGER, "HoldProfile", &error, NULL, "sss",
			       "latency", "one of many", "bus-scale");
	if (r < 0)
		die_bus("HoldProfile", r, &error);
}

/* One client that asks again as soon as it has been answered. */
static void get_alone(sd_bus *bus, uint64_t times, struct samples *s)
{
	for (uint64_t i = 0; i < times; i++) {
		uint64_t start = clock_read(CLOCK_MONOTONIC);

		(void)read_u64(bus, "SliceMaxUSec");
		samples_add(s, clock_read(CLOCK_MONOTONIC) - start);
	}
}

static int on_signal(sd_bus_message *m, void *userdata, sd_bus_error *ret_error)
{
	(void)m, (void)ret_error;
	*(bool *)userdata = true;
	return 0;
}

/* From the call that changes something to the signal at somebody else. */
static void time_signals(sd_bus *bus, uint64_t times, struct samples *s)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	sd_bus *listener = connect_bus();
	bool told = false;
	int r;

	r = sd_bus_match_signal(listener, NULL, NAME, PATH, "org.freedesktop.DBus.Properties",
				"PropertiesChanged", on_signal, &told);
	for (uint64_t i = 0; r >= 0 && i < times; i++) {
		uint64_t start = clock_read(CLOCK_MONOTONIC);

		told = false;
		r = sd_bus_set_property(bus, NAME, PATH, TUNABLES, "SliceLagUSec", &error, "t",
					UINT64_C(5000) + i);
		while (r >= 0 && !told) {
			r = sd_bus_process(listener, NULL);
			if (r == 0)
				r = sd_bus_wait(listener, UINT64_MAX);
		}
		samples_add(s, clock_read(CLOCK_MONOTONIC) - start);
	}
	if (r < 0)
		die_bus("waiting for signals", r, &error);
	sd_bus_flush_close_unref(listener);
}

static void find_users(struct user *users, uint64_t n)
{
	const struct passwd *pw;
	uint64_t found = 0;

	while (found < n && (pw = getpwent())) {
		bool again = pw->pw_uid == 0;

		for (uint64_t i = 0; i < found; i++)
			again |= users[i].uid == pw->pw_uid;
		if (!again)
			users[found++] = (struct user){ pw->pw_uid, pw->pw_gid };
	}
	endpwent();
	errno = 0;
	if (found < n)
		die("only %" PRIu64 " accounts besides root's", found);
}

static void tell(int fd)
{
	if (write(fd, "!", 1) != 1)
		die("telling the others");
}

/* False at the end of the pipe. */
static bool hear(int fd)
{
	char byte;
	ssize_t n = read(fd, &byte, 1);

	if (n < 0)
		die("waiting for the others");
	return n == 1;
}

/* The life of a user's process; its holders are those whose number modulo all users is @u. */
static _Noreturn void user_run(const struct scale_options *o, const struct crowd *c,
			       const struct user *user, uint64_t u)
{
	uint64_t n = 0;
	sd_bus **buses;

	if (setgroups(0, NULL) < 0 || setgid(user->gid) < 0 || setuid(user->uid) < 0)
		die("becoming user %u", (unsigned)user->uid);
	buses = calloc(o->holders, sizeof(*buses));
	if (!buses)
		die("no memory for the connections");
	for (uint64_t i = u; i < o->holders; i += o->users) {
		uint64_t start;

		buses[n] = connect_bus();
		start = clock_read(CLOCK_MONOTONIC);
		hold(buses[n++]);
		c->hold[i] = clock_read(CLOCK_MONOTONIC) - start;
	}
	tell(c->up[1]);
	if (!hear(c->down[0]))
		exit(0);
	for (uint64_t i = u, k = 0; i < o->calls; i += o->users) {
		uint64_t due = c->start + i * NSEC_PER_SEC / o->rate;

		sleep_until(due);
		(void)read_u64(buses[k++ % n], "SliceMaxUSec");
		c->get[i] = clock_read(CLOCK_MONOTONIC) - due;
	}
	tell(c->up[1]);
	(void)hear(c->down[0]);
	exit(0);
}

static void *share(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		die("no memory for the samples");
	/* Touch it now: a page fault in the middle would be measured. */
	return memset(p, 0xff, size);
}

/* None ends before it is told to; its last words have said why. */
static void on_child(int signal)
{
	(void)signal;
	_exit(2);
}

static void hear_all(const struct crowd *c, uint64_t users)
{
	while (users > 0 && hear(c->up[0]))
		users--;
}

/* Until all of them hold what they are to hold. */
static struct crowd *crowd_start(const struct scale_options *o)
{
	const struct sigaction action = { .sa_handler = on_child, .sa_flags = SA_NOCLDSTOP };
	struct crowd *c = share(sizeof(*c));
	struct user users[USERS_MAX];

	find_users(users, o->users);
	c->hold = share(o->holders * sizeof(*c->hold));
	c->get = share(o->calls * sizeof(*c->get));
	if (pipe(c->up) < 0 || pipe(c->down) < 0 || sigaction(SIGCHLD, &action, NULL) < 0)
		die("preparing for %" PRIu64 " processes", o->users);
	for (uint64_t u = 0; u < o->users; u++) {
		pid_t pid = fork();

		if (pid < 0)
			die("starting process %" PRIu64, u);
		if (pid > 0)
			continue;
		close(c->down[1]);
		user_run(o, c, &users[u], u);
	}
	close(c->up[1]);
	hear_all(c, o->users);
	return c;
}

/* All calls, by each of the connections in turn. */
static void crowd_call(struct crowd *c, const struct scale_options *o)
{
	/* Time to get all of them out of bed. */
	c->start = clock_read(CLOCK_MONOTONIC) + 100 * NSEC_PER_MSEC;
	for (uint64_t u = 0; u < o->users; u++)
		tell(c->down[1]);
	hear_all(c, o->users);
}

static struct scale_options parse(int argc, char **argv)
{
	struct scale_options o = {
		.holders = 1000,
		.users = 20,
		.calls = 2000,
		.rate = 1000,
		.alone = 500,
		.changes = 200,
	};
	const struct bench_option options[] = {
		{ "holders", .number = &o.holders, .min = 1, .max = 100000 },
		{ "users", .number = &o.users, .min = 1, .max = USERS_MAX },
		{ "calls", .number = &o.calls, .min = 1, .max = 1000000 },
		{ "rate", .number = &o.rate, .min = 1, .max = 1000000 },
		{ "alone", .number = &o.alone, .min = 1, .max = 1000000 },
		{ "changes", .number = &o.changes, .min = 1, .max = 90000 },
		{},
	};

	options_parse(argc, argv, options);
	errno = 0;
	if (o.holders < o.users)
		die("%" PRIu64 " holders cannot be of %" PRIu64 " users", o.holders, o.users);
	return o;
}

static void print(const char *name, const uint64_t *ns, uint64_t n)
{
	struct samples s;

	samples_init(&s, n);
	for (uint64_t i = 0; i < n; i++)
		samples_add(&s, ns[i]);
	printf("\"%s\":{", name);
	samples_print_json(&s, buckets);
	printf("},");
	samples_done(&s);
}

int main(int argc, char **argv)
{
	const struct scale_options o = parse(argc, argv);
	struct samples alone, changes;
	struct crowd *c;
	sd_bus *bus;

	samples_init(&alone, o.alone);
	samples_init(&changes, o.changes);
	bus = connect_bus();
	get_alone(bus, o.alone, &alone);
	time_signals(bus, o.changes, &changes);
	sd_bus_flush_close_unref(bus);
	c = crowd_start(&o);
	crowd_call(c, &o);

	printf("{");
	print("alone", alone.ns, alone.n);
	print("signal", changes.ns, changes.n);
	print("hold", c->hold, o.holders);
	print("loaded", c->get, o.calls);
	printf("\"holders\":%" PRIu64 "}\n", o.holders);
	fflush(stdout);
	while (getchar() != EOF)
		;
	signal(SIGCHLD, SIG_DFL);
	close(c->down[1]);
	while (hear(c->up[0]))
		;
	return 0;
}
