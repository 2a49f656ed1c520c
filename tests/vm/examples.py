# SPDX-License-Identifier: GPL-2.0-only
"""The examples of the manual pages, run as they stand."""

import contextlib
import os
import re
import shlex
import shutil
import subprocess

from cases import Skip, case, main
from guest import (MANAGER, PATIENCE, SOURCE, UNIT, Failed, attached, check, equal, get, put, read,
                   run, systemctl, wait_active, wait_until, write)
from metrics import SOCKET, ask_for_metrics
from pages import block_with, blocks, commands, examples, files

STAND_INS = "/run/bpfland-examples"
# For documentation (RFC 5737): an address of this machine that is not that of the loopback device.
ADDRESS = "192.0.2.1"

# How what bpflandctl(1) shows begins: what is typed, and parts of files with a test of their own.
TYPED = ("bpflandctl", "systemctl", "until")
WRITTEN = ("[Service]", "[Socket]", "[custom]")

# These go on until they are interrupted.
ENDLESS = {("busctl", "monitor"), ("gdbus", "monitor")}


def run_example(line):
    words = shlex.split(line)
    if tuple(words[:2]) in ENDLESS:
        done = run("timeout", "--signal=INT", "1", *words, ok=False)
        check(done.returncode in (0, 124) and not done.stderr.strip().startswith("Failed"),
              f"{line} ended with {done.returncode}: {done.stderr.strip()}")
        return
    done = run("sh", "-c", line, ok=False, timeout=PATIENCE)
    check(done.returncode == 0, f"{line} ended with {done.returncode}: {done.stderr.strip()}")


def run_all(page, programs, at_least):
    systemctl("start", UNIT)
    check(attached(), "not attached after start")
    lines = commands(page, programs)
    check(len(lines) >= at_least, f"only {len(lines)} commands found in {page}")
    failed = []
    for line in lines:
        try:
            run_example(line)
        except Failed as e:
            failed.append(str(e))
    equal(failed, [], f"failures among the {len(lines)} examples of {page}")
    check(attached(), "not attached any more after the examples")


