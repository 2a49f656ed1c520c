# SPDX-License-Identifier: GPL-2.0-only
"""What a script in the guest needs: the service, the kernel's view, the bus, the journal, load.

Shared by the tests of this folder, the demo and the benchmarks. Waiting is always for a condition
and with a limit; where neither kernel nor systemd offers an event, in short steps of poll().
"""

import contextlib
import json
import os
import re
import select
import signal
import subprocess
import time

UNIT = "bpflandd.service"
DAEMON = "/usr/sbin/bpflandd"
NAME = "org.bpfland1"
PATH = "/org/bpfland1"
MANAGER = "org.bpfland1.Manager"
TUNABLES = "org.bpfland1.Tunables"
DOMAINS = "org.bpfland1.Domains"
STATISTICS = "org.bpfland1.Statistics"
LOADER = "org.scx.Loader"	# the second name, and interface
OPS = "bpfland"

SYSFS = "/sys/kernel/sched_ext"
STATE_DIR = "/var/lib/bpfland"
CONFIG_DIR = "/etc/bpfland"
DROP_IN_DIR = f"/run/systemd/system/{UNIT}.d"

SOURCE = os.environ.get("BPFLAND_SOURCE", "/src")

# For what has to happen. Emulation without KVM runs some ten times slower than the machines that
# limits are made for, and its clock may jump ahead while the guest waits for its disk.
PATIENCE = 300

# Each call of systemd's programs (and of ours) would give up after 25 s.
os.environ["SYSTEMD_BUS_TIMEOUT"] = f"{PATIENCE}s"


class Failed(AssertionError):
    """What was expected did not happen."""


class BusError(Exception):
    """A call that was answered with an error; its message is what the caller sees."""


def has_systemd():
    return os.path.isdir("/run/systemd/system")


def missing(bare=False):
    """What this is not, in a sentence; None in the lab's guest, with @bare also without systemd."""
    if not os.path.exists("/lab/xfer/booted"):
        return "not in the lab's guest: run it with tests/lab test"
    if not bare and not has_systemd():
        return "systemd is not running here: boot the guest with --systemd"
    if not os.path.isdir(SYSFS):
        return "this kernel has no sched_ext"
    return None


def check_bus():
    """The guest's bus is the one that this test is to be run with."""
    wanted = os.environ.get("BPFLAND_BUS")
    if wanted:
        equal(systemctl("show", "--value", "--property=Id", "dbus.service"), wanted, "the bus")


def check(condition, what):
    if not condition:
        raise Failed(what)


def equal(value, expected, what):
    check(value == expected, f"{what}: {value!r}, expected {expected!r}")


def read(path):
    with open(path, encoding="utf-8", errors="replace") as f:
        return f.read().strip()


def write(path, text):
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)


def run(*command, ok=True, timeout=PATIENCE, **kwargs):
    """Runs a command; its output. With ok=False, the finished process whatever its status."""
    p = subprocess.run(command, capture_output=True, text=True, timeout=timeout, check=False,
                       **kwargs)
    if not ok:
        return p
    check(p.returncode == 0,
          f"{' '.join(command)} ended with {p.returncode}: {p.stderr.strip() or p.stdout.strip()}")
    return p.stdout.strip()


def wait_until(what, condition, timeout=PATIENCE, step=0.002):
    """Waits for a condition that nobody signals; what it returned and how many seconds it took."""
    start = time.monotonic()
    nothing = select.poll()
    while True:
        value = condition()
        now = time.monotonic()
        if value:
            return value, now - start
        check(now - start < timeout, f"not within {timeout} s: {what}")
        nothing.poll(step * 1000)


# The kernel's view. Its state file does not notify; neither does enable_seq.

def scx_state():
    return read(f"{SYSFS}/state")


def scx_ops():
    """The attached scheduler's name, '' if none."""
    try:
        return read(f"{SYSFS}/root/ops")
    except FileNotFoundError:
        return ""


def enable_seq():
    return int(read(f"{SYSFS}/enable_seq"))


