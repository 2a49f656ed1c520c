#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Includes go only downward, and each outside library is used only behind its one door.

The rule is the text of ARCHITECTURE.md itself: its table of layers says which files make up which
layer, and its table of doors says which files may include which library's headers. There is no
list of exceptions. `layers.py --self-test` plants violations and wants each one found.
"""

import re
import sys
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

import source

FOLDERS = ("bpf", "daemon", "dbus", "ctl")
INCLUDE = re.compile(r'^\s*#\s*include\s+(?:"([^"]+)"|<([^>]+)>)', re.M)
SKELETON = re.compile(r"^[\w-]+\.skel\.h$")


def patterns(cell):
    return re.findall(r"`([^`]+)`", cell)


def parse(document):
    """The two tables: [(number, [glob])] and [(library, [header glob], [door glob])]."""
    layers = [(int(row[0]), patterns(row[2])) for row in source.markdown_table(document, "files")]
    doors = [
        (row[0], [header.strip("<>") for header in patterns(row[1])], patterns(row[2]))
        for row in source.markdown_table(document, "headers")
    ]
    return layers, doors


def matches(name, globs):
    return any(fnmatchcase(name, glob) for glob in globs)


def layer_of(path, layers):
    """The layer of a file. Of several globs that fit, the longest, most exact one decides."""
    fitting = [(len(g), number) for number, globs in layers for g in globs if fnmatchcase(path, g)]
    return max(fitting)[1] if fitting else None


def resolve(path, name, files):
    """The project file that a quoted include means, if there is one."""
    beside = str(PurePosixPath(path).parent / name)
    return beside if beside in files else name if name in files else None


def module(path):
    """A .c file, its header and its own -internal header are one part."""
    return str(PurePosixPath(path).with_suffix("")).removesuffix("-internal")


def find_cycle(edges):
    """One circle of parts that include each other, as a list, or None."""
    done, trail = set(), []

    def visit(node):
        if node in trail:
            return trail[trail.index(node):] + [node]
        if node in done:
            return None
        trail.append(node)
        for target in sorted(edges.get(node, ())):
            circle = visit(target)
            if circle:
                return circle
        trail.pop()
        done.add(node)
        return None

    for start in sorted(edges):
        circle = visit(start)
        if circle:
            return circle
    return None


def check_door(path, header, doors):
    """What is wrong with @path including the outside @header; None when nothing is."""
    for library, headers, door in doors:
        if matches(header, headers):
            if matches(path, door):
                return None
            return f"{path}: <{header}> belongs to {library}, whose door is {', '.join(door)}"
    return f"{path}: <{header}> is of no library that ARCHITECTURE.md knows"


def check(files, layers, doors):
    """All violations in @files, a dictionary of path and text."""
    problems, edges = [], {}
    for path in sorted(files):
        own = layer_of(path, layers)
        if own is None:
            problems.append(f"{path}: is in no layer of ARCHITECTURE.md")
            continue
        for quoted, bracketed in INCLUDE.findall(files[path]):
            target = resolve(path, quoted, files) if quoted else None
            if target is None:
                name = bracketed or quoted
                if quoted and not SKELETON.match(quoted):
                    problems.append(f'{path}: "{quoted}" is no file of the project')
                else:
                    problems.append(check_door(path, name, doors))
                continue
            other = layer_of(target, layers)
            if other is not None and other > own:
                problems.append(
                    f"{path}: layer {own} includes {target} of layer {other}, which is above it")
            if module(path) != module(target):
                edges.setdefault(module(path), set()).add(module(target))
    circle = find_cycle(edges)
    if circle:
        problems.append("these include each other in a circle: " + " -> ".join(circle))
    for number, globs in layers:
        for glob in globs:
            if not any(fnmatchcase(path, glob) for path in files):
                problems.append(f"ARCHITECTURE.md: layer {number} names {glob}, which is not there")
    return [p for p in problems if p]


RULE = """
| # | layer | files | may know | may not know |
| --- | --- | --- | --- | --- |
| 0 | policy | `bpf/policy.h` | x | x |
| 1 | helpers | `daemon/fs.[ch]` `daemon/log.[ch]` | x | x |
| 2 | bus | `dbus/*` | x | x |

| library | headers | door |
| --- | --- | --- |
| json-c | `<json-c/*>` | `daemon/fs.c` |
| libc | `<*>` | `daemon/*` `dbus/*` |
"""

GOOD = {
    "bpf/policy.h": "int a;\n",
    "daemon/fs.h": '#include "bpf/policy.h"\n',
    "daemon/fs.c": '#include <json-c/json.h>\n#include "daemon/fs.h"\n#include "daemon/log.h"\n',
    "daemon/log.h": "",
    "daemon/log.c": '#include <stdio.h>\n#include "daemon/log.h"\n',
    "dbus/bus.c": '#include "daemon/fs.h"\n',
}

# What is planted, and a word that the complaint about it must hold.
PLANTED = [
    ("upward", {"daemon/log.h": '#include "dbus/bus.c"\n'}, "above it"),
    ("upward, spelt relative", {"bpf/policy.h": '#  include "../daemon/fs.h"\n'}, "no file"),
    ("foreign door", {"dbus/bus.c": "#include <json-c/json.h>\n"}, "json-c"),
    ("libc in the policy", {"bpf/policy.h": "#include <stdio.h>\n"}, "libc"),
    ("circle", {"daemon/log.c": '#include "daemon/fs.h"\n'}, "circle"),
    ("file without a layer", {"daemon/new.c": ""}, "in no layer"),
    ("include of nothing", {"daemon/log.c": '#include "daemon/gone.h"\n'}, "no file"),
]


def self_test():
    layers, doors = parse(RULE)
    problems = [f"found in what is right: {p}" for p in check(GOOD, layers, doors)]
    for what, change, word in PLANTED:
        if not any(word in p for p in check({**GOOD, **change}, layers, doors)):
            problems.append(f"planted, not found: {what}")
    gone = {path: content for path, content in GOOD.items() if path != "bpf/policy.h"}
    if not any("not there" in p for p in check(gone, layers, doors)):
        problems.append("planted, not found: a layer's file that is missing")
    source.report(problems, f"the rule itself, {len(PLANTED) + 1} planted violations")


def main():
    if sys.argv[1:] == ["--self-test"]:
        self_test()
    layers, doors = parse(source.text("ARCHITECTURE.md"))
    if not layers or not doors:
        source.report(["ARCHITECTURE.md: has no table of layers or no table of doors"], "the rule")
    files = {
        str(path): source.text(path)
        for path in source.files()
        if path.parts[0] in FOLDERS and path.suffix in (".c", ".h")
    }
    source.report(check(files, layers, doors), f"the layers of {len(files)} files")


main()
