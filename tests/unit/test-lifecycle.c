/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The life of the scheduler: every event in every state, storms, back-off and budget.
 */
#include "daemon/lifecycle.h"

#include "tests/test.h"

#define MSEC UINT64_C(1000)
#define SEC UINT64_C(1000000)

static const struct restart_limits limits = {
	.limit = 3,
	.interval_usec = 60 * SEC,
	.delay_usec = 500 * MSEC,
	.delay_max_usec = 5 * SEC,
};

/* Short names, so that the table below is one. */
#define STOPPED LIFECYCLE_STOPPED
#define STARTING LIFECYCLE_STARTING
#define RUNNING LIFECYCLE_RUNNING
#define BACKOFF LIFECYCLE_BACKOFF
#define FAILED LIFECYCLE_FAILED
#define FOREIGN LIFECYCLE_FOREIGN
#define NONE LIFECYCLE_ACTION_NONE
#define ATTACH LIFECYCLE_ACTION_ATTACH
#define DETACH LIFECYCLE_ACTION_DETACH

struct step {
	enum lifecycle_state next;
	enum lifecycle_action action;
};

/* What each event does in each state, in the order of enum lifecycle_state. */
static const struct step table[_LIFECYCLE_EVENT_MAX][_LIFECYCLE_STATE_MAX] = {
	[LIFECYCLE_BEGIN] = {
		{ STARTING, ATTACH }, { STARTING, NONE }, { RUNNING, NONE },
		{ BACKOFF, NONE }, { FAILED, NONE }, { FOREIGN, NONE } },
	[LIFECYCLE_WISH_START] = {
		{ STARTING, ATTACH }, { STARTING, NONE }, { RUNNING, NONE },
		{ STARTING, ATTACH }, { STARTING, ATTACH }, { STARTING, ATTACH } },
	[LIFECYCLE_WISH_STOP] = {
		{ STOPPED, NONE }, { STOPPED, DETACH }, { STOPPED, DETACH },
		{ STOPPED, NONE }, { STOPPED, NONE }, { FOREIGN, NONE } },
	[LIFECYCLE_ATTACHED] = {
		{ STOPPED, NONE }, { RUNNING, NONE }, { RUNNING, NONE },
		{ BACKOFF, NONE }, { FAILED, NONE }, { FOREIGN, NONE } },
	[LIFECYCLE_ATTACH_FAILED] = {
		{ STOPPED, NONE }, { BACKOFF, NONE }, { RUNNING, NONE },
		{ BACKOFF, NONE }, { FAILED, NONE }, { FOREIGN, NONE } },
	[LIFECYCLE_ATTACH_IMPOSSIBLE] = {
		{ STOPPED, NONE }, { FAILED, NONE }, { RUNNING, NONE },
		{ BACKOFF, NONE }, { FAILED, NONE }, { FOREIGN, NONE } },
	[LIFECYCLE_ATTACH_FOREIGN] = {
		{ STOPPED, NONE }, { FOREIGN, NONE }, { RUNNING, NONE },
		{ BACKOFF, NONE }, { FAILED, NONE }, { FOREIGN, NONE } },
	[LIFECYCLE_ATTACH_BUSY] = {
		{ STOPPED, NONE }, { BACKOFF, NONE }, { RUNNING, NONE },
		{ BACKOFF, NONE }, { FAILED, NONE }, { FOREIGN, NONE } },
	[LIFECYCLE_ENDED_ERROR] = {
		{ STOPPED, NONE }, { STARTING, NONE }, { BACKOFF, NONE },
		{ BACKOFF, NONE }, { FAILED, NONE }, { FOREIGN, NONE } },
	[LIFECYCLE_ENDED_RESTART] = {
		{ STOPPED, NONE }, { STARTING, NONE }, { STARTING, ATTACH },
		{ BACKOFF, NONE }, { FAILED, NONE }, { FOREIGN, NONE } },
	[LIFECYCLE_ENDED_BEHIND_RT] = {
		{ STOPPED, NONE }, { STARTING, NONE }, { BACKOFF, NONE },
		{ BACKOFF, NONE }, { FAILED, NONE }, { FOREIGN, NONE } },
	[LIFECYCLE_ENDED_EVICTED] = {
		{ STOPPED, NONE }, { STARTING, NONE }, { STOPPED, NONE },
		{ BACKOFF, NONE }, { FAILED, NONE }, { FOREIGN, NONE } },
	[LIFECYCLE_FOREIGN_APPEARED] = {
		{ FOREIGN, NONE }, { STARTING, NONE }, { RUNNING, NONE },
		{ FOREIGN, NONE }, { FOREIGN, NONE }, { FOREIGN, NONE } },
	[LIFECYCLE_FOREIGN_LEFT] = {
		{ STOPPED, NONE }, { STARTING, NONE }, { RUNNING, NONE },
		{ BACKOFF, NONE }, { FAILED, NONE }, { STOPPED, NONE } },
	[LIFECYCLE_TIMER] = {
		{ STOPPED, NONE }, { STARTING, NONE }, { RUNNING, NONE },
		{ STARTING, ATTACH }, { FAILED, NONE }, { FOREIGN, NONE } },
};

