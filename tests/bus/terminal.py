#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""bpflandctl on a terminal: colours, width, and the pager, by everything that decides about them.

usage: terminal.py BPFLANDCTL

Run by with-service.
"""

import fcntl
import os
import pty
import re
import select
import shutil
import struct
import sys
import termios

GREEN = "\033[32m"
PAGER = "sed s/^/paged:/"
DECIDING = ("NO_COLOR", "SYSTEMD_COLORS", "TERM", "COLUMNS", "SYSTEMD_UTF8", "PAGER",
            "SYSTEMD_PAGER", "SYSTEMD_PAGERSECURE", "SUDO_UID", "PKEXEC_UID",
            "DOAS_USER")


def type_again(terminal, keys):
    """Until something comes of it: who presses Ctrl-C after less has shown a page, but before it
    reads keys, is not heard, and presses it again."""
    while not select.select([terminal], [], [], 1)[0]:
        os.write(terminal, keys)


def shown(program, *args, columns=100, lines=24, keys=None, **environment):
    """What a terminal of this size gets. @keys: (what is waited for, what is typed then)."""
    env = {k: v for k, v in os.environ.items() if k not in DECIDING}
    env |= {"TERM": "linux", "LC_ALL": "C.UTF-8", "PAGER": "cat", **environment}
    pid, terminal = pty.fork()
    if pid == 0:
        fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        os.execve(program, [program, *args], env)
    out, typed = b"", None
    while True:
        if typed:
            type_again(terminal, typed)
        try:
            part = os.read(terminal, 4096)
        except OSError:		# the other end is closed
            break
        if not part:
            break
        out += part
        if keys and keys[0] in out:
            typed, keys = keys[1], None
            os.write(terminal, typed)
    os.close(terminal)
    assert not keys, f"{args}: {keys[0]} was not shown: {out}"
    assert os.waitpid(pid, 0)[1] == 0, f"{args} failed: {out}"
    return out.decode().replace("\r\n", "\n")


def check_colours(program):
    assert GREEN in shown(program, "list")
    for name, value, expected in (("NO_COLOR", "1", False), ("NO_COLOR", "", True),
                                  ("TERM", "dumb", False), ("SYSTEMD_COLORS", "0", False),
                                  ("SYSTEMD_COLORS", "256", True)):
        out = shown(program, "list", **{name: value})
        assert (GREEN in out) == expected, f"{name}={value}: {out!r}"


def check_width(program):
    for columns in (60, 80, 120):
        widest = max(map(len, shown(program, "list", columns=columns, NO_COLOR="1").splitlines()))
        assert widest <= columns, f"{widest} columns on a terminal of {columns}"
    assert "…" in shown(program, "list", columns=60)
    plain = shown(program, "list", columns=60, SYSTEMD_UTF8="0")
    assert "..." in plain and plain.isascii(), plain
    assert shown(program, "list", columns=60, LC_ALL="C").isascii()


def is_session_of_another():
    with open("/proc/self/cgroup", encoding="utf-8") as f:
        owner = re.search(r"/user-(\d+)\.slice", f.read())
    return owner and int(owner[1]) != os.geteuid()


def check_pager(program):
    # Where these tests run by sudo the session alone would decide.
    fine = {"SYSTEMD_PAGERSECURE": "no"} if is_session_of_another() else {}
    for environment, paged in (({"PAGER": PAGER}, True),
                               ({"SYSTEMD_PAGER": PAGER, "PAGER": "false"}, True),
                               ({"SYSTEMD_PAGER": "", "PAGER": PAGER}, False),
                               ({"PAGER": PAGER, "SYSTEMD_PAGERSECURE": "no"}, True),
                               ({"PAGER": "true"}, None)):
        out = shown(program, "list", **{**fine, **environment})
        if paged is None:	# a pager that reads nothing: no complaint about the broken pipe
            assert out == "", out
        else:
            assert out.startswith("paged:") == paged, f"{environment}: {out!r}"
    assert "paged:" not in shown(program, "--no-pager", "list", PAGER=PAGER)
    # Who became root gets no pager of the user's choice, unless that is said to be fine.
    for name in ("SUDO_UID", "PKEXEC_UID", "DOAS_USER"):
        out = shown(program, "list", **{"PAGER": PAGER, name: "1000", "SYSTEMD_LESS": "FRSXMKE"})
        assert "balanced" in out and "paged:" not in out, f"{name}: {out!r}"


def check_less(program):
    """What is longer than the screen stays there until one has seen enough of it."""
    less = {"PAGER": "less", "SYSTEMD_PAGERSECURE": "no", "TERM": "xterm"}
    whole = shown(program, "stats", lines=100, columns=200, **less)
    last = "StaleTunables"
    assert "DirectDispatches" in whole and last in whole and "\033[1m" in whole, whole
    for typed in (b"q", b"\x03"):
        out = shown(program, "stats", lines=8, columns=200, keys=(b"WAKE-UPS", typed), **less)
        assert last not in out and "bpflandctl:" not in out, out
    out = shown(program, "stats", lines=8, columns=200, keys=(b"WAKE-UPS", b"Gq"), **less)
    assert last in out, out


def main():
    program = os.path.abspath(sys.argv[1])
    check_colours(program)
    check_width(program)
    check_pager(program)
    if not shutil.which("less"):
        print("skipped: there is no less")
        sys.exit(77)
    check_less(program)
    print("ok: on a terminal")


if __name__ == "__main__":
    main()
