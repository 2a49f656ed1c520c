# SPDX-License-Identifier: GPL-2.0-only
"""Loads under which schedulers of this kind have stalled: ours stays, and everything moves on.

Each runs for $BPFLAND_STALL_SECONDS of the guest's time (20), beside canaries: small tasks of the
kinds that are forgotten first, which measure how long they were ready and did not run.
"""

import contextlib
import json
import os
import re
import select
import subprocess
import sys
import time

from cases import Skip, case, main
from guest import (MANAGER, PATIENCE, STATISTICS, TUNABLES, UNIT, Cgroup, Hogs, attached, call,
                   check, dmesg, enable_seq, equal, get, get_all, main_pid, measure, read, scx_ops,
                   scx_state, systemctl, unit, workload, write)

SECONDS = int(os.environ.get("BPFLAND_STALL_SECONDS", "20"))
TICK = 4000
# Not the kernel's own slips. Where one write moves tasks of several groups to others (a controller
# is switched on), it warns about those among them that stay in theirs, and does nothing to them.
# And some (seen with 6.18) keep where a task was sent to if that was overtaken by an attach or by a
# CPU that left, and warn when the next one is written over it.
COMPLAINTS = r"runnable task stall|watchdog failed to check in|BPF scheduler .* disabled|" \
             r"soft lockup|hard LOCKUP|rcu.*stall|hung_task|blocked for more than|" \
             r"WARNING: (?!.*(scx_cgroup_move_task|scx_dsq_insert_commit))|" \
             r"BUG: |Oops|general protection"
COUNTERS = ("DeadlineClamps", "StarvationRescues", "RTReenqueues", "Hotplugs", "SharedDispatches")
# For the table that tests/lab shows at its end.
TABLE = "/lab/out/waits"
HEAD = ("load, s", "longest, ms", "of the canary", "allowed", *COUNTERS)


class Canary:
    """One small task; by what it is called, it may be pinned, of lowest class, or in a group."""

    def __init__(self, name, *args, cgroup=None):
        self.name = name
        self.process = subprocess.Popen([workload("canary"), *args], stdout=subprocess.PIPE,
                                        text=True)
        equal(self.process.stdout.readline(), "running\n", "a canary's first word")
        if cgroup:
            cgroup.add(self.process.pid)

    def stop(self):
        """The longest time, in µs, that it wanted to run and did not; it must have run."""
        self.process.terminate()
        out = self.process.communicate(timeout=PATIENCE * 10)[0]
        result = json.loads(out)
        check(result["rounds"] > 0, f"the canary {self.name} did not finish a round")
        return result["longest_us"]


def bound(in_front):
    """policy.h's bound for a task that waits while others of this number are ready, in µs."""
    t = get_all(TUNABLES)
    text = read(os.path.join(os.environ.get("BPFLAND_SOURCE", "/src"), "bpf/policy.h"))
    policy = {name: int(n) for name, n in re.findall(r"^#define POLICY_(\w+) (\d+)$", text, re.M)}
    # How far ahead of the clock a task may be, in StarvationUSec.
    reach = policy.get("REACH", 1)
    return policy["FLOOR"] * (reach * t["StarvationUSec"] + t["SliceLagUSec"]) + \
        (in_front + 1) * (t["SliceMaxUSec"] + TICK)


def tell(waited, allowed):
    """What the table says of this case: the longest wait, and what the scheduler counted."""
    counted = call(STATISTICS, "GetStatistics")[0]
    name = max(waited, key=waited.get)
    rows = [] if os.path.exists(TABLE) else [HEAD]
    rows += [(f"{sys.argv[1]}, {SECONDS:.0f}", f"{waited[name] / 1000:.1f}", name,
              f"{allowed / 1000:.0f}", *(counted[c] for c in COUNTERS))]
    with open(TABLE, "a", encoding="utf-8") as f:
        for row in rows:
            f.write("| " + " | ".join(map(str, row)) + " |\n")


@contextlib.contextmanager
def standing(in_front, behind_rt=0):
    """Attached before, during and after, by the same start, and no complaint of the kernel.

    The canaries waited no longer than it takes with @in_front other tasks ready at a time, and with
    real-time tasks that keep a CPU for @behind_rt seconds at once.
    """
    systemctl("start", UNIT)
    check(attached(), "not attached after start")
    seq, pid, before = enable_seq(), main_pid(), len(dmesg(COMPLAINTS))
    allowed = bound(in_front) + behind_rt * 1e6
    with Cgroup("canary") as lowest:
        lowest.write("cpu.weight", "1")
        canaries = [Canary(f"on CPU {cpu}", "--cpu", str(cpu)) for cpu in range(online_cpus())]
        canaries += [Canary("of SCHED_IDLE", "--idle"),
                     Canary("in a group of weight 1", cgroup=lowest)]
        yield time.monotonic() + SECONDS
        waited = {c.name: c.stop() for c in canaries}
    print(f"longest waits, in us; allowed {allowed:.0f}: {waited}")
    tell(waited, allowed)
    complaints = dmesg(COMPLAINTS)[before:]
    check(not complaints, f"the kernel complains: {complaints}")
    equal((scx_state(), scx_ops(), enable_seq()), ("enabled", "bpfland", seq),
          "what the kernel says")
    equal((get(MANAGER, "State"), get(MANAGER, "NRestarts"), get(MANAGER, "LastExit")),
          ("running", 0, {}), "State, NRestarts, LastExit")
    equal((main_pid(), unit("NRestarts")), (pid, "0"), "the daemon's process, its restarts")
    for name, longest in waited.items():
        check(longest <= allowed, f"the canary {name} waited for {longest} us, allowed {allowed}")


