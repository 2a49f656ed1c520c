# SPDX-License-Identifier: GPL-2.0-only
"""bpflandctl: a profile is held for as long as somebody needs it, and no longer."""

import contextlib
import os
import select
import shutil
import signal
import subprocess

from cases import Skip, case, main
from guest import (MANAGER, PATIENCE, UNIT, Monitor, check, daemon_ready, equal, get, main_pid, put,
                   restart_logind, run, start, systemctl, wait_active, wait_until, write)
from pages import block_with

GAMEMODE_INI = "/etc/gamemode.ini"
LINGER = "/var/lib/systemd/linger/root"
USER_BUS = "/run/user/0/bus"


def active():
    return get(MANAGER, "ActiveProfile")


class Ctl:
    """A bpflandctl that goes on; killed at the end of the block if it still runs."""

    def __init__(self, *args):
        self.process = subprocess.Popen(["bpflandctl", *args], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate(timeout=PATIENCE)

    def line(self):
        check(select.select([self.process.stdout], [], [], PATIENCE)[0],
              f"bpflandctl said nothing within {PATIENCE} s")
        return self.process.stdout.readline().strip()

    def end(self, sig=None):
        """Its exit status and what it wrote to standard error."""
        if sig:
            self.process.send_signal(sig)
        _, err = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, err


@case
def hold_lasts_as_long_as_its_holder():
    start()
    for end in (signal.SIGINT, signal.SIGTERM):
        with Ctl("hold", "latency", "--reason", "recording", "-i", "studio") as ctl:
            equal(ctl.line(), "Holding latency until this is interrupted.", "what it says")
            equal(active(), "latency", "ActiveProfile while held")
            hold = get(MANAGER, "ProfileHolds")[0]
            equal((hold["Profile"], hold["Reason"], hold["ApplicationId"]),
                  ("latency", "recording", "studio"), "what the bus shows of it")
            equal(ctl.end(end), (0, ""), "its end")
        wait_active("balanced")
    with Ctl("hold", "latency") as ctl:
        ctl.line()
        ctl.end(signal.SIGKILL)
    wait_active("balanced")
    equal(get(MANAGER, "ProfileHolds"), [], "ProfileHolds")


@case
def hold_ends_when_a_profile_is_selected():
    start()
    with Ctl("hold", "latency") as ctl:
        ctl.line()
        put(MANAGER, "Profile", "s", "gaming")
        check(ctl.line().startswith("Released"), "the holder is not told")
        equal(ctl.end(), (0, ""), "its end")
    equal(active(), "gaming", "ActiveProfile")


@case
def hold_outlives_a_restart_of_the_service():
    start()
    with Ctl("hold", "gaming") as ctl:
        ctl.line()
        for end in ("restart", "kill", "stop"):
            pid = main_pid()
            if end == "kill":
                os.kill(pid, signal.SIGKILL)
                wait_until("systemd has started the daemon again",
                           lambda gone=pid: main_pid() not in (0, gone), step=0.02)
            else:
                systemctl(end, UNIT)
                systemctl("start", UNIT)
            daemon_ready()
            wait_active("gaming")
            wait_until("there is one hold", lambda: len(get(MANAGER, "ProfileHolds")) == 1,
                       step=0.02)
        equal(ctl.end(signal.SIGTERM), (0, ""), "its end")
    wait_active("balanced")


@case
def hold_that_cannot_be_had_says_why():
    start()
    for args, word in ((("hold", "silence"), "silence"),
                       (("hold", "gamng"), "did you mean gaming?"),
                       (("hold",), "PROFILE"),
                       (("hold", "latency", "gaming"), "PROFILE"),
                       (("hodl",), "did you mean hold?")):
        status, err = Ctl(*args).end()
        equal(status, 1, f"exit status of bpflandctl {args}")
        check(word in err and err.startswith("bpflandctl: ") and err.count("\n") == 1,
              f"bpflandctl {args} says: {err}")
    systemctl("stop", UNIT)
    status, err = Ctl("hold", "latency").end()
    equal(status, 1, "exit status without the service")
    check("systemctl start bpflandd" in err, f"what to do is not said: {err}")


@case
def launch_is_as_the_command():
    start()
    with Monitor() as monitor:
        with Ctl("launch", "-p", "gaming", "--", "sh", "-c", "echo up; read x; exit 7") as ctl:
            monitor.wait_property(MANAGER, "ActiveProfile", "gaming")
            equal(ctl.line(), "up", "what the command says")
            hold = get(MANAGER, "ProfileHolds")[0]
            equal(hold["ApplicationId"], "sh", "who holds it")
            equal(ctl.end(signal.SIGTERM), (128 + signal.SIGTERM, ""),
                  "the end by a signal that was passed on")
        monitor.wait_property(MANAGER, "ActiveProfile", "balanced")
    done = run("bpflandctl", "launch", "-p", "gaming", "sh", "-c", "echo out; exit 7", ok=False)
    equal((done.returncode, done.stdout, done.stderr), (7, "out\n", ""), "status and output")
    done = run("bpflandctl", "launch", "-p", "gaming", "--", "no-such-command", ok=False)
    equal(done.returncode, 127, "status without such a command")
    done = run("bpflandctl", "launch", "-p", "no-such-profile", "--", "echo", "ran", ok=False)
    equal((done.returncode, done.stdout), (1, ""), "with a profile that does not exist")
    systemctl("stop", UNIT)
    done = run("bpflandctl", "launch", "-p", "gaming", "--", "echo", "ran", ok=False)
    equal((done.returncode, done.stdout), (0, "ran\n"), "without the service")
    check("not running" in done.stderr, f"the warning: {done.stderr}")


@contextlib.contextmanager
def manager_of_the_user():
    """A manager and a bus of the user, as a login has them; what programs need to reach them.

    What loginctl enable-linger does, but not by it: between it, logind and systemd each waits for
    the next for 25 s only, which a guest may spend on reading the files of this unit.
    """
    # A user's manager is told to it.
    restart_logind()
    os.makedirs(os.path.dirname(LINGER), exist_ok=True)
    write(LINGER, "")
    try:
        systemctl("start", "user@0.service")
        wait_until("the user's bus is there", lambda: os.path.exists(USER_BUS), step=0.02)
        yield {**os.environ, "PATH": f"{os.environ['PATH']}:/usr/games",
               "XDG_RUNTIME_DIR": os.path.dirname(USER_BUS),
               "DBUS_SESSION_BUS_ADDRESS": f"unix:path={USER_BUS}"}
    finally:
        os.unlink(LINGER)
        systemctl("stop", "user@0.service")


@case
def game_mode_holds_by_a_service_of_the_user():
    """The lines of bpflandctl(1) in gamemode.ini, with the real GameMode."""
    if not shutil.which("gamemoded"):
        raise Skip("gamemoded is missing (Debian package gamemode)")
    if not os.path.exists("/usr/lib/systemd/user/dbus.socket"):
        raise Skip("there is no bus for users (Debian package dbus-user-session)")
    start()
    write(GAMEMODE_INI, block_with("bpflandctl.1", "[custom]") + f"script_timeout={PATIENCE}\n")
    try:
        with manager_of_the_user() as env:
            # The game's library waits for 25 s for it, which a start from a slow disk may take.
            run("systemctl", "--user", "start", "gamemoded.service", env=env)
            with subprocess.Popen(["gamemoderun", "sh", "-c", "read x"], stdin=subprocess.PIPE,
                                  env=env, stderr=subprocess.DEVNULL) as game:
                wait_active("gaming")
                game.communicate(b"\n", timeout=PATIENCE)
            wait_active("balanced")
    finally:
        os.unlink(GAMEMODE_INI)


if __name__ == "__main__":
    main()
