# SPDX-License-Identifier: GPL-2.0-only
"""What the checks share: finding the project's files, and saying what is wrong."""

import os
import sys
from pathlib import Path

ROOT = Path(os.environ.get("BPFLAND_SOURCE") or Path(__file__).resolve().parents[2])

# Text that people and tools wrote for us: the licence is not ours to format.
NOT_OURS = {"LICENSE"}


def files():
    """Every file of the project as a path relative to ROOT, sorted; no build folders."""
    found = []
    for folder, folders, names in os.walk(ROOT):
        folders[:] = sorted(
            d
            for d in folders
            if d not in (".git", "__pycache__")
            and not (Path(folder) / d / "meson-private").exists()
            and not (Path(folder) / d / ".mypy_cache").exists()
        )
        found += [(Path(folder) / name).relative_to(ROOT) for name in names]
    return sorted(p for p in found if p.name not in NOT_OURS and (ROOT / p).is_file())


def text(path):
    """The content of a file of ours; a file that is not UTF-8 is nobody's to read here."""
    return (ROOT / path).read_text(encoding="utf-8")


def is_script(path):
    """True for a program without an ending that says which language it is in."""
    if path.suffix:
        return False
    with open(ROOT / path, "rb") as file:
        return file.read(2) == b"#!"


def report(problems, what):
    """Prints every problem and ends the check with the status that meson understands."""
    for problem in problems:
        print(problem, file=sys.stderr)
    if problems:
        print(f"{len(problems)} problem{'s' if len(problems) > 1 else ''} in {what}",
              file=sys.stderr)
        sys.exit(1)
    print(f"ok: {what}")
    sys.exit(0)


def plant_once(text, right, wrong):
    return text.replace(right, wrong, 1)


def self_test(right, planted, check, plant=plant_once):
    """Ends the check: @right has no problem, and has one with any of @planted in it."""
    problems = [f"found in what is right: {p}" for p in check(right)]
    for before, after in planted:
        changed = plant(right, before, after)
        if changed == right:
            problems.append(f"cannot be planted: {before}")
        elif not list(check(changed)):
            problems.append(f"planted, not found: {after or 'nothing'} for {before}")
    report(problems, f"the rule itself, {len(planted)} planted mistakes")


def skip(why):
    """Ends the check as skipped, with the sentence that says what was missing."""
    print(f"skipped: {why}")
    sys.exit(77)


def markdown_table(document, heading_cell):
    """The rows, as lists of cells, of the table whose header holds @heading_cell."""
    rows, inside = [], False
    for line in document.splitlines():
        cells = [c.strip() for c in line.strip().strip("|").split("|")]
        if not line.startswith("|"):
            inside = False
        elif heading_cell in cells:
            inside = True
        elif inside and not set("".join(cells)) <= set("-: "):
            rows.append(cells)
    return rows
