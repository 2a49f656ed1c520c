# SPDX-License-Identifier: GPL-2.0-only
"""Commands that a user runs: [(status, output, errors)] of each as JSON.

usage: python3 -c "$(cat user.py)" '[[HOW, WORD…], …]' SECONDS; begins when it reads a character

HOW is "done" for what ends by itself; "first-line" for what goes on, and is ended by SIGTERM after
its first line; "screen" for what fills a terminal, and is left by the key q. One that takes longer
than SECONDS has no status, and is the last.
"""

import json
import os
import pty
import signal
import subprocess
import sys


def done(*command):
    p = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                       check=False)
    return p.returncode, p.stdout, p.stderr


def first_line(*command):
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True) as p:
        try:
            line = p.stdout.readline()
            p.send_signal(signal.SIGTERM)
            out, err = p.communicate()
        finally:
            p.kill()
    return p.returncode, line + out, err


def read(terminal):
    try:
        return os.read(terminal, 4096)
    except OSError:
        return b""


def screen(*command):
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ["TERM"] = "linux"
        os.execvp(command[0], command)
    out = b""
    try:
        # Until nobody is at the other end any more.
        while part := read(terminal):
            out += part
            # Once the picture is there, so that this is not what a shell would have read.
            if b"q quit" in out and b"WAKE-UPS" in out:
                os.write(terminal, b"q")
    finally:
        os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), out.decode(errors="replace"), ""


class Late(Exception):
    pass


def late(*_):
    raise Late


def main():
    sys.stdin.read(1)
    how = {"done": done, "first-line": first_line, "screen": screen}
    results = []
    signal.signal(signal.SIGALRM, late)
    try:
        for kind, *command in json.loads(sys.argv[1]):
            signal.alarm(int(sys.argv[2]))
            results.append(how[kind](*command))
    except Late:
        results.append((None, "", f"nothing, for it has not ended within {sys.argv[2]} s"))
    signal.alarm(0)
    print(json.dumps(results))


main()
