/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The door to BPF, by libbpf.
 *
 * Nothing here logs, and libbpf's own messages go to a buffer: their end becomes part of the error
 * when something fails, for it is the only place that says what the verifier did not like.
 */
#include "daemon/sched-internal.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <malloc.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "bpf/live.h"
#include "daemon/cleanup.h"
#include "daemon/kernel.h"
#include "daemon/log.h"
#include "daemon/names.h"
#include "daemon/sched-facts.h"
#include "daemon/tunable-table.h"

/*
 * The kernel throws a scheduler out that lets a ready task wait for this long: the longest that it
 * allows, for below 7.0 nothing can run a task under an endless real-time loop, and StarvationUSec
 * may be so long that a task waits for many seconds, as it was meant to.
 */
#define TIMEOUT_MSEC 30000

/* Flags of sched_ext_ops that depend on more than the policy; that has them in bpfland.bpf.c. */
#define SCX_OPS_ENQ_LAST 2
#define SCX_OPS_BUILTIN_IDLE_PER_NODE 0x40

/* The end of what libbpf said. One for the process, as libbpf's print function is. */
static struct {
	char text[4096];
	size_t n;
	bool verifier;		/* the verifier's log was among it, all of it or cut off */
} libbpf_said;

static int libbpf_print(enum libbpf_print_level level, const char *format, va_list args)
{
	const size_t size = sizeof(libbpf_said.text), half = size / 2;
	_cleanup_free_ char *said = NULL;
	int n;

	if (level == LIBBPF_DEBUG || level == LIBBPF_INFO)
		return 0;
	n = vasprintf(&said, format, args);
	if (n < 0) {
		said = NULL;
		return n;
	}
	libbpf_said.verifier |= strstr(said, "PROG LOAD LOG") != NULL;
	if (libbpf_said.n > half) {
		memmove(libbpf_said.text, libbpf_said.text + libbpf_said.n - half, half + 1);
		libbpf_said.n = half;
	}
	/* A log of the verifier is one message, of megabytes; its verdict is at the end. */
	snprintf(libbpf_said.text + libbpf_said.n, size - libbpf_said.n, "%s",
		 (size_t)n >= half ? said + n - (half - 1) : said);
	libbpf_said.n = strlen(libbpf_said.text);
	return n;
}

/* The last lines of it, on one line. */
static const char *libbpf_last_words(void)
{
	char *text = libbpf_said.text;

	while (libbpf_said.n && text[libbpf_said.n - 1] == '\n')
		text[--libbpf_said.n] = 0;
	if (!libbpf_said.n)
		return "libbpf gave no reason";
	if (libbpf_said.n > 600)
		text += libbpf_said.n - 600;
	for (char *c = text; *c; c++)
		if (*c == '\n')
			*c = ';';
	return text;
}

int sched_probe(uint32_t *ret_supported, const char *const **ret_features, struct error *err)
{
	static const char *features[8];
	const struct sched_facts *f;
	uint32_t supported = (UINT32_C(1) << _TUNABLE_MAX) - 1;
	size_t n = 0;
	int r = sched_facts_get(&f, err);

	memset(features, 0, sizeof(features));
	*ret_features = features;
	if (r < 0) {
		*ret_supported = 0;
		return r;
	}
	if (!f->frequency)
		supported &= ~(UINT32_C(1) << TUNABLE_CPU_FREQUENCY);
	if (!f->timers)
		supported &= ~(UINT32_C(1) << TUNABLE_THROTTLE);
	*ret_supported = supported;
	/* Before, what is sent to an idle CPU that RT is about to take is not seen again. */
	if (f->reenqueue_anywhere)
		features[n++] = "RTReenqueue";
	if (f->kfunc[KFUNC_scx_bpf_cpu_curr])
		features[n++] = "RemotePreemption";
	features[n++] = "Hotplug";
	if (f->ext_server)
		features[n++] = "ExtServer";
	if (f->cgroup_weight) {
		features[n++] = "CgroupWeight";
		features[n++] = "CgroupIdle";
	}
	if (f->cgroup_bandwidth)
		features[n++] = "CgroupBandwidth";
	return 0;
}

