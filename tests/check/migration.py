#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""MIGRATION.md lists each flag that the daemon understands, and says of it what the code does.

`migration.py DUMP-TABLES --self-test` plants wrong ones and wants each found.
"""

import re
import sys

import source
import tables

PAGE = "MIGRATION.md"
CODE = "daemon/scx-args.c"
OBJECT = "dbus/scx-loader-object.c"
OPTION = r"\{ (?:'(\w)'|0), \"([\w-]+)\", KIND_(\w+), _?TUNABLE_(\w+), (true|false|\w+)"


def wanted_rows(code, tunables):
    """What the table of flags must begin with, from the table in the code."""
    names = {t["key"].upper().removesuffix("_USEC"): t["name"] for t in tunables}
    for letter, name, kind, tunable, value in re.findall(OPTION, code):
        flag = f"`-{letter}`, `--{name}`" if letter else f"`--{name}`"
        if kind == "DOMAIN":
            yield f"| {flag} | `Primary`"
        elif names[tunable] == "CPUFrequency":
            yield f"| {flag} | `CPUFrequency` = auto"
        else:
            yield f"| {flag} | `{names[tunable]}`{' = false' if value == 'false' else ''} |"


def wanted_modes(code):
    for number, (mode, profile) in enumerate(re.findall(r'\{ "(\w+)", "(\w+)" \}', code)):
        yield f"| {number} {mode} | `{profile}` |"


def check(page, known):
    rows = [*wanted_rows(source.text(CODE), known["tunables"])]
    modes = [*wanted_modes(source.text(OBJECT))]
    if len(rows) < 10 or len(modes) != 5:
        yield f"{CODE}, {OBJECT}: {len(rows)} flags and {len(modes)} modes found"
    for row in rows + modes:
        if f"\n{row}" not in page:
            yield f"{PAGE}: no row begins with '{row}'"


def self_test(page, known):
    planted = [
        ("| `-s`, `--slice-us` |", "| `-s`, `--slice` |"),
        ("| `SliceLagUSec` |", "| `SliceMaxUSec` |"),
        ("`WakeSync` = false", "`WakeSync`"),
        ("| 3 LowLatency | `latency` |", "| 3 LowLatency | `gaming` |"),
    ]
    source.self_test(page, planted, lambda changed: check(changed, known))


def main():
    page, known = source.text(PAGE), tables.load(sys.argv[1])
    if "--self-test" in sys.argv:
        self_test(page, known)
    source.report(list(check(page, known)), PAGE)


main()
