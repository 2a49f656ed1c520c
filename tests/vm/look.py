# SPDX-License-Identifier: GPL-2.0-only
"""What bpflandctl shows of the real service: doctor, stats, plot, top."""

import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "bus"))

# pylint: disable=wrong-import-position
import exposition
from cases import case, main
from guest import (CONFIG_DIR, UNIT, Hogs, check, configure, equal, measure, read, run, start,
                   wait_until, workload, write)

# Of one CPU, for the live view; and how long it is watched.
TOP_SHARE = 0.01
TOP_SECONDS = 10


def ctl(*args, status=0):
    p = run("bpflandctl", *args, ok=False)
    equal(p.returncode, status, f"exit status of bpflandctl {' '.join(args)}, which said "
                                f"{p.stdout} {p.stderr}")
    return p.stdout


def doctor(status):
    return {f["Subject"]: f for f in json.loads(ctl("doctor", "--json=short", status=status))}


@case
def doctor_says_what_is_wrong():
    found = doctor(3)
    equal(found["unit"]["Severity"], "bad", "a service that does not run")
    equal(found["unit"]["Remedy"], "systemctl enable --now bpflandd", "what starts it")
    equal({found[s]["Severity"] for s in ("kernel", "version", "types", "lockdown", "isolcpus",
                                          "scheduler", "bus")}, {"ok"}, "what is well")
    start()
    found = doctor(2)
    equal([s for s, f in found.items() if f["Severity"] != "ok"], ["unit"],
          "what is to be said of a service that runs, but not after the next boot")
    check("bpfland is attached" in found["scheduler"]["Text"], found["scheduler"]["Text"])
    run("systemctl", "enable", UNIT)
    try:
        doctor(0)
        os.makedirs(f"{CONFIG_DIR}/profiles.d")
        write(f"{CONFIG_DIR}/profiles.d/mine.json", '{"tunables": {"slice_max_usec": 1}}')
        configure('{"default_profile": "mine"}')
        found = doctor(3)
        check("mine" in found["configuration"]["Text"], found["configuration"]["Text"])
        ctl("stop")
        equal(doctor(3)["service"]["Remedy"], "bpflandctl start", "a scheduler that was stopped")
    finally:
        run("systemctl", "disable", UNIT)


@case
def doctor_names_another_scheduler():
    with subprocess.Popen([workload("../vm/hold-sched")], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, text=True) as other:
        equal(other.stdout.readline(), "attached\n", "the other scheduler")
        name = read("/sys/kernel/sched_ext/root/ops")
        found = doctor(3)
        other.stdin.close()
    equal(found["scheduler"]["Severity"], "bad", "another scheduler")
    check(name in found["scheduler"]["Text"], found["scheduler"]["Text"])


@case
def statistics_are_those_of_the_load():
    start()
    before = json.loads(ctl("stats", "--json=short"))
    # Who asks runs meanwhile, so that all of these wait.
    with Hogs("--threads", str(os.cpu_count() + 4)):
        wait_until("tasks are queued", lambda: json.loads(ctl("stats", "--json=short"))
                   ["Statistics"]["QueuedTasks"] >= 4, step=0.1)
    wait_until("nobody is queued", lambda: json.loads(ctl("stats", "--json=short"))
               ["Statistics"]["QueuedTasks"] < 4, step=0.1)
    woken = measure(["pipe", "--rounds", "20000"])[0]
    after = json.loads(ctl("stats", "--json=short"))
    for name in ("Statistics", "Latency"):
        equal(before[name]["Since"], after[name]["Since"], "when counting began")
    waits = sum(after["Latency"][c]["Count"] - before["Latency"][c]["Count"]
                for c in ("Interactive", "Other"))
    check(waits > 1000, f"{waits} waits were counted while {woken} was measured")
    families = exposition.read(ctl("stats", "--openmetrics"))
    check(families["bpfland_uptime_seconds"].samples[0][2] > 0, "uptime in the metrics")
    svg = ctl("plot")
    check(svg.startswith("<svg ") and "<rect" in svg, "the picture is empty")


def cpu_seconds(pid):
    return int(read(f"/proc/{pid}/schedstat").split()[0]) / 1e9


@case
def top_costs_little():
    start()
    tmux = ["tmux", "-f", "/dev/null", "-S", "/run/top-test"]
    run(*tmux, "new-session", "-d", "-x", "100", "-y", "30", "exec bpflandctl top")
    try:
        pid = int(run(*tmux, "display-message", "-p", "#{pane_pid}"))
        wait_until("two pictures", lambda: "switches" in run(*tmux, "capture-pane", "-p"), step=1)
        used, since = cpu_seconds(pid), float(read("/proc/uptime").split()[0])
        wait_until("some seconds are over",
                   lambda: float(read("/proc/uptime").split()[0]) - since > TOP_SECONDS, step=1)
        passed = float(read("/proc/uptime").split()[0]) - since
        share = (cpu_seconds(pid) - used) / passed
        print(f"top used {share:.2%} of a CPU in {passed:.0f} s")
        check(share <= TOP_SHARE, f"top used {share:.2%} of a CPU, allowed: {TOP_SHARE:.0%}")
    finally:
        run(*tmux, "kill-server", ok=False)


if __name__ == "__main__":
    main()
