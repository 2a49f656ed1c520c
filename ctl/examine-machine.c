/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Can this machine run the scheduler?
 */
#include "ctl/examine-machine.h"

#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include "daemon/cleanup.h"
#include "daemon/config.h"
#include "daemon/fs.h"
#include "daemon/kernel.h"
#include "daemon/limits.h"
#include "daemon/names.h"
#include "daemon/profiles.h"
#include "daemon/sched-facts.h"
#include "daemon/text.h"
#include "bpf/abi.h"

#define KERNEL_CONFIG_MAX (1024 * 1024)

#define GET_KERNEL                                                                               \
	"install a kernel that has it, 6.16 or newer "                                           \
	"(Debian 13: apt install -t trixie-backports linux-image-amd64), and restart"

void machine_here(struct machine *ret)
{
	static const char *const dirs[] = { DIR_CONFIG, DIR_DATA, NULL };

	*ret = (struct machine){ .sysfs = DIR_SYSFS, .procfs = DIR_PROCFS, .boot = "/boot",
				 .config_dirs = dirs };
	if (sched_facts_get(&ret->facts, &ret->defect) < 0)
		ret->facts = NULL;
}

/* What the kernel was configured with: 'y', 'n', or 0 if nobody says. */
static char configured(const struct machine *m, const struct kernel *k, const char *option)
{
	_cleanup_free_ char *path = NULL, *text = NULL;
	char yes[64], no[64];
	size_t size;

	if (asprintf(&path, "%s/config-%s", m->boot, k->release) < 0) {
		path = NULL;
		return 0;
	}
	if (fs_read(path, KERNEL_CONFIG_MAX, &text, &size) < 0)
		return 0;
	snprintf(yes, sizeof(yes), "\n%s=y\n", option);
	snprintf(no, sizeof(no), "\n# %s is not set\n", option);
	if (strstr(text, yes))
		return 'y';
	return strstr(text, no) ? 'n' : 0;
}

static void examine_version(struct findings *f, const struct kernel *k)
{
	unsigned major = 0, minor = 0;

	if (sscanf(k->release, "%u.%u", &major, &minor) == 2 &&
	    (major < 6 || (major == 6 && minor < 16)))
		findings_add(f, FINDING_BAD, "version", GET_KERNEL,
			     "%s is older than 6.16, and lacks what the scheduler needs",
			     k->release);
	else
		findings_add(f, FINDING_OK, "version", NULL, "%s is 6.16 or newer", k->release);
}

static void examine_kernel(struct findings *f, const struct machine *m, const struct kernel *k)
{
	char config = configured(m, k, "CONFIG_SCHED_CLASS_EXT");

	if (k->sched_ext)
		findings_add(f, FINDING_OK, "kernel", NULL, "%s has sched_ext", k->release);
	else if (config == 'y')
		findings_add(f, FINDING_BAD, "kernel", "mount -t sysfs sysfs /sys",
			     "%s is built with sched_ext, but does not show it in /sys",
			     k->release);
	else
		findings_add(f, FINDING_BAD, "kernel", GET_KERNEL,
			     "%s has no sched_ext (CONFIG_SCHED_CLASS_EXT%s)", k->release,
			     config == 'n' ? " is not set" : "");
	if (configured(m, k, "CONFIG_EXT_GROUP_SCHED") == 'n')
		findings_add(f, FINDING_WARNING, "groups", GET_KERNEL,
			     "the kernel is built without CONFIG_EXT_GROUP_SCHED, so that "
			     "CPUWeight= of units has no effect");
}

static void examine_types(struct findings *f, const struct machine *m, const struct kernel *k)
{
	if (!k->btf)
		findings_add(f, FINDING_BAD, "types",
			     "boot a kernel that is built with CONFIG_DEBUG_INFO_BTF",
			     "the kernel has no type information (/sys/" SYSFS_BTF ")");
	else if (!k->sched_ext)
		return;		/* what else it lacks does not matter */
	else if (!m->facts)
		findings_add(f, FINDING_BAD, "types",
			     "apt install -t trixie-backports linux-image-amd64, and restart",
			     "%s", m->defect.message);
	else
		findings_add(f, FINDING_OK, "types", NULL,
			     "the kernel describes every function that the scheduler calls");
}

static void examine_jit(struct findings *f, const struct machine *m)
{
	_cleanup_free_ char *path = fs_join(m->procfs, "sys/net/core/bpf_jit_enable");
	char line[16];

	if (!path || fs_read_line(path, line, sizeof(line)) < 0 || strcmp(line, "0"))
		return;
	findings_add(f, FINDING_BAD, "compiler", "sysctl net.core.bpf_jit_enable=1",
		     "the kernel's BPF compiler is turned off, and schedulers need it");
}

static void examine_boot(struct findings *f, const struct kernel *k)
{
	if (!strcmp(k->lockdown, "confidentiality"))
		findings_add(f, FINDING_BAD, "lockdown",
			     "put lockdown=integrity on the kernel's command line, and restart",
			     "the kernel is locked down (confidentiality), which forbids BPF "
			     "schedulers");
	else if (k->lockdown[0] && strcmp(k->lockdown, "none"))
		findings_add(f, FINDING_OK, "lockdown", NULL,
			     "the kernel is locked down (%s), which allows it", k->lockdown);
	else
		findings_add(f, FINDING_OK, "lockdown", NULL, "the kernel is not locked down");
	if (k->isolcpus[0])
		findings_add(f, FINDING_BAD, "isolcpus",
			     "take isolcpus= off the kernel's command line, and restart; "
			     "AllowedCPUs= of units keeps CPUs free as well",
			     "the kernel was started with isolcpus=%s, which sched_ext refuses",
			     k->isolcpus);
	else
		findings_add(f, FINDING_OK, "isolcpus", NULL, "no CPUs are isolated");
}

