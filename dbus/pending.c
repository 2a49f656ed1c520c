/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Calls that wait: for the bus to say who sent them, and for polkit to say whether he may.
 *
 * A call that was given up (its sender has left, or time is over) is answered and forgotten at
 * once, but its question is not: the bus counts it until polkit has answered, so it is counted here
 * as well, for all and for its user.
 */
#include "dbus/pending.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "daemon/cleanup.h"
#include "dbus/leavers.h"
#include "dbus/sender.h"
#include "dbus/try.h"

/* Questions to polkit under way, with those that nobody waits for any more. */
#define QUESTIONS_MAX 96

/*
 * Senders that the bus has been asked about. It answers at once, one after the other, but who sends
 * much before that could fill any number of places. Whose a connection is, is what is being asked:
 * so each has a few of its own, and there are connections enough for two users that have all that
 * dbus-daemon grants them, which are 256. (dbus-broker bounds what is on its way to us instead.)
 */
#define SENDERS_MAX 512

TAILQ_HEAD(pending_list, pending);

/* A sender that the bus has been asked about, and its calls, of which there is one at least. */
struct asked_sender {
	TAILQ_ENTRY(asked_sender) entry;
	struct pendings *all;
	struct pending_list calls; /* by arrival */
	unsigned n_calls;
	sd_bus_slot *question;
};

TAILQ_HEAD(asked_senders, asked_sender);

struct pending {
	TAILQ_ENTRY(pending) entry;
	struct pendings *all;
	sd_bus_message *message; /* NULL: given up */
	sd_bus_message_handler_t handler;
	void *userdata;
	struct pending_answers answers;
	uint64_t id; /* of the question */
	sd_bus_slot *question;
	sd_event_source *timeout;
	bool waiting; /* in one of the lists */
};

struct pendings {
	LIST_ENTRY(pendings) entry;
	sd_bus *bus;
	sd_event *event;
	struct leavers *leavers;
	struct leavers_listener listener; /* while calls wait for polkit */
	struct asked_senders senders;
	struct pending_list checks; /* by arrival */
	unsigned n_senders, n_checks;
	struct pending *running; /* whose handler is being run */
	uint64_t last_id;
};

/*
 * sd-bus hands a handler its message and what its object was made with, and nothing of ours for the
 * connection: so this is found by the connection's address, in a list that is one long.
 */
static LIST_HEAD(, pendings) connections = LIST_HEAD_INITIALIZER(connections);

static struct pendings *pendings_of(sd_bus_message *m)
{
	struct pendings *all;

	LIST_FOREACH(all, &connections, entry)
		if (all->bus == sd_bus_message_get_bus(m))
			return all;
	return NULL;
}

/* Of @m, when its handler is being run again. */
static struct pending *pending_of(sd_bus_message *m)
{
	struct pendings *all = pendings_of(m);

	return all && all->running && all->running->message == m ? all->running : NULL;
}

const struct pending_answers *pending_answers(sd_bus_message *m)
{
	const struct pending *p = pending_of(m);

	return p ? &p->answers : NULL;
}

/* Lets go of the call, but not of the question. */
static void pending_give_up(struct pending *p)
{
	p->timeout = sd_event_source_disable_unref(p->timeout);
	p->message = sd_bus_message_unref(p->message);
}

static struct pending *pending_free(struct pending *p)
{
	pending_give_up(p);
	sd_bus_slot_unref(p->question);
	free(p);
	return NULL;
}

DEFINE_CLEANUP(struct pending *, pending_free);

/* Only from within the handler of @m: it is the one that will be run again. */
static int pending_new(struct pending **ret, struct pendings *all, sd_bus_message *m)
{
	struct pending *p = calloc(1, sizeof(*p));

	if (!p)
		return -ENOMEM;
	p->all = all;
	p->message = sd_bus_message_ref(m);
	p->handler = sd_bus_get_current_handler(all->bus);
	p->userdata = sd_bus_get_current_userdata(all->bus);
	p->answers.sender = -EAGAIN;
	*ret = p;
	return 0;
}

/* Who leaves is of interest while a call waits for polkit. */
static void end_listening_if_idle(struct pendings *all)
{
	const struct pending *p;

	TAILQ_FOREACH(p, &all->checks, entry)
		if (p->message)
			return;
	leavers_ignore(all->leavers, &all->listener);
}

static void wait_for_sender(struct pending *p, struct asked_sender *s)
{
	TAILQ_INSERT_TAIL(&s->calls, p, entry);
	s->n_calls++;
	p->waiting = true;
}

