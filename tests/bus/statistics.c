/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Statistics, from a client's side: every number of the scheduler arrives under its name, nothing
 * goes back, and who asks for what is not there is told so.
 */
#include <stdlib.h>

#include "daemon/waits.h"
#include "tests/bus/fixture.h"
#include "tests/fake-sched.h"

#define NOBODY 65534

/* Enters the value of @key in the dictionary that comes next; false if it is missing. */
static bool find(sd_bus_message *m, const char *key, const char *type)
{
	const char *name;

	if (sd_bus_message_enter_container(m, 'a', "{sv}") <= 0)
		return false;
	while (sd_bus_message_enter_container(m, 'e', "sv") > 0) {
		CHECK(sd_bus_message_read(m, "s", &name) > 0);
		if (!strcmp(name, key))
			return sd_bus_message_enter_container(m, 'v', type) > 0;
		CHECK(sd_bus_message_skip(m, "v") > 0);
		CHECK(sd_bus_message_exit_container(m) > 0);
	}
	return false;
}

static uint64_t number(sd_bus_message *m, const char *key)
{
	uint64_t value = UINT64_MAX;

	CHECK(sd_bus_message_rewind(m, true) >= 0);
	CHECK(find(m, key, "t"));
	CHECK(sd_bus_message_read(m, "t", &value) > 0);
	return value;
}

static const char *text(sd_bus_message *m, const char *key)
{
	const char *value = "(none)";

	CHECK(sd_bus_message_rewind(m, true) >= 0);
	CHECK(find(m, key, "s"));
	CHECK(sd_bus_message_read(m, "s", &value) > 0);
	return value;
}

static size_t numbers(sd_bus_message *m, const char *key, const uint64_t **ret)
{
	size_t size = 0;

	CHECK(find(m, key, "at"));
	CHECK(sd_bus_message_read_array(m, 't', (const void **)ret, &size) >= 0);
	return size / sizeof(**ret);
}

static sd_bus_message *ask(struct fixture *f, const char *member)
{
	sd_bus_message *reply = fixture_call(f, BUS_INTERFACE_STATISTICS, member, NULL);

	CHECK(!sd_bus_message_is_method_error(reply, NULL));
	return reply;
}

static void count_something(void)
{
	fake_sched.n_queued = 7;
	for (unsigned c = 0; c < _BPFLAND_COUNTER_MAX; c++)
		fake_sched.counter[c] = 1000 + c;
	fake_sched.latency[BPFLAND_CLASS_INTERACTIVE] = (struct bpfland_latency){
		.bucket = { [6] = 99, [11] = 1 }, .sum_ns = 4567890, .max_ns = 1500000,
	};
}

static void every_counter_has_its_name(void)
{
	const uint64_t *generations;
	sd_bus_message *reply;
	struct fixture f;

	fixture_open(&f);
	fixture_uid = NOBODY;	/* reading is for everyone */
	count_something();
	reply = ask(&f, "GetStatistics");
	for (unsigned c = 0; c < _BPFLAND_COUNTER_MAX; c++)
		CHECK_EQ(number(reply, bpfland_counter_name(c)), 1000 + c);
	CHECK_EQ(number(reply, "Generation"), 1);
	CHECK_EQ(number(reply, "QueuedTasks"), 7);
	CHECK(number(reply, "Since") <= number(reply, "Time"));
	CHECK(number(reply, "UptimeUSec") > 0);
	CHECK(number(reply, "UptimeUSec") < number(reply, "Time"));
	CHECK_STR(text(reply, "State"), "running");
	CHECK(sd_bus_message_rewind(reply, true) >= 0);
	CHECK_EQ(numbers(reply, "CPUGenerations", &generations), 2);
	CHECK_EQ(generations[0], 1);
	CHECK_EQ(generations[1], 1);
	sd_bus_message_unref(reply);
	fixture_close(&f);
}

