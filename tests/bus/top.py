# SPDX-License-Identifier: GPL-2.0-only
"""bpflandctl top in a terminal of tmux, with keys, over a known service (with-service.c)."""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

CTL = sys.argv[1]
PATIENCE = 120		# for what has to happen, on a machine that has much else to do

# Every machine is this one; those that are slow, as all are while there is such a file, never
# answer.
SSH = """#!/bin/sh
shift $(($# - 2))
echo $$ >FOLDER/ssh.new
mv FOLDER/ssh.new FOLDER/ssh.pid
if [ "$1" = slow ] || [ -e FOLDER/slow ]; then
        exec sleep infinity
fi
exec "$2" --bus-path="$DBUS_SYSTEM_BUS_ADDRESS"
"""

HINT = "p profile  t try a tunable  h help  q quit"

FAILED = []


class Terminal:
    """A shell in a terminal of its own, in which the view is started again and again."""

    def __init__(self, folder):
        self.folder = folder
        self.socket = os.path.join(folder, "tmux")
        shell = os.path.join(folder, "shell")
        with open(shell, "w", encoding="utf-8") as f:
            f.write("PS1='ready> '\nstty sane\n")
        # What it ended with is told even when Ctrl-C ends it. The view is not to rely on how long
        # the bus waits.
        with open(f"{self.socket}.run", "w", encoding="utf-8") as f:
            f.write(f"#!/bin/sh\ntrap : INT\nstty -a >{self.socket}.before\n"
                    f"PATH={folder}:$PATH SYSTEMD_BUS_TIMEOUT=1h {CTL} top $*\necho left=$?\n")
        with open(f"{folder}/ssh", "w", encoding="utf-8") as f:
            f.write(SSH.replace("FOLDER", folder))
        for program in (f"{self.socket}.run", f"{folder}/ssh"):
            os.chmod(program, 0o755)
        self.tmux("-f", "/dev/null", "new-session", "-d", "-x", "100", "-y", "30",
                  f"ENV={shell} exec sh -i")
        self.tmux("set-option", "-g", "default-terminal", "screen-256color")
        self.wait("the shell", lambda s: "ready>" in s)

    def tmux(self, *args):
        p = subprocess.run(["tmux", "-S", self.socket, *args], capture_output=True, text=True,
                           check=False)
        if p.returncode:
            raise AssertionError(f"tmux {args}: {p.stderr}")
        return p.stdout

    def screen(self):
        return self.tmux("capture-pane", "-p")

    def keys(self, *keys):
        self.tmux("send-keys", *keys)

    def wait(self, what, condition):
        end = time.monotonic() + PATIENCE
        while True:
            screen = self.screen()
            if condition(screen):
                return screen
            if time.monotonic() > end:
                raise AssertionError(f"not on the screen: {what}\n{screen}")
            time.sleep(0.05)

    def type_command(self, *options):
        self.keys("clear", "Enter")
        self.keys(" ".join([f"{self.socket}.run", *options]), "Enter")

    def start(self, *options):
        self.type_command(*options)
        return self.wait("the view", lambda s: "WAKE-UPS" in s)

    def view(self):
        tty = self.tmux("display-message", "-p", "#{pane_tty}").strip()
        out = subprocess.run(["pgrep", "-t", tty.removeprefix("/dev/"), "-f", f"^{CTL} top$"],
                             capture_output=True, text=True, check=True).stdout
        return int(out.split()[0])

    def check_left(self, status):
        """The view has ended with this status, and the terminal is as if it had not been."""
        end = r"left=(\d+)\s+ready>"
        screen = self.wait("the end", lambda s: re.search(end, s))
        found = re.search(end, screen)[1]
        check(found == str(status), f"it ended with {found}, expected {status}")
        check("WAKE-UPS" not in screen, f"the view is still on the screen:\n{screen}")
        flags = self.tmux("display-message", "-p", "#{alternate_on} #{cursor_flag}").strip()
        check(flags == "0 1", f"alternate screen and cursor: {flags}")
        self.keys("clear", "Enter")
        self.keys(f"stty -a >{self.socket}.after; echo compared=$?", "Enter")
        self.wait("the settings", lambda s: re.search(r"compared=0\s+ready>", s))
        with open(f"{self.socket}.before", encoding="utf-8") as before, \
                open(f"{self.socket}.after", encoding="utf-8") as after:
            was, now = before.read().split("\n"), after.read().split("\n")
            check(was == now, f"the terminal's settings: {set(was) ^ set(now)}")


