# SPDX-License-Identifier: GPL-2.0-only
"""Many clients at once: the daemon stays quick and small. In virtual time, where a nanosecond is an
instruction, of the daemon, the bus and the clients together."""

import json
import os
import re
import subprocess

from cases import case, main
from guest import (MANAGER, UNIT, attached, check, enable_seq, equal, get, main_pid, read,
                   systemctl, wait_until, workload, write)

RULE = "/etc/polkit-1/rules.d/10-bpfland-test.rules"
HOLDERS = 1000
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
    for what, limit in LIMITS.items():
        p99 = result[what]["p99_us"]
        check(p99 <= limit, f"p99, {what}: {p99} us, at most {limit}")


def try_it():
    systemctl("start", UNIT)
    check(attached(), "not attached after start")
    seq, pid = enable_seq(), main_pid()
    print(f"proportional set size: {pss(pid)} kB", flush=True)
    with subprocess.Popen([workload("bus-scale"), "--holders", str(HOLDERS)],
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        line = process.stdout.readline()
        check(line, "bus-scale ended without a result")
        size = pss(pid)
        print(f"proportional set size with {HOLDERS} holds: {size} kB", flush=True)
        equal(len(get(MANAGER, "ProfileHolds")), HOLDERS, "number of holds")
        equal(get(MANAGER, "ActiveProfile"), "latency", "ActiveProfile")
        process.stdin.close()
    check_times(json.loads(line))
    check(size <= MAX_PSS_KB, f"proportional set size: {size} kB, at most {MAX_PSS_KB}")
    wait_until("all holds have ended", lambda: get(MANAGER, "ProfileHolds") == [], step=0.5)
    equal(get(MANAGER, "ActiveProfile"), "balanced", "ActiveProfile")
    equal((enable_seq(), main_pid()), (seq, pid), "the scheduler and the daemon")


@case
def a_thousand_holders():
    os.makedirs(os.path.dirname(RULE), exist_ok=True)
    write(RULE, 'polkit.addRule(function(action, subject) {'
                ' if (action.id == "org.bpfland1.hold-profile") return polkit.Result.YES; });\n')
    systemctl("restart", "polkit.service")
    try:
        try_it()
    finally:
        os.unlink(RULE)
        systemctl("restart", "polkit.service")


if __name__ == "__main__":
    main()
