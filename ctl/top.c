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
#define ANSWER_USEC UINT64_C(5000000)
#define ESCAPE_MSEC 25
#define NOTICE_USEC UINT64_C(500000)	/* who waits for longer is told */

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
	if (t->bus)
		clearok(curscr, true);	/* an ssh may have said goodbye, amid the picture */
	t->bus = sd_bus_close_unref(t->bus);
	t->trial_end_usec = 0;	/* it ended with the connection */
	service_connect(&t->bus, t->ctl);
}

static void look(struct top *t)
{
	struct snapshot now;
	bool was = t->answered;

	connect_again(t);
	if (t->bus)	/* what keys ask for has the usual time */
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

/* Whether there is nobody to show it to any more; then @t->signal says why. */
static bool take_signals(struct top *t, const struct pollfd *terminal, const struct pollfd *signals)
{
	if (signals->revents)
		t->signal = read_signal(t->signals);
	else if (terminal->revents & (POLLHUP | POLLERR | POLLNVAL))
		t->signal = SIGHUP;
	return t->signal;
}

/* Keys that wait for their turn. Who types more than that has to begin anew. */
static void keep_keys(struct top *t)
{
	int key;

	while ((key = getch()) != ERR) {
		if (t->n_keys == sizeof(t->keys) / sizeof(t->keys[0]))
			t->n_keys = 0;
		t->keys[t->n_keys++] = key;
	}
}

static bool is_kept(const struct top *t, int key)
{
	for (size_t i = 0; i < t->n_keys; i++)
		if (t->keys[i] == key)
			return true;
	return false;
}

/* Whoever has waited for long enough to be told may leave, or go on without the answer. */
static int wait_no_longer(struct top *t)
{
	t->quit = is_kept(t, 'q') && (t->acting || t->mode != TOP_TYPE_VALUE);
	if (t->quit)
		return -ECANCELED;
	if (t->acting && is_kept(t, KEY_ESCAPE)) {
		t->n_keys = 0;
		return -ECANCELED;
	}
	t->waiting = true;
	top_draw(t);
	return 0;
}

/* Instead of waiting for the bus alone; see ctl.h. */
static int wait_for_bus(void *userdata, int fd, short events, uint64_t until)
{
	struct top *t = userdata;
	struct pollfd fds[] = {
		{ .fd = STDIN_FILENO, .events = POLLIN },
		{ .fd = t->signals, .events = POLLIN },
		{ .fd = fd, .events = events },
	};
	uint64_t now = top_clock_usec(), next = t->asked_usec + NOTICE_USEC;

	if (t->quit || t->signal)
		return -ECANCELED;
	if (now >= next) {
		if (wait_no_longer(t) < 0)
			return -ECANCELED;
		next = now + INTERVAL_USEC;
	}
	if (next > until)
		next = until;
	if (poll(fds, 3, next > now ? (int)((next - now) / 1000) + 1 : 0) < 0)
		return errno == EINTR ? 0 : -errno;
	if (take_signals(t, &fds[0], &fds[1]))
		return -ECANCELED;
	keep_keys(t);
	return 0;
}

static void begin(struct top *t, bool acting)
{
	t->asked_usec = top_clock_usec();
	t->acting = acting;
	t->waiting = false;
}

static void handle_keys(struct top *t)
{
	int key;

	keep_keys(t);
	while (t->n_keys && !t->quit && !t->signal) {
		key = t->keys[0];
		memmove(t->keys, t->keys + 1, --t->n_keys * sizeof(t->keys[0]));
		begin(t, true);
		top_key(t, key);
		t->waiting = false;
	}
}

/* Until somebody wants to leave. */
static void run(struct top *t)
{
	struct pollfd fds[] = {
		{ .fd = STDIN_FILENO, .events = POLLIN },
		{ .fd = t->signals, .events = POLLIN },
	};
	uint64_t now, next = 0;

	while (!t->quit && !t->signal) {
		now = top_clock_usec();
		if (now >= next) {
			begin(t, false);
			look(t);
			t->waiting = false;
			next = now + INTERVAL_USEC;
		}
		top_draw(t);
		if (poll(fds, 2, t->n_keys ? 0 : (int)((next - now) / 1000) + 1) < 0 &&
		    errno != EINTR)
			return;
		if (!take_signals(t, &fds[0], &fds[1]))
			handle_keys(t);
	}
}

static int open_screen(const struct ctl *ctl)
{
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
static int show(struct top *t)
{
	_cleanup_close_ int file = memfd_create("complaints", MFD_CLOEXEC);
	_cleanup_close_ int before = dup(STDERR_FILENO);
	int r;

	if (file < 0 || before < 0 || dup2(file, STDERR_FILENO) < 0) {
		r = -errno;
		endwin();
		complain("cannot keep messages off the screen: %s", strerror(-r));
		return r;
	}
	t->ctl->wait = wait_for_bus;
	t->ctl->wait_userdata = t;
	run(t);
	t->ctl->wait = NULL;
	endwin();
	dup2(before, STDERR_FILENO);
	return 0;
}

/*
 * While the picture is there nobody can be asked for a password. ssh would use the very terminal
 * that we read keys from: so it asks before, and later, should the connection break, not at all.
 */
static int connect_before(struct top *t)
{
	t->ctl->ask_password = false;
	if (!t->ctl->host)
		return 0;
	if (service_connect(&t->bus, t->ctl) < 0)
		return -ENOTCONN;
	if (setenv("SSH_ASKPASS", "/bin/false", true) < 0 ||
	    setenv("SSH_ASKPASS_REQUIRE", "force", true) < 0)
		return complain_memory();
	return 0;
}

int verb_top(struct ctl *ctl, int argc, char **argv)
{
	_cleanup_free_ struct top *t = calloc(1, sizeof(*t));
	_cleanup_close_ int signals = -1;
	sigset_t before;
	int r = -EINVAL;

	(void)argc, (void)argv;
	if (!t) {
		complain_memory();
		return EXIT_FAILURE;
	}
	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) {
		complain("top needs a terminal; stats shows the same without one");
		return EXIT_FAILURE;
	}
	t->ctl = ctl;
	memset(t->history, -1, sizeof(t->history));
	if (connect_before(t) < 0)
		return EXIT_FAILURE;
	/* First, so that none of them leaves the terminal as the picture has it. */
	t->signals = signals = catch_signals(&before);
	if (signals < 0)
		complain("cannot wait for signals: %s", strerror(errno));
	else if (open_screen(ctl) >= 0)
		r = show(t);
	top_list_done(&t->list);
	sd_bus_close_unref(t->bus);
	sigprocmask(SIG_SETMASK, &before, NULL);
	if (t->signal) {
		/* Whoever started us sees what ended us; ncurses left a handler of its own. */
		signal(t->signal, SIG_DFL);
		raise(t->signal);
	}
	return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
