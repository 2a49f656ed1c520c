/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The service at the other end of the bus.
 */
#include "ctl/service.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "ctl/agent.h"
#include "ctl/complain.h"
#include "daemon/cleanup.h"

/* What a person may take to type a password; who needs none is answered at once. */
#define PASSWORD_USEC UINT64_C(300000000)

#define ERROR_NO_SUCH_PROFILE_NAME BUS_ERROR_PREFIX "NoSuchProfile"

static bool is_missing(const sd_bus_error *e)
{
	return sd_bus_error_has_names(e, SD_BUS_ERROR_SERVICE_UNKNOWN,
				      SD_BUS_ERROR_NAME_HAS_NO_OWNER);
}

bool service_unavailable(const sd_bus_error *e)
{
	return is_missing(e) ||
	       sd_bus_error_has_names(e, SD_BUS_ERROR_ACCESS_DENIED,
				      SD_BUS_ERROR_INTERACTIVE_AUTHORIZATION_REQUIRED,
				      SD_BUS_ERROR_TIMEOUT, SD_BUS_ERROR_NO_REPLY);
}

/* Why there is no answer. */
static const char *reason(int r)
{
	return r == -ECANCELED ? "not waited for any longer; it may still be done" : strerror(-r);
}

void service_complain(const struct ctl *ctl, const char *what, const sd_bus_error *e, int r)
{
	if (is_missing(e))
		complain("cannot %s: bpflandd is not running; systemctl start bpflandd starts it",
			 what);
	else if (!ctl->ask_password &&
		 sd_bus_error_has_name(e, SD_BUS_ERROR_INTERACTIVE_AUTHORIZATION_REQUIRED))
		/* The service's words are for programs: what they have to set is our option. */
		complain("cannot %s: %.*s, for which a password is needed; repeat it without "
			 "--no-ask-password, or as root (pkexec, sudo)", what,
			 (int)strcspn(e->message, ","), e->message);
	else
		complain("cannot %s: %s", what, e->message ? e->message : reason(r));
}

void service_complain_profile(const struct ctl *ctl, sd_bus *bus, const char *profile,
			      const char *what, const sd_bus_error *e, int r)
{
	struct question q = QUESTION_ALL(BUS_INTERFACE_MANAGER);
	struct nearest n = NEAREST(profile);
	const struct json *profiles;

	if (!sd_bus_error_has_name(e, ERROR_NO_SUCH_PROFILE_NAME) ||
	    service_ask(ctl, bus, &q, 1) < 0) {
		service_complain(ctl, what, e, r);
		return;
	}
	profiles = json_find(q.answer, "Profiles");
	for (size_t i = 0; i < json_length(profiles); i++)
		nearest_offer(&n, value_string(json_at(profiles, i), "Name"));
	if (n.best)
		complain_unknown("profile", &n, "");
	else
		service_complain(ctl, what, e, r);
	questions_done(&q, 1);
}

/* Until there is something to do for sd_bus_process(). */
static int wait_for_bus(const struct ctl *ctl, sd_bus *bus)
{
	uint64_t until;
	int fd, events, r;

	if (!ctl->wait)
		return sd_bus_wait(bus, UINT64_MAX);
	fd = sd_bus_get_fd(bus);
	if (fd < 0)
		return fd;
	events = sd_bus_get_events(bus);
	if (events < 0)
		return events;
	r = sd_bus_get_timeout(bus, &until);
	return r < 0 ? r : ctl->wait(ctl->wait_userdata, fd, (short)events, until);
}

/* One turn of a loop that ends with an answer. */
static int go_on(const struct ctl *ctl, sd_bus *bus)
{
	int r = sd_bus_process(bus, NULL);

	return r == 0 ? wait_for_bus(ctl, bus) : r;
}

int service_open(sd_bus **ret, const struct ctl *ctl)
{
	/* Not flushed: who gives up has nothing to say, and ssh may never take it. */
	_cleanup_(sd_bus_close_unrefp) sd_bus *bus = NULL;
	int r;

	r = ctl->host ? sd_bus_open_system_remote(&bus, ctl->host) : sd_bus_open_system(&bus);
	/* ssh is only on its way: the bus's first answer tells that it arrived. */
	while (r >= 0 && (ctl->host || ctl->wait)) {
		r = sd_bus_is_ready(bus);
		if (r > 0)
			break;
		if (r == 0)
			r = go_on(ctl, bus);
	}
	if (r < 0)
		return r;
	*ret = TAKE_PTR(bus);
	return 0;
}