static void every_event_in_every_state(void)
{
	for (int event = 0; event < _LIFECYCLE_EVENT_MAX; event++) {
		for (int state = 0; state < _LIFECYCLE_STATE_MAX; state++) {
			struct lifecycle l = LIFECYCLE_NULL;
			const struct step *want = &table[event][state];
			unsigned before = test_failures;

			l.state = state;
			l.timer_usec = state == BACKOFF ? 11 * SEC : LIFECYCLE_TIMER_NONE;
			CHECK_EQ(lifecycle_step(&l, event, 10 * SEC, &limits), want->action);
			CHECK_EQ(l.state, want->next);
			/* A timer runs in back-off and nowhere else. */
			CHECK_EQ(l.timer_usec != LIFECYCLE_TIMER_NONE, l.state == BACKOFF);
			if (test_failures != before)
				fprintf(stderr, "… event %d in state %s\n", event,
					lifecycle_state_name(state));
		}
	}
}

/* Waiting for one that leaves costs nothing of the budget, and a wish is not forgotten over it. */
static void one_that_is_leaving_is_waited_for(void)
{
	const struct restart_limits none = { 0, 60 * SEC, 500 * MSEC, 5 * SEC };
	struct lifecycle l = LIFECYCLE_NULL;
	uint64_t now = SEC;

	lifecycle_step(&l, LIFECYCLE_WISH_START, now, &none);
	for (unsigned i = 0; i < 3; i++) {
		lifecycle_step(&l, LIFECYCLE_ATTACH_BUSY, now, &none);
		CHECK_EQ(l.state, BACKOFF);
		CHECK_EQ(l.timer_usec - now, (500 << i) * MSEC);
		now = l.timer_usec;
		CHECK_EQ(lifecycle_step(&l, LIFECYCLE_TIMER, now, &none), ATTACH);
	}
	lifecycle_step(&l, LIFECYCLE_ATTACH_FOREIGN, now, &none);
	CHECK_EQ(l.state, FOREIGN);
	CHECK_EQ(lifecycle_step(&l, LIFECYCLE_FOREIGN_LEFT, now, &none), ATTACH);
}

static void names_are_the_contract(void)
{
	CHECK_STR(lifecycle_state_name(LIFECYCLE_STOPPED), "stopped");
	CHECK_STR(lifecycle_state_name(LIFECYCLE_STARTING), "starting");
	CHECK_STR(lifecycle_state_name(LIFECYCLE_RUNNING), "running");
	CHECK_STR(lifecycle_state_name(LIFECYCLE_BACKOFF), "backoff");
	CHECK_STR(lifecycle_state_name(LIFECYCLE_FAILED), "failed");
	CHECK_STR(lifecycle_state_name(LIFECYCLE_FOREIGN), "foreign");
}

static void step(struct lifecycle *l, enum lifecycle_event event, uint64_t now,
		 enum lifecycle_state state)
{
	lifecycle_step(l, event, now, &limits);
	CHECK_EQ(l->state, state);
}