static void examine_attached(struct findings *f, const struct machine *m)
{
	struct kernel_sched_ext s;

	kernel_sched_ext_read(&s, m->sysfs);
	if (!s.ops[0])
		findings_add(f, FINDING_OK, "scheduler", NULL,
			     "no other sched_ext scheduler is attached");
	else if (!strcmp(s.ops, BPFLAND_OPS_NAME))
		findings_add(f, FINDING_OK, "scheduler", NULL, "%s is attached", s.ops);
	else
		findings_add(f, FINDING_BAD, "scheduler",
			     "systemctl disable --now scx.service scx_loader.service, or end the "
			     "program that runs it",
			     "another scheduler, %s, is attached, and there can be only one",
			     s.ops);
}

static void examine_limits(struct findings *f, const struct machine *m)
{
	char names[512];
	unsigned n = limits_find(m->sysfs, names, sizeof(names));

	if (!n)
		findings_add(f, FINDING_OK, "limits", NULL, "no unit has a limit of CPU time");
	else if (m->facts && m->facts->cgroup_bandwidth)
		findings_add(f, FINDING_OK, "limits", NULL,
			     "%u with a limit of CPU time (CPUQuota=), which is kept", n);
	else
		findings_add(f, FINDING_WARNING, "limits",
			     "systemctl set-property UNIT CPUWeight=20, or boot 6.17 or newer",
			     "on this kernel CPUQuota= has no effect under this scheduler; %u with "
			     "such a limit: %s", n, names);
}

struct complaints {
	struct findings *findings;
	unsigned n;
};

static void on_complaint(int priority, const struct error *e, void *userdata)
{
	struct complaints *c = userdata;

	findings_add(c->findings, priority <= LOG_ERR ? FINDING_BAD : FINDING_WARNING,
		     "configuration", "correct it, then: systemctl reload bpflandd", "%s",
		     e->message);
	c->n++;
}

/*
 * What to type, by root: others may have chosen the name, so it has to stay one word. NULL if
 * there is no memory, or if it cannot be shown as it is.
 */
static char *rights_remedy(const char *path)
{
	_cleanup_free_ char *word = malloc(4 * strlen(path) + 3);
	char *remedy, *to = word;

	if (!word || !text_is_printable(path))
		return NULL;
	*to++ = '\'';
	for (; *path; path++) {
		if (*path == '\'')
			to = stpcpy(to, "'\\'");
		*to++ = *path;
	}
	stpcpy(to, "'");
	return asprintf(&remedy, "chown root:root %s && chmod go-w %s", word, word) < 0 ? NULL
											 : remedy;
}

/* Who may write these files decides over the scheduler. */
static void examine_rights(struct complaints *c, const struct machine *m, const char *path)
{
	_cleanup_free_ char *remedy = NULL;
	struct stat st;

	/* A link to /dev/null is a mask. */
	if (stat(path, &st) < 0 || S_ISCHR(st.st_mode) ||
	    (st.st_uid == m->owner && !(st.st_mode & (S_IWGRP | S_IWOTH))))
		return;
	remedy = rights_remedy(path);
	findings_add(c->findings, FINDING_WARNING, "permissions",
		     remedy ? remedy : "give it to root, and let nobody else write it",
		     "others than root may change %s", path);
	c->n++;
}

static void examine_folder(struct complaints *c, const struct machine *m, const char *path)
{
	_cleanup_closedir_ DIR *dir = opendir(path);
	struct dirent *e;

	if (!dir)
		return;
	examine_rights(c, m, path);
	while ((e = readdir(dir))) {
		_cleanup_free_ char *file = fs_join(path, e->d_name);

		if (file && e->d_name[0] != '.')
			examine_rights(c, m, file);
	}
}

static void examine_configuration(struct findings *f, const struct machine *m)
{
	struct complaints c = { .findings = f };
	struct complain complain = { on_complaint, &c };
	struct profiles profiles = PROFILES_NULL;
	struct config config = CONFIG_NULL;
	struct error err = {};

	if (config_load(&config, m->config_dirs, &err) < 0)
		on_complaint(LOG_ERR, &err, &c);
	if (profiles_load(&profiles, m->config_dirs, UINT32_MAX, &complain) < 0)
		f->error = -ENOMEM;
	else if (config.default_profile && !profiles_find(&profiles, config.default_profile)) {
		error_set(&err, ERROR_NO_SUCH_PROFILE, ENOENT,
			  "there is no profile \"%s\", which is the default",
			  config.default_profile);
		on_complaint(LOG_ERR, &err, &c);
	}
	for (const char *const *dir = m->config_dirs; *dir; dir++) {
		_cleanup_free_ char *below = fs_join(*dir, FILE_PROFILES);

		examine_folder(&c, m, *dir);
		if (below)
			examine_folder(&c, m, below);
	}
	if (!c.n)
		findings_add(f, FINDING_OK, "configuration", NULL,
			     "%zu profiles, and nothing wrong in any file", profiles.n);
	profiles_done(&profiles);
	config_done(&config);
}

void machine_examine(struct findings *f, const struct machine *m)
{
	struct kernel k;

	kernel_read(&k, m->sysfs, m->procfs);
	examine_kernel(f, m, &k);
	examine_version(f, &k);
	examine_types(f, m, &k);
	examine_jit(f, m);
	examine_boot(f, &k);
	examine_attached(f, m);
	examine_limits(f, m);
	examine_configuration(f, m);
}