def moved_on(hogs, least):
    """Every thread got its part of the work."""
    for thread in hogs.stop()["threads"]:
        check(thread["units"] >= least, f"a thread stood still: {hogs.result['threads']}")


def forks():
    """Tasks that were started since the boot."""
    return int(next(line.split()[1] for line in read("/proc/stat").splitlines()
                    if line.startswith("processes ")))


def online_cpus():
    return len(os.sched_getaffinity(0))


def cpu_kthreads_answer():
    """Makes a kernel thread of each CPU run, and waits for all of them; how long that took."""
    start = time.monotonic()
    write("/proc/sys/vm/stat_refresh", "1")
    return time.monotonic() - start


def kthreads_until(end, in_front, *, every=0.05):
    """Has the CPUs' kernel threads run, at least once, and again and again until then."""
    longest, rounds = 0, 0
    while not rounds or time.monotonic() < end:
        longest = max(longest, cpu_kthreads_answer())
        rounds += 1
        select.poll().poll(every * 1000)
    # The question itself comes from a task that may have to wait.
    allowed = 2 * bound(in_front) / 1e6
    check(longest <= allowed,
          f"kernel threads of the CPUs took {longest:.3f} s to run, allowed {allowed:.3f}")
    return rounds


def real_time_takes_all(seconds):
    """Nobody else runs anywhere."""
    rt = subprocess.run([workload("rt-hog"), "--seconds", str(seconds)], timeout=PATIENCE * 10,
                        check=False)
    equal(rt.returncode, 0, "exit status of the real-time hogs")


def real_time_comes_and_goes(seconds):
    """One that sleeps half of the time, on any CPU, and one that keeps CPU 1."""
    running = [subprocess.Popen(["chrt", "--fifo", "40", "stress-ng", "--quiet", "--cpu", "1",
                                 "--cpu-method", "fibonacci", "--cpu-load", "50",
                                 "--timeout", f"{seconds:.0f}"])]
    if online_cpus() > 1:
        running.append(subprocess.Popen([workload("rt-hog"), "--cpu", "1", "--seconds",
                                         str(seconds)]))
    wake = measure(["wake", "--seconds", str(seconds)])[0]
    for rt in running:
        equal(rt.wait(timeout=PATIENCE * 10), 0, f"exit status of {rt.args[0]}")
    # What real-time tasks push aside must find the other CPU, not wait for this one.
    check(wake["p99_us"] < 1e6, f"99 of 100 wake-ups late by up to {wake['p99_us']} us")


@case
def real_time_hogs():
    """On all CPUs, then on one of them, with others that come and go beside it; in turns."""
    # Longer than any slice and any bound of ours, shorter than the kernel's watchdog.
    measured = min(SECONDS / 2, 10)
    with standing(10, behind_rt=measured) as end, Hogs("--per-cpu", "2") as hogs:
        while True:
            real_time_takes_all(measured)
            before = hogs.involuntary_switches()
            real_time_comes_and_goes(measured)
            check(hogs.involuntary_switches() > before,
                  "the hogs did not run after the real-time ones")
            if time.monotonic() + 2 * measured > end:
                break
            # Who is bound to CPU 1 has to have a turn between two that keep it.
            select.poll().poll(bound(10) / 1000)
        moved_on(hogs, 100)


@case
def nice_19_beside_normal_load():
    with standing(15), Hogs("--per-cpu", "2", "--nice", "19") as nice, \
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
    with standing(12) as end, Hogs("--per-cpu", "2", "--pin") as pinned, \
            Hogs("--per-cpu", "2") as free:
        rounds = kthreads_until(end, 12)
        check(rounds >= SECONDS, f"kernel threads ran {rounds} times in {SECONDS} s only")
        moved_on(pinned, 100)
        moved_on(free, 100)