@contextlib.contextmanager
def written(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    check(not os.path.lexists(path), f"{path} is there already")
    write(path, text)
    try:
        yield
    finally:
        os.remove(path)


@case
def examples_of_the_configuration_page():
    """A changed default profile is in force after a reload, whatever was selected before."""
    systemctl("start", UNIT)
    found = files("bpflandd.json.5")
    equal([path for path, _ in found], ["/etc/bpfland/bpflandd.json"] * 2, "files in the page")
    for path, text in found:
        put(MANAGER, "Profile", "s", "gaming")
        with written(path, text):
            systemctl("reload", UNIT)
            if "default_profile" in text:
                wait_active("throughput")
        systemctl("reload", UNIT)
        put(MANAGER, "FollowPowerProfile", "b", "true")


@case
def examples_of_the_profile_page():
    systemctl("start", UNIT)
    profiles = [f for f in files("bpfland-profile.5") if f[0].endswith(".json")]
    equal(len(profiles), 2, "number of profiles in the page")
    for path, text in profiles:
        name = os.path.basename(path).removesuffix(".json")
        with written(path, text):
            systemctl("reload", UNIT)
            put(MANAGER, "Profile", "s", name)
            equal(get(MANAGER, "ActiveProfile"), name, "ActiveProfile")
            put(MANAGER, "Profile", "s", "balanced")
        systemctl("reload", UNIT)
    put(MANAGER, "FollowPowerProfile", "b", "true")
    (mask,) = re.findall(r"^\.Dl (ln .*)", examples("bpfland-profile.5"), re.M)
    path = mask.split()[-1]
    os.makedirs(os.path.dirname(path), exist_ok=True)
    run("sh", "-c", mask)
    systemctl("reload", UNIT)
    check("gaming" not in run("bpflandctl", "list"), f"gaming is there after {mask}")
    os.unlink(path)


def holds_while_it_runs(service):
    before = get(MANAGER, "ActiveProfile")
    systemctl("start", service)
    wait_active("throughput")
    systemctl("stop", service)
    wait_active(before)


@case
def a_service_holds_a_profile_while_it_runs():
    """Both ways that the page shows: a command in front, and a service bound to the first one."""
    systemctl("start", UNIT)
    units = dict(f for f in files("bpfland-profile.5") if f[0].startswith("/etc/systemd/"))
    (in_front,) = (f for f in units if f.endswith(".conf"))
    (beside,) = (f for f in units if f.endswith(".service"))
    build, program = "nightly-build.service", "/usr/local/bin/nightly-build"
    with written(program, "#!/bin/sh\nexec sleep infinity\n"), \
            written(f"/etc/systemd/system/{build}", f"[Service]\nExecStart={program}\n"):
        os.chmod(program, 0o755)
        with written(in_front, units[in_front]):
            systemctl("daemon-reload")
            holds_while_it_runs(build)
        with written(beside, units[beside]):
            systemctl("daemon-reload")
            systemctl("enable", os.path.basename(beside))
            holds_while_it_runs(build)
            systemctl("disable", os.path.basename(beside))
    systemctl("daemon-reload")


@case
def examples_of_the_bus_page():
    if not shutil.which("gdbus"):
        raise Skip("gdbus is missing (Debian package libglib2.0-bin)")
    run_all("org.bpfland1.5", ("busctl", "gdbus"), 15)


@case
def examples_of_the_daemon_page():
    run_all("bpflandd.8", ("busctl", "journalctl"), 8)


@contextlib.contextmanager
def programs_of_examples():
    """What the page starts that no guest has; mpv also runs. The environment that finds them."""
    os.makedirs(STAND_INS)
    for name in ("supertuxkart", "make"):
        write(f"{STAND_INS}/{name}", "#!/bin/sh\n")
        os.chmod(f"{STAND_INS}/{name}", 0o755)
    shutil.copy("/usr/bin/sleep", f"{STAND_INS}/mpv")
    with subprocess.Popen([f"{STAND_INS}/mpv", "infinity"]) as process:
        try:
            yield {**os.environ, "PATH": f"{STAND_INS}:{os.environ['PATH']}"}
        finally:
            process.kill()
            shutil.rmtree(STAND_INS)


@case
def examples_of_the_command_line_page():
    """Those that are typed; hold.py has those for GameMode. Enter is pressed where one could."""
    for block in blocks(read(f"{SOURCE}/man/bpflandctl.1")):
        check(block.split(maxsplit=1)[0] in TYPED + WRITTEN, f"nobody has tried: {block}")
    systemctl("start", UNIT)
    lines = commands("bpflandctl.1", TYPED)
    check(len(lines) >= 10, f"only {len(lines)} commands found in bpflandctl.1")
    with programs_of_examples() as environment:
        for line in lines:
            done = run("sh", "-c", line.replace("%command%", "true"), ok=False, input="\n",
                       cwd=STAND_INS, env=environment)
            check(done.returncode == 0, f"{line} ended with {done.returncode}: {done.stderr}")
        check("<svg" in read(f"{STAND_INS}/waits.svg"), "no picture was drawn")


# Says from whom it gets SIGTERM, until none has come for a while.
COMMAND = f"""#!/usr/bin/python3
import signal
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
open("{STAND_INS}/up", "w").close()
senders = [signal.sigwaitinfo([signal.SIGTERM]).si_pid]
while info := signal.sigtimedwait([signal.SIGTERM], 1):
    senders.append(info.si_pid)
with open("{STAND_INS}/senders", "w") as f:
    print(*senders, file=f)
"""


@contextlib.contextmanager
def command_of_the_service(path):
    """What the page's service runs is this, whether the guest has such a program or not."""
    write(f"{STAND_INS}/command", COMMAND)
    os.chmod(f"{STAND_INS}/command", 0o755)
    was_there = os.path.lexists(path)
    if was_there:
        os.rename(path, f"{path}.away")
    os.symlink(f"{STAND_INS}/command", path)
    try:
        yield
    finally:
        os.unlink(path)
        if was_there:
            os.rename(f"{path}.away", path)


@case
def example_of_a_service_on_the_command_line_page():
    """The profile is held while it runs, and the signal that ends it comes once, from launch."""
    systemctl("start", UNIT)
    text = block_with("bpflandctl.1", "KillMode=")
    (program,) = (w for w in text.split() if w.startswith("/usr/bin/"))
    service = "bpfland-example.service"
    os.makedirs(STAND_INS)
    try:
        with command_of_the_service(program), written(f"/etc/systemd/system/{service}", text):
            systemctl("daemon-reload")
            systemctl("start", service)
            wait_until("the command runs", lambda: os.path.exists(f"{STAND_INS}/up"), step=0.02)
            wait_active("throughput")
            launch = systemctl("show", "--value", "--property=MainPID", service)
            systemctl("stop", service)
            equal(read(f"{STAND_INS}/senders"), launch, "who sent SIGTERM to the command")
            wait_active("balanced")
    finally:
        shutil.rmtree(STAND_INS)
        systemctl("daemon-reload")


def metrics_are_seen_at(address):
    status, text = ask_for_metrics(address)
    check(status == 200 and 'bpfland_state{state="running"} 1' in text,
          f"the metrics at {address}: {status}, {text}")


@case
def examples_of_the_metrics():
    systemctl("start", UNIT)
    run("systemd-sysusers")
    run("ip", "link", "set", "lo", "up")
    run("ip", "address", "replace", f"{ADDRESS}/32", "dev", "lo")
    try:
        run("sh", "-c", block_with("bpflandctl.1", f"enable --now {SOCKET}"))
        metrics_are_seen_at("127.0.0.1")
        equal(ask_for_metrics(ADDRESS), None, "the answer at another address")
        run("systemctl", "edit", "--stdin", SOCKET, input=block_with("bpflandctl.1", "[Socket]"))
        systemctl("restart", SOCKET)
        for address in ("127.0.0.1", ADDRESS):
            metrics_are_seen_at(address)
    finally:
        systemctl("revert", SOCKET, ok=False)
        systemctl("disable", "--now", SOCKET, ok=False)
        run("ip", "address", "del", f"{ADDRESS}/32", "dev", "lo")


if __name__ == "__main__":
    main()
