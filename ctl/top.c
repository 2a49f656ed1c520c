/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bpflandctl top: the live view. Once a second it asks the service and the kernel, and paints.
 *
 * Signals are read like keys, so that each way out passes by the same door, which gives the
 * terminal back as it was. What the other parts of this program complain about on standard error
 * would tear the picture, and goes to its last line instead.
 */
#include "ctl/top.h"

#include <errno.h>
#include <locale.h>
#include <ncurses.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "ctl/complain.h"
#include "ctl/service.h"
#include "ctl/verbs.h"
#include "daemon/cleanup.h"
#include "daemon/text.h"
#include "daemon/waits.h"

#define INTERVAL_USEC UINT64_C(1000000)
#define ANSWER_USEC UINT64_C(2000000)
#define ESCAPE_MSEC 25

uint64_t top_clock_usec(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

bool top_take_complaint(struct top *t)
{
	static const char prefix[] = "bpflandctl: ";
	char *text = t->message;
	ssize_t n;

	n = pread(STDERR_FILENO, t->message, sizeof(t->message) - 1, 0);
	if (n <= 0)
		return false;
	text[n] = 0;
	if (!strncmp(text, prefix, strlen(prefix)))
		memmove(text, text + strlen(prefix), strlen(text + strlen(prefix)) + 1);
	text[strcspn(text, "\n")] = 0;
	text_line(text);
	if (ftruncate(STDERR_FILENO, 0) < 0 || lseek(STDERR_FILENO, 0, SEEK_SET) < 0)
		return false;
	return true;
}

static signed char percentile_bucket(const struct bpfland_latency *l)
{
	uint64_t usec = waits_percentile_usec(l, 990);
	signed char b = 0;

	if (!waits_count(l))
		return -1;
	while (b < BPFLAND_LATENCY_BUCKETS - 1 && waits_bound_usec((unsigned)b) < usec)
		b++;
	return b;
}

static void remember(struct top *t)
{
	t->at = (t->at + 1) % TOP_HISTORY;
	for (unsigned c = 0; c < _BPFLAND_CLASS_MAX; c++)
		t->history[c][t->at] = percentile_bucket(&t->between.latency[c]);
}

static void connect_again(struct top *t)
{
	if (t->bus && sd_bus_is_open(t->bus) > 0)
		return;
	t->bus = sd_bus_flush_close_unref(t->bus);
	t->trial_end_usec = 0;	/* it ended with the connection */
	service_connect(&t->bus, t->ctl);
}

static void look(struct top *t)
{
	struct snapshot now;
	bool was = t->answered;

	connect_again(t);
	if (t->bus)	/* keys are not read meanwhile; what they ask for has the usual time */
		sd_bus_set_method_call_timeout(t->bus, ANSWER_USEC);
	t->answered = t->bus && snapshot_ask(t->ctl, t->bus, &now, NULL) >= 0;
	if (t->bus)
		sd_bus_set_method_call_timeout(t->bus, 0);
	t->load_before = t->load;
	if (!t->ctl->host)
		load_read(&t->load, DIR_PROCFS);
	if (!t->answered) {
		top_take_complaint(t);
		return;
	}
	if (!was)
		t->message[0] = 0;
	t->before = was ? t->now : now;
	t->now = now;
	t->span_usec = now.time_usec - t->before.time_usec;
	snapshot_between(&t->between, &t->before, &t->now);
	if (t->span_usec)
		remember(t);
	if (t->trial_end_usec && top_clock_usec() > t->trial_end_usec)
		t->trial_end_usec = 0;
}

static void resize(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row && size.ws_col)
		resizeterm(size.ws_row, size.ws_col);
}

/* Returns the number of the signal that ends the program, 0 if none does. */
static int read_signal(int fd)
{
	struct signalfd_siginfo si;

	if (read(fd, &si, sizeof(si)) != sizeof(si))
		return 0;
	if (si.ssi_signo != SIGWINCH)
		return (int)si.ssi_signo;
	resize();
	return 0;
}