static void nothing_goes_back_when_the_scheduler_restarts(void)
{
	const char *first = bpfland_counter_name(0);
	const uint64_t *generations;
	sd_bus_message *reply;
	uint64_t since;
	struct fixture f;

	fixture_open(&f);
	count_something();
	CHECK_OK(fixture_call(&f, BUS_INTERFACE_MANAGER, "Restart", NULL));
	CHECK_EQ(fake_sched.counter[0], 0);	/* the new one begins at zero */
	reply = ask(&f, "GetStatistics");
	CHECK_EQ(number(reply, first), 1000);
	since = number(reply, "Since");
	sd_bus_message_unref(reply);

	fake_sched.counter[0] = 5;
	fake_sched_end(1024, 0, "runtime error", "", NULL);
	fixture_settle(&f);
	CHECK_OK(fixture_call(&f, BUS_INTERFACE_MANAGER, "Stop", NULL));
	reply = ask(&f, "GetStatistics");
	CHECK_EQ(number(reply, first), 1005);
	CHECK_EQ(number(reply, "Since"), since);
	CHECK_STR(text(reply, "State"), "stopped");
	CHECK_EQ(number(reply, "UptimeUSec"), 0);
	CHECK_EQ(number(reply, "Generation"), 0);
	CHECK_EQ(number(reply, "QueuedTasks"), 0);
	CHECK(sd_bus_message_rewind(reply, true) >= 0);
	CHECK_EQ(numbers(reply, "CPUGenerations", &generations), 0);
	sd_bus_message_unref(reply);

	reply = ask(&f, "GetLatency");
	CHECK(find(reply, "Interactive", "a{sv}"));
	CHECK(find(reply, "Count", "t"));
	CHECK(sd_bus_message_read(reply, "t", &since) > 0);
	CHECK_EQ(since, 100);
	sd_bus_message_unref(reply);
	fixture_close(&f);
}

/* The number @key of the class @class. */
static uint64_t class_number(sd_bus_message *m, const char *class, const char *key)
{
	uint64_t value = UINT64_MAX;

	CHECK(sd_bus_message_rewind(m, true) >= 0);
	CHECK(find(m, class, "a{sv}"));
	CHECK(find(m, key, "t"));
	CHECK(sd_bus_message_read(m, "t", &value) > 0);
	return value;
}

static void waits_come_in_buckets(void)
{
	const uint64_t *bounds, *buckets;
	sd_bus_message *reply;
	struct fixture f;

	fixture_open(&f);
	count_something();
	reply = ask(&f, "GetLatency");
	CHECK_EQ(numbers(reply, "BoundsUSec", &bounds), BPFLAND_LATENCY_BUCKETS - 1);
	for (unsigned b = 0; b < BPFLAND_LATENCY_BUCKETS - 1; b++)
		CHECK_EQ(bounds[b], waits_bound_usec(b));
	for (unsigned c = 0; c < _BPFLAND_CLASS_MAX; c++) {
		bool counted = c == BPFLAND_CLASS_INTERACTIVE;
		const char *class = bpfland_class_name(c);

		CHECK_EQ(class_number(reply, class, "Count"), counted ? 100 : 0);
		CHECK_EQ(class_number(reply, class, "SumUSec"), counted ? 4567 : 0);
		CHECK_EQ(class_number(reply, class, "P50USec"), counted ? 64 : 0);
		CHECK_EQ(class_number(reply, class, "P99USec"), counted ? 64 : 0);
		CHECK_EQ(class_number(reply, class, "P999USec"), counted ? 1500 : 0);
		CHECK_EQ(class_number(reply, class, "MaxUSec"), counted ? 1500 : 0);
		CHECK(sd_bus_message_rewind(reply, true) >= 0);
		CHECK(find(reply, class, "a{sv}"));
		CHECK_EQ(numbers(reply, "Buckets", &buckets), BPFLAND_LATENCY_BUCKETS);
		CHECK_EQ(buckets[6], counted ? 99 : 0);
		CHECK_EQ(buckets[11], counted ? 1 : 0);
	}
	sd_bus_message_unref(reply);
	fixture_close(&f);
}