def wait_until(what, condition):
    end = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"not within {PATIENCE} s: {what}")
        time.sleep(0.05)


def check(condition, what):
    if not condition:
        FAILED.append(what)
        print(f"FAILED: {what}")


def value_of(tunable):
    return subprocess.run([CTL, "get", "--value", tunable], capture_output=True, text=True,
                          check=True).stdout.strip()


def last_line(screen):
    return screen.rstrip("\n").split("\n")[-1]


def it_shows_what_there_is(terminal):
    screen = terminal.start()
    for word in ("running", "balanced", "Interactive", "Background", "preemptions", "CPUS",
                 "q quit"):
        check(word in screen, f"{word} is not on the screen:\n{screen}")
    check(re.search(r"queue depth +5$", screen, re.M), f"the queue depth is not shown:\n{screen}")
    terminal.keys("h")
    terminal.wait("the help", lambda s: "revert: it goes at once" in s)
    terminal.keys("x")
    terminal.wait("no help", lambda s: "PER SECOND" in s)
    terminal.keys("q")
    terminal.check_left(0)


def a_profile_is_chosen(terminal):
    terminal.start()
    terminal.keys("p")
    terminal.wait("the profiles", lambda s: "throughput" in s)
    terminal.keys("Home")
    terminal.keys("Down")
    terminal.keys("Down")
    terminal.keys("Enter")
    screen = terminal.wait("the other profile", lambda s: "profile latency" in s)
    check("latency is selected" in screen, f"what was done is not said:\n{screen}")
    terminal.keys("p")
    terminal.wait("the profiles", lambda s: "throughput" in s)
    terminal.keys("Escape")
    terminal.wait("no list", lambda s: "PER SECOND" in s)
    terminal.keys("q")
    terminal.check_left(0)


def a_tunable_is_tried(terminal):
    before = value_of("SliceMaxUSec")
    terminal.start()
    terminal.keys("t")
    screen = terminal.wait("the tunables", lambda s: "SliceMinUSec" in s)
    names = re.findall(r"^\s+(\w+) ", screen[screen.index("Tunable:"):], re.M)
    terminal.keys("Home")
    for _ in range(names.index("SliceMaxUSec")):
        terminal.keys("Down")
    terminal.keys("Enter")
    terminal.wait("the question", lambda s: "SliceMaxUSec=" in s)
    terminal.keys("7x", "BSpace", "ms", "Enter")
    terminal.wait("the try", lambda s: "trying for" in s)
    check(value_of("SliceMaxUSec") == "7ms", f"what is tried: {value_of('SliceMaxUSec')}")
    terminal.keys("r")
    terminal.wait("the end of it", lambda s: "it is as it was" in s)
    check(value_of("SliceMaxUSec") == before, "the value after the try")

    # What is wrong is said in the last line but one, and nowhere else.
    terminal.keys("t")
    terminal.wait("the tunables", lambda s: "SliceMinUSec" in s)
    terminal.keys("Enter")
    terminal.keys("never", "Enter")
    screen = terminal.wait("what is wrong", lambda s: "never" in s and "PER SECOND" in s)
    check("running" in screen.split("\n")[0], f"the picture is torn:\n{screen}")

    # A try ends with who tried.
    terminal.keys("t", "Home")
    terminal.wait("the tunables", lambda s: "SliceMinUSec" in s)
    for _ in range(names.index("SliceMaxUSec")):
        terminal.keys("Down")
    terminal.keys("Enter", "9", "m", "s", "Enter")
    terminal.wait("the try", lambda s: "trying for" in s)
    terminal.keys("q")
    terminal.check_left(0)
    wait_until("the value is as before", lambda: value_of("SliceMaxUSec") == before)


def any_size_will_do(terminal):
    terminal.start()
    for columns, lines in ((40, 8), (200, 50), (10, 3), (100, 30)):
        terminal.tmux("resize-window", "-x", str(columns), "-y", str(lines))
        # It is drawn anew: at the left, in the first line and in the last.
        terminal.wait(f"all of it in {columns}x{lines}",
                      lambda s: s.startswith("bpfland") and
                      last_line(s) == HINT[:columns - 1].rstrip())
    terminal.keys("q")
    terminal.check_left(0)


