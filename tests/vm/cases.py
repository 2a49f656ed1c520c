# SPDX-License-Identifier: GPL-2.0-only
"""Cases: functions marked with @case, each run as a test of its own by its name.

A case starts with the service stopped, no state, no configuration of its own and nothing in the
way, and leaves the machine like that, failed or not.
"""

import os
import shutil
import subprocess
import sys
import traceback

import guest

_cases = {}


def case(function):
    _cases[function.__name__.replace("_", "-")] = function
    return function


class Skip(Exception):
    """This guest lacks something that the case needs."""


def _clean():
    guest.systemctl("stop", guest.UNIT, ok=False)
    guest.systemctl("reset-failed", guest.UNIT, ok=False)
    guest.run("umount", guest.STATE_DIR, ok=False)
    for path in (guest.STATE_DIR, guest.CONFIG_DIR, "/run/bpfland"):
        shutil.rmtree(path, ignore_errors=True)
    if os.path.exists(guest.DROP_IN_DIR):
        shutil.rmtree(guest.DROP_IN_DIR)
        guest.systemctl("daemon-reload")
    guest.wait_detached()


def _explain(journal):
    """What a developer wants to see first when a case has failed."""
    print("--- the service's journal:", file=sys.stderr)
    for entry in journal.entries():
        print(f"    {guest.message_of(entry)}", file=sys.stderr)
    for line in guest.dmesg("sched_ext|bpfland|BPF")[-10:]:
        print(f"    kernel: {line}", file=sys.stderr)


def _run(function):
    reason = guest.missing()
    if reason:
        print(f"skipped: {reason}")
        return 77
    _clean()
    journal = guest.Journal()
    try:
        guest.check_bus()
        function()
        return 0
    except Skip as e:
        print(f"skipped: {e}")
        return 77
    except (guest.Failed, guest.BusError, subprocess.TimeoutExpired) as e:
        place = [f for f in traceback.extract_tb(e.__traceback__)
                 if os.path.basename(f.filename) not in ("guest.py", "cases.py")]
        where = f"{os.path.basename(place[-1].filename)}:{place[-1].lineno}: " if place else ""
        print(f"FAILED: {where}{e}", file=sys.stderr)
        _explain(journal)
        return 1
    finally:
        _clean()


def main():
    if sys.argv[1:] == ["--list"]:
        print("\n".join(_cases))
        return
    if len(sys.argv) != 2 or sys.argv[1] not in _cases:
        print(f"usage: {sys.argv[0]} --list | {' | '.join(_cases)}", file=sys.stderr)
        sys.exit(2)
    sys.exit(_run(_cases[sys.argv[1]]))
