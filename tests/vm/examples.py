# SPDX-License-Identifier: GPL-2.0-only
"""The examples of the manual pages, run as they stand."""

import os
import re
import shlex
import shutil

from cases import Skip, case, main
from guest import PATIENCE, UNIT, Failed, attached, check, equal, read, run, systemctl

SOURCE = os.environ.get("BPFLAND_SOURCE", "/src")

# These go on until they are interrupted.
ENDLESS = {("busctl", "monitor"), ("gdbus", "monitor")}


def commands(page, programs):
    """The commands in the EXAMPLES of a page, continued lines joined."""
    text = read(f"{SOURCE}/man/{page}").split("\n.Sh EXAMPLES\n", 1)[1].split("\n.Sh ", 1)[0]
    found = []
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


@case
def examples_of_the_bus_page():
    if not shutil.which("gdbus"):
        raise Skip("gdbus is missing (Debian package libglib2.0-bin)")
    run_all("org.bpfland1.5", ("busctl", "gdbus"), 15)


@case
def examples_of_the_daemon_page():
    run_all("bpflandd.8", ("busctl", "journalctl"), 8)


if __name__ == "__main__":
    main()