void sched_exit_done(struct sched_exit *e)
{
	free(e->dump);
	*e = SCHED_EXIT_NULL;
}

/* What ops.exit() recorded; false if it did not run. */
static bool exit_read(const struct bpfland_exit *ended, struct sched_exit *ret)
{
	uint64_t kind = __atomic_load_n(&ended->kind, __ATOMIC_ACQUIRE);

	if (!kind)
		return false;
	if (ret) {
		*ret = (struct sched_exit){ .kind = kind, .code = ended->code };
		snprintf(ret->reason, sizeof(ret->reason), "%.*s",
			 (int)sizeof(ended->reason), ended->reason);
		snprintf(ret->message, sizeof(ret->message), "%.*s",
			 (int)sizeof(ended->message), ended->message);
		if (ended->dump[0])
			ret->dump = strndup(ended->dump, sizeof(ended->dump));
	}
	return true;
}

static int foreign(struct error *err)
{
	struct kernel_sched_ext s;

	kernel_sched_ext_read(&s, DIR_SYSFS);
	return error_set(err, ERROR_FOREIGN, EBUSY,
			 "another scheduler is attached: %s; stop it first, only one can be",
			 s.ops[0] ? s.ops : "its name is unknown");
}

/*
 * What went wrong while talking to the kernel, for people. The verifier answers with any errno
 * value, EACCES among them; its log is what tells.
 */
static int explain(int r, const char *what, struct error *err)
{
	if (r == -EBUSY)
		return foreign(err);
	if (libbpf_said.verifier)
		return error_set(err, ERROR_REFUSED, r,
				 "this kernel's verifier does not accept the scheduler; please "
				 "report it with the lines that follow in the journal\n%s",
				 libbpf_last_words());
	if (r == -EPERM || r == -EACCES)
		return error_set(err, ERROR_ACCESS_DENIED, EPERM,
				 "the kernel does not permit %s: the capabilities CAP_BPF and "
				 "CAP_PERFMON are needed, and no lockdown that forbids them (%s)",
				 what, libbpf_last_words());
	return error_set(err, ERROR_FAILED, r, "%s failed: %s (%s)", what, strerror(-r),
			 libbpf_last_words());
}

/* What this kernel has no callback for is not loaded. */
static void configure_groups(struct bpfland_bpf *skel, const struct sched_facts *f)
{
	if (!f->cgroup_weight) {
		skel->struct_ops.bpfland_ops->cgroup_init = NULL;
		skel->struct_ops.bpfland_ops->cgroup_exit = NULL;
		skel->struct_ops.bpfland_ops->cgroup_move = NULL;
		skel->struct_ops.bpfland_ops->cgroup_set_weight = NULL;
	}
	if (!f->cgroup_bandwidth) {
		skel->struct_ops.bpfland_ops->cgroup_set_bandwidth = NULL;
		skel->struct_ops.bpfland_ops->disable = NULL;
	}
	if (!f->cgroup_set_idle)
		skel->struct_ops.bpfland_ops->cgroup_set_idle = NULL;
	skel->rodata->tells_idle = f->cgroup_set_idle;
	skel->rodata->bandwidth = f->cgroup_bandwidth;
}

