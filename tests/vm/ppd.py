# SPDX-License-Identifier: GPL-2.0-only
"""The real power-profiles-daemon, for tests."""

import contextlib
import os

from cases import Skip
from guest import busctl, systemctl, write

POWER = "power-profiles-daemon.service"
NAME = "org.freedesktop.UPower.PowerProfiles"
PATH = "/org/freedesktop/UPower/PowerProfiles"
DROP_IN = f"/run/systemd/system/{POWER}.d/50-test.conf"


@contextlib.contextmanager
def power_daemon_installed():
    """It is there, but does not run; its hardware, which a virtual machine lacks, is made up."""
    if systemctl("cat", POWER, ok=False).returncode != 0:
        raise Skip("power-profiles-daemon is not installed")
    os.makedirs(os.path.dirname(DROP_IN), exist_ok=True)
    write(DROP_IN, "[Service]\nEnvironment=POWER_PROFILE_DAEMON_FAKE_DRIVER=1\n")
    systemctl("daemon-reload")
    systemctl("stop", POWER, ok=False)
    try:
        yield
    finally:
        systemctl("stop", POWER, ok=False)
        os.unlink(DROP_IN)
        systemctl("daemon-reload")


def choose_power(profile):
    busctl("set-property", NAME, PATH, NAME, "ActiveProfile", "s", profile)