static void wait_for_polkit(struct pending *p)
{
	TAILQ_INSERT_TAIL(&p->all->checks, p, entry);
	p->all->n_checks++;
	p->waiting = true;
}

static void end_wait_for_polkit(struct pending *p)
{
	TAILQ_REMOVE(&p->all->checks, p, entry);
	p->all->n_checks--;
	p->waiting = false;
}

/* The handler again. It answers the call, or asks for something else and waits on. */
static void run_again(struct pending *p)
{
	_cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
	struct pendings *all = p->all;
	int r;

	/* Others may have been asked about since. */
	if (p->answers.sender == 0)
		(void)sender_learn(p->message, p->answers.uid);
	all->running = p;
	r = sd_bus_message_rewind(p->message, true);
	if (r >= 0)
		r = p->handler(p->message, p->userdata, &error);
	all->running = NULL;
	if (r < 0)
		(void)sd_bus_reply_method_errno(p->message, r, &error);
}

static struct asked_sender *asked_sender_find(struct pendings *all, const char *name)
{
	struct asked_sender *s;

	TAILQ_FOREACH(s, &all->senders, entry)
		if (!strcmp(sd_bus_message_get_sender(TAILQ_FIRST(&s->calls)->message), name))
			return s;
	return NULL;
}

static void asked_sender_free(struct asked_sender *s)
{
	TAILQ_REMOVE(&s->all->senders, s, entry);
	s->all->n_senders--;
	sd_bus_slot_unref(s->question);
	free(s);
}

/* One answer is for all calls of that sender, in the order in which they were made. */
static int on_sender(sd_bus_message *answer, void *userdata, sd_bus_error *ret_error)
{
	struct pending_list ready = TAILQ_HEAD_INITIALIZER(ready);
	struct asked_sender *s = userdata;
	struct pending *p;
	uid_t uid = 0;
	int r;

	r = sender_read(answer, &uid);
	TAILQ_CONCAT(&ready, &s->calls, entry);
	asked_sender_free(s);

	while ((p = TAILQ_FIRST(&ready))) {
		TAILQ_REMOVE(&ready, p, entry);
		p->waiting = false;
		p->answers.sender = r;
		p->answers.uid = uid;
		run_again(p);
		if (!p->waiting)
			pending_free(p);
	}
	return 0;
}

/* Asks the bus about the sender of @p, and takes @p. */
static int ask_about_sender(struct pendings *all, struct pending *p)
{
	struct asked_sender *s;
	int r;

	if (all->n_senders >= SENDERS_MAX)
		return -EBUSY;
	s = calloc(1, sizeof(*s));
	if (!s)
		return -ENOMEM;
	r = sender_ask(p->message, &s->question, on_sender, s);
	if (r < 0) {
		free(s);
		return r;
	}
	s->all = all;
	TAILQ_INIT(&s->calls);
	TAILQ_INSERT_TAIL(&all->senders, s, entry);
	all->n_senders++;
	wait_for_sender(p, s);
	return 0;
}

int pending_ask_sender(sd_bus_message *m)
{
	_cleanup_(pending_freep) struct pending *new = NULL;
	const char *name = sd_bus_message_get_sender(m);
	struct pendings *all = pendings_of(m);
	struct asked_sender *s;

	if (!all || !name)
		return -EOPNOTSUPP;
	s = asked_sender_find(all, name);
	if (s && s->n_calls >= PENDING_UNKNOWN_MAX)
		return -ENOBUFS;
	TRY(pending_new(&new, all, m));
	if (s)
		wait_for_sender(new, s);
	else
		TRY(ask_about_sender(all, new));
	(void)TAKE_PTR(new);
	return 0;
}

static int on_verdict(sd_bus_message *answer, void *userdata, sd_bus_error *ret_error)
{
	struct pending *p = userdata;
	struct pending_answers *a = &p->answers;
	struct pendings *all = p->all;

	end_wait_for_polkit(p);
	p->question = sd_bus_slot_unref(p->question);
	if (p->message) {
		p->timeout = sd_event_source_disable_unref(p->timeout);
		a->verdict = polkit_verdict(answer, a->reason, sizeof(a->reason));
		if (a->verdict == POLKIT_ALLOWED)
			a->granted[a->n_granted++] = a->action;
		run_again(p);
	}
	if (!p->waiting)
		pending_free(p);
	end_listening_if_idle(all);
	return 0;
}

