/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What this kernel can do, from trees that look like one.
 */
#include "daemon/kernel.h"

#include <errno.h>

#include "tests/test.h"
#include "tests/unit/tree.h"

static struct tree tree;

static struct kernel read_kernel(void)
{
	struct kernel k;

	kernel_read(&k, tree_path(&tree, "sys"), tree_path(&tree, "proc"));
	return k;
}

static const char *isolated(const char *command_line)
{
	static struct kernel k;

	tree_write(&tree, "proc/cmdline", command_line);
	k = read_kernel();
	return k.isolcpus;
}

static void an_old_kernel_is_told_so(void)
{
	struct kernel k;
	struct error e;

	tree_write(&tree, "proc/sys/kernel/osrelease", "6.12.107+deb13-amd64\n");
	k = read_kernel();
	CHECK_STR(k.release, "6.12.107+deb13-amd64");
	CHECK(!k.sched_ext && !k.btf);
	CHECK_EQ(kernel_check(&k, &e), -EOPNOTSUPP);
	CHECK_EQ(e.kind, ERROR_NOT_SUPPORTED);
	CHECK_NAMES(e.message, "6.12.107+deb13-amd64");
	CHECK_NAMES(e.message, "CONFIG_SCHED_CLASS_EXT");
}

static void a_kernel_without_btf_is_told_so(void)
{
	struct kernel k;
	struct error e;

	tree_write(&tree, "sys/kernel/sched_ext/state", "disabled\n");
	k = read_kernel();
	CHECK(k.sched_ext);
	CHECK_EQ(kernel_check(&k, &e), -EOPNOTSUPP);
	CHECK_NAMES(e.message, "/sys/kernel/btf/vmlinux");
	tree_write(&tree, "sys/kernel/btf/vmlinux", "x");
	k = read_kernel();
	CHECK_EQ(kernel_check(&k, &e), 0);
}

static void isolcpus_is_found(void)
{
	CHECK_STR(isolated("quiet root=/dev/vda"), "");
	CHECK_STR(isolated("quiet isolcpus=1-3 rw\n"), "1-3");
	CHECK_STR(isolated("isolcpus=domain,1-3"), "1-3");
	CHECK_STR(isolated("isolcpus=managed_irq,domain,2"), "2");
	/* Other flags leave the scheduling domains alone. */
	CHECK_STR(isolated("isolcpus=nohz,1-3"), "");
	CHECK_STR(isolated("isolcpus=managed_irq,1"), "");
	CHECK_STR(isolated("noisolcpus=1"), "");
	CHECK_STR(isolated("isolcpus="), "");
}

static void failures_are_explained(void)
{
	struct error e = { .kind = ERROR_FAILED, .message = "attach failed: Invalid argument" };
	struct kernel k;

	isolated("isolcpus=1");
	k = read_kernel();
	CHECK_EQ(kernel_explain(&k, -EINVAL, &e), -EOPNOTSUPP);
	CHECK_EQ(e.kind, ERROR_NOT_SUPPORTED);
	CHECK_NAMES(e.message, "isolcpus=1");
	CHECK_NAMES(e.message, "attach failed");

	isolated("quiet");
	tree_write(&tree, "sys/kernel/security/lockdown", "none integrity [confidentiality]\n");
	k = read_kernel();
	CHECK_STR(k.lockdown, "confidentiality");
	error_set(&e, ERROR_ACCESS_DENIED, EPERM, "not permitted");
	CHECK_EQ(kernel_explain(&k, -EPERM, &e), -EPERM);
	CHECK_NAMES(e.message, "locked down");
	error_set(&e, ERROR_REFUSED, EINVAL, "unknown func bpf_probe_read_kernel");
	CHECK_EQ(kernel_explain(&k, -EINVAL, &e), -EPERM);
	CHECK_EQ(e.kind, ERROR_ACCESS_DENIED);
	CHECK_NAMES(e.message, "locked down");

	/* What has nothing to do with these stays as it was. */
	error_set(&e, ERROR_FAILED, ENOMEM, "something else");
	CHECK_EQ(kernel_explain(&k, -ENOMEM, &e), -ENOMEM);
	CHECK_STR(e.message, "something else");
	tree_write(&tree, "sys/kernel/security/lockdown", "none [integrity] confidentiality\n");
	k = read_kernel();
	error_set(&e, ERROR_ACCESS_DENIED, EPERM, "not permitted");
	kernel_explain(&k, -EPERM, &e);
	CHECK_STR(e.message, "not permitted");
	error_set(&e, ERROR_FAILED, EINVAL, "something else");
	CHECK_EQ(kernel_explain(&k, -EINVAL, &e), -EINVAL);
	CHECK_STR(e.message, "something else");
}

static void the_attached_scheduler_is_seen(void)
{
	struct kernel_sched_ext s;

	kernel_sched_ext_read(&s, tree_path(&tree, "nowhere"));
	CHECK_STR(s.state, "");
	CHECK_STR(s.ops, "");
	tree_write(&tree, "sys/kernel/sched_ext/state", "enabled\n");
	tree_write(&tree, "sys/kernel/sched_ext/root/ops", "scx_lavd\n");
	tree_write(&tree, "sys/kernel/sched_ext/enable_seq", "18446744073709551615\n");
	tree_write(&tree, "sys/kernel/sched_ext/hotplug_seq", "2\n");
	tree_write(&tree, "sys/kernel/sched_ext/switch_all", "1\n");
	kernel_sched_ext_read(&s, tree_path(&tree, "sys"));
	CHECK_STR(s.state, "enabled");
	CHECK_STR(s.ops, "scx_lavd");
	CHECK(s.enable_seq == UINT64_MAX);
	CHECK_EQ(s.hotplug_seq, 2);
	CHECK(s.switch_all);
}

int main(void)
{
	tree_make(&tree);
	RUN(an_old_kernel_is_told_so);
	RUN(a_kernel_without_btf_is_told_so);
	RUN(isolcpus_is_found);
	RUN(failures_are_explained);
	RUN(the_attached_scheduler_is_seen);
	tree_remove(&tree);
	return TEST_RESULT();
}