static void configure(struct bpfland_bpf *skel, const struct sched_facts *f,
		      const struct sched_options *options)
{
	struct kernel_sched_ext now;

	kernel_sched_ext_read(&now, DIR_SYSFS);
	skel->struct_ops.bpfland_ops->hotplug_seq = now.hotplug_seq;
	skel->struct_ops.bpfland_ops->exit_dump_len = BPFLAND_EXIT_DUMP_LEN;
	skel->struct_ops.bpfland_ops->timeout_ms =
		options->timeout_msec ? options->timeout_msec : TIMEOUT_MSEC;
	/*
	 * Or the kernel would go on, if nobody else waits, with a task that must stop for its limit
	 * or for a rest of its CPU, or that leaves for a better CPU.
	 */
	skel->struct_ops.bpfland_ops->flags |= SCX_OPS_ENQ_LAST;
	skel->rodata->alone = libbpf_num_possible_cpus() == 1;
	if (skel->rodata->alone)
		bpf_program__set_autoload(skel->progs.set_tiers, false);
	if (options->several_nodes && f->idle_by_node) {
		skel->rodata->nodes = true;
		skel->struct_ops.bpfland_ops->flags |= SCX_OPS_BUILTIN_IDLE_PER_NODE;
	}
	configure_groups(skel, f);
	for (int i = 0; i < _KFUNC_MAX; i++)
		skel->rodata->kfuncs_here[i] = f->kfunc[i];
	if (f->interrupts_counted)
		skel->rodata->hard_interrupt_bit = 24;
	/* Long before the watchdog loses its patience. */
	skel->rodata->held_ms_max = skel->struct_ops.bpfland_ops->timeout_ms / 4;
	bpf_program__set_autoload(skel->progs.set_frequency, f->frequency);
	bpf_program__set_autoload(skel->progs.set_throttle, f->timers);
	/* One of two ways to hear of RT; the other program is not even loaded. */
	if (f->reenqueue_anywhere)
		skel->struct_ops.bpfland_ops->cpu_release = NULL;
	else
		bpf_program__set_autoload(skel->progs.bpfland_sched_switch, false);
}

static void detach(struct sched *s)
{
	bpf_link__destroy(s->sched_switch);
	s->sched_switch = NULL;
	/*
	 * Returns when all tasks are back with the kernel's own scheduler. Closing the link would
	 * do, if nobody else had it open, such as a child that was forked meanwhile.
	 */
	if (s->ops)
		bpf_link__detach(s->ops);
	bpf_link__destroy(s->ops);
	s->ops = NULL;
}

/*
 * The kernel takes over one task after the other, and who attaches is among them. Up to 6.18.15 at
 * least, it does so in our thread, which from then on came after whoever is not taken over yet: on
 * a busy CPU it never ran again, and as it holds what detaching needs, nothing could free the
 * machine. A real-time task is not taken over. Without the right to be one, it is tried as we are.
 */
static struct bpf_link *attach_in_real_time(struct bpf_map *ops)
{
	const struct sched_param real_time = {
		.sched_priority = sched_get_priority_min(SCHED_FIFO),
	};
	int policy = sched_getscheduler(0), error;
	struct sched_param before;
	struct bpf_link *link;
	bool changed;

	changed = policy >= 0 && policy != SCHED_FIFO && policy != SCHED_RR &&
		  !sched_getparam(0, &before) && !sched_setscheduler(0, SCHED_FIFO, &real_time);
	link = bpf_map__attach_struct_ops(ops);
	error = errno;
	if (changed && sched_setscheduler(0, policy, &before))
		log_message(LOG_WARNING, "Cannot leave real-time scheduling: %s", strerror(errno));
	errno = error;
	return link;
}

/*
 * Attaching succeeds also when the kernel throws the scheduler out in the same moment: only what
 * ops.exit() recorded, and the kernel's own word, tell.
 */
static int attach(struct sched *s, struct sched_exit *ret_exit, struct error *err)
{
	struct kernel_sched_ext now;
	struct sched_exit e = SCHED_EXIT_NULL;

	s->ops = attach_in_real_time(s->skel->maps.bpfland_ops);
	if (!s->ops)
		return explain(-errno, "attaching the scheduler", err);
	/* On its way out it has a state, but not yet the last words: detaching waits for them. */
	kernel_sched_ext_read(&now, DIR_SYSFS);
	if (strcmp(now.state, "enabled"))
		detach(s);
	/* 64, SCX_EXIT_UNREG, is our own detaching. */
	if (exit_read(&s->skel->bss->ended, &e) && e.kind != 64) {
		error_set(err, ERROR_FAILED, EIO, "the kernel ended the scheduler at once: %s%s%s",
			  e.reason, e.message[0] ? ": " : "", e.message);
		if (ret_exit)
			*ret_exit = e;
		else
			sched_exit_done(&e);
		return -EIO;
	}
	if (strcmp(now.state, "enabled"))
		return error_set(err, ERROR_FAILED, EIO,
				 "the kernel took the scheduler, but its state is \"%s\"",
				 now.state);
	if (bpf_program__autoload(s->skel->progs.bpfland_sched_switch)) {
		s->sched_switch = bpf_program__attach_trace(s->skel->progs.bpfland_sched_switch);
		if (!s->sched_switch)
			return explain(-errno, "watching task switches", err);
	}
	return 0;
}

