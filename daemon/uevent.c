/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's events.
 */
#include "daemon/uevent.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include "daemon/cleanup.h"
#include "daemon/names.h"

#define GROUP_KERNEL 1
#define MESSAGE_MAX 4096	/* the kernel's own limit is half of that */

/*
 * What messages of ours begin with, as far as it fills whole words: a socket filter compares four
 * bytes at a time.
 */
#define PREFIX_SIZE 20
static const char prefixes[][PREFIX_SIZE + 1] = {
	"add@/kernel/sched_ex",
	"remove@/kernel/sched",
	"online@/devices/syst",
	"offline@/devices/sys",
	"add@/devices/system/",
	"remove@/devices/syst",
};

#define N_PREFIXES (sizeof(prefixes) / sizeof(*prefixes))
#define BLOCK_SIZE (PREFIX_SIZE / 4 * 2 + 1)	/* load and compare each word, accept */

int uevent_filter(int fd)
{
	struct sock_filter code[N_PREFIXES * BLOCK_SIZE + 1];
	struct sock_fprog program = { .filter = code };
	unsigned n = 0;
	uint32_t word;

	for (unsigned i = 0; i < N_PREFIXES; i++) {
		unsigned end = n + BLOCK_SIZE;

		for (unsigned offset = 0; offset < PREFIX_SIZE; offset += 4) {
			memcpy(&word, prefixes[i] + offset, sizeof(word));
			code[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset);
			code[n] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
							       ntohl(word), 0, end - n - 1);
			n++;
		}
		code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, UINT32_MAX);
	}
	code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, 0);
	program.len = n;
	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) < 0)
		return -errno;
	return 0;
}

int uevent_open(void)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK, .nl_groups = GROUP_KERNEL };
	_cleanup_close_ int fd = -1;
	int r;

	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_KOBJECT_UEVENT);
	if (fd < 0)
		return -errno;
	/* Before the bind: no event may slip in ahead of the filter. */
	r = uevent_filter(fd);
	if (r < 0)
		return r;
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return -errno;
	return TAKE_FD(fd);
}

int uevent_parse(const char *message, size_t size, enum uevent_action *ret)
{
	const char *at;

	if (!size || message[size - 1])
		return 0;
	at = strchr(message, '@');
	if (!at)
		return 0;
	if (!strncmp(at + 1, UEVENT_CPU_PREFIX, strlen(UEVENT_CPU_PREFIX))) {
		*ret = UEVENT_CPU;
		return 1;
	}
	if (strcmp(at + 1, UEVENT_SCHED_EXT_ROOT))
		return 0;
	if (!strncmp(message, "add@", 4))
		*ret = UEVENT_ADD;
	else if (!strncmp(message, "remove@", 7))
		*ret = UEVENT_REMOVE;
	else
		return 0;
	return 1;
}

int uevent_receive(int fd, enum uevent_action *ret)
{
	char message[MESSAGE_MAX];
	struct sockaddr_nl sender = {};
	socklen_t length = sizeof(sender);
	ssize_t n;

	n = recvfrom(fd, message, sizeof(message), MSG_DONTWAIT, (struct sockaddr *)&sender,
		     &length);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	/* Root may send to this group as well: only the kernel has the address 0. */
	if (length >= sizeof(sender) && sender.nl_pid)
		return 0;
	return uevent_parse(message, n, ret);
}