def attached():
    return scx_state() == "enabled" and scx_ops() == OPS


def wait_attached(timeout=PATIENCE):
    return wait_until("the kernel reports bpfland as attached", attached, timeout)[1]


def wait_detached(timeout=PATIENCE):
    return wait_until("the kernel is on its own scheduler again",
                      lambda: scx_state() == "disabled", timeout)[1]


# The service.

def systemctl(*args, ok=True, timeout=PATIENCE):
    return run("systemctl", *args, ok=ok, timeout=timeout)


def unit(prop):
    return systemctl("show", "--value", "--property", prop, UNIT)


def main_pid():
    return int(unit("MainPID"))


def daemon_ready(timeout=PATIENCE):
    """Waits until the service is up (also again, after systemd restarted it) and on the bus."""
    wait_until("the service is active", lambda: unit("ActiveState") == "active" and main_pid(),
               timeout, step=0.02)
    wait_until("the daemon answers on the bus", lambda: owner() is not None, timeout, step=0.02)


def start():
    """Starts the service, which has to attach the scheduler; enable_seq as of then."""
    systemctl("start", UNIT)
    check(attached(), f"after start the kernel says {scx_state()}, {scx_ops()!r}")
    return enable_seq()


def owner():
    p = run("busctl", "--json=short", "call", "org.freedesktop.DBus", "/org/freedesktop/DBus",
            "org.freedesktop.DBus", "GetNameOwner", "s", NAME, ok=False)
    return json.loads(p.stdout)["data"][0] if p.returncode == 0 else None


def wait_loader(is_there=True):
    """Waits until the second name is taken, or not any more."""
    wait_until(f"{LOADER} is {'taken' if is_there else 'free'}",
               lambda: (run("busctl", "status", LOADER, ok=False).returncode == 0) == is_there,
               step=0.02)


@contextlib.contextmanager
def drop_in(text):
    """The unit with these lines added, until the end of the block."""
    path = f"{DROP_IN_DIR}/50-test.conf"
    os.makedirs(DROP_IN_DIR, exist_ok=True)
    write(path, text)
    systemctl("daemon-reload")
    try:
        yield
    finally:
        os.unlink(path)
        os.rmdir(DROP_IN_DIR)
        systemctl("daemon-reload")


def configure(text):
    """Puts @text in the place of the administrator's configuration; not read yet."""
    os.makedirs(CONFIG_DIR, exist_ok=True)
    write(f"{CONFIG_DIR}/bpflandd.json", text)


def restart_logind():
    """For it does not come back to a bus that was restarted, as an earlier case may have done."""
    systemctl("restart", "systemd-logind.service")


# The bus.

@contextlib.contextmanager
def system_bus():
    """The bus of a guest without systemd, for the length of a block."""
    os.makedirs("/run/dbus", exist_ok=True)
    out = run("dbus-daemon", "--system", "--fork", "--print-pid", "--nosyslog")
    try:
        yield
    finally:
        os.kill(int(out.split()[-1]), signal.SIGTERM)


def busctl(*args, as_nobody=False):
    prefix = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups") if as_nobody else ()
    p = run(*prefix, "busctl", "--json=short", *args, ok=False)
    if p.returncode != 0:
        raise BusError(p.stderr.strip() or p.stdout.strip())
    return json.loads(p.stdout) if p.stdout.strip() else None


def plain(value):
    """busctl's JSON without the signatures: {"type": "t", "data": 1} is 1, also deep inside."""
    if isinstance(value, dict):
        if set(value) == {"type", "data"}:
            return plain(value["data"])
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, list):
        return [plain(v) for v in value]
    return value


def get(interface, prop, **kwargs):
    return plain(busctl("get-property", NAME, PATH, interface, prop, **kwargs))


def wait_active(profile):
    wait_until(f"{profile} is in force", lambda: get(MANAGER, "ActiveProfile") == profile,
               step=0.02)


def put(interface, prop, signature, value, **kwargs):
    busctl("set-property", NAME, PATH, interface, prop, signature, str(value), **kwargs)