@case
def hotplug_under_load():
    hotplug = "/sys/devices/system/cpu/cpu1/online"
    if not os.path.exists(hotplug):
        raise Skip("one CPU only: nothing can be plugged")
    with standing(12) as end, Hogs("--threads", "4") as hogs, Hogs("--per-cpu", "1",
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
def ten_thousand_threads():
    with Cgroup("herd") as group, standing(10000) as end, Hogs("--per-cpu", "1") as hogs:
        # Not in the group of this test: that one may not have so many.
        herd = group.start(workload("herd"), "--threads", "10000", "--seconds", str(SECONDS))
        kthreads_until(end, 10000, every=0.5)
        out = herd.communicate(timeout=PATIENCE * 10)[0]
        equal(herd.returncode, 0, "exit status of the herd")
        herd = json.loads(out)
        check(herd["rounds"] >= 2, f"the herd ran {herd['rounds']} times only")
        print(f"all {herd['threads']} had a turn within {herd['longest_us']:.0f} us")
        check(herd["longest_us"] <= bound(10000), f"the last of the herd had to wait: {herd}")
        moved_on(hogs, 100)


@case
def fork_bomb():
    most = 200
    with standing(most + 10) as end, Hogs("--per-cpu", "1") as hogs, Cgroup("bomb") as group:
        group.write("pids.max", str(most))
        before = forks()
        bomb = group.start(workload("fork-bomb"))
        equal(bomb.stdout.readline(), "running\n", "the bomb's first word")
        kthreads_until(end, most + 10, every=0.5)
        check(forks() - before > 2 * most, f"{forks() - before} forks only")
        group.kill()
        bomb.wait(timeout=PATIENCE * 10)
        moved_on(hogs, 1)


@contextlib.contextmanager
def stress(*args):
    """stress-ng with these words for as long as a case lasts; it must not fail."""
    process = subprocess.Popen(["stress-ng", "--quiet", *args, "--timeout", f"{SECONDS:.0f}"])
    try:
        yield
        equal(process.wait(timeout=PATIENCE * 10), 0, "exit status of stress-ng")
    finally:
        process.kill()


def set_affinity(threads, cpus):
    for thread in threads:
        os.sched_setaffinity(thread, cpus)


def change_until(end, in_front, *changes):
    """What may run where changes all the time: each is called with a set of CPUs, over and over."""
    rounds = 0
    while time.monotonic() < end:
        for cpus in ({0}, {1}, {0, 1}):
            for change in changes:
                change(cpus)
        rounds += 1
        if rounds % 10 == 0:
            kthreads_until(time.monotonic(), in_front)
    print(f"changed {rounds} times")
    check(rounds > SECONDS, f"changed {rounds} times only")


def tlb_shootdowns():
    """Interrupts by which the CPUs had each other forget what they knew of memory maps."""
    line = next(line for line in read("/proc/interrupts").splitlines() if " TLB: " in f" {line}")
    return sum(int(word) for word in line.split() if word.isdigit())


def two_cpus():
    if online_cpus() < 2:
        raise Skip("one CPU only")


@case
def tlb_shootdown_storm():
    """The CPUs interrupt each other, for processes that change memory maps under each other."""
    two_cpus()
    before = tlb_shootdowns()
    with standing(30) as end, Hogs("--threads", "4") as hogs, stress("--tlb-shootdown", "4"):
        kthreads_until(end, 30, every=0.2)
        moved_on(hogs, 100)
    interrupts = tlb_shootdowns() - before
    print(f"{interrupts} TLB shootdowns")
    check(interrupts > 2 * SECONDS, f"{interrupts} TLB shootdowns only")


@case
def affinity_storm():
    """Of what runs, waits and sleeps, by itself and by others."""
    two_cpus()
    with standing(20) as end, Hogs("--threads", "6") as hogs, \
            stress("--affinity", "4", "--affinity-rand"):
        threads = [int(t) for t in os.listdir(f"/proc/{hogs.process.pid}/task")]
        change_until(end, 20, lambda cpus: set_affinity(threads, cpus))
        moved_on(hogs, 100)


@case
def cpuset_storm():
    """The same for a control group, in which some compute and some sleep most of the time."""
    two_cpus()
    with standing(20) as end, Hogs("--threads", "2") as hogs, Cgroup("sets") as group:
        inside = [group.start(workload("hog"), "--threads", "4"),
                  group.start(workload("canary"))]
        change_until(end, 20, lambda cpus: group.write("cpuset.cpus", ",".join(map(str, cpus))))
        for process in inside:
            process.terminate()
            process.wait(timeout=PATIENCE)
        moved_on(hogs, 100)


@case
def tlb_shootdown_affinity_and_cpuset_storm():
    """All of them at once."""
    two_cpus()
    with standing(40) as end, Hogs("--threads", "6") as hogs, Cgroup("sets") as group, \
            stress("--tlb-shootdown", "4", "--affinity", "4", "--affinity-rand"):
        inside = group.start(workload("hog"), "--threads", "4")
        threads = [int(t) for t in os.listdir(f"/proc/{hogs.process.pid}/task")]
        change_until(end, 40, lambda cpus: set_affinity(threads, cpus),
                     lambda cpus: group.write("cpuset.cpus", ",".join(map(str, cpus))))
        inside.terminate()
        inside.wait(timeout=PATIENCE)
        moved_on(hogs, 100)


if __name__ == "__main__":
    main()
