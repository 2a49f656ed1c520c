# SPDX-License-Identifier: GPL-2.0-only
"""A person is asked for a password: by the real polkit, through the real agent for terminals, and
only if the call allows it. Nobody else waits for what is typed."""

import os
import pty
import select
import subprocess
import time

try:
    import dbus
except ImportError:		# only the guest must have it, and the build lists the cases, too
    dbus = None

from cases import Skip, case, main
from guest import (MANAGER, NAME, PATH, PATIENCE, TUNABLES, check, equal, get, put, start,
                   systemctl)
from login import NOBODY, password_of_root, reads_password

ACTION = "org.bpfland1.set-tunables"


class Caller:
    """busctl of a user without rights, which writes SliceMaxUSec as soon as it may go. Who is
    asked for a password is the agent of this very process."""

    def __init__(self, usec, interactive):
        words = ("busctl", f"--allow-interactive-authorization={interactive}", "call", NAME, PATH,
                 "org.freedesktop.DBus.Properties", "Set", "ssv", TUNABLES, "SliceMaxUSec", "t",
                 str(usec))
        self.process = subprocess.Popen([*NOBODY, "sh", "-c", 'read go; exec "$@"', "sh", *words],
                                        stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate(timeout=PATIENCE)

    def go(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def end(self):
        """Its exit status and what it wrote to standard error."""
        _, err = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, err


class Agent:
    """pkttyagent on a terminal of its own, which is all that a person sees."""

    def __init__(self, caller):
        self.text = ""
        ready, told = os.pipe()
        os.set_inheritable(told, True)
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.execvp(NOBODY[0], [*NOBODY, "pkttyagent", "--process", str(caller.process.pid),
                                  "--notify-fd", str(told)])
        os.close(told)
        # It closes that when polkit knows it.
        check(select.select([ready], [], [], PATIENCE)[0], "pkttyagent does not start")
        os.close(ready)
        check(os.waitpid(self.pid, os.WNOHANG) == (0, 0), f"pkttyagent ended: {self.heard()}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.kill(self.pid, 9)
        os.waitpid(self.pid, 0)
        os.close(self.terminal)

    def heard(self, patience=0):
        """All that has been shown until now."""
        while select.select([self.terminal], [], [], patience)[0]:
            try:
                self.text += os.read(self.terminal, 4096).decode(errors="replace")
            except OSError:	# nobody is at the other end any more
                break
        return self.text

    def wait_question(self):
        end = time.monotonic() + PATIENCE
        while "assword:" not in self.heard(0.05) or not reads_password(self.terminal):
            check(time.monotonic() < end, f"nobody was asked for a password: {self.text!r}")
        check(ACTION in self.text, f"what it is for is not said: {self.text!r}")

    def type(self, text):
        os.write(self.terminal, f"{text}\n".encode())


def fastest_read():
    """The shortest of some round trips, in seconds: what it takes, whatever the machine does."""
    bus, times = dbus.SystemBus(private=True), []
    for _ in range(20):
        begin = time.monotonic()
        bus.call_blocking(NAME, PATH, "org.freedesktop.DBus.Properties", "Get", "ss",
                          (MANAGER, "State"), timeout=PATIENCE)
        times.append(time.monotonic() - begin)
    bus.close()
    return min(times)


def others_go_on(usec):
    took = fastest_read()
    check(took <= 0.01, f"a Get beside a person who thinks takes {took * 1000:.1f} ms")
    put(TUNABLES, "SliceMaxUSec", "t", usec)
    equal(get(TUNABLES, "SliceMaxUSec"), usec, "what root has set meanwhile")


@case
def a_person_is_asked_if_the_call_allows_it():
    if dbus is None:
        raise Skip("there is no python3-dbus")
    start()
    with Caller(8000, "no") as caller, Agent(caller) as agent:
        caller.go()
        status, err = caller.end()
        check(status != 0 and ACTION in err and "allow interactive" in err, f"refused with: {err}")
        equal(agent.heard(), "", "what a person saw of a call that forbids to ask")

    with password_of_root() as password, Caller(8000, "yes") as caller, Agent(caller) as agent:
        caller.go()
        agent.wait_question()
        others_go_on(7000)
        equal(caller.process.poll(), None, "the exit status of the call before the answer")
        agent.type(password)
        equal(caller.end(), (0, ""), "how the call ended after the password")
        equal(get(TUNABLES, "SliceMaxUSec"), 8000, "what was allowed")


@case
def polkit_dies_while_a_person_thinks():
    if dbus is None:
        raise Skip("there is no python3-dbus")
    start()
    with Caller(8000, "yes") as caller, Agent(caller) as agent:
        caller.go()
        agent.wait_question()
        systemctl("kill", "--signal=KILL", "polkit.service")
        status, err = caller.end()
        check(status != 0 and "Access denied" in err, f"refused with: {err}")
    others_go_on(7000)


if __name__ == "__main__":
    main()
