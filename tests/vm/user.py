# SPDX-License-Identifier: GPL-2.0-only
"""Commands that a user runs: [(status, output, errors)] of each as JSON.

usage: python3 -c "$(cat user.py)" '[[HOW, WORD…], …]'; begins when it reads a character

HOW is "done" for what ends by itself; "first-line" for what goes on, and is ended by SIGTERM after
its first line; "screen" for what fills a terminal, and is left by the key q.
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
        line = p.stdout.readline()
        p.send_signal(signal.SIGTERM)
        out, err = p.communicate()
    return p.returncode, line + out, err


def screen(*command):
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ["TERM"] = "linux"
        os.execvp(command[0], command)
    out = b""
    while True:
        try:
            part = os.read(terminal, 4096)
        except OSError:		# nobody is at the other end any more
            break
        out += part
        # Once the picture is there, so that this is not what a shell would have read.
        if b"q quit" in out and b"WAKE-UPS" in out:
            os.write(terminal, b"q")
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), out.decode(errors="replace"), ""


def main():
    sys.stdin.read(1)
    how = {"done": done, "first-line": first_line, "screen": screen}
    print(json.dumps([how[kind](*command) for kind, *command in json.loads(sys.argv[1])]))


main()
