#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""systemd accepts the units, and no sandbox is less tight than ARCHITECTURE.md says.

usage: unit.py BUILT-UNIT…
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


def problems_of(unit, promised):
    """What is wrong with @unit, and its exposure level, which must not be above @promised."""
    problems = list(verify(unit))
    if "@" in re.sub(r"(?m)^(#.*|SystemCallFilter=.*)$", "", unit.read_text(encoding="utf-8")):
        problems.append(f"{unit}: a placeholder was not replaced")
    measured = exposure(unit)
    if measured is None:
        problems.append(f"{unit}: systemd-analyze security gave no exposure level")
    elif promised is None or measured > promised:
        problems.append(f"the exposure level of {unit.name} is {measured}, ARCHITECTURE.md "
                        f"promises {promised}")
    return problems, measured


def main():
    if not shutil.which("systemd-analyze"):
        source.skip("systemd-analyze is missing (Debian package systemd)")
    written = re.search(r"exposure level of\s+\*\*(\d+\.\d)\*\*", source.text("ARCHITECTURE.md"))
    promised = float(written[1]) if written else None
    problems, levels = [], []
    for unit in map(Path, sys.argv[1:]):
        found, measured = problems_of(unit, promised)
        problems += found
        levels.append(f"{unit.name}: {measured}")
    source.report(problems, "units, with exposure levels of " + ", ".join(levels))


main()
