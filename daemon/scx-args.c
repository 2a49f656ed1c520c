/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The command line of another loader's scheduler, as typed settings.
 */
#include "daemon/scx-args.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/text.h"

enum kind {
	KIND_NUMBER,	/* takes a value, which is the tunable's */
	KIND_SWITCH,	/* takes none and stands for one */
	KIND_DOMAIN,	/* takes one of the words below */
};

static const struct option {
	char letter;
	const char *name;
	enum kind kind;
	enum tunable tunable;
	int64_t value;	/* of a switch */
} options[] = {
	{ 's', "slice-us", KIND_NUMBER, TUNABLE_SLICE_MAX, 0 },
	{ 'L', "slice-min-us", KIND_NUMBER, TUNABLE_SLICE_MIN, 0 },
	{ 'l', "slice-us-lag", KIND_NUMBER, TUNABLE_SLICE_LAG, 0 },
	{ 't', "throttle-us", KIND_NUMBER, TUNABLE_THROTTLE, 0 },
	{ 'I', "idle-resume-us", KIND_NUMBER, TUNABLE_IDLE_RESUME, 0 },
	{ 'p', "local-pcpu", KIND_SWITCH, TUNABLE_LOCAL_PER_CPU, true },
	{ 'k', "local-kthreads", KIND_SWITCH, TUNABLE_LOCAL_KTHREADS, true },
	{ 'w', "no-wake-sync", KIND_SWITCH, TUNABLE_WAKE_SYNC, false },
	{ 'S', "sticky-tasks", KIND_SWITCH, TUNABLE_STICKY_TASKS, true },
	{ 'P', "preferred-idle-scan", KIND_SWITCH, TUNABLE_PREFERRED_CORES, true },
	{ 0, "disable-smt", KIND_SWITCH, TUNABLE_SMT_AWARE, false },
	{ 0, "disable-numa", KIND_SWITCH, TUNABLE_NUMA_AWARE, false },
	{ 'f', "cpufreq", KIND_SWITCH, TUNABLE_CPU_FREQUENCY, 0 /* auto */ },
	{ 'm', "primary-domain", KIND_DOMAIN, _TUNABLE_MAX, 0 },
};

/* Far more than any that is understood needs; clients may send megabytes, and make us keep them. */
#define ARG_MAX_LENGTH 64

#define N_OPTIONS (sizeof(options) / sizeof(options[0]))

/* Theirs and ours; a domain that is switched off is one of all CPUs. */
static const struct {
	const char *word, *domain;
} domains[] = {
	{ "auto", "auto" },	{ "performance", "performance" }, { "powersave", "powersave" },
	{ "turbo", "turbo" },	{ "all", "all" },		  { "none", "all" },
};

struct parser {
	struct scx_args args;
	const char *const *next;
	uint32_t supported;
	unsigned seen;		/* bits per option */
	struct error *err;
};

/* What a client sent, fit for a sentence: cut, without control characters. */
static const char *quoted(const char *s, char buf[64])
{
	size_t n = strnlen(s, 60);

	memcpy(buf, s, n);
	buf[n] = 0;
	text_clean(buf);
	return buf;
}

static int refuse(struct parser *p, const char *arg)
{
	char buf[64];

	return error_set(p->err, ERROR_INVALID_ARGS, EINVAL,
			 "\"%s\" is not an argument that is understood here; known are -s, -L, -l, "
			 "-t, -I with microseconds, -m with a domain, and -p, -k, -w, -S, -P, -f, "
			 "--disable-smt, --disable-numa", quoted(arg, buf));
}

static int take_number(struct parser *p, const struct option *o, const char *text)
{
	char buf[64], *end;
	long long value;

	errno = 0;
	value = strtoll(text, &end, 10);
	if (end == text || *end || errno == EINVAL || strspn(text, "-0123456789") != strlen(text))
		return error_set(p->err, ERROR_INVALID_ARGS, EINVAL,
				 "--%s takes a number of microseconds, not \"%s\"", o->name,
				 quoted(text, buf));
	/* Beyond 64 bits it is cut to the largest number there is, and out of any range. */
	return tunable_set_add(&p->args.tunables, o->tunable, value, p->supported, p->err);
}

