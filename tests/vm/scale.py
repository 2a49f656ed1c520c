# SPDX-License-Identifier: GPL-2.0-only
"""Many clients at once: the daemon stays quick and small. How quick, is held to limits in virtual
time only, where a nanosecond is an instruction, of the daemon, the bus and the clients together."""

import contextlib
import json
import os
import re
import subprocess

from cases import case, main
from guest import (MANAGER, check, enable_seq, equal, get, main_pid, read, start, systemctl,
                   wait_until, workload, write)

RULE = "/etc/polkit-1/rules.d/10-bpfland-test.rules"
MAX_PSS_KB = 8 * 1024
# Of 99 of 100, in microseconds.
LIMITS = {"alone": 1000, "signal": 1000, "loaded": 5000}


def pss(pid):
    """In kB."""
    return int(re.search(r"^Pss:\s*(\d+) kB", read(f"/proc/{pid}/smaps_rollup"),
                         re.MULTILINE).group(1))


def check_times(result):
    for what in ("alone", "signal", "hold", "loaded"):
        times = result[what]
        print(f"{what}: p50 {times['p50_us']} us, p99 {times['p99_us']} us, "
              f"longest {times['max_us']} us", flush=True)
    if os.environ.get("BPFLAND_LAB_CLOCK") != "virtual":
        return
    for what, limit in LIMITS.items():
        p99 = result[what]["p99_us"]
        check(p99 <= limit, f"p99, {what}: {p99} us, at most {limit}")


def try_it(holders, users, calls):
    """So many holders of so many users, who together make so many calls, a thousand a second."""
    seq, pid = start(), main_pid()
    print(f"proportional set size: {pss(pid)} kB", flush=True)
    with subprocess.Popen([workload("bus-scale"), "--holders", str(holders), "--users", str(users),
                           "--calls", str(calls)],
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        line = process.stdout.readline()
        check(line, "bus-scale ended without a result")
        size = pss(pid)
        print(f"proportional set size with {holders} holds: {size} kB", flush=True)
        equal(len(get(MANAGER, "ProfileHolds")), holders, "number of holds")
        equal(get(MANAGER, "ActiveProfile"), "latency", "ActiveProfile")
        process.stdin.close()
    check_times(json.loads(line))
    check(size <= MAX_PSS_KB, f"proportional set size: {size} kB, at most {MAX_PSS_KB}")
    wait_until("all holds have ended", lambda: get(MANAGER, "ProfileHolds") == [], step=0.5)
    equal(get(MANAGER, "ActiveProfile"), "balanced", "ActiveProfile")
    equal((enable_seq(), main_pid()), (seq, pid), "the scheduler and the daemon")


@contextlib.contextmanager
def everybody_may_hold():
    os.makedirs(os.path.dirname(RULE), exist_ok=True)
    write(RULE, 'polkit.addRule(function(action, subject) {'
                ' if (action.id == "org.bpfland1.hold-profile") return polkit.Result.YES; });\n')
    systemctl("restart", "polkit.service")
    try:
        yield
    finally:
        os.unlink(RULE)
        systemctl("restart", "polkit.service")


@case
def eighty_holders():
    """In every run; more than what a signal carries the list of."""
    with everybody_may_hold():
        try_it(holders=80, users=4, calls=500)


@case
def a_thousand_holders():
    with everybody_may_hold():
        try_it(holders=1000, users=20, calls=2000)


if __name__ == "__main__":
    main()
