/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lists of CPUs.
 */
#include "daemon/cpulist.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* How much of what was given is repeated in an error. */
#define SHOWN 64

static int malformed(const char *text, const char *field, struct error *err)
{
	return error_set(err, ERROR_INVALID_ARGS, EINVAL,
			 "%s: \"%.*s\" is not a list of CPUs such as 0-3,8", field, SHOWN, text);
}

/* One number at *@at, which goes on behind it. -EINVAL, -ERANGE. */
static int parse_number(const char **at, unsigned *ret)
{
	unsigned n = 0;

	if (**at < '0' || **at > '9')
		return -EINVAL;
	for (; **at >= '0' && **at <= '9'; (*at)++) {
		n = n * 10 + (unsigned)(**at - '0');
		if (n >= BPFLAND_MAX_CPUS)
			return -ERANGE;
	}
	*ret = n;
	return 0;
}

/* "3" or "0-3". */
static int parse_range(const char **at, struct bpfland_cpus *cpus)
{
	unsigned first, last;
	int r = parse_number(at, &first);

	last = first;
	if (r >= 0 && **at == '-') {
		(*at)++;
		r = parse_number(at, &last);
	}
	if (r < 0)
		return r;
	if (last < first)
		return -EINVAL;
	for (unsigned cpu = first; cpu <= last; cpu++)
		cpus_add(cpus, cpu);
	return 0;
}

int cpulist_parse(const char *text, const char *field, struct bpfland_cpus *ret,
		  struct error *err)
{
	struct bpfland_cpus cpus = CPUS_NONE;
	const char *at = text;
	size_t n = strlen(text);
	int r;

	if (n >= CPULIST_MAX)
		return error_set(err, ERROR_INVALID_ARGS, EINVAL,
				 "%s: a list of %zu characters is too long, allowed: up to %d",
				 field, n, CPULIST_MAX - 1);
	for (;; at++) {
		r = parse_range(&at, &cpus);
		if (r == -ERANGE)
			return error_set(err, ERROR_OUT_OF_RANGE, ERANGE,
					 "%s: \"%.*s\" names a CPU out of range, allowed: 0 to %d",
					 field, SHOWN, text, BPFLAND_MAX_CPUS - 1);
		if (r < 0 || (*at && *at != ','))
			return malformed(text, field, err);
		if (!*at)
			break;
	}
	*ret = cpus;
	return 0;
}

const char *cpulist_format(const struct bpfland_cpus *cpus, char buf[CPULIST_MAX])
{
	size_t n = 0;

	buf[0] = 0;
	for (unsigned first = 0, end; first < BPFLAND_MAX_CPUS; first = end + 1) {
		for (end = first; cpus_has(cpus, end); end++)
			;
		if (end == first)
			continue;
		n += (size_t)snprintf(buf + n, CPULIST_MAX - n, "%s%u", n ? "," : "", first);
		if (end > first + 1)
			n += (size_t)snprintf(buf + n, CPULIST_MAX - n, "-%u", end - 1);
	}
	return buf;
}
