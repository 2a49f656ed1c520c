# SPDX-License-Identifier: GPL-2.0-only
"""This kernel: the daemon loads, attaches, survives a short load and leaves; or says why not.

Runs in a bare guest, without systemd, because for some series the archive still has the kernel's
image but no longer its modules. Leaves a line for the lab's table in /lab/out/kernel.
"""

import contextlib
import os
import platform
import re
import subprocess
import sys

_HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(_HERE, "..", "vm"))

import guest                                    # noqa: E402

LOG = "/tmp/bpflandd.log"
# Builds whose type data describes some scheduler functions wrongly: one sentence is all we can do.
DEFECTIVE = re.compile(r"^7\.[12]\..*\+deb13")
SENTENCE = "describes some scheduler functions wrongly"


def said():
    return guest.read(LOG)


def table(result, features):
    """A line of the lab's table."""
    guest.write("/lab/out/kernel", f"{platform.release()}\t{result}\t{' '.join(features)}\n")


@contextlib.contextmanager
def daemon():
    """The installed daemon, ended as a service manager would; it must end well."""
    with open(LOG, "w", encoding="utf-8") as log:
        process = subprocess.Popen([guest.DAEMON], stdout=log, stderr=log)
    try:
        guest.wait_until("the daemon answers on the bus",
                         lambda: process.poll() is not None or guest.owner() is not None)
        guest.check(process.poll() is None, f"the daemon ended: {said()}")
        yield process
    finally:
        process.terminate()
        status = process.wait(guest.PATIENCE)
    guest.equal(status, 0, f"the daemon's exit status; it said: {said()}")


def load():
    """Computing threads, sleepers, and many that talk to each other."""
    with guest.Hogs("--per-cpu", "3"):
        late = guest.measure(["wake", "--seconds", "1"])[0]
        guest.run("hackbench", "-g", "1", "-l", "50", timeout=300)
    return late


def check_features():
    """What is listed is what this kernel has; the rest may depend on how it was built."""
    features = guest.get(guest.MANAGER, "Features")
    version = tuple(int(number) for number in platform.release().split(".")[:2])
    for name, since in (("RTReenqueue", (6, 19)), ("RemotePreemption", (6, 18)),
                        ("ExtServer", (7, 0))):
        guest.equal(name in features, version >= since, f"{name} is a feature")
    return features


def check_good():
    guest.wait_attached()
    seq = guest.enable_seq()
    late = load()
    guest.check(guest.attached() and guest.enable_seq() == seq,
                f"the scheduler has not survived a short load: {said()}")
    guest.check(late["samples"] > 100, f"only {late['samples']} wake-ups in a second")
    rejected = int(guest.read(f"{guest.SYSFS}/nr_rejected"))
    guest.equal(rejected, 0, "tasks that the scheduler refused")
    table("runs", check_features())


def check_defective():
    """The scheduler cannot run here: nothing is attached, and the daemon says it in a sentence."""
    guest.wait_until("the daemon gives up",
                     lambda: guest.get(guest.MANAGER, "State") == "failed")
    guest.equal(guest.scx_state(), "disabled", "the kernel's state")
    guest.check(SENTENCE in said(), f"the daemon does not say what is wrong: {said()}")
    table("says why not", [])


def main():
    if not os.path.exists("/lab/xfer/booted"):
        print("not in the lab's guest: run it with tests/lab test kernels")
        return 77
    defective = DEFECTIVE.match(platform.release())
    with guest.system_bus():
        with daemon():
            check_defective() if defective else check_good()
        guest.wait_detached()
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except guest.Failed as failure:
        table(f"FAILS: {failure}".splitlines()[0], [])
        print(failure, file=sys.stderr)
        sys.exit(1)