static int take_domain(struct parser *p, const struct option *o, const char *text)
{
	char buf[64];

	for (size_t i = 0; i < sizeof(domains) / sizeof(domains[0]); i++) {
		if (!strcmp(text, domains[i].word)) {
			p->args.primary = domains[i].domain;
			return 0;
		}
	}
	return error_set(p->err, ERROR_INVALID_ARGS, EINVAL,
			 "--%s takes auto, performance, powersave, turbo, all or none, not \"%s\"; "
			 "lists of CPUs are set in org.bpfland1.Domains", o->name,
			 quoted(text, buf));
}

/* @value: what stood behind "=", or the rest of "-s500"; NULL: the next argument is it. */
static int take(struct parser *p, const struct option *o, const char *value)
{
	unsigned bit = 1U << (o - options);

	if (p->seen & bit)
		return error_set(p->err, ERROR_INVALID_ARGS, EINVAL, "--%s is given twice",
				 o->name);
	p->seen |= bit;
	if (o->kind == KIND_SWITCH)
		return tunable_set_add(&p->args.tunables, o->tunable, o->value, p->supported,
				       p->err);
	if (!value)
		value = *p->next ? *p->next++ : NULL;
	if (!value)
		return error_set(p->err, ERROR_INVALID_ARGS, EINVAL, "--%s needs a value", o->name);
	return o->kind == KIND_NUMBER ? take_number(p, o, value) : take_domain(p, o, value);
}

static int take_long(struct parser *p, const char *arg)
{
	const char *name = arg + 2;
	size_t n = strcspn(name, "=");

	for (size_t i = 0; i < N_OPTIONS; i++) {
		const struct option *o = &options[i];

		if (strlen(o->name) != n || strncmp(o->name, name, n))
			continue;
		if (name[n] && o->kind == KIND_SWITCH)
			return error_set(p->err, ERROR_INVALID_ARGS, EINVAL,
					 "--%s takes no value", o->name);
		return take(p, o, name[n] ? name + n + 1 : NULL);
	}
	return refuse(p, arg);
}

static const struct option *find_letter(char letter)
{
	for (size_t i = 0; i < N_OPTIONS; i++)
		if (options[i].letter && options[i].letter == letter)
			return &options[i];
	return NULL;
}

/* Switches may stand together; what takes a value ends the word. */
static int take_letters(struct parser *p, const char *arg)
{
	for (const char *s = arg + 1; *s; s++) {
		const struct option *o = find_letter(*s);
		const char *rest = s + 1;
		int r;

		if (!o)
			return refuse(p, arg);
		if (o->kind != KIND_SWITCH)
			return take(p, o, *rest ? rest + (*rest == '=') : NULL);
		r = take(p, o, NULL);
		if (r < 0)
			return r;
	}
	return 0;
}

static int check_lengths(const char *const *args, struct error *err)
{
	char buf[64];

	for (; *args; args++)
		if (strlen(*args) > ARG_MAX_LENGTH)
			return error_set(err, ERROR_INVALID_ARGS, EINVAL,
					 "scx_args: \"%s\" and so on has %zu characters, "
					 "allowed: up to %d",
					 quoted(*args, buf), strlen(*args), ARG_MAX_LENGTH);
	return 0;
}

int scx_args_parse(struct scx_args *ret, const char *const *args, uint32_t supported,
		   struct error *err)
{
	struct parser p = { .next = args, .supported = supported, .err = err };

	if (check_lengths(args, err) < 0)
		return -EINVAL;
	while (*p.next) {
		const char *arg = *p.next++;
		int r;

		if (!strncmp(arg, "--", 2))
			r = take_long(&p, arg);
		else if (arg[0] == '-' && arg[1])
			r = take_letters(&p, arg);
		else
			r = refuse(&p, arg);
		if (r < 0)
			return r;
	}
	*ret = p.args;
	return 0;
}