static int on_timeout(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct pending *p = userdata;

	polkit_cancel(p->all->bus, p->id);
	p->answers.verdict = POLKIT_SILENT;
	run_again(p);
	pending_give_up(p);
	end_listening_if_idle(p->all);
	return 0;
}

static void on_left(bool (*is_there)(const char *name, void *names), void *names, void *userdata)
{
	struct pendings *all = userdata;
	struct pending *p;

	TAILQ_FOREACH(p, &all->checks, entry) {
		if (!p->message || is_there(sd_bus_message_get_sender(p->message), names))
			continue;
		polkit_cancel(all->bus, p->id);
		pending_give_up(p);
	}
	end_listening_if_idle(all);
}

static int check_limits(const struct pendings *all, uid_t uid)
{
	unsigned n_user = 0, n_user_questions = 0, n = 0;
	const struct pending *p;

	TAILQ_FOREACH(p, &all->checks, entry) {
		n += p->message != NULL;
		n_user += p->message && p->answers.uid == uid;
		n_user_questions += p->answers.uid == uid;
	}
	if (n_user >= PENDING_USER_MAX)
		return -EUSERS;
	if (n_user_questions >= PENDING_USER_QUESTIONS_MAX)
		return -EDQUOT;
	return n >= PENDING_MAX || all->n_checks >= QUESTIONS_MAX ? -EBUSY : 0;
}

/*
 * Asks on behalf of @p, which is in no list yet. The bus hears first that we want to know who
 * leaves, so that it has told of a sender who left before when polkit answers.
 */
static int ask(struct pending *p)
{
	uint64_t patience = p->answers.interactive ? PENDING_PROMPT_USEC : PENDING_CHECK_USEC;
	struct pendings *all = p->all;

	TRY(leavers_listen(all->leavers, &all->listener));
	TRY(sd_event_add_time_relative(all->event, &p->timeout, CLOCK_MONOTONIC, patience, 0,
				       on_timeout, p));
	(void)sd_event_source_set_description(p->timeout, "polkit-timeout");
	return polkit_check(all->bus, &p->question, sd_bus_message_get_sender(p->message),
			    p->answers.action, p->answers.interactive, p->id, on_verdict, p);
}

int pending_ask_polkit(sd_bus_message *m, uid_t uid, const char *action, bool interactive)
{
	_cleanup_(pending_freep) struct pending *new = NULL;
	struct pendings *all = pendings_of(m);
	struct pending *p = pending_of(m);
	int r;

	if (!all || !sd_bus_message_get_sender(m))
		return -EOPNOTSUPP;
	if (p && p->answers.n_granted >= PENDING_ACTIONS_MAX)
		return -E2BIG;
	TRY(check_limits(all, uid));
	if (!p) {
		TRY(pending_new(&new, all, m));
		p = new;
	}
	p->answers.sender = 0;
	p->answers.uid = uid;
	p->answers.action = action;
	p->answers.interactive = interactive;
	p->id = ++all->last_id;
	r = ask(p);
	if (r >= 0) {
		(void)TAKE_PTR(new);
		wait_for_polkit(p);
	}
	end_listening_if_idle(all);
	return r < 0 ? r : 0;
}

int pendings_new(struct pendings **ret, sd_bus *bus, sd_event *event, struct leavers *leavers)
{
	struct pendings *all = calloc(1, sizeof(*all));

	if (!all)
		return -ENOMEM;
	all->bus = sd_bus_ref(bus);
	all->event = sd_event_ref(event);
	all->leavers = leavers;
	all->listener = (struct leavers_listener){ .left = on_left, .userdata = all };
	TAILQ_INIT(&all->senders);
	TAILQ_INIT(&all->checks);
	LIST_INSERT_HEAD(&connections, all, entry);
	*ret = all;
	return 0;
}

struct pendings *pendings_free(struct pendings *all)
{
	struct asked_sender *s;
	struct pending *p;

	if (!all)
		return NULL;

	while ((s = TAILQ_FIRST(&all->senders))) {
		while ((p = TAILQ_FIRST(&s->calls))) {
			TAILQ_REMOVE(&s->calls, p, entry);
			pending_free(p);
		}
		asked_sender_free(s);
	}
	/* polkit drops the questions of a connection that ends. */
	while ((p = TAILQ_FIRST(&all->checks))) {
		end_wait_for_polkit(p);
		pending_free(p);
	}
	leavers_ignore(all->leavers, &all->listener);
	LIST_REMOVE(all, entry);
	sd_event_unref(all->event);
	sd_bus_unref(all->bus);
	free(all);
	return NULL;
}
