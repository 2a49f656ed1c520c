/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's events: what is ours, and what is kept from waking us.
 */
#include "daemon/uevent.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/test.h"

/* A literal with its embedded NULs and the one at its end. */
#define PARSE(message, e) uevent_parse(message, sizeof(message), e)

static void schedulers_come_and_go(void)
{
	enum uevent_action action = UEVENT_REMOVE;

	CHECK_EQ(PARSE("add@/kernel/sched_ext/root\0ACTION=add\0DEVPATH=/kernel/sched_ext/root\0"
		       "SUBSYSTEM=sched_ext\0SCXOPS=scx_lavd\0SEQNUM=1234", &action), 1);
	CHECK_EQ(action, UEVENT_ADD);
	CHECK_EQ(PARSE("remove@/kernel/sched_ext/root\0SCXOPS=(efault)\0SEQNUM=1235", &action), 1);
	CHECK_EQ(action, UEVENT_REMOVE);
	CHECK_EQ(PARSE("add@/kernel/sched_ext/root", &action), 1);
	CHECK_EQ(action, UEVENT_ADD);
}

static void cpus_come_and_go(void)
{
	enum uevent_action action = UEVENT_REMOVE;

	CHECK_EQ(PARSE("offline@/devices/system/cpu/cpu11\0ACTION=offline\0SUBSYSTEM=cpu", &action),
		 1);
	CHECK_EQ(action, UEVENT_CPU);
	action = UEVENT_REMOVE;
	CHECK_EQ(PARSE("online@/devices/system/cpu/cpu1\0ACTION=online", &action), 1);
	CHECK_EQ(action, UEVENT_CPU);
	CHECK_EQ(PARSE("online@/devices/system/memory/memory7", &action), 0);
	CHECK_EQ(PARSE("add@/devices/system/container/x", &action), 0);
}

static void everything_else_is_not_ours(void)
{
	enum uevent_action action = UEVENT_REMOVE;

	CHECK_EQ(PARSE("add@/devices/pci0000:00/usb1\0ACTION=add", &action), 0);
	CHECK_EQ(PARSE("change@/kernel/sched_ext/root\0SCXOPS=x", &action), 0);
	CHECK_EQ(PARSE("add@/kernel/sched_ext/root/sub-1\0SCXOPS=x", &action), 0);
	CHECK_EQ(PARSE("add@/kernel/sched_ext/rooty\0SCXOPS=x", &action), 0);
	CHECK_EQ(PARSE("libudev\0\xfe\xed\xca\xfe", &action), 0);
	CHECK_EQ(PARSE("", &action), 0);
	CHECK_EQ(uevent_parse("", 0, &action), 0);
	/* Without its last NUL a message is a torn one. */
	CHECK_EQ(uevent_parse("add@/kernel/sched_ext/root", 26, &action), 0);
	CHECK_EQ(action, UEVENT_REMOVE);
}

static bool passes(int *pair, const void *message, size_t size)
{
	char buf[256];

	CHECK(send(pair[0], message, size, 0) == (ssize_t)size);
	return recv(pair[1], buf, sizeof(buf), MSG_DONTWAIT) == (ssize_t)size;
}

#define PASSES(pair, message) passes(pair, message, sizeof(message))

/* The filter itself, on a socket that a test can send to. */
static void the_kernel_keeps_others_away(void)
{
	int pair[2];

	CHECK(!socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair));
	CHECK_EQ(uevent_filter(pair[1]), 0);
	CHECK(PASSES(pair, "add@/kernel/sched_ext/root\0SCXOPS=x"));
	CHECK(PASSES(pair, "remove@/kernel/sched_ext/root\0SCXOPS=x"));
	CHECK(PASSES(pair, "online@/devices/system/cpu/cpu1\0ACTION=online"));
	CHECK(PASSES(pair, "offline@/devices/system/cpu/cpu1\0ACTION=offline"));
	CHECK(PASSES(pair, "add@/devices/system/cpu/cpu8\0ACTION=add"));
	CHECK(PASSES(pair, "remove@/devices/system/cpu/cpu8\0ACTION=remove"));
	CHECK(!PASSES(pair, "change@/devices/system/cpu/cpu1"));
	CHECK(!PASSES(pair, "add@/kernel/slab/x\0ACTION=add"));
	CHECK(!PASSES(pair, "add@/kernel/sched_en/root"));
	CHECK(!PASSES(pair, "remove@/kernel/slab/aaaaaaaaaaaa"));
	CHECK(!PASSES(pair, "remove@/devices/virtual/block/loop0"));
	CHECK(!PASSES(pair, "change@/kernel/sched_ext/root"));
	CHECK(!PASSES(pair, "add@/devices/pci0000:00/0000:00:1f.2/ata1/host0"));
	CHECK(!PASSES(pair, "bind@/x"));
	CHECK(!PASSES(pair, "add@"));
	close(pair[0]);
	close(pair[1]);
}

int main(void)
{
	RUN(schedulers_come_and_go);
	RUN(cpus_come_and_go);
	RUN(everything_else_is_not_ours);
	RUN(the_kernel_keeps_others_away);
	return TEST_RESULT();
}