def call(interface, method, *args, **kwargs):
    """The list of what the method returned."""
    answer = busctl("call", NAME, PATH, interface, method, *[str(a) for a in args], **kwargs)
    return plain(answer["data"]) if answer else []


def set_tunables(*triples, **kwargs):
    """set_tunables(("SliceMaxUSec", "t", 2000), …): all in one call."""
    flat = [str(x) for triple in triples for x in triple]
    return call(TUNABLES, "Set", "a{sv}", len(triples), *flat, **kwargs)


def get_all(interface):
    return plain(busctl("call", NAME, PATH, "org.freedesktop.DBus.Properties", "GetAll", "s",
                        interface)["data"])[0]


def refused(function, *args, names=(), **kwargs):
    """The call must fail, with a message that names each of the given words; the message."""
    try:
        function(*args, **kwargs)
    except BusError as e:
        message = str(e)
    else:
        raise Failed(f"accepted, but should have been refused: {args} {kwargs}")
    for word in names:
        check(word in message, f"the error does not name {word!r}: {message}")
    return message


class Monitor:
    """Signals from now on, the daemon's if nothing else is said, as busctl's JSON messages."""

    def __init__(self, path=PATH):
        self.path = path
        self.process = subprocess.Popen(
            ["busctl", "monitor", "--json=short", "--match", f"type='signal',path='{path}'",
             "--match", "type='signal',path='/test'"], stdout=subprocess.PIPE)
        self.buffer = b""
        # busctl does not say when the bus has accepted the match: it shows by what it hears.
        while not self._readable(0.05):
            run("busctl", "emit", "/test", "org.bpfland1.Test", "Heard")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def _readable(self, timeout):
        return select.select([self.process.stdout], [], [], max(timeout, 0))[0]

    def _line(self, timeout):
        end = time.monotonic() + timeout
        while b"\n" not in self.buffer:
            check(self._readable(end - time.monotonic()),
                  f"nothing came on the bus within {timeout} s")
            data = os.read(self.process.stdout.fileno(), 65536)
            check(data, "busctl monitor ended")
            self.buffer += data
        line, self.buffer = self.buffer.split(b"\n", 1)
        return json.loads(line)

    def wait(self, what, condition, timeout=PATIENCE):
        """The first signal for which the condition holds."""
        end = time.monotonic() + timeout
        while True:
            left = end - time.monotonic()
            check(left > 0, f"not signalled within {timeout} s: {what}")
            message = self._line(left)
            if message.get("path") == self.path and condition(message):
                return message

    def wait_property(self, interface, prop, value, timeout=PATIENCE):
        def says(message):
            if message.get("member") != "PropertiesChanged":
                return False
            name, changed, _ = plain(message["payload"])
            return name == interface and changed.get(prop) == value
        return self.wait(f"{prop} = {value!r}", says, timeout)


# The journal.

class Journal:
    """What the daemon and systemd write about the service from now on."""

    def __init__(self):
        out = run("journalctl", "--quiet", "--lines=0", "--show-cursor")
        match = re.search(r"-- cursor: (\S+)", out)
        self.since = ["--after-cursor", match.group(1)] if match else []

    def _command(self, *extra):
        return ["journalctl", "--quiet", "--output=json", "--all", *self.since, "--unit", UNIT,
                *extra]

    def entries(self):
        run("journalctl", "--sync")
        return [json.loads(line) for line in run(*self._command()).splitlines()]

    def wait(self, what, condition, timeout=PATIENCE):
        """The first entry for which the condition holds."""
        follow = subprocess.Popen(self._command("--follow", "--lines=all"), stdout=subprocess.PIPE)
        end = time.monotonic() + timeout
        buffer = b""
        try:
            while True:
                left = end - time.monotonic()
                check(left > 0 and select.select([follow.stdout], [], [], left)[0],
                      f"not in the journal within {timeout} s: {what}")
                data = os.read(follow.stdout.fileno(), 65536)
                check(data, "journalctl ended")
                buffer += data
                *lines, buffer = buffer.split(b"\n")
                for line in lines:
                    entry = json.loads(line)
                    if condition(entry):
                        return entry
        finally:
            follow.kill()
            follow.wait()
            follow.stdout.close()

    def wait_text(self, *words, timeout=PATIENCE):
        """The first entry whose message has all of these words."""
        return self.wait(f"a message with {', '.join(words)}",
                         lambda e: all(w in message_of(e) for w in words), timeout)


