#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Form that needs no judgement: licence line, tabs, line and file length, unfinished work.

`style.py --self-test` breaks each rule once and wants it found.
"""

import re
import sys
from pathlib import Path

import source

SPDX = "SPDX-License-Identifier: GPL-2.0-only"
CODE = {".c", ".h", ".py", ".sh", ".build", ".options", ".in", ".catalog"}
# Columns; shell commands with their paths get the room of prose.
WIDTH = dict.fromkeys(CODE, 100) | {".sh": 120, ".md": 120}
BINARY = {".png", ".gz", ".xz", ".pyc"}
# What a line ends with that goes on in the next, which may then be aligned with spaces.
CONTINUED = (",", "(", "|", "&", "+", "?", ":", "\\")
MAX_LINES = 500
MAX_FUNCTION = 60
# Spelt in two halves, so that this file does not complain about itself.
UNFINISHED = re.compile(r"\b(" + "|".join(["TO" + "DO", "FIX" + "ME", "XX" + "X"]) + r")\b")


def width(line):
    return len(line.expandtabs(8))


def check_lines(name, lines, limit):
    for number, line in enumerate(lines, 1):
        if line != line.rstrip():
            yield f"{name}:{number}: trailing white space"
        table = name.endswith(".md") and line.startswith("|")
        if limit and width(line) > limit and not table:
            yield f"{name}:{number}: {width(line)} columns, at most {limit}"
        if UNFINISHED.search(line):
            yield f"{name}:{number}: says that it is unfinished"


def check_functions(name, lines):
    start = None
    for number, line in enumerate(lines, 1):
        if line == "{":
            start = number
        elif line.startswith("}") and start:
            if number - start - 1 > MAX_FUNCTION:
                yield (f"{name}:{start}: a function of {number - start - 1} lines, "
                       f"at most {MAX_FUNCTION}")
            start = None


def check_c(name, lines):
    if not lines or lines[0] != f"/* {SPDX} */":
        yield f"{name}:1: does not start with /* {SPDX} */"
    elif len(lines) < 2 or not lines[1].startswith("/*"):
        yield f"{name}:2: no comment that says what this file is"
    if name.endswith(".h") and "#pragma once" not in lines:
        yield f"{name}: a header without #pragma once"
    for number, line in enumerate(lines, 1):
        continued = number > 1 and lines[number - 2].endswith(CONTINUED)
        if re.match(r"\t* {8}", line) or (re.match(r" +(?![ *])", line) and not continued):
            yield f"{name}:{number}: indented with spaces"
        if re.match(r"\s*typedef (struct|enum|union)\b", line):
            yield f"{name}:{number}: a typedef that hides a struct"
    yield from check_functions(name, lines)


def check(name, text, script=False):
    """Everything wrong in one file."""
    suffix = Path(name).suffix
    lines = text.split("\n")
    code = suffix in CODE or script
    if text and not text.endswith("\n"):
        yield f"{name}: the last line has no end"
    if "\r" in text:
        yield f"{name}: has carriage returns"
    yield from check_lines(name, lines, WIDTH.get(suffix, 120 if script else None))
    if suffix in (".c", ".h"):
        yield from check_c(name, lines)
    elif code and not any(SPDX in line for line in lines[:3]):
        yield f"{name}: no '{SPDX}' in its first three lines"
    if code and len(lines) - 1 > MAX_LINES:
        yield f"{name}: {len(lines) - 1} lines, at most {MAX_LINES}"


GOOD = f"/* {SPDX} */\n/* What it is. */\n#pragma once\n\nint a(void)\n{{\n\treturn 0;\n}}\n"

BROKEN = [
    ("no licence", "a.h", GOOD.replace(SPDX, "x"), "does not start"),
    ("no licence in a script", "a.py", "print()\n", "no 'SPDX"),
    ("no title", "a.h", GOOD.replace("/* What it is. */", "int b;"), "what this file is"),
    ("no pragma", "a.h", GOOD.replace("#pragma once", ""), "pragma"),
    ("spaces", "a.h", GOOD.replace("\treturn", "    return"), "with spaces"),
    ("spaces after a tab", "a.h", GOOD.replace("\treturn", "\t        return"), "with spaces"),
    ("wide", "a.h", GOOD.replace("return 0", "return 0" + " + 0" * 25), "columns"),
    ("trailing", "a.h", GOOD.replace("0;", "0; "), "trailing"),
    ("typedef", "a.h", GOOD + "typedef struct b b;\n", "typedef"),
    ("no newline", "a.h", GOOD.rstrip("\n"), "last line"),
    ("long file", "a.h", GOOD + "int b;\n" * 500, "lines, at most"),
    ("long function", "a.h", GOOD.replace("\treturn 0;", "\n".join(["\ta();"] * 61)), "function"),
    ("unfinished", "a.h", GOOD + f"/* {'TO' + 'DO'} */\n", "unfinished"),
]


def self_test():
    problems = [f"found in what is right: {p}" for p in check("a.h", GOOD)]
    for what, name, text, word in BROKEN:
        if not any(word in p for p in check(name, text)):
            problems.append(f"broken, not found: {what}")
    source.report(problems, f"the rules themselves, each of {len(BROKEN)} broken once")


def main():
    if sys.argv[1:] == ["--self-test"]:
        self_test()
    problems, count = [], 0
    for path in source.files():
        if path.suffix in BINARY:
            continue
        count += 1
        problems += check(str(path), source.text(path), source.is_script(path))
    source.report(problems, f"the form of {count} files")


main()
