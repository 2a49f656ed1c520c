#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""The journal catalog explains every message that the daemon can send, and no other."""

import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import source

CATALOG = "systemd/bpfland.catalog"


def entries(text):
    """The entries of a catalog as {id: {field: value, "": body}}."""
    found, entry, body = {}, None, False
    for line in text.splitlines():
        if match := re.fullmatch(r"-- ([0-9a-f]{32})( [\w@]+)?", line):
            entry = found.setdefault(match[1], {"": ""})
            body = False
        elif entry is None:
            continue
        elif body:
            entry[""] += line + "\n"
        elif not line:
            body = True
        else:
            name, _, value = line.partition(": ")
            entry[name] = value
    return found


def check_entry(ident, entry, fields):
    if not entry.get("Subject"):
        yield f"{CATALOG}: {ident} has no Subject"
    if "man:bpflandd(8)" not in entry.get("Documentation", ""):
        yield f"{CATALOG}: {ident} does not lead to the manual"
    if len(entry[""].split()) < 25:
        yield f"{CATALOG}: {ident} says too little to help anyone"
    for field in re.findall(r"@(\w+)@", entry.get("Subject", "") + entry[""]):
        if field not in fields:
            yield f"{CATALOG}: {ident} speaks of {field}, a field that no message carries"
    for line in entry[""].splitlines():
        if len(line) > 80:
            yield f"{CATALOG}: {ident} has a line wider than 80 columns"


def check_journalctl():
    """journalctl itself must accept the file."""
    if not shutil.which("journalctl"):
        return
    with tempfile.TemporaryDirectory() as root:
        folder = Path(root) / "usr/lib/systemd/catalog"
        folder.mkdir(parents=True)
        shutil.copy(source.ROOT / CATALOG, folder)
        done = subprocess.run(["journalctl", f"--root={root}", "--update-catalog"],
                              capture_output=True, text=True, check=False)
        if done.returncode or done.stderr:
            yield f"journalctl --update-catalog: {done.stderr.strip() or done.returncode}"
        elif not (Path(root) / "var/lib/systemd/catalog/database").stat().st_size:
            yield "journalctl --update-catalog made an empty database"


def main():
    names = source.text("daemon/names.h")
    ids = re.findall(r'^#define (MESSAGE_ID_\w+) "([0-9a-f]{32})"$', names, re.M)
    fields = set(re.findall(r'^#define LOG_FIELD_\w+ "(\w+)"', names, re.M))
    problems = []
    if not ids:
        problems.append("daemon/names.h: no message id found")
    known = entries(source.text(CATALOG))
    for name, ident in ids:
        if ident not in known:
            problems.append(f"{CATALOG}: nothing about {name} ({ident})")
    for ident, entry in known.items():
        if ident not in {i for _, i in ids}:
            problems.append(f"{CATALOG}: {ident} is no message of daemon/names.h")
        problems += check_entry(ident, entry, fields)
    problems += check_journalctl()
    source.report(problems, f"the catalog's {len(known)} entries")


main()
