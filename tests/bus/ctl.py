#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""What bpflandctl prints, word by word, with a service whose numbers are known.

usage: ctl.py BPFLANDCTL TRANSCRIPT [--update]

Run by with-service. A transcript holds commands and what they print, standard error included, as a
terminal shows it; [3] after them is an exit status that is not 0. What differs from run to run
(dates, and how long ago they are) is replaced by words in capitals. The commands are

    $ bpflandctl …      a shell command, with TZ=UTC and the usual locale; in $DIR/etc are the
                        service's files, and in $DIR/sys its machine's
    % hold …            bpflandctl hold … in the background, until
    % release           ends the last of them
    % crash [STATE]     the scheduler ends with an error; goes on when it is attached again, or when
                        its state is this one
    % watch OPT …       what bpflandctl monitor OPT prints from its start on, while the shell
                        command … runs
    % json VERB … KEY   bpflandctl VERB … --json, in both forms; what is at a.b.0 in it

--update writes what is printed now into the transcript.
"""

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

PATIENCE = 100
VARYING = [
    (r"/var/tmp/bpfland-bus-\w+", "DIR"),
    (r"\w{3} \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC", "DATE"),
    (r"DATE; [\w. ]+ ago", "DATE; SPAN ago"),
    (r", [\w. ]+ ago, after [\w. ]+", ", SPAN ago, after SPAN"),
    (r"(?m)^\d\d:\d\d:\d\d ", "CLOCK "),
    (r'"(Time|Since|UptimeUSec|Cookie)": \d+', r'"\1": NUMBER'),
]


# Every machine is this one, but for one that nobody reaches and one that has no systemd.
SSH = """#!/bin/sh
shift $(($# - 2))
case $1 in
*nowhere* | *::1)
        echo "ssh: Could not resolve hostname ${1#*@}: Name or service not known" >&2
        exit 255
        ;;
router)
        echo "sh: $2: not found" >&2
        exit 127
        ;;
esac
exec "$2" --bus-path="$DBUS_SYSTEM_BUS_ADDRESS"
"""


def plain(text):
    for pattern, word in VARYING:
        text = re.sub(pattern, word, text)
    return text


def next_line(process):
    """Of its output; an error if it ends or has nothing to say."""
    watchdog = threading.Timer(PATIENCE, process.kill)
    watchdog.start()
    line = process.stdout.readline()
    watchdog.cancel()
    if not line:
        raise EOFError(f"{process.args} has ended, or said nothing for {PATIENCE} s")
    return line


class Session:
    def __init__(self, program, home):
        self.program = program
        self.background = []
        os.symlink(program, f"{home}/bpflandctl")
        with open(f"{home}/ssh", "w", encoding="utf-8") as ssh:
            ssh.write(SSH)
        os.chmod(f"{home}/ssh", 0o755)
        self.env = {**os.environ, "PATH": f"{home}:{os.environ['PATH']}", "TZ": "UTC",
                    "LC_ALL": "C.UTF-8", "HOME": home,
                    "DIR": re.search(r"/var/tmp/bpfland-bus-\w+",
                                     os.environ["DBUS_SYSTEM_BUS_ADDRESS"])[0]}
        for name in ("NO_COLOR", "COLUMNS", "TERM", "PAGER"):
            self.env.pop(name, None)

    def shell(self, line):
        p = subprocess.run(["sh", "-c", line], env=self.env, stdin=subprocess.DEVNULL,
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                           encoding="utf-8", timeout=PATIENCE, check=False)
        status = f"[{p.returncode}]\n" if p.returncode else ""
        return plain(p.stdout) + status

    def hold(self, *args):
        p = subprocess.Popen([self.program, "hold", *args], env=self.env, text=True,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.background.append(p)
        return plain(next_line(p))

    def release(self):
        p = self.background.pop()
        p.send_signal(signal.SIGTERM)
        out, _ = p.communicate(timeout=PATIENCE)
        return plain(out)

    def crash(self, state="running"):
        """The parent is with-service. Waits by the signals of the service, not by the clock."""
        with subprocess.Popen([self.program, "monitor", "-j"], env=self.env, text=True,
                              stdout=subprocess.PIPE) as monitor:
            next_line(monitor)
            os.kill(os.getppid(), signal.SIGUSR1)
            states = []
            while states[-1:] != [state]:
                event = json.loads(next_line(monitor))
                states += [s for s in (event.get("Changed", {}).get("State"),) if s]
            monitor.kill()
        return ""

    def watch(self, option, *command):
        """Until it tells of what is done last, which undoes itself."""
        last = ("FollowPowerProfile: yes" if option == "--json=off"
                else '"FollowPowerProfile": true')
        with subprocess.Popen([self.program, "monitor", option], env=self.env, text=True,
                              stdout=subprocess.PIPE, encoding="utf-8") as monitor:
            lines = [next_line(monitor)]
            said = self.shell(f"{' '.join(command)}; bpflandctl follow no; bpflandctl follow yes")
            while not said and last not in lines[-1]:
                lines.append(next_line(monitor))
            monitor.kill()
        return said + plain("".join(lines))

    def json(self, *words):
        *verb, path = words
        short, pretty = (
            subprocess.run([self.program, *verb, f"--json={form}"], env=self.env, text=True,
                           stdout=subprocess.PIPE, timeout=PATIENCE, check=False).stdout
            for form in ("short", "pretty"))
        value, other = json.loads(short), json.loads(pretty)
        for key in path.split("."):
            value, other = (v[int(key) if isinstance(v, list) else key] for v in (value, other))
        if short.count("\n") != 1 or "\n" not in pretty.strip() or type(value) is not type(other):
            return f"the two forms differ:\n{short}{pretty}"
        return plain(json.dumps(value)) + "\n"

    def run(self, line):
        kind, command = line[0], line[2:]
        if kind == "$":
            return self.shell(command)
        words = shlex.split(command)
        return getattr(self, words[0])(*words[1:])


def commands(text):
    return [line for line in text.splitlines() if re.match(r"[$%] ", line)]


def main():
    program, path = os.path.abspath(sys.argv[1]), Path(sys.argv[2])
    expected = path.read_text(encoding="utf-8")
    heading = "".join(line + "\n" for line in expected.splitlines() if line.startswith("#"))
    with tempfile.TemporaryDirectory() as home:
        session = Session(program, home)
        out = heading
        for line in commands(expected):
            out += f"\n{line}\n{session.run(line)}"
        for p in session.background:
            p.kill()
            p.wait()
    if "--update" in sys.argv:
        path.write_text(out, encoding="utf-8")
    elif out != expected:
        with tempfile.NamedTemporaryFile("w", encoding="utf-8") as file:
            file.write(out)
            file.flush()
            subprocess.run(["diff", "-u", path, file.name], check=False)
        sys.exit(1)
    print(f"ok: {len(commands(expected))} commands of {path.name}")


if __name__ == "__main__":
    main()
