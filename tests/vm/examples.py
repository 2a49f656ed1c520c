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
                   run, systemctl, wait_active, write)

STAND_INS = "/run/bpfland-examples"

# These go on until they are interrupted.
ENDLESS = {("busctl", "monitor"), ("gdbus", "monitor")}


def examples(page):
    return read(f"{SOURCE}/man/{page}").split("\n.Sh EXAMPLES\n", 1)[1].split("\n.Sh ", 1)[0]


def commands(page, programs):
    """The commands in the EXAMPLES of a page, continued lines joined."""
    text, found = examples(page), []
    for block in re.findall(r"^\.Bd -literal.*?\n(.*?)^\.Ed$", text, re.M | re.S):
        block = re.sub(r"\\e\n\s*", "", block)
        found += [line for line in block.splitlines() if line.split(" ")[0] in programs]
    return found


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


def files(page):
    """(path, content) of the files in the EXAMPLES of a page: the path is the last one before."""
    found, path = [], None
    for match in re.finditer(r"^\.Pa (/etc/\S+)|^\.Bd -literal.*?\n(.*?)^\.Ed$", examples(page),
                             re.M | re.S):
        path = match[1] or path
        if match[2]:
            found.append((path, match[2]))
    return found


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
    systemctl("start", UNIT)
    lines = commands("bpflandctl.1", ("bpflandctl", "systemctl"))
    check(len(lines) >= 9, f"only {len(lines)} commands found in bpflandctl.1")
    with programs_of_examples() as environment:
        for line in lines:
            done = run("sh", "-c", line.replace("%command%", "true"), ok=False, input="\n",
                       cwd=STAND_INS, env=environment)
            check(done.returncode == 0, f"{line} ended with {done.returncode}: {done.stderr}")
        check("<svg" in read(f"{STAND_INS}/waits.svg"), "no picture was drawn")


if __name__ == "__main__":
    main()