static void a_task_explains_itself(void)
{
	sd_bus_message *reply;
	struct fixture f;
	uint32_t rate = 0;
	int64_t lag = 0;

	fixture_open(&f);
	fixture_uid = NOBODY;
	fake_sched.task = (struct bpfland_task){
		.pid = 42, .name = "na\xffme of sixteen", .policy = 3, .interactive = true,
		.rate = 60, .threshold = 10, .lag_ns = -2500000, .run_ns = 3000999,
	};
	reply = fixture_call(&f, BUS_INTERFACE_STATISTICS, "GetTask", "u", 42);
	CHECK(!sd_bus_message_is_method_error(reply, NULL));
	CHECK_STR(text(reply, "Name"), "na?me of sixteen");
	CHECK_STR(text(reply, "Class"), "interactive");
	CHECK_STR(text(reply, "Policy"), "batch");
	CHECK_EQ(number(reply, "RunUSec"), 3000);
	CHECK(sd_bus_message_rewind(reply, true) >= 0);
	CHECK(find(reply, "Rate", "u"));
	CHECK(sd_bus_message_read(reply, "u", &rate) > 0);
	CHECK_EQ(rate, 60);
	CHECK(sd_bus_message_rewind(reply, true) >= 0);
	CHECK(find(reply, "LagUSec", "x"));
	CHECK(sd_bus_message_read(reply, "x", &lag) > 0);
	CHECK_EQ(lag, -2500);
	sd_bus_message_unref(reply);
	fixture_close(&f);
}

static void what_is_no_task_of_ours_is_named(void)
{
	struct fixture f;

	fixture_open(&f);
	CHECK_ERROR(fixture_call(&f, BUS_INTERFACE_STATISTICS, "GetTask", "u", 4711),
		    SD_BUS_ERROR_UNIX_PROCESS_ID_UNKNOWN, "4711", NULL);
	CHECK_ERROR(fixture_call(&f, BUS_INTERFACE_STATISTICS, "GetTask", "u", UINT32_MAX),
		    SD_BUS_ERROR_UNIX_PROCESS_ID_UNKNOWN, "4294967295", NULL);
	CHECK_ERROR(fixture_call(&f, BUS_INTERFACE_STATISTICS, "GetTask", "u", 0),
		    SD_BUS_ERROR_INVALID_ARGS, "idle", "from 1");
	CHECK_ERROR(fixture_call(&f, BUS_INTERFACE_STATISTICS, "GetTask", "s", "1"),
		    SD_BUS_ERROR_INVALID_ARGS, NULL, NULL);
	CHECK_OK(fixture_call(&f, BUS_INTERFACE_MANAGER, "Stop", NULL));
	CHECK_ERROR(fixture_call(&f, BUS_INTERFACE_STATISTICS, "GetTask", "u", 42),
		    BUS_ERROR_FAILED, "not attached", "stopped");
	fixture_close(&f);
}

static const char *dump_of(sd_bus_message *reply)
{
	const char *dump = "(none)";

	CHECK(!sd_bus_message_is_method_error(reply, NULL));
	CHECK(sd_bus_message_read(reply, "s", &dump) > 0);
	return dump;
}

static void the_dump_is_of_now_or_of_the_last_end(void)
{
	sd_bus_message *reply;
	struct fixture f;

	fixture_open(&f);
	fake_sched.dump = "queue 0\n  waits: b\xff" "d[7]\n";
	reply = ask(&f, "GetDump");
	CHECK_STR(dump_of(reply), "queue 0\n  waits: b?d[7]\n");
	sd_bus_message_unref(reply);

	CHECK_OK(fixture_call(&f, BUS_INTERFACE_MANAGER, "Stop", NULL));
	reply = ask(&f, "GetDump");
	CHECK_STR(dump_of(reply), "");
	sd_bus_message_unref(reply);

	CHECK_OK(fixture_call(&f, BUS_INTERFACE_MANAGER, "Start", NULL));
	fake_sched_end(1026, 0, "runnable task stall", "", "the kernel's words\n");
	fixture_settle(&f);
	CHECK_OK(fixture_call(&f, BUS_INTERFACE_MANAGER, "Stop", NULL));
	reply = ask(&f, "GetDump");
	CHECK_STR(dump_of(reply), "the kernel's words\n");
	sd_bus_message_unref(reply);

	fixture_uid = NOBODY;
	CHECK_ERROR(fixture_call(&f, BUS_INTERFACE_STATISTICS, "GetDump", NULL),
		    SD_BUS_ERROR_ACCESS_DENIED, "manage-scheduler", "dump");
	fixture_close(&f);
}

int main(void)
{
	RUN(every_counter_has_its_name);
	RUN(nothing_goes_back_when_the_scheduler_restarts);
	RUN(waits_come_in_buckets);
	RUN(a_task_explains_itself);
	RUN(what_is_no_task_of_ours_is_named);
	RUN(the_dump_is_of_now_or_of_the_last_end);
	return TEST_RESULT();
}