int service_connect(sd_bus **ret, const struct ctl *ctl)
{
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
	int r;

	r = service_open(&bus, ctl);
	if (r >= 0)
		r = sd_bus_set_allow_interactive_authorization(bus, ctl->ask_password);
	if (r < 0 && ctl->host)
		complain("ssh does not reach the system bus of %s", ctl->host);
	else if (r < 0)
		complain("no connection to the system bus: %s", strerror(-r));
	if (r < 0)
		return r;
	*ret = TAKE_PTR(bus);
	return 0;
}

/* Questions under way. */
struct asking {
	const struct ctl *ctl;
	size_t n_open;
	int error;
};

struct answer_to {
	struct asking *asking;
	struct question *question;
	sd_bus_slot *slot;
};

static int on_answer(sd_bus_message *m, void *userdata, sd_bus_error *ret_error)
{
	struct answer_to *a = userdata;
	int r;

	(void)ret_error;
	a->asking->n_open--;
	if (a->asking->error < 0)
		return 0;	/* one sentence is enough */
	r = sd_bus_message_get_errno(m);
	if (r > 0 && a->question->may_fail)
		return 0;
	if (r > 0) {
		a->asking->error = -r;
		service_complain(a->asking->ctl,
				 a->question->what ? a->question->what : "ask the service",
				 sd_bus_message_get_error(m), -r);
		return 0;
	}
	r = value_read(&a->question->answer, m);
	if (r < 0) {
		a->asking->error = r;
		complain("the service's answer to %s cannot be read: %s", a->question->member,
			 strerror(-r));
	}
	return 0;
}

static int send_question(sd_bus *bus, const struct question *q, struct answer_to *to)
{
	const char *types = q->number ? "u" : q->argument ? "s" : NULL;

	if (q->number)
		return sd_bus_call_method_async(bus, &to->slot, BUS_NAME, BUS_PATH, q->interface,
						q->member, on_answer, to, types, *q->number);
	return sd_bus_call_method_async(bus, &to->slot, BUS_NAME, BUS_PATH, q->interface, q->member,
					on_answer, to, types, q->argument);
}

static int wait_for_answers(const struct ctl *ctl, sd_bus *bus, const struct asking *asking)
{
	int r = 0;

	while (r >= 0 && asking->n_open > 0 && asking->error >= 0)
		r = go_on(ctl, bus);
	return r < 0 ? r : 0;
}

int service_ask(const struct ctl *ctl, sd_bus *bus, struct question *questions, size_t n)
{
	struct asking asking = { .ctl = ctl };
	struct answer_to to[8] = {};
	int r = 0;

	if (n > sizeof(to) / sizeof(*to))
		return -E2BIG;
	for (size_t i = 0; i < n && r >= 0; i++) {
		to[i] = (struct answer_to){ &asking, &questions[i], NULL };
		r = send_question(bus, &questions[i], &to[i]);
		asking.n_open += r >= 0;
	}
	if (r >= 0)
		r = wait_for_answers(ctl, bus, &asking);
	/* After an error nobody waits for the other answers any more. */
	for (size_t i = 0; i < n; i++)
		sd_bus_slot_unref(to[i].slot);
	if (r < 0)
		complain("cannot ask the service: %s", strerror(-r));
	return r < 0 ? r : asking.error;
}

void questions_done(struct question *questions, size_t n)
{
	for (size_t i = 0; i < n; i++)
		questions[i].answer = json_free(questions[i].answer);
}

static int keep_reply(sd_bus_message *m, void *userdata, sd_bus_error *ret_error)
{
	sd_bus_message **reply = userdata;

	(void)ret_error;
	*reply = sd_bus_message_ref(m);
	return 0;
}

