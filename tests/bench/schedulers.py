# SPDX-License-Identifier: GPL-2.0-only
"""Schedulers that take turns: the kernel's own, ours as a service, any other as a command."""

import os
import shlex
import subprocess
import time

import guest

OURS = "bpflandd"
PEERS = "/opt/peers/bin"
STATE = f"{guest.SYSFS}/state"
# Some load for half a minute of emulated time.
PATIENCE = 300


class Kernel:
    """EEVDF: what runs when no sched_ext scheduler does."""
    name = "EEVDF"
    pid = None

    def start(self):
        return None

    def stop(self):
        return None

    def alive(self):
        return guest.scx_state() == "disabled"


class Service:
    """Ours, as systemd starts it."""
    name = OURS

    def __init__(self):
        self.pid = None

    def start(self):
        """Seconds from the command until the kernel says enabled."""
        begin = time.monotonic()
        process = subprocess.Popen(["systemctl", "start", guest.UNIT])
        guest.wait_until("the kernel reports bpfland as attached", guest.attached, PATIENCE, 0.001)
        took = time.monotonic() - begin
        guest.equal(process.wait(), 0, "exit status of systemctl start")
        self.pid = guest.main_pid()
        return took

    def stop(self):
        begin = time.monotonic()
        process = subprocess.Popen(["systemctl", "stop", guest.UNIT])
        guest.wait_until("EEVDF has all tasks again", lambda: guest.scx_state() == "disabled",
                         PATIENCE, 0.001)
        took = time.monotonic() - begin
        guest.equal(process.wait(), 0, "exit status of systemctl stop")
        self.pid = None
        return took

    def alive(self):
        return guest.attached()


class Command:
    """A program that starts a scheduler, stays in the foreground and ends it at SIGTERM."""

    def __init__(self, line):
        self.words = shlex.split(line)
        self.name = os.path.basename(self.words[0])
        self.log = f"/run/bench/{self.name}.log"
        self.process = None
        self.pid = None

    def start(self):
        with open(self.log, "w", encoding="utf-8") as log:
            begin = time.monotonic()
            try:
                self.process = subprocess.Popen(self.words, stdout=log, stderr=log)
            except OSError as e:
                raise guest.Failed(f"{self.words[0]} cannot be started: {e.strerror}") from e
        guest.wait_until(f"{self.name} is enabled", self._enabled_or_gone, PATIENCE, 0.001)
        took = time.monotonic() - begin
        guest.check(self.process.poll() is None,
                    f"{self.name} ended at once: {self.last_words()}")
        self.pid = self.process.pid
        return took

    def _enabled_or_gone(self):
        return guest.scx_state() == "enabled" or self.process.poll() is not None

    def stop(self):
        begin = time.monotonic()
        self.process.terminate()
        guest.wait_until(f"{self.name} has left", lambda: guest.scx_state() == "disabled",
                         PATIENCE, 0.001)
        took = time.monotonic() - begin
        self.process.wait(PATIENCE)
        self.pid = None
        return took

    def alive(self):
        return guest.scx_state() == "enabled" and self.process.poll() is None

    def last_words(self):
        lines = guest.read(self.log).splitlines()
        return lines[-1] if lines else "it said nothing"


class Bare(Command):
    """Ours in a guest without systemd, on the bus like the service."""

    def __init__(self):
        super().__init__(guest.DAEMON)

    def start(self):
        took = super().start()
        guest.wait_until(f"{self.name} answers on the bus", guest.owner, PATIENCE, 0.02)
        return took

    def alive(self):
        return super().alive() and guest.attached()


def ours():
    return Service() if guest.has_systemd() else Bare()


def opponents(options):
    """What ours is compared with, in the order of the table."""
    names = list(options.against)
    if options.peers:
        names = ["eevdf", *(f"{PEERS}/{n}" for n in ("scx_rustland", "scx_bpfland", "scx_cosmos",
                                                    "scx_flash")), *names]
    found = [Kernel() if n.lower() == "eevdf" else Command(n) for n in names or ["eevdf"]]
    taken = {OURS}
    for scheduler in found:
        # The same program twice, with other options: both are kept, told apart by them.
        if scheduler.name in taken:
            scheduler.name = " ".join([scheduler.name, *scheduler.words[1:]])
        taken.add(scheduler.name)
    return found
