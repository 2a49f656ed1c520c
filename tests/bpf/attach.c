/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every program loads, the kernel says that the scheduler is attached, and is alone again after.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/bpf/guest.h"

/* So many that taking them over lasts longer than a tick. */
#define YOUNGER 1000

/*
 * How often the kernel has said that something is wrong with it. Some (seen with 6.18) keep where a
 * task was sent to if that was overtaken by an attach, and warn when the next one is written over
 * it: that is theirs, and does nothing.
 */
static unsigned count_warnings(void)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK);
	char record[8192];
	unsigned n = 0;
	ssize_t size;

	CHECK(fd >= 0);
	/* EPIPE: the oldest record was overwritten; the next one comes. */
	while ((size = read(fd, record, sizeof(record) - 1)) > 0 || errno == EPIPE) {
		record[size > 0 ? size : 0] = 0;
		if ((strstr(record, "WARNING:") && !strstr(record, "scx_dsq_insert_commit")) ||
		    strstr(record, "BUG:")) {
			printf("%s", record);
			n++;
		}
	}
	close(fd);
	return n;
}

static void test_probe_agrees(void)
{
	const char *const *features = NULL;
	uint32_t supported = 0;
	struct error err = {};

	CHECK_EQ(sched_probe(&supported, &features, &err), 0);
	CHECK(supported != 0);
	CHECK(features && features[0]);
}

static void test_attach_and_detach(void)
{
	struct sched_exit e = SCHED_EXIT_NULL;
	uint64_t start = guest_now(), generation = 0;
	struct sched *s = guest_start(0);

	printf("attached in %.3f s\n", (double)(guest_now() - start) / 1e9);
	CHECK_STR(guest_kernel().state, "enabled");
	CHECK_STR(guest_kernel().ops, BPFLAND_OPS_NAME);
	CHECK(guest_kernel().switch_all);
	CHECK_EQ(sched_generation(s, &generation), 0);
	CHECK_EQ(generation, 1);
	CHECK_EQ(sched_ended(s, &e), 0);
	guest_pass(100 * MSEC);
	CHECK(guest_counter(s, BPFLAND_COUNTER_SHARED_DISPATCHES) +
	      guest_counter(s, BPFLAND_COUNTER_DIRECT_DISPATCHES) > 0);

	start = guest_now();
	CHECK_EQ(sched_stop(s, &e), 0);
	printf("detached in %.3f s\n", (double)(guest_now() - start) / 1e9);
	CHECK_EQ(e.kind, 64);
	CHECK_STR(guest_kernel().state, "disabled");
	sched_exit_done(&e);
	sched_free(s);
}

/* Once more in the same process: nothing is left over from the first time. */
static void test_again(void)
{
	uint64_t seq = guest_kernel().enable_seq;
	struct sched *s = guest_start(0);

	CHECK_EQ(guest_kernel().enable_seq, seq + 1);
	sched_free(s);
	CHECK_STR(guest_kernel().state, "disabled");
	sched_free(NULL);
}

static void *wait_for_end(void *fd)
{
	char byte;

	CHECK_EQ(read(*(int *)fd, &byte, 1), 0);
	return NULL;
}

/*
 * While it attaches, the kernel takes over one task after the other, the oldest first, and lets
 * others run in between. Who attaches is among them, and must go on then although those that are
 * not taken over yet would come first on its CPU, for ever.
 */
static void test_on_a_busy_cpu(void)
{
	pthread_t threads[YOUNGER];
	int ends[2];
	pid_t hog;

	CHECK(!pipe(ends));
	for (unsigned i = 0; i < YOUNGER; i++)
		CHECK_EQ(pthread_create(&threads[i], NULL, wait_for_end, &ends[0]), 0);
	hog = guest_hog(0, 0);
	guest_pin(0);
	for (unsigned i = 0; i < 3; i++) {
		uint64_t start = guest_now();
		struct sched *s = guest_start(0);

		printf("attached in %.3f s\n", (double)(guest_now() - start) / 1e9);
		CHECK_EQ(sched_ended(s, NULL), 0);
		sched_free(s);
	}
	guest_kill(hog);
	close(ends[1]);
	for (unsigned i = 0; i < YOUNGER; i++)
		CHECK_EQ(pthread_join(threads[i], NULL), 0);
	close(ends[0]);
}

/*
 * The verifier warns when its own idea of a number contradicts itself, which some code makes it do
 * that is right all the same.
 */
static void test_kernel_has_no_complaints(void)
{
	CHECK_EQ(count_warnings(), 0);
}

int main(void)
{
	guest_require(1);
	RUN(test_probe_agrees);
	RUN(test_attach_and_detach);
	RUN(test_again);
	RUN(test_on_a_busy_cpu);
	RUN(test_kernel_has_no_complaints);
	return TEST_RESULT();
}
