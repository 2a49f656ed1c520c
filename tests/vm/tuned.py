# SPDX-License-Identifier: GPL-2.0-only
"""The power profile of the real tuned-ppd, which also says when it has none: `unknown`."""

from cases import Skip, case, main
from guest import (MANAGER, UNIT, attached, busctl, check, enable_seq, equal, get, run, systemctl,
                   wait_until)

SERVICES = ("tuned.service", "tuned-ppd.service")
OLD_NAME = "net.hadess.PowerProfiles"
OLD_PATH = "/net/hadess/PowerProfiles"


def wait_state(power, active):
    wait_until(f"PowerProfile {power!r} and ActiveProfile {active!r}",
               lambda: (get(MANAGER, "PowerProfile"), get(MANAGER, "ActiveProfile"))
               == (power, active), step=0.2)


@case
def tuned_ppd_is_followed():
    if systemctl("cat", "tuned-ppd.service", ok=False).returncode != 0:
        raise Skip("tuned-ppd is not installed; it comes with tests/lab test tuned")
    systemctl("stop", *SERVICES)
    systemctl("start", UNIT)
    check(attached(), "not attached after start")
    seq = enable_seq()
    equal(get(MANAGER, "PowerProfile"), "", "PowerProfile without a power daemon")
    systemctl("start", *SERVICES)
    wait_state("balanced", "balanced")
    busctl("set-property", OLD_NAME, OLD_PATH, OLD_NAME, "ActiveProfile", "s", "power-saver")
    wait_state("power-saver", "powersave")
    # A profile of tuned's own is none of the three.
    run("tuned-adm", "profile", "network-latency")
    wait_state("unknown", "balanced")
    busctl("set-property", OLD_NAME, OLD_PATH, OLD_NAME, "ActiveProfile", "s", "performance")
    wait_state("performance", "gaming")
    systemctl("stop", "tuned-ppd.service")
    wait_state("", "balanced")
    equal(enable_seq(), seq, "enable_seq: a power profile restarts nothing")
    check(attached(), "not attached any more")


if __name__ == "__main__":
    main()
