# SPDX-License-Identifier: GPL-2.0-only
"""Loads under which schedulers of this kind have stalled: ours stays, and everything moves on.

Each runs for $BPFLAND_STALL_SECONDS of the guest's time (20).
"""

import contextlib
import os
import select
import subprocess
import time

from cases import Skip, case, main
from guest import (MANAGER, PATIENCE, UNIT, Hogs, attached, check, dmesg, enable_seq, equal, get,
                   measure, read, scx_ops, scx_state, systemctl, workload, write)

SECONDS = int(os.environ.get("BPFLAND_STALL_SECONDS", "20"))
COMPLAINTS = r"runnable task stall|watchdog failed to check in|BPF scheduler .* disabled|" \
             r"soft lockup|rcu.*stall|hung_task|blocked for more than"


@contextlib.contextmanager
def standing():
    """Attached before, during and after, by the same start, and no complaint of the kernel."""
    systemctl("start", UNIT)
    check(attached(), "not attached after start")
    seq, before = enable_seq(), len(dmesg(COMPLAINTS))
    yield time.monotonic() + SECONDS
    complaints = dmesg(COMPLAINTS)[before:]
    check(not complaints, f"the kernel complains: {complaints}")
    equal((scx_state(), scx_ops(), enable_seq()), ("enabled", "bpfland", seq),
          "what the kernel says")
    equal((get(MANAGER, "State"), get(MANAGER, "NRestarts")), ("running", 0), "State, NRestarts")


def moved_on(hogs, least):
    """Every thread got its part of the work."""
    for thread in hogs.stop()["threads"]:
        check(thread["units"] >= least, f"a thread stood still: {hogs.result['threads']}")


def online_cpus():
    return len(os.sched_getaffinity(0))


def cpu_kthreads_answer():
    """Makes a kernel thread of each CPU run, and waits for all of them; how long that took."""
    start = time.monotonic()
    write("/proc/sys/vm/stat_refresh", "1")
    return time.monotonic() - start


@case
def real_time_hog():
    with standing(), Hogs("--per-cpu", "1") as hogs:
        measured = min(SECONDS / 2, 10)
        # Longer than any slice and any bound of ours, shorter than the kernel's watchdog.
        rt = subprocess.run([workload("rt-hog"), "--seconds", str(measured)],
                            timeout=PATIENCE * 10, check=False)
        equal(rt.returncode, 0, "exit status of the real-time hog")
        before = hogs.involuntary_switches()
        wake = measure(["wake", "--seconds", str(max(SECONDS - measured, 1))])[0]
        check(hogs.involuntary_switches() > before, "the hogs did not run after the real-time one")
        check(wake["max_us"] < 1e6, f"a wake-up was late by {wake['max_us']} us")
        moved_on(hogs, 100)


@case
def real_time_hog_on_one_cpu():
    if online_cpus() < 2:
        raise Skip("one CPU only")
    with standing(), Hogs("--per-cpu", "2") as hogs:
        rt = subprocess.Popen([workload("rt-hog"), "--cpu", "1", "--seconds",
                               str(min(SECONDS / 2, 10))])
        wake = measure(["wake", "--seconds", str(SECONDS / 2)])[0]
        equal(rt.wait(timeout=PATIENCE * 10), 0, "exit status of the real-time hog")
        # What real-time tasks push aside must find the other CPU, not wait for this one.
        check(wake["p99_us"] < 1e6, f"99 of 100 wake-ups late by up to {wake['p99_us']} us")
        moved_on(hogs, 100)


@case
def nice_19_beside_normal_load():
    with standing(), Hogs("--per-cpu", "2", "--nice", "19") as nice, \
            Hogs("--per-cpu", "2") as normal:
        wake, frame = measure(["wake", "--seconds", str(SECONDS)],
                              ["frame", "--seconds", str(SECONDS)])
        check(wake["max_us"] < 1e6, f"a wake-up was late by {wake['max_us']} us")
        check(frame["samples"] > 0, "no frame was done")
        # A task of nice 19 has 15/1024 of the weight of a normal one.
        moved_on(nice, SECONDS)
        moved_on(normal, 100 * SECONDS)


@case
def pinned_hogs_and_kernel_threads():
    with standing() as end, Hogs("--per-cpu", "2", "--pin") as pinned, \
            Hogs("--per-cpu", "2") as free:
        longest, rounds = 0, 0
        while time.monotonic() < end:
            longest = max(longest, cpu_kthreads_answer())
            rounds += 1
            select.poll().poll(50)
        check(rounds >= SECONDS, f"kernel threads ran {rounds} times in {SECONDS} s only")
        check(longest < 1, f"kernel threads of the CPUs took {longest:.3f} s to run")
        moved_on(pinned, 100)
        moved_on(free, 100)


@case
def hotplug_under_load():
    hotplug = "/sys/devices/system/cpu/cpu1/online"
    if not os.path.exists(hotplug):
        raise Skip("one CPU only: nothing can be plugged")
    with standing() as end, Hogs("--threads", "4") as hogs, Hogs("--per-cpu", "1",
                                                                  "--pin") as pinned:
        rounds = 0
        try:
            while time.monotonic() < end:
                for state in ("0", "1"):
                    write(hotplug, state)
                    equal(read(hotplug), state, "CPU 1 online")
                    select.poll().poll(200)
                rounds += 1
        finally:
            write(hotplug, "1")
        check(rounds >= 3, f"CPU 1 came and went {rounds} times only")
        moved_on(hogs, 100)
        moved_on(pinned, 1)


@case
def hundreds_of_short_sleepers():
    with standing(), Hogs("--per-cpu", "2") as hogs:
        wake = measure(["wake", "--threads", "300", "--period-usec", "100000", "--seconds",
                        str(SECONDS)])[0]
        check(wake["max_us"] < 1e6, f"a wake-up was late by {wake['max_us']} us")
        moved_on(hogs, 100)


if __name__ == "__main__":
    main()