def signals_leave_the_terminal_clean(terminal):
    for sig in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
        terminal.start()
        os.kill(terminal.view(), sig)
        terminal.check_left(128 + sig)
    terminal.start()
    terminal.keys("C-c")
    terminal.check_left(128 + signal.SIGINT)


def a_service_may_go_and_come(terminal):
    terminal.start()
    os.kill(os.getppid(), signal.SIGUSR2)
    screen = terminal.wait("no service", lambda s: "no service" in s)
    check("bpflandd is not running" in screen, f"why is not said:\n{screen}")
    os.kill(os.getppid(), signal.SIGUSR2)
    terminal.wait("the service", lambda s: "running" in s and "no service" not in s)
    terminal.keys("q")
    terminal.check_left(0)


@contextlib.contextmanager
def service_that_hangs():
    os.kill(os.getppid(), signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(os.getppid(), signal.SIGCONT)


def a_service_that_hangs_can_be_left(terminal):
    terminal.start()
    with service_that_hangs():
        terminal.wait("no answer", lambda s: "no service" in s)
        terminal.keys("q")
        terminal.check_left(0)


def a_key_that_waits_can_be_left(terminal):
    """It is said that it waits; one can go on without the answer, and always leave."""
    for key, status in (("q", 0), ("C-c", 128 + signal.SIGINT)):
        terminal.start()
        with service_that_hangs():
            terminal.keys("p")
            terminal.wait("that it waits", lambda s: "Esc: go on without it" in s)
            terminal.keys("Escape")
            terminal.wait("that it does not", lambda s: "Esc: go on without it" not in s)
            terminal.keys("t")
            terminal.wait("that it waits again", lambda s: "Esc: go on without it" in s)
            terminal.keys(key)
            terminal.check_left(status)


def ssh_of(terminal):
    """The process of the ssh that was started last."""
    try:
        with open(f"{terminal.folder}/ssh.pid", encoding="utf-8") as f:
            return int(f.read())
    except FileNotFoundError:
        return None


def ssh_that_does_not_arrive_can_be_left(terminal):
    # At first ssh has the terminal, and may ask for a password there.
    terminal.type_command("-H", "slow")
    wait_until("ssh is started", lambda: ssh_of(terminal))
    terminal.keys("C-c")
    terminal.check_left(128 + signal.SIGINT)

    slow = f"{terminal.folder}/slow"
    for key, status in (("q", 0), ("C-c", 128 + signal.SIGINT)):
        screen = terminal.start("-H", "there")
        check("running" in screen, f"the service is not seen:\n{screen}")
        with open(slow, "w", encoding="utf-8"):
            pass
        first = ssh_of(terminal)
        os.kill(first, signal.SIGTERM)
        terminal.wait("that it waits for another", lambda s, first=first: "no service" in s and
                      "Waiting for the service" in s and ssh_of(terminal) != first)
        terminal.keys(key)
        terminal.check_left(status)
        wait_until("ssh has gone, too", lambda: not os.path.exists(f"/proc/{ssh_of(terminal)}"))
        os.remove(slow)


def without_a_terminal_it_says_so():
    p = subprocess.run([CTL, "top"], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                       check=False)
    check(p.returncode == 1 and "needs a terminal" in p.stderr, f"no terminal: {p}")


def main():
    if not shutil.which("tmux"):
        print("skipped: there is no tmux")
        return 77
    without_a_terminal_it_says_so()
    with tempfile.TemporaryDirectory() as folder:
        terminal = Terminal(folder)
        try:
            for case in (it_shows_what_there_is, a_profile_is_chosen, a_tunable_is_tried,
                         any_size_will_do, signals_leave_the_terminal_clean,
                         a_service_may_go_and_come, a_service_that_hangs_can_be_left,
                         a_key_that_waits_can_be_left, ssh_that_does_not_arrive_can_be_left):
                case(terminal)
                print(f"done: {case.__name__}")
        finally:
            terminal.tmux("kill-server")
    return 1 if FAILED else 0


if __name__ == "__main__":
    sys.exit(main())
