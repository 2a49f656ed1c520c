#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""What the tab key brings: the program's candidates, and each shell with the script for it.

usage: completion.py BPFLANDCTL FOLDER-OF-SCRIPTS program|bash|zsh|fish

Run by with-service. What is typed is typed into a real shell on a terminal; fish completes without.
"""

import os
import pty
import re
import select
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PATIENCE = 100

# The words so far, and the candidates: all of them, or (with ...) some of them.
CANDIDATES = [
    (["stat"], ["status", "stats"]),
    (["set-"], ["set-profile"]),
    (["set-profile", ""], ["balanced", "gaming", "latency", "powersave", "throughput"]),
    (["set-profile", "ga"], ["gaming"]),
    (["set-profile", "gaming", ""], []),
    (["hold", "-r", "balanced", "la"], ["latency"]),
    (["hold", "--reason", ""], []),
    (["hold", "--re"], ["--reason="]),
    (["launch", "-p", "th"], ["throughput"]),
    (["launch", "-qp", "th"], ["throughput"]),
    (["launch", "--profile=th"], ["--profile=throughput"]),
    (["launch", "--profile", "th"], ["throughput"]),
    (["launch", "-p", "gaming", "--", "l"], [":command 5"]),
    (["launch", "-p", "gaming", "ls", "--al"], [":command 4"]),
    (["get", "SliceM"], ["SliceMaxUSec", "SliceMinUSec"]),
    (["get", "SliceMaxUSec", "Wake"], ["WakeSync"]),
    (["set", "Slice"], ["SliceMaxUSec=", "SliceMinUSec=", "SliceLagUSec="]),
    (["set", "CPUFrequency=m"], ["CPUFrequency=max", "CPUFrequency=min"]),
    (["set", "WakeSync="], ["WakeSync=yes", "WakeSync=no"]),
    (["set", "wake_sync=y"], ["wake_sync=yes"]),
    (["set", "SliceMinUSec="], ["SliceMinUSec=500us", "SliceMinUSec=500us", "SliceMinUSec=50us",
                                "SliceMinUSec=100ms"]),
    (["try", "-t", "5s", "Wake"], ["WakeSync="]),
    (["domain", "p"], ["primary="]),
    (["domain", "primary=a"], ["primary=all", "primary=auto"]),
    (["follow", ""], ["yes", "no"]),
    (["--json=s"], ["--json=short"]),
    (["--json", "p"], ["pretty"]),
    (["-H", ""], [":host"]),
    (["-H", "there", "set-profile", ""], []),
    (["--no-p"], ["--no-pager"]),
    (["status", "--no-l"], ["--no-legend"]),
    (["plot", ""], [":file"]),
    (["frobnicate", ""], []),
    (["hold", "--", "--"], []),
]


def candidates(program, words, **kwargs):
    done = subprocess.run([program, "__complete", "--", *words], stdout=subprocess.PIPE, text=True,
                          timeout=PATIENCE, check=True, **kwargs)
    return [line.split("\t")[0] for line in done.stdout.splitlines()]


def check_program(program, _):
    for words, expected in CANDIDATES:
        got = candidates(program, words)
        assert got == expected, f"{words}: {got}, expected {expected}"
    assert str(os.getpid()) in candidates(program, ["task", str(os.getpid())[0]])
    for name, offered in (("zz-a.b:c/d+e@f", ["zz-a.b:c/d+e@f"]), ("zz$(reboot)", []), ("zz;a", []),
                          ("zz a", [])):
        code = f"open('/proc/self/comm', 'w').write({name!r}); print(flush=True); input()"
        with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
            process.stdout.readline()
            got = candidates(program, ["task", name[:3]])
            process.stdin.close()
        assert got == offered, f"a task called {name}: {got}"
    # Without the service the rest is there, and nothing is said.
    nowhere = {**os.environ, "DBUS_SYSTEM_BUS_ADDRESS": "unix:path=/nonexistent/bus"}
    for words, expected in ((["set-profile", ""], []), (["sto"], ["stop"])):
        got = candidates(program, words, env=nowhere, stderr=subprocess.DEVNULL)
        assert got == expected, f"without the service, {words}: {got}"


class Terminal:
    """A shell on a terminal that is wide enough for all candidates."""

    def __init__(self, *command, env):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execvpe(command[0], command, {**env, "TERM": "dumb", "COLUMNS": "200"})
        self.text = ""

    def read_until(self, pattern):
        end = time.monotonic() + PATIENCE
        while not re.search(pattern, self.text):
            assert time.monotonic() < end, f"not shown: {pattern!r} in {self.text!r}"
            if select.select([self.fd], [], [], 1)[0]:
                self.text += os.read(self.fd, 4096).decode(errors="replace")

    def type(self, text, pattern):
        """Types it and waits until it is shown; forgets what was shown before."""
        self.text = ""
        os.write(self.fd, text.encode())
        self.read_until(pattern)

    def close(self):
        os.kill(self.pid, 9)
        os.waitpid(self.pid, 0)
        os.close(self.fd)


# What is typed before a tab, and the line as it is then.
TYPED = [
    ("bpflandctl set-p\t", r"set-profile "),
    ("gam\t", r"gaming "),
    ("bpflandctl set Wake\t", r"WakeSync="),
    ("y\t", r"WakeSync=?yes|\byes"),
    ("bpflandctl launch --prof\t", r"--profile="),
    ("thr\t", r"throughput"),
    ("bpflandctl domain prim\t", r"primary="),
    ("perf\t", r"performance"),
]


def type_all(terminal):
    for text, pattern in TYPED:
        if text.startswith("bpflandctl"):
            terminal.type("\x15", "")	# what is there is thrown away
            terminal.text = ""
        terminal.type(text, pattern)


def check_bash(_, scripts):
    terminal = Terminal("bash", "--norc", "--noprofile", "-i", env=os.environ)
    try:
        terminal.type("PS1='ready'\\>; bind 'set bell-style none'; "
                      f". {scripts}/bpflandctl.bash\n", "ready>")
        type_all(terminal)
        # A command of its own, with the completions that it has.
        terminal.type("\x15", "")
        terminal.type("bpflandctl launch -p gaming -- basena\t", r"basename ")
    finally:
        terminal.close()


def check_zsh(_, scripts):
    terminal = Terminal("zsh", "-f", "-i", env=os.environ)
    try:
        terminal.type(f"PS1='ready'\\>; fpath=({scripts} $fpath); autoload -U compinit; "
                      "compinit -u -D\n", "ready>")
        type_all(terminal)
    finally:
        terminal.close()


def check_fish(_, scripts):
    def complete(line):
        done = subprocess.run(
            ["fish", "--no-config", "-c",
             f"source {scripts}/bpflandctl.fish; complete -C '{line}'"],
            stdout=subprocess.PIPE, text=True, timeout=PATIENCE, check=True)
        return [text.split("\t")[0] for text in done.stdout.splitlines()]

    for line, expected in (
            ("bpflandctl set-p", ["set-profile"]),
            ("bpflandctl set-profile ga", ["gaming"]),
            ("bpflandctl set Wake", ["WakeSync="]),
            ("bpflandctl set WakeSync=n", ["WakeSync=no"]),
            ("bpflandctl hold --rea", ["--reason="]),
            ("bpflandctl launch -p gaming -- basena", ["basename"])):
        got = complete(line)
        assert got == expected, f"{line}: {got}, expected {expected}"


def main():
    program, scripts, what = os.path.abspath(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
    if what != "program" and not shutil.which(what):
        print(f"skipped: {what} is missing (Debian package {what})")
        sys.exit(77)
    with tempfile.TemporaryDirectory() as home:
        os.symlink(program, f"{home}/bpflandctl")
        os.environ.update(HOME=home, PATH=f"{home}:{os.environ['PATH']}", LC_ALL="C.UTF-8",
                          XDG_CONFIG_HOME=home, XDG_DATA_HOME=home)
        {"program": check_program, "bash": check_bash, "zsh": check_zsh,
         "fish": check_fish}[what](program, scripts)
    print(f"ok: {what}")


if __name__ == "__main__":
    main()