/* Until somebody wants to leave. Returns 0, or the signal that said so. */
static int run(struct top *t, int signals)
{
	struct pollfd fds[] = {
		{ .fd = STDIN_FILENO, .events = POLLIN },
		{ .fd = signals, .events = POLLIN },
	};
	uint64_t now, next = 0;
	int key, sig;

	while (!t->quit) {
		now = top_clock_usec();
		if (now >= next) {
			look(t);
			next = now + INTERVAL_USEC;
		}
		top_draw(t);
		if (poll(fds, 2, (int)((next - now) / 1000) + 1) < 0 && errno != EINTR)
			return 0;
		if (fds[1].revents) {
			sig = read_signal(signals);
			if (sig)
				return sig;
		}
		/* The terminal is gone. */
		if (fds[0].revents & (POLLHUP | POLLERR | POLLNVAL))
			return SIGHUP;
		while ((key = getch()) != ERR)
			top_key(t, key);
	}
	return 0;
}

static int open_screen(const struct ctl *ctl)
{
	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) {
		complain("top needs a terminal; stats shows the same without one");
		return -ENOTTY;
	}
	setlocale(LC_CTYPE, "");
	if (!newterm(NULL, stdout, stdin)) {
		complain("top does not know the terminal \"%s\"; TERM says which it is",
			 getenv("TERM") ? getenv("TERM") : "");
		return -EINVAL;
	}
	cbreak();
	noecho();
	nonl();
	curs_set(0);
	keypad(stdscr, true);
	nodelay(stdscr, true);
	set_escdelay(ESCAPE_MSEC);
	if (ctl->terminal.colour && has_colors()) {
		start_color();
		use_default_colors();
		init_pair(COLOUR_GREEN, COLOR_GREEN, -1);
		init_pair(COLOUR_YELLOW, COLOR_YELLOW, -1);
		init_pair(COLOUR_RED, COLOR_RED, -1);
	}
	return 0;
}

/* The signals that end a program, and the one that tells of another size. */
static int catch_signals(sigset_t *before)
{
	sigset_t mask;

	sigemptyset(&mask);
	sigaddset(&mask, SIGINT);
	sigaddset(&mask, SIGTERM);
	sigaddset(&mask, SIGHUP);
	sigaddset(&mask, SIGQUIT);
	sigaddset(&mask, SIGWINCH);
	sigprocmask(SIG_BLOCK, &mask, before);
	return signalfd(-1, &mask, SFD_CLOEXEC);
}

/* Between here and its end standard error is a file of our own. */
static int show(struct top *t, int signals)
{
	_cleanup_close_ int file = memfd_create("complaints", MFD_CLOEXEC);
	_cleanup_close_ int before = dup(STDERR_FILENO);
	int sig;

	if (file < 0 || before < 0 || dup2(file, STDERR_FILENO) < 0) {
		sig = -errno;
		endwin();
		complain("cannot keep messages off the screen: %s", strerror(-sig));
		return sig;
	}
	sig = run(t, signals);
	endwin();
	dup2(before, STDERR_FILENO);
	return sig;
}

int verb_top(struct ctl *ctl, int argc, char **argv)
{
	_cleanup_free_ struct top *t = calloc(1, sizeof(*t));
	_cleanup_close_ int signals = -1;
	sigset_t before;
	int sig = -EINVAL;

	(void)argc, (void)argv;
	if (!t) {
		complain_memory();
		return EXIT_FAILURE;
	}
	t->ctl = ctl;
	ctl->ask_password = false;	/* nobody can be asked while the picture is there */
	memset(t->history, -1, sizeof(t->history));
	/* First, so that none of them leaves the terminal as the picture has it. */
	signals = catch_signals(&before);
	if (signals < 0)
		complain("cannot wait for signals: %s", strerror(errno));
	else if (open_screen(ctl) >= 0)
		sig = show(t, signals);
	top_list_done(&t->list);
	sd_bus_flush_close_unref(t->bus);
	sigprocmask(SIG_SETMASK, &before, NULL);
	if (sig > 0) {
		/* Whoever started us sees what ended us; ncurses left a handler of its own. */
		signal(sig, SIG_DFL);
		raise(sig);
	}
	return sig ? EXIT_FAILURE : EXIT_SUCCESS;
}
