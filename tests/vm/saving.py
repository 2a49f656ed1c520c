# SPDX-License-Identifier: GPL-2.0-only
"""Power: what the service changes outside the scheduler, and that nothing of it is left behind."""

import os
import signal

from cases import Skip, case, main
from guest import (MANAGER, STATISTICS, TUNABLES, UNIT, attached, call, check, drop_in, equal, get,
                   main_pid, put, read, run, systemctl, unit, wait_until, write)

LATENCY = "/sys/devices/system/cpu/cpu0/power/pm_qos_resume_latency_us"
KEPT = "/run/bpfland/idle-resume"


def start():
    if not os.path.exists(LATENCY):
        raise Skip(f"this kernel has no {LATENCY}")
    systemctl("start", UNIT)
    check(attached(), "not attached after start")


@case
def idle_resume_is_put_back():
    before = "70"
    if os.path.exists(LATENCY):
        write(LATENCY, before)
    start()
    check("IdleResumeUSec" in get(MANAGER, "Features"), "not among the Features")
    put(TUNABLES, "IdleResumeUSec", "x", 250)
    equal(read(LATENCY), "250", "the CPU's latency")
    put(TUNABLES, "IdleResumeUSec", "x", 0)
    equal(read(LATENCY), "n/a", "no latency at all, as the kernel spells it")
    # What is in force is not a leftover.
    p = run("/usr/sbin/bpflandd", "--restore", ok=False)
    check(p.returncode == 1 and "is running" in p.stderr,
          f"--restore beside the daemon ended with {p.returncode}: {p.stderr}")
    equal((read(LATENCY), os.path.exists(KEPT)), ("n/a", True), "after a --restore by hand")
    call(TUNABLES, "Reset", "as", 1, "IdleResumeUSec")
    equal(read(LATENCY), before, "after the tunable was switched off")

    put(TUNABLES, "IdleResumeUSec", "x", 250)
    call(MANAGER, "Stop")
    equal(read(LATENCY), before, "after Stop")
    call(MANAGER, "Start")
    equal(read(LATENCY), "250", "after Start")

    # The daemon is killed: it is ExecStopPost= that puts the value back, not the next daemon.
    with drop_in("[Service]\nRestart=no\n"):
        os.kill(main_pid(), signal.SIGKILL)
        wait_until("the service has failed", lambda: unit("ActiveState") == "failed")
        equal((read(LATENCY), os.path.exists(KEPT)), (before, False), "after SIGKILL")
    start()

    put(TUNABLES, "IdleResumeUSec", "x", 250)
    systemctl("stop", UNIT)
    equal(read(LATENCY), before, "after the service was stopped")
    write(LATENCY, "0")


@case
def power_tunables_reach_the_scheduler():
    start()
    for name in ("ThrottleUSec", "CPUFrequency"):
        check(name in get(MANAGER, "Features"), f"{name} is not among the Features")
    put(TUNABLES, "CPUFrequency", "s", "min")
    check("frequency 0 of 1024" in call(STATISTICS, "GetDump")[0], "the governor was not told")
    call(MANAGER, "Restart")
    check("frequency 0 of 1024" in call(STATISTICS, "GetDump")[0],
          "the governor was not told by a new scheduler")
    put(TUNABLES, "CPUFrequency", "s", "off")
    check("frequency 0 of" not in call(STATISTICS, "GetDump")[0], "min did not end")
    put(TUNABLES, "ThrottleUSec", "t", 1000)
    put(TUNABLES, "ThrottleUSec", "t", 0)
    check(attached(), "not attached any more")


if __name__ == "__main__":
    main()
