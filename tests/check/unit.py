#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""systemd accepts the unit, and its sandbox is as tight as ARCHITECTURE.md says.

usage: unit.py BUILT-UNIT
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import source


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, check=False,
                          env={**os.environ, "SYSTEMD_COLORS": "0"})


def verify(unit):
    """systemd-analyze verify, with a program that exists in place of the installed one."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / unit.name
        text = unit.read_text(encoding="utf-8")
        copy.write_text(re.sub(r"(?m)^(Exec\w+=)\S+", rf"\1{shutil.which('true')}", text),
                        encoding="utf-8")
        done = run("systemd-analyze", "verify", "--man=no", "--recursive-errors=no", copy)
        if done.returncode or unit.name in done.stderr:
            yield f"systemd-analyze verify: {(done.stderr or done.stdout).strip()}"


def exposure(unit):
    done = run("systemd-analyze", "security", "--offline=true", "--no-pager", str(unit))
    match = re.search(r"Overall exposure level for \S+ (\d+\.\d)", done.stdout)
    return float(match[1]) if match else None


def main():
    if not shutil.which("systemd-analyze"):
        source.skip("systemd-analyze is missing (Debian package systemd)")
    unit = Path(sys.argv[1])
    problems = list(verify(unit))
    if "@" in re.sub(r"(?m)^(#.*|SystemCallFilter=.*)$", "", unit.read_text(encoding="utf-8")):
        problems.append(f"{unit}: a placeholder was not replaced")
    document = source.text("ARCHITECTURE.md")
    written = re.search(r"exposure level of\s+\*\*(\d+\.\d)\*\*", document)
    measured = exposure(unit)
    if measured is None:
        problems.append("systemd-analyze security gave no exposure level")
    elif not written or measured > float(written[1]):
        problems.append(f"the unit's exposure level is {measured}, ARCHITECTURE.md promises "
                        f"{written[1] if written else 'none'}")
    source.report(problems, f"the unit, with an exposure level of {measured}")


main()