/* As sd_bus_call(), for who has more to wait for. */
static int send_and_wait(const struct ctl *ctl, sd_bus *bus, sd_bus_message *call,
			 sd_bus_error *ret_error, sd_bus_message **ret_reply)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	_cleanup_(sd_bus_slot_unrefp) sd_bus_slot *slot = NULL;
	int r;

	r = sd_bus_call_async(bus, &slot, call, keep_reply, &reply, 0);
	while (r >= 0 && !reply)
		r = go_on(ctl, bus);
	if (r < 0)
		return r;
	if (sd_bus_message_is_method_error(reply, NULL)) {
		sd_bus_error_copy(ret_error, sd_bus_message_get_error(reply));
		return -sd_bus_message_get_errno(reply);
	}
	*ret_reply = TAKE_PTR(reply);
	return 0;
}

static int send(const struct ctl *ctl, sd_bus *bus, sd_bus_message *call, sd_bus_error *ret_error,
		sd_bus_message **ret_reply)
{
	bool may_ask = ctl->ask_password && geteuid() != 0;

	if (ctl->wait)
		return send_and_wait(ctl, bus, call, ret_error, ret_reply);
	return sd_bus_call(bus, call, may_ask ? PASSWORD_USEC : 0, ret_error, ret_reply);
}

/* The same message once more: the first one is sealed with its serial number. */
static int copy_call(sd_bus *bus, sd_bus_message *call, sd_bus_message **ret)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *copy = NULL;
	int r;

	r = sd_bus_message_new_method_call(bus, &copy, sd_bus_message_get_destination(call),
					   sd_bus_message_get_path(call),
					   sd_bus_message_get_interface(call),
					   sd_bus_message_get_member(call));
	if (r >= 0)
		r = sd_bus_message_rewind(call, true);
	if (r >= 0)
		r = sd_bus_message_copy(copy, call, true);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(copy);
	return 0;
}

/* Sends @call; if nothing in this session can ask for a password, we can, and it is said again. */
static int send_with_agent(const struct ctl *ctl, sd_bus *bus, sd_bus_message *call,
			   sd_bus_error *ret_error, sd_bus_message **ret_reply)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *again = NULL;
	int r;

	r = send(ctl, bus, call, ret_error, ret_reply);
	if (r >= 0 ||
	    !sd_bus_error_has_name(ret_error, SD_BUS_ERROR_INTERACTIVE_AUTHORIZATION_REQUIRED) ||
	    !agent_open(ctl))
		return r;
	if (copy_call(bus, call, &again) >= 0) {
		sd_bus_error_free(ret_error);
		r = send(ctl, bus, again, ret_error, ret_reply);
	}
	agent_close();
	return r;
}

int service_change(const struct ctl *ctl, sd_bus *bus, sd_bus_message *call, const char *what,
		   sd_bus_message **ret_reply)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	_cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
	int r;

	r = send_with_agent(ctl, bus, call, &error, &reply);
	if (r < 0) {
		service_complain(ctl, what, &error, r);
		return r;
	}
	if (ret_reply)
		*ret_reply = TAKE_PTR(reply);
	return 0;
}

int service_call_profile(const struct ctl *ctl, sd_bus *bus, const char *what, const char *member,
			 const char *profile)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL, *reply = NULL;
	_cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
	int r;

	r = sd_bus_message_new_method_call(bus, &call, BUS_NAME, BUS_PATH, BUS_INTERFACE_MANAGER,
					   member);
	if (r >= 0)
		r = sd_bus_message_append(call, "s", profile);
	if (r >= 0)
		r = send_with_agent(ctl, bus, call, &error, &reply);
	if (r < 0)
		service_complain_profile(ctl, bus, profile, what, &error, r);
	return r;
}

int service_call(const struct ctl *ctl, sd_bus *bus, const char *what, const char *interface,
		 const char *member, const char *types, ...)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL;
	va_list args;
	int r;

	r = sd_bus_message_new_method_call(bus, &call, BUS_NAME, BUS_PATH, interface, member);
	if (r >= 0 && types) {
		va_start(args, types);
		r = sd_bus_message_appendv(call, types, args);
		va_end(args);
	}
	if (r < 0) {
		complain("cannot %s: %s", what, strerror(-r));
		return r;
	}
	return service_change(ctl, bus, call, what, NULL);
}