/* Attaches, and ends at once, at @now. */
static void crash(struct lifecycle *l, uint64_t now, enum lifecycle_state state)
{
	step(l, LIFECYCLE_ATTACHED, now, RUNNING);
	step(l, LIFECYCLE_ENDED_ERROR, now, state);
}

static void delays_double_up_to_a_limit(void)
{
	static const uint64_t delays[] = { 500, 1000, 2000, 4000, 5000, 5000, 5000 };
	const struct restart_limits patient = { 1000, 3600 * SEC, 500 * MSEC, 5 * SEC };
	struct lifecycle l = LIFECYCLE_NULL;
	uint64_t now = SEC;

	lifecycle_step(&l, LIFECYCLE_BEGIN, now, &patient);
	for (size_t i = 0; i < sizeof(delays) / sizeof(*delays); i++) {
		lifecycle_step(&l, LIFECYCLE_ATTACH_FAILED, now, &patient);
		CHECK_EQ(l.state, BACKOFF);
		CHECK_EQ(l.timer_usec - now, delays[i] * MSEC);
		now = l.timer_usec;
		CHECK_EQ(lifecycle_step(&l, LIFECYCLE_TIMER, now, &patient), ATTACH);
		CHECK_EQ(l.n_restarts, i + 1);
	}
	/* However long it goes on, the time never overflows. */
	for (unsigned i = 0; i < 200; i++) {
		lifecycle_step(&l, LIFECYCLE_ATTACH_FAILED, now, &patient);
		CHECK_EQ(l.timer_usec - now, 5 * SEC);
		lifecycle_step(&l, LIFECYCLE_TIMER, now, &patient);
	}
}

static void a_storm_ends_in_failed(void)
{
	struct lifecycle l = LIFECYCLE_NULL;
	uint64_t now = 100 * SEC;

	step(&l, LIFECYCLE_BEGIN, now, STARTING);
	for (unsigned i = 0; i < limits.limit; i++) {
		crash(&l, now, BACKOFF);
		now = l.timer_usec;
		step(&l, LIFECYCLE_TIMER, now, STARTING);
	}
	crash(&l, now, FAILED);
	CHECK_EQ(l.n_restarts, limits.limit);
	/* Only a wish leads out, with a fresh budget and short delays. */
	step(&l, LIFECYCLE_TIMER, now, FAILED);
	step(&l, LIFECYCLE_BEGIN, now, FAILED);
	step(&l, LIFECYCLE_WISH_START, now, STARTING);
	crash(&l, now, BACKOFF);
	CHECK_EQ(l.timer_usec - now, limits.delay_usec);
}

static void time_heals(void)
{
	struct lifecycle l = LIFECYCLE_NULL;
	uint64_t now = SEC;

	step(&l, LIFECYCLE_BEGIN, now, STARTING);
	/* One end an hour is not a storm, for ever. */
	for (unsigned i = 0; i < 20; i++) {
		step(&l, LIFECYCLE_ATTACHED, now, RUNNING);
		now += 3600 * SEC;
		step(&l, LIFECYCLE_ENDED_ERROR, now, BACKOFF);
		CHECK_EQ(l.timer_usec - now, limits.delay_usec);
		now = l.timer_usec;
		step(&l, LIFECYCLE_TIMER, now, STARTING);
	}
}

static void no_budget_means_no_restart(void)
{
	const struct restart_limits none = { 0, 60 * SEC, SEC, SEC };
	struct lifecycle l = LIFECYCLE_NULL;

	lifecycle_step(&l, LIFECYCLE_BEGIN, 0, &none);
	lifecycle_step(&l, LIFECYCLE_ATTACHED, 0, &none);
	lifecycle_step(&l, LIFECYCLE_ENDED_ERROR, 1, &none);
	CHECK_EQ(l.state, FAILED);
}

