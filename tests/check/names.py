#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""The project speaks of itself alone: no file names a place that only its author's machine has.

Absolute paths must start in a folder that every Linux system has, URLs must lead to a host that
readers are really sent to. `names.py --self-test` plants strangers and wants each found.
"""

import re
import sys

import source

# The Filesystem Hierarchy Standard; D-Bus object paths; the kernel's own names of its devices; the
# folders of the lab's guest; and what tests name because it is not there.
ROOTS = {
    "bin", "boot", "dev", "etc", "home", "lib", "lib64", "mnt", "opt", "proc", "root", "run",
    "sbin", "srv", "sys", "tmp", "usr", "var",
    "org", "net",
    "kernel", "devices",
    "build", "lab", "share", "src",
    "nonexistent",
}
HOSTS = {"www.freedesktop.org", "www.gnu.org", "www.kernel.org", "docs.kernel.org",
         "www.w3.org", "www.debian.org"}

PATH = re.compile(r"(?<![\w.$)}\]/*:<>@%?~+\\-])/([a-z][a-z0-9_-]+)/[\w.]")
VARIABLE = re.compile(r'"\$\{?\w+\}?"')
URL = re.compile(r"\b[a-z]+://([\w.-]+\.[a-z]{2,})", re.I)
TRACKER = re.compile(r"\bissues?\s*(#\s*)?\d+\b|(?<![\w&])#\d{1,4}\b(?!\s*\|)", re.I)


def check(name, text):
    for number, line in enumerate(text.split("\n"), 1):
        for root in PATH.findall(VARIABLE.sub("x", line)):
            if root not in ROOTS:
                yield f"{name}:{number}: /{root}/… is a path of one machine"
        for host in URL.findall(line):
            if host.lower() not in HOSTS:
                yield f"{name}:{number}: {host} is no host that readers are sent to"
        if TRACKER.search(line):
            yield f"{name}:{number}: a ticket number means nothing to a reader of the source"


PLANTED = [
    "see /scratch/me/notes",
    '"/workspace/x"',
    "deb http://mirror." + "example.com/debian",
    "as in issue" + " 3",
    "fixes " + "#12",
]
FINE = [
    "read /etc/bpfland/bpflandd.json, a/b/c, and/or",
    "/* comment */ x = a /b/ c; // other/thing",
    "https://www.freedesktop.org/standards/dbus",
    "#include <x>, #define A 1, color #fff",
    "/org/bpfland1 and ../daemon/main.c and $dir/sub/file and s/one/two/",
    'rm "$dir"/sub/file "${dir}"/sub/file',
]


def self_test():
    problems = [f"planted, not found: {line}" for line in PLANTED if not list(check("a", line))]
    problems += [f"found in what is right: {p}" for line in FINE for p in check("a", line)]
    source.report(problems, f"the rule itself, {len(PLANTED)} planted strangers")


def main():
    if sys.argv[1:] == ["--self-test"]:
        self_test()
    problems = []
    for path in source.files():
        if path.name != "names.py":
            problems += check(str(path), source.text(path))
    source.report(problems, "the names of places")


main()
