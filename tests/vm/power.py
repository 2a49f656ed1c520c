# SPDX-License-Identifier: GPL-2.0-only
"""The power profile of the real power-profiles-daemon: late, going, dying, never needed."""

import os

from cases import case, main
from guest import (CONFIG_DIR, MANAGER, UNIT, Monitor, check, enable_seq, equal, get, put, run,
                   start, systemctl, wait_until, write)
from ppd import POWER, choose_power, power_daemon_installed


def state():
    return get(MANAGER, "PowerProfile"), get(MANAGER, "ActiveProfile")


def wait_state(power, active):
    wait_until(f"PowerProfile {power!r} and ActiveProfile {active!r}",
               lambda: state() == (power, active), step=0.05)


@case
def the_power_profile_is_followed():
    with power_daemon_installed():
        seq = start()
        equal((get(MANAGER, "FollowPowerProfile"), state()), (True, ("", "balanced")),
              "FollowPowerProfile, PowerProfile and ActiveProfile")
        systemctl("reload", UNIT)
        # Whoever asks for the name would start it.
        check(systemctl("is-active", POWER, ok=False).returncode != 0,
              "following the power profile has started the power daemon")
        systemctl("start", POWER)
        wait_state("balanced", "balanced")
        with Monitor() as monitor:
            choose_power("power-saver")
            monitor.wait_property(MANAGER, "ActiveProfile", "powersave")
            choose_power("performance")
            monitor.wait_property(MANAGER, "ActiveProfile", "gaming")
        equal(state(), ("performance", "gaming"), "PowerProfile and ActiveProfile")
        # Gone, killed, and back.
        systemctl("stop", POWER)
        wait_state("", "balanced")
        systemctl("start", POWER)
        choose_power("power-saver")
        wait_state("power-saver", "powersave")
        systemctl("kill", "--signal=KILL", POWER)
        wait_until("the killed one is back or left out",
                   lambda: state() in (("", "balanced"), ("power-saver", "powersave")), step=0.05)
        systemctl("start", POWER)
        wait_state("power-saver", "powersave")
        equal(enable_seq(), seq, "enable_seq: a power profile restarts nothing")


@case
def a_selection_ends_following():
    with power_daemon_installed():
        start()
        systemctl("start", POWER)
        choose_power("power-saver")
        wait_state("power-saver", "powersave")
        put(MANAGER, "Profile", "s", "latency")
        equal((get(MANAGER, "FollowPowerProfile"), state()), (False, ("power-saver", "latency")),
              "after Profile was written")
        choose_power("performance")
        wait_state("performance", "latency")
        systemctl("restart", UNIT)
        wait_state("performance", "latency")
        put(MANAGER, "FollowPowerProfile", "b", "true")
        equal(state(), ("performance", "gaming"), "handed back")
        systemctl("restart", UNIT)
        wait_state("performance", "gaming")
        equal((get(MANAGER, "FollowPowerProfile"), get(MANAGER, "Profile")), (True, "latency"),
              "what is kept over a restart")


@case
def the_map_is_configured():
    os.makedirs(CONFIG_DIR, exist_ok=True)
    write(f"{CONFIG_DIR}/bpflandd.json",
          '{"power_profile_map": {"performance": "throughput"}, "default_profile": "latency"}')
    with power_daemon_installed():
        start()
        systemctl("start", POWER)
        choose_power("performance")
        wait_state("performance", "throughput")
        choose_power("power-saver")
        wait_state("power-saver", "latency")
        write(f"{CONFIG_DIR}/bpflandd.json", '{"follow_power_profile": false}')
        systemctl("reload", UNIT)
        equal((get(MANAGER, "FollowPowerProfile"), state()), (False, ("power-saver", "balanced")),
              "after the configuration says not to follow")
    run("systemctl", "is-active", UNIT)


if __name__ == "__main__":
    main()
