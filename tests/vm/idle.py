# SPDX-License-Identifier: GPL-2.0-only
"""What the daemon costs while nothing happens."""

import os
import re

from cases import case, main
from guest import (PATIENCE, UNIT, attached, check, equal, main_pid, read, run, systemctl,
                   wait_until)

SPAN = 60


def voluntary_switches(pid):
    return int(re.search(r"^voluntary_ctxt_switches:\s*(\d+)", read(f"/proc/{pid}/status"),
                         re.MULTILINE).group(1))


def quiet(pid, span):
    """Sleeps that long; how often the daemon woke up meanwhile."""
    before = voluntary_switches(pid)
    run("sleep", str(span), timeout=PATIENCE)
    return voluntary_switches(pid) - before


@case
def idle_daemon_does_not_wake_up():
    systemctl("start", UNIT)
    pid = main_pid()
    # What the start itself has set off (signals to other programs, their answers) ends first.
    wait_until("a second without a wake-up", lambda: quiet(pid, 1) == 0)
    equal(quiet(pid, SPAN), 0, f"wake-ups of the idle daemon in {SPAN} s")
    equal(len(os.listdir(f"/proc/{pid}/task")), 1, "threads")
    check(attached(), "not attached any more")


@case
def memory_is_small():
    systemctl("start", UNIT)
    rollup = read(f"/proc/{main_pid()}/smaps_rollup")
    pss = int(re.search(r"^Pss:\s*(\d+) kB", rollup, re.MULTILINE).group(1))
    check(pss <= 5 * 1024, f"proportional set size: {pss} kB, at most 5120")


if __name__ == "__main__":
    main()
