/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every well-known string: what others find us by.
 */
#pragma once

/* The bus */
#define BUS_NAME "org.bpfland1"
#define BUS_PATH "/org/bpfland1"
#define BUS_INTERFACE_MANAGER "org.bpfland1.Manager"
#define BUS_INTERFACE_TUNABLES "org.bpfland1.Tunables"
#define BUS_INTERFACE_DOMAINS "org.bpfland1.Domains"
#define BUS_INTERFACE_STATISTICS "org.bpfland1.Statistics"
#define BUS_NAME_SCX_LOADER "org.scx.Loader"
#define BUS_PATH_SCX_LOADER "/org/scx/Loader"
#define BUS_INTERFACE_SCX_LOADER "org.scx.Loader"
#define BUS_ERROR_PREFIX "org.bpfland1.Error."

/* Folders */
#define DIR_CONFIG "/etc/bpfland"
#define DIR_DATA "/usr/share/bpfland"
#define DIR_STATE "/var/lib/bpfland"
#define DIR_RUNTIME "/run/bpfland"
#define DIR_SYSFS "/sys"
#define DIR_PROCFS "/proc"

/* Devices */
#define DEV_CPU_LATENCY "/dev/cpu_dma_latency"

/* Files within them */
#define FILE_CONFIG "bpflandd.json"
#define FILE_PROFILES "profiles.d"
#define FILE_SELECTION "selection.json"
#define FILE_LAST_EXIT "last-exit.json"
#define FILE_STOPPED "stopped"		/* there while a Stop() is in force */
#define FILE_CLIENTS "clients.jsonl"	/* holds and latency requests, for the next run */
#define FILE_IDLE_RESUME "idle-resume"	/* old values, there while IdleResumeUSec is in force */
#define FILE_LOCK "lock"		/* locked while a daemon lives, however it ends */
#define FILE_RUNNING "running"		/* there while the daemon runs; a killed one leaves it */

/* What the kernel offers, below /sys and /proc */
#define SYSFS_SCHED_EXT "kernel/sched_ext"
#define SYSFS_BTF "kernel/btf/vmlinux"
#define SYSFS_CGROUP "fs/cgroup"
#define SYSFS_CPU "devices/system/cpu"
#define SYSFS_CPU_RESUME_LATENCY "power/pm_qos_resume_latency_us"	/* below cpuN */
#define SYSFS_LOCKDOWN "kernel/security/lockdown"
#define PROCFS_CMDLINE "cmdline"
#define PROCFS_RELEASE "sys/kernel/osrelease"
#define PROCFS_OWN_FILES "self/fd"
#define UEVENT_SCHED_EXT_ROOT "/kernel/sched_ext/root"
#define UEVENT_CPU_PREFIX "/devices/system/cpu/cpu"

/* The profile in force when no configuration names another */
#define PROFILE_DEFAULT "balanced"

/* What a power daemon says when it has no profile of its own in force */
#define POWER_PROFILE_UNKNOWN "unknown"

/* Environment */
#define ENV_JOURNAL_STREAM "JOURNAL_STREAM"

/* Messages in the journal; the catalog explains each of them. */
#define MESSAGE_ID_ATTACHED "5bc7f4a365324efda2d9d85125c658d6"
#define MESSAGE_ID_DETACHED "ef3ce82e7bda493892bd2b8d108debf8"
#define MESSAGE_ID_EXITED "565a084315dc465cb09366ea987a963d"
#define MESSAGE_ID_ATTACH_FAILED "73a096fcdbf5456e9141a37691645de6"
#define MESSAGE_ID_GAVE_UP "6c160980444040efa97d2d9d9f5798e4"
#define MESSAGE_ID_FOREIGN "a714ccaf3ffc4c088be5984754b87cd1"
#define MESSAGE_ID_PREVIOUS_RUN_DIED "b9286191ed7d494f9a84d94350d7734b"
#define MESSAGE_ID_BAD_CONFIGURATION "3db10dc5312c4a7ab245eb8eac99e362"
#define MESSAGE_ID_NOT_STORED "4eef3838f44946da81989fd4444892e4"
#define MESSAGE_ID_LIMITS_IGNORED "e18053770c2549f7b1617dfcca272068"

/* Fields of those messages */
#define LOG_FIELD_EXIT_KIND "BPFLAND_EXIT_KIND"
#define LOG_FIELD_EXIT_CODE "BPFLAND_EXIT_CODE"
#define LOG_FIELD_EXIT_REASON "BPFLAND_EXIT_REASON"
#define LOG_FIELD_EXIT_MESSAGE "BPFLAND_EXIT_MESSAGE"
#define LOG_FIELD_UPTIME "BPFLAND_UPTIME_USEC"
#define LOG_FIELD_PROFILE "BPFLAND_PROFILE"
#define LOG_FIELD_STATE "BPFLAND_STATE"
#define LOG_FIELD_SCHEDULER "BPFLAND_SCHEDULER"
#define LOG_FIELD_KERNEL "BPFLAND_KERNEL"
#define LOG_FIELD_GENERATION "BPFLAND_GENERATION"