def message_of(entry):
    message = entry.get("MESSAGE") or ""
    return message if isinstance(message, str) else bytes(message).decode(errors="replace")


# Load.

def workload(name):
    for folder in (os.environ.get("BPFLAND_BUILD"), "/build/release"):
        path = f"{folder}/tests/bench/{name}"
        if folder and os.access(path, os.X_OK):
            return path
    raise Failed(f"the workload {name} is not built")


class Hogs:
    """Computing threads, running from the start of the block to its end."""

    def __init__(self, *args):
        self.args = args
        self.result = None

    def __enter__(self):
        self.process = subprocess.Popen([workload("hog"), "--json", *self.args],
                                        stdout=subprocess.PIPE, text=True)
        equal(self.process.stdout.readline(), "running\n", "the hogs' first word")
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        """Ends them; what they did."""
        if self.result is None:
            self.process.terminate()
            out = self.process.communicate(timeout=PATIENCE)[0]
            self.result = json.loads(out.splitlines()[-1])
        return self.result

    def involuntary_switches(self):
        """Of all their threads until now: how often one was stopped in favour of another."""
        total = 0
        task = f"/proc/{self.process.pid}/task"
        for thread in os.listdir(task):
            if int(thread) != self.process.pid:
                status = read(f"{task}/{thread}/status")
                total += int(re.search(r"^nonvoluntary_ctxt_switches:\s*(\d+)", status,
                                       re.MULTILINE).group(1))
        return total

    def involuntary_rate(self, seconds):
        """Switches per second over a window from now on."""
        before, start = self.involuntary_switches(), time.monotonic()
        select.poll().poll(seconds * 1000)
        return (self.involuntary_switches() - before) / (time.monotonic() - start)


class Cgroup:
    """A control group of its own under the root, with what is in it until the end of the block."""

    def __init__(self, name):
        self.path = f"/sys/fs/cgroup/bpfland-test-{name}"

    def __enter__(self):
        for controller in ("cpu", "cpuset", "pids"):
            write("/sys/fs/cgroup/cgroup.subtree_control", f"+{controller}")
        os.mkdir(self.path)
        return self

    def __exit__(self, *_):
        self.kill()
        os.rmdir(self.path)

    def write(self, file, text):
        write(f"{self.path}/{file}", text)

    def add(self, pid):
        self.write("cgroup.procs", str(pid))

    def start(self, *command):
        """A process that is in the group from its first instruction on."""
        return subprocess.Popen(["sh", "-c", 'echo 0 >"$0/cgroup.procs"; exec "$@"', self.path,
                                 *command], stdout=subprocess.PIPE, text=True)

    def kill(self):
        self.write("cgroup.kill", "1")
        wait_until(f"{self.path} is empty",
                   lambda: "populated 0" in read(f"{self.path}/cgroup.events"), step=0.02)


def measure(*commands):
    """Runs workloads side by side, each a list of words; their results in order."""
    running = [subprocess.Popen([workload(c[0]), "--json", *c[1:]], stdout=subprocess.PIPE,
                                text=True) for c in commands]
    results = []
    for process, command in zip(running, commands):
        out = process.communicate(timeout=PATIENCE * 10)[0]
        equal(process.returncode, 0, f"exit status of {command[0]}")
        results.append(json.loads(out.splitlines()[-1]))
    return results


def dmesg(pattern):
    """Lines of the kernel's log that match."""
    return [line for line in run("dmesg").splitlines() if re.search(pattern, line)]
