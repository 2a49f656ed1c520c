/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A task that wakes for a moment, beside endless ones on the same CPU, runs at once. Without
 * preemption on wake-up it would wait for a slice to end, 3 ms and more.
 */
#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "tests/bpf/guest.h"

#define WAKEUPS 500
#define PERIOD (3 * MSEC + 137000)

static int compare(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static uint64_t sleep_until(uint64_t when)
{
	struct timespec ts = { (time_t)(when / SEC), (long)(when % SEC) };

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL) == EINTR)
		;
	return guest_now() - when;
}

/* The 99th percentile of how late this task runs beside two hogs. */
static uint64_t lateness(int nice_value)
{
	static uint64_t late[WAKEUPS];
	pid_t a = guest_hog(0, nice_value), b = guest_hog(0, nice_value);
	uint64_t start = guest_now() + PERIOD;

	for (unsigned i = 0; i < WAKEUPS; i++) {
		late[i] = sleep_until(start + i * PERIOD);
		if (late[i] > MSEC / 4)
			printf("wake-up %u: %" PRIu64 " us late\n", i, late[i] / 1000);
	}
	guest_kill(a);
	guest_kill(b);
	qsort(late, WAKEUPS, sizeof(*late), compare);
	printf("nice %d hogs: p50 %" PRIu64 " us, p99 %" PRIu64 " us\n", nice_value,
	       late[WAKEUPS / 2] / 1000, late[WAKEUPS * 99 / 100] / 1000);
	return late[WAKEUPS * 99 / 100];
}

static void test_beside_hogs(void)
{
	CHECK(lateness(0) < MSEC);
}

static void test_beside_nice_hogs(void)
{
	CHECK(lateness(19) < MSEC);
}

int main(void)
{
	/* Emulated CPUs take turns: what the second one does makes timers of this one late. */
	bool alone = guest_set_online(1, false);
	struct sched *s;

	guest_require(1);
	guest_pin(0);
	s = guest_start(0);
	RUN(test_beside_hogs);
	RUN(test_beside_nice_hogs);
	CHECK(guest_counter(s, BPFLAND_COUNTER_PREEMPTIONS) > 0);
	CHECK_EQ(sched_ended(s, NULL), 0);
	sched_free(s);
	if (alone)
		CHECK(guest_set_online(1, true));
	return TEST_RESULT();
}