static void what_is_not_its_fault_is_free(void)
{
	struct lifecycle l = LIFECYCLE_NULL;
	uint64_t now = SEC, last = 0;

	step(&l, LIFECYCLE_BEGIN, now, STARTING);
	for (unsigned i = 0; i < 20; i++) {
		step(&l, LIFECYCLE_ATTACHED, now, RUNNING);
		step(&l, LIFECYCLE_ENDED_BEHIND_RT, now, BACKOFF);
		CHECK(l.timer_usec - now >= last);	/* patience grows all the same */
		last = l.timer_usec - now;
		now = l.timer_usec;
		step(&l, LIFECYCLE_TIMER, now, STARTING);
	}
	CHECK_EQ(last, limits.delay_max_usec);
	for (unsigned i = 0; i < 20; i++) {
		step(&l, LIFECYCLE_ATTACHED, now, RUNNING);
		now += SEC;
		CHECK_EQ(lifecycle_step(&l, LIFECYCLE_ENDED_RESTART, now, &limits), ATTACH);
	}
	CHECK_EQ(l.n_restarts, 40);
	/* CPUs that come and go faster than it attaches are waited for. */
	step(&l, LIFECYCLE_ATTACHED, now, RUNNING);
	step(&l, LIFECYCLE_ENDED_RESTART, now + MSEC, BACKOFF);
	CHECK_EQ(l.timer_usec, now + MSEC + limits.delay_usec);
	/* After all that the budget for real errors is whole. */
	step(&l, LIFECYCLE_TIMER, now, STARTING);
	for (unsigned i = 0; i < limits.limit; i++) {
		crash(&l, now, BACKOFF);
		step(&l, LIFECYCLE_TIMER, now, STARTING);
	}
	crash(&l, now, FAILED);
}

static void foreign_ones_are_followed_only_when_asked(void)
{
	struct lifecycle l = LIFECYCLE_NULL;

	/* There at the start of the daemon: nobody asked. */
	step(&l, LIFECYCLE_FOREIGN_APPEARED, 0, FOREIGN);
	step(&l, LIFECYCLE_BEGIN, 0, FOREIGN);
	step(&l, LIFECYCLE_FOREIGN_LEFT, 0, STOPPED);

	/* Asked while it was there. */
	step(&l, LIFECYCLE_FOREIGN_APPEARED, 0, FOREIGN);
	step(&l, LIFECYCLE_WISH_START, 0, STARTING);
	step(&l, LIFECYCLE_ATTACH_FOREIGN, 0, FOREIGN);
	CHECK_EQ(lifecycle_step(&l, LIFECYCLE_FOREIGN_LEFT, 0, &limits), ATTACH);
	step(&l, LIFECYCLE_ATTACHED, 0, RUNNING);

	/* That wish is fulfilled, and does not outlive an end. */
	step(&l, LIFECYCLE_ENDED_ERROR, 0, BACKOFF);
	step(&l, LIFECYCLE_FOREIGN_APPEARED, 0, FOREIGN);
	step(&l, LIFECYCLE_FOREIGN_LEFT, 0, STOPPED);

	/* Asked, and thought better of. */
	step(&l, LIFECYCLE_FOREIGN_APPEARED, 0, FOREIGN);
	step(&l, LIFECYCLE_WISH_START, 0, STARTING);
	step(&l, LIFECYCLE_ATTACH_FOREIGN, 0, FOREIGN);
	step(&l, LIFECYCLE_WISH_STOP, 0, FOREIGN);
	step(&l, LIFECYCLE_FOREIGN_LEFT, 0, STOPPED);

	/* A retry that finds somebody else there is no wish. */
	step(&l, LIFECYCLE_WISH_START, 0, STARTING);
	step(&l, LIFECYCLE_ATTACH_FAILED, 0, BACKOFF);
	step(&l, LIFECYCLE_TIMER, 0, STARTING);
	step(&l, LIFECYCLE_ATTACH_FOREIGN, 0, FOREIGN);
	step(&l, LIFECYCLE_FOREIGN_LEFT, 0, STOPPED);
}

int main(void)
{
	RUN(every_event_in_every_state);
	RUN(one_that_is_leaving_is_waited_for);
	RUN(names_are_the_contract);
	RUN(delays_double_up_to_a_limit);
	RUN(a_storm_ends_in_failed);
	RUN(time_heals);
	RUN(no_budget_means_no_restart);
	RUN(what_is_not_its_fault_is_free);
	RUN(foreign_ones_are_followed_only_when_asked);
	return TEST_RESULT();
}
