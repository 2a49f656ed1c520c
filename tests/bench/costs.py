# SPDX-License-Identifier: GPL-2.0-only
"""Rows that are no load of their own: what a scheduler's process and its BPF programs cost.

Each function takes the scheduler that is on and returns its figures by name, or None when it has
none: the kernel's own scheduler has neither a process nor BPF programs.
"""

import json
import os
import re

import guest

STATS = "/proc/sys/kernel/bpf_stats_enabled"


def task_switches():
    return int(re.search(r"^ctxt (\d+)", guest.read("/proc/stat"), re.MULTILINE)[1])


def programs_of_hackbench():
    """Switches of tasks while hackbench ran; name → (calls, nanoseconds) of BPF programs."""
    def totals():
        return {p["name"]: (p["run_cnt"], p["run_time_ns"])
                for p in json.loads(guest.run("/usr/sbin/bpftool", "--json", "prog", "show"))
                if p.get("type") == "struct_ops" and p.get("run_cnt")}

    guest.write(STATS, "1")
    before, switches = totals(), task_switches()
    guest.run("hackbench", "-g", "1", "-l", "100", timeout=600)
    after, switches = totals(), task_switches() - switches
    guest.write(STATS, "0")
    return switches, {
        name: (calls - before.get(name, (0, 0))[0], took - before.get(name, (0, 0))[1])
        for name, (calls, took) in after.items()}


def instructions(scheduler):
    """In virtual time a nanosecond is an instruction."""
    if scheduler.pid is None:
        return None
    switches, programs = programs_of_hackbench()
    return {"per_switch": sum(took for _, took in programs.values()) / switches}


def idle(scheduler):
    if scheduler.pid is None:
        return None
    task = f"/proc/{scheduler.pid}/task"

    def switches():
        return sum(int(re.search(r"^voluntary_ctxt_switches:\s*(\d+)",
                                 guest.read(f"{task}/{thread}/status"), re.MULTILINE)[1])
                   for thread in os.listdir(task))

    guest.run("sleep", "2")
    before = switches()
    guest.run("sleep", "60", timeout=1200)
    pss = re.search(r"^Pss:\s*(\d+) kB", guest.read(f"/proc/{scheduler.pid}/smaps_rollup"),
                    re.MULTILINE)
    return {"wakeups": switches() - before, "pss_mb": int(pss[1]) / 1024,
            "threads": len(os.listdir(task))}


def change(scheduler):
    """A thousand changes over D-Bus, alone and beside hogs; none may restart the scheduler."""
    if guest.scx_ops() != guest.OPS or guest.owner() is None:
        return None
    seq = guest.enable_seq()
    alone = guest.measure(["dbus-latency", "--changes", "1000"])[0]
    with guest.Hogs("--per-cpu", "2"):
        load = guest.measure(["dbus-latency", "--changes", "1000", "--verify-every", "20"])[0]
    guest.check(guest.enable_seq() == seq and scheduler.alive(),
                "changing a tunable has restarted the scheduler")
    return {f"{name}_{key}": result[f"{key}_us"]
            for name, result in (("idle", alone), ("load", load)) for key in ("p50", "p99")}