DEFINE_CLEANUP(struct sched *, sched_free);

int sched_start(struct sched **ret, const struct sched_options *options,
		struct sched_exit *ret_exit, struct error *err)
{
	_cleanup_(sched_freep) struct sched *s = NULL;
	_cleanup_close_ int types = -1;
	struct kernel_sched_ext now;
	const struct sched_facts *f;
	int r;

	r = sched_facts_get(&f, err);
	if (r < 0)
		return r;
	kernel_sched_ext_read(&now, DIR_SYSFS);
	if (now.ops[0])
		return foreign(err);
	if (libbpf_num_possible_cpus() > BPFLAND_MAX_CPUS)
		return error_set(err, ERROR_NOT_SUPPORTED, EOPNOTSUPP,
				 "this machine can have %d CPUs; the scheduler knows %d",
				 libbpf_num_possible_cpus(), BPFLAND_MAX_CPUS);

	s = calloc(1, sizeof(*s));
	if (!s)
		return error_set(err, ERROR_FAILED, ENOMEM, "out of memory");
	libbpf_set_print(libbpf_print);
	libbpf_said.n = 0;
	libbpf_said.text[0] = 0;
	libbpf_said.verifier = false;
	r = sched_open(&s->skel, &types, f);
	if (r < 0)
		return explain(r, "reading the scheduler", err);
	configure(s->skel, f, options);
	r = bpfland_bpf__load(s->skel);
	if (r < 0)
		return explain(r, "loading the scheduler", err);
	s->power.frequency = BPFLAND_FREQUENCY_OFF;
	s->published = *options->tunables;
	live_publish(&s->skel->bss->live, &s->published);
	if (options->domains) {
		r = sched_set_domains(s, options->domains);
		if (r < 0)
			return explain(r, "preparing the CPU domains", err);
	}
	r = attach(s, ret_exit, err);
	if (r < 0)
		return r;
	/* Loading went through all of the kernel's types; the pages are wanted elsewhere. */
	malloc_trim(0);
	*ret = TAKE_PTR(s);
	return 0;
}

struct sched *sched_free(struct sched *s)
{
	if (!s)
		return NULL;
	detach(s);
	bpfland_bpf__destroy(s->skel);
	free(s);
	return NULL;
}

int sched_stop(struct sched *s, struct sched_exit *ret_exit)
{
	detach(s);
	return exit_read(&s->skel->bss->ended, ret_exit) ? 0 : -EIO;
}

int sched_fd(struct sched *s)
{
	return bpf_map__fd(s->skel->maps.events);
}

int sched_ended(struct sched *s, struct sched_exit *ret_exit)
{
	return exit_read(&s->skel->bss->ended, ret_exit);
}

void sched_publish(struct sched *s, const struct bpfland_tunables *t)
{
	struct bpfland_tunables wanted = *t;

	wanted.generation = s->published.generation;
	if (!memcmp(&wanted, &s->published, sizeof(wanted)))
		return;
	s->published = wanted;
	live_publish(&s->skel->bss->live, &wanted);
}

int sched_run(struct bpf_program *program, void *context, size_t size)
{
	/* The kernel writes the context back to where it took it from. */
	LIBBPF_OPTS(bpf_test_run_opts, options,
		.ctx_in = context,
		.ctx_size_in = (__u32)size,
	);
	int r = bpf_prog_test_run_opts(bpf_program__fd(program), &options);

	return r < 0 ? r : (int)options.retval;
}

int sched_generation(struct sched *s, uint64_t *ret)
{
	struct bpfland_generation context = {};
	int r = sched_run(s->skel->progs.read_generation, &context, sizeof(context));

	if (r < 0)
		return r;
	*ret = context.generation;
	return 0;
}
