# SPDX-License-Identifier: GPL-2.0-only
"""Who somebody is to polkit: sessions of users, made by logind, and root's password."""

import contextlib
import os
import termios

try:
    import dbus
except ImportError:		# only the guest must have it, and the build lists the cases, too
    dbus = None

from cases import Skip
from guest import NAME, PATH, BusError, check, read, run, write

FOREVER = 3600
NOBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
SHADOW = "/etc/shadow"
PASSWORD = "open sesame"


def connect():
    if dbus is None:
        raise Skip("there is no python3-dbus")
    return dbus.SystemBus(private=True)


def ask(bus, interface, member, signature="", args=(), name=NAME, path=PATH):
    """A call that has to work. A guest's clock may jump while it waits for its disk."""
    try:
        return bus.call_blocking(name, path, interface, member, signature, args, timeout=FOREVER)
    except dbus.DBusException as e:
        raise BusError(f"{interface}.{member}: {e.get_dbus_name()}: {e.get_dbus_message()}") from e


def open_session(bus, who, user, pid):
    """What a login does: logind moves the process into a session, while the returned is open."""
    uid = int(run("getent", "passwd", user).split(":")[2])
    seat, terminal, remote = {
        "at the machine": ("seat0", 1, False),
        "not at the machine any more": ("seat0", 2, False),
        "from another machine": ("", 0, True),
    }[who]
    answer = ask(
        bus, "org.freedesktop.login1.Manager", "CreateSession", "uusssssussbssa(sv)",
        (uid, pid, "sshd" if remote else "login", "tty", "user", "", seat, terminal,
         f"tty{terminal}" if seat else "", "", remote, "", "192.0.2.1" if remote else "", []),
        name="org.freedesktop.login1", path="/org/freedesktop/login1")
    shown = run("loginctl", "show-session", answer[0], "-p", "Active", "-p", "Remote", "-p", "Seat")
    expected = {f"Active={'no' if terminal == 2 else 'yes'}",
                f"Remote={'yes' if remote else 'no'}", f"Seat={seat}"}
    check(expected <= set(shown.splitlines() + ["Seat="]), f"the session of {who}: {shown}")
    return answer[3].take()


@contextlib.contextmanager
def session(bus, who, user, pid):
    if who in ("root", "a service"):
        yield
        return
    fd = open_session(bus, who, user, pid)
    try:
        yield
    finally:
        os.close(fd)


def reads_password(terminal):
    """Whether what is typed now is read as one: agents ask first, and only then switch echo off,
    and drop what came before."""
    return not termios.tcgetattr(terminal)[3] & termios.ECHO


@contextlib.contextmanager
def password_of_root():
    """Root has one, until the end of the block."""
    before = read(SHADOW)
    run("chpasswd", input=f"root:{PASSWORD}\n")
    try:
        yield PASSWORD
    finally:
        write(SHADOW, before + "\n")
