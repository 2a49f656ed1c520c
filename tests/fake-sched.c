/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The scheduler that is none. It keeps the promises of sched.h, down to the generation.
 */
#include "tests/fake-sched.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#define EXIT_KIND_UNREGISTERED 64

struct sched {
	int fd;
	struct sched_exit exit;		/* kind 0: it lives */
};

struct fake_sched fake_sched;

static struct sched *attached;	/* the kernel has one at a time, and so do we */

void sched_exit_done(struct sched_exit *e)
{
	free(e->dump);
	*e = SCHED_EXIT_NULL;
}

void fake_sched_reset(void)
{
	fake_sched = (struct fake_sched){ .supported = UINT32_MAX, .n_cpus = 2 };
}

void fake_sched_fail(unsigned times, enum error_kind kind, int error_number, const char *message)
{
	fake_sched.fail = times;
	fake_sched.error_number = error_number;
	error_set(&fake_sched.error, kind, error_number, "%s", message);
}

/* root/ops is there while something is attached, as in the kernel. */
static void show(const char *name)
{
	char dir[512], path[600];
	FILE *file;

	if (!fake_sched.sysfs)
		return;
	snprintf(dir, sizeof(dir), "%s/kernel/sched_ext/root", fake_sched.sysfs);
	snprintf(path, sizeof(path), "%s/ops", dir);
	if (!name) {
		unlink(path);
		rmdir(dir);
		return;
	}
	mkdir(dir, 0755);
	file = fopen(path, "we");
	if (!file)
		abort();
	fprintf(file, "%s\n", name);
	fclose(file);
}

void fake_sched_foreign(const char *name)
{
	show(name);
}

static void copy_exit(struct sched_exit *to, const struct sched_exit *from)
{
	*to = *from;
	if (from->dump)
		to->dump = strdup(from->dump);
}

int sched_probe(uint32_t *ret_supported, const char *const **ret_features, struct error *err)
{
	static const char *const none[] = { NULL };

	fake_sched.n_probes++;
	if (!fake_sched.supported)
		return error_set(err, fake_sched.error.kind, fake_sched.error_number, "%s",
				 fake_sched.error.message);
	*ret_supported = fake_sched.supported;
	*ret_features = fake_sched.features ? fake_sched.features : none;
	return 0;
}

int sched_start(struct sched **ret, const struct sched_options *options,
		struct sched_exit *ret_exit, struct error *err)
{
	struct sched *s;

	fake_sched.n_starts++;
	if (fake_sched.fail) {
		fake_sched.fail--;
		if (fake_sched.exit_at_start.kind)
			copy_exit(ret_exit, &fake_sched.exit_at_start);
		return error_set(err, fake_sched.error.kind, fake_sched.error_number, "%s",
				 fake_sched.error.message);
	}
	if (attached)
		return error_set(err, ERROR_FOREIGN, EBUSY, "a scheduler is attached already");
	s = calloc(1, sizeof(*s));
	if (!s)
		return -ENOMEM;
	s->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	fake_sched.tunables = *options->tunables;
	fake_sched.tunables.generation = 1;
	fake_sched.domains = (struct sched_domains){};
	if (options->domains)
		fake_sched.domains = *options->domains;
	fake_sched.attached = true;
	memset(fake_sched.counter, 0, sizeof(fake_sched.counter));
	memset(fake_sched.latency, 0, sizeof(fake_sched.latency));
	attached = s;
	show(BPFLAND_OPS_NAME);
	*ret = s;
	return 0;
}

static void end(struct sched *s)
{
	if (attached != s)
		return;
	attached = NULL;
	fake_sched.attached = false;
	show(NULL);
}

struct sched *sched_free(struct sched *s)
{
	if (!s)
		return NULL;
	end(s);
	sched_exit_done(&s->exit);
	close(s->fd);
	free(s);
	return NULL;
}

int sched_stop(struct sched *s, struct sched_exit *ret_exit)
{
	fake_sched.n_stops++;
	end(s);
	if (!s->exit.kind) {
		s->exit.kind = EXIT_KIND_UNREGISTERED;
		snprintf(s->exit.reason, sizeof(s->exit.reason), "unregistered from user space");
	}
	copy_exit(ret_exit, &s->exit);
	return 0;
}

int sched_fd(struct sched *s)
{
	return s->fd;
}

int sched_ended(struct sched *s, struct sched_exit *ret_exit)
{
	if (!s->exit.kind)
		return 0;
	copy_exit(ret_exit, &s->exit);
	return 1;
}

void sched_publish(struct sched *s, const struct bpfland_tunables *t)
{
	struct bpfland_tunables next = *t;

	if (s->exit.kind)
		return;
	next.generation = fake_sched.tunables.generation;
	if (!memcmp(&next, &fake_sched.tunables, sizeof(next)))
		return;
	next.generation++;
	fake_sched.tunables = next;
	fake_sched.n_publishes++;
}

int sched_set_domains(struct sched *s, const struct sched_domains *d)
{
	(void)s;
	if (fake_sched.fail_domains)
		return fake_sched.fail_domains;
	if (memcmp(d, &fake_sched.domains, sizeof(*d))) {
		fake_sched.domains = *d;
		fake_sched.n_domains++;
	}
	return 0;
}

int sched_generation(struct sched *s, uint64_t *ret)
{
	(void)s;
	*ret = fake_sched.tunables.generation;
	return 0;
}

void fake_sched_end(uint64_t kind, int64_t code, const char *reason, const char *message,
		    const char *dump)
{
	struct sched *s = attached;

	if (!s)
		abort();
	s->exit.kind = kind;
	s->exit.code = code;
	snprintf(s->exit.reason, sizeof(s->exit.reason), "%s", reason);
	snprintf(s->exit.message, sizeof(s->exit.message), "%s", message);
	s->exit.dump = dump ? strdup(dump) : NULL;
	end(s);
	if (eventfd_write(s->fd, 1) < 0)
		abort();
}

unsigned sched_cpus(struct sched *s)
{
	(void)s;
	return fake_sched.n_cpus;
}

unsigned sched_queued(struct sched *s)
{
	(void)s;
	return fake_sched.n_queued;
}

uint64_t sched_cpu_generation(struct sched *s, unsigned cpu)
{
	(void)s;
	return cpu < fake_sched.n_cpus ? fake_sched.tunables.generation : 0;
}

void sched_counters(struct sched *s, uint64_t ret[_BPFLAND_COUNTER_MAX])
{
	(void)s;
	memcpy(ret, fake_sched.counter, sizeof(fake_sched.counter));
}

void sched_latency(struct sched *s, struct bpfland_latency ret[_BPFLAND_CLASS_MAX])
{
	(void)s;
	memcpy(ret, fake_sched.latency, sizeof(fake_sched.latency));
}

int sched_task(struct sched *s, uint32_t tid, struct bpfland_task *ret, struct error *err)
{
	(void)s;
	if (tid != fake_sched.task.pid)
		return error_set(err, ERROR_NO_SUCH_TASK, ESRCH, "there is no task %u", tid);
	*ret = fake_sched.task;
	return 0;
}

int sched_dump(struct sched *s, char **ret, struct error *err)
{
	(void)s;
	*ret = strdup(fake_sched.dump ? fake_sched.dump : "");
	return *ret ? 0 : error_set(err, ERROR_FAILED, ENOMEM, "no memory for the dump");
}

int sched_set_power(struct sched *s, const struct bpfland_power *p)
{
	(void)s;
	if (fake_sched.power_error)
		return -fake_sched.power_error;
	fake_sched.power = *p;
	return 0;
}
