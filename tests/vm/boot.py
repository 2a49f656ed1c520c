# SPDX-License-Identifier: GPL-2.0-only
"""Machines that sched_ext does not run on, by how they were started or locked."""

import os

import messages
from cases import Skip, case, main
from guest import (MANAGER, UNIT, Journal, attached, check, equal, get, message_of, read, scx_state,
                   systemctl, unit, write)

LOCKDOWN = "/sys/kernel/security/lockdown"


def start_and_fail(*words):
    journal = Journal()
    systemctl("start", UNIT)
    equal((get(MANAGER, "State"), scx_state()), ("failed", "disabled"), "State")
    entry = journal.wait("why", messages.has("GAVE_UP"))
    for text, what in ((unit("StatusText"), "STATUS"), (message_of(entry), "the journal")):
        for word in words:
            check(word in text, f"{what} does not name {word!r}: {text}")


@case
def isolated_cpus():
    if "isolcpus=" not in read("/proc/cmdline"):
        raise Skip("needs a guest with two CPUs and isolcpus=1 on the kernel's command line")
    start_and_fail("isolcpus=1", "command line")


@case
def lockdown():
    """Cannot be undone: the last of all cases in its guest."""
    if not os.path.exists(LOCKDOWN):
        raise Skip("this kernel has no lockdown")
    # A guest that ran this case already has nothing left but the second half.
    if "[confidentiality]" not in read(LOCKDOWN):
        write(LOCKDOWN, "integrity")
        systemctl("start", UNIT)
        check(attached(), "lockdown=integrity forbids the scheduler")
        systemctl("stop", UNIT)
        write(LOCKDOWN, "confidentiality")
    systemctl("start", UNIT)
    if attached():
        equal(get(MANAGER, "State"), "running", "State")
        return
    systemctl("stop", UNIT)
    start_and_fail("lock", "confidentiality")


if __name__ == "__main__":
    main()
