# SPDX-License-Identifier: GPL-2.0-only
"""Programs made for another loader, unchanged, on our interface of that name."""

import os

from cases import Skip, case, main
from guest import (MANAGER, TUNABLES, UNIT, attached, check, enable_seq, equal, get, run, scx_state,
                   systemctl, wait_loader)

SCXCTL = "/opt/scxctl/bin/scxctl"


def scxctl(*args, status=0):
    """What it prints."""
    p = run(SCXCTL, *args, ok=False)
    text = (p.stdout + p.stderr).strip()
    print(f"scxctl {' '.join(args)}: {text}", flush=True)
    equal(p.returncode, status, f"exit status of scxctl {' '.join(args)}")
    return text


def in_force():
    return get(MANAGER, "State"), get(MANAGER, "ActiveProfile")


@case
def peers_scxctl():
    """list, get, start, switch by mode and by arguments, restart, stop, restore."""
    if not os.path.exists(SCXCTL):
        raise Skip("scxctl is not built; it comes with tests/lab test peers")
    systemctl("start", UNIT)
    check(attached(), "not attached after start")
    wait_loader()
    seq = enable_seq()
    equal(scxctl("list"), 'supported schedulers: ["bpfland"]', "list")
    equal(scxctl("get"), "running Bpfland in Auto mode", "get")
    for mode, profile in (("Gaming", "gaming"), ("PowerSave", "powersave"),
                          ("LowLatency", "latency"), ("Server", "throughput"),
                          ("Auto", "balanced")):
        scxctl("switch", "-m", mode.lower())
        equal(in_force(), ("running", profile), f"after switch -m {mode.lower()}")
        equal(scxctl("get"), f"running Bpfland in {mode} mode", "get")
    scxctl("switch", "-s", "bpfland", "-a=-s,15000")
    equal(get(TUNABLES, "SliceMaxUSec"), 15000, "SliceMaxUSec after switch -a")
    equal(scxctl("get"), 'running Bpfland with arguments "-s 15000"', "get")
    check("--frob" in scxctl("switch", "-s", "bpfland", "-a=--frob", status=1), "no reason given")
    equal(enable_seq(), seq, "enable_seq: something was attached anew")
    scxctl("restart")
    equal(enable_seq(), seq + 1, "enable_seq after a restart")
    scxctl("stop")
    equal((in_force()[0], scx_state()), ("stopped", "disabled"), "after stop")
    equal(scxctl("get"), "no scx scheduler running", "get")
    scxctl("start", "-s", "bpfland", "-m", "gaming")
    equal(in_force(), ("running", "gaming"), "after start")
    check(attached(), "not attached after start")
    scxctl("restore")
    equal(in_force(), ("running", "balanced"), "after restore")
    equal(scxctl("get"), "running Bpfland in Auto mode", "get")


if __name__ == "__main__":
    main()
