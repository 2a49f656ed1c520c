# SPDX-License-Identifier: GPL-2.0-only
"""Suspend and resume, asked of the real logind: what ran runs after, and what was stopped does not.

Whether the machine really sleeps is up to its devices. The root of the lab's guests cannot, so that
the kernel turns round there; but before, it has told everybody, taken the scheduler aside, and
frozen all processes, and after that it undoes all of it, as after a sleep.
"""

import os

from cases import Skip, case, main
from client import Client
from guest import (MANAGER, TUNABLES, Monitor, attached, call, check, dmesg, enable_seq, equal,
                   get, put, read, restart_logind, run, scx_state, start, systemctl, unit, write)

LOGIND = "/org/freedesktop/login1"
STATES, MODES, STATS = "/sys/power/state", "/sys/power/mem_sleep", "/sys/power/suspend_stats"
FREEZING = "Freezing user space processes"


def suspends():
    """How often the kernel was asked, which may be for one kind of sleep after the other."""
    return sum(int(read(f"{STATS}/{end}")) for end in ("success", "fail"))


def suspend():
    """Returns when logind has said that it is over."""
    before, n_frozen = suspends(), len(dmesg(FREEZING))
    # What a machine whose devices can sleep wakes up by.
    run("rtcwake", "--mode", "no", "--seconds", "30")
    with Monitor(LOGIND) as monitor:
        systemctl("suspend")
        for going in (True, False):
            monitor.wait(f"PrepareForSleep({going})", lambda m, g=going: m.get("member") ==
                         "PrepareForSleep" and m["payload"]["data"] == [g])
    check(suspends() > before, "the kernel was not asked to suspend")
    check(len(dmesg(FREEZING)) > n_frozen, "no process was frozen")


@case
def suspend_changes_nothing():
    if not os.path.exists(STATES) or "mem" not in read(STATES).split():
        raise Skip("this kernel cannot suspend")
    if "s2idle" in read(MODES):
        write(MODES, "s2idle")
    restart_logind()
    seq = start()
    put(TUNABLES, "SliceMaxUSec", "t", 8000)
    with Client() as game:
        game.hold("gaming")
        for _ in range(3):
            suspend()
        equal((get(MANAGER, "ActiveProfile"), get(TUNABLES, "SliceMaxUSec")), ("gaming", 8000),
              "what is in force")
    # It was not even attached again: nothing of what may be restarted is used up.
    equal((attached(), enable_seq()), (True, seq), "attached, enable_seq")
    equal((get(MANAGER, "State"), get(MANAGER, "NRestarts"), unit("NRestarts")),
          ("running", 0, "0"), "State, NRestarts, the service's NRestarts")
    put(TUNABLES, "SliceMaxUSec", "t", 9000)
    check(get(TUNABLES, "Generation") > 0, "BPF does not answer")

    call(MANAGER, "Stop")
    suspend()
    equal((scx_state(), enable_seq(), get(MANAGER, "State")), ("disabled", seq, "stopped"),
          "after a suspend while stopped")


if __name__ == "__main__":
    main()
