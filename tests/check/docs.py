#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Documents for people: every link, path and command leads somewhere, and they stay short.

`docs.py --self-test` plants wrong ones and wants each found.
"""

import re
import subprocess
import sys

import busctl
import source

LIMITS = {"README.md": 130, "HACKING.md": 100, "ARCHITECTURE.md": 260, "NEWS.md": 200}
COMMANDS = ("tests/lab demo", "tests/lab test")
FOLDERS = r"(?:bpf|daemon|dbus|man|profiles|systemd|tests|\.ci)/"


def links(text):
    return [link.split("#")[0] for link in re.findall(r"\]\(([^)\s]+)\)", text)
            if "://" not in link and not link.startswith("#")]


def paths(text):
    """What stands in backquotes and looks like a path of the project, without arguments."""
    quoted = re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.M | re.S))
    return [word for word in (q.split()[0] for q in quoted)
            if re.match(FOLDERS, word) and not re.search(r"[<>…$]|NAME|_X\b", word)]


def lab_verbs(text):
    return re.findall(r"\btests/lab ([a-z]+)\b", text)


def check(name, text, exists, verbs):
    """Everything in one document that leads nowhere; @exists answers for paths and patterns."""
    for link in links(text):
        if not exists(link):
            yield f"{name}: the link to {link} leads nowhere"
    for path in paths(text):
        if not exists(path):
            yield f"{name}: there is no {path}"
    for verb in lab_verbs(text):
        if verb not in verbs:
            yield f"{name}: tests/lab has no command '{verb}'"
    lines = text.count("\n")
    if lines > LIMITS.get(name, lines):
        yield f"{name}: {lines} lines, at most {LIMITS[name]}"


def self_test():
    there = {"README.md", "bpf/policy.h"}
    good = "[a](README.md) [b](https://www.gnu.org) `bpf/policy.h x` `tests/lab demo`\n"
    problems = [f"found in what is right: {p}"
                for p in check("a", good, lambda p: p in there | {"tests/lab"}, {"demo"})]
    for wrong in ("[a](gone.md)", "`bpf/gone.h`", "run tests/lab dance"):
        if not list(check("a", wrong, lambda p: p in there, {"demo"})):
            problems.append(f"planted, not found: {wrong}")
    if not list(check("HACKING.md", "x\n" * 101, lambda p: True, set())):
        problems.append("planted, not found: a long document")
    source.report(problems, "the rule itself, 4 planted mistakes")


def main():
    if sys.argv[1:] == ["--self-test"]:
        self_test()
    done = subprocess.run([source.ROOT / "tests/lab", "help"], capture_output=True, text=True,
                          check=False)
    verbs = set(lab_verbs(done.stdout))
    problems = [] if verbs else [f"tests/lab help: {done.stderr.strip()}"]
    for name in LIMITS:
        text = source.text(name)
        problems += check(name, text, lambda path: any(source.ROOT.glob(path)), verbs)
        problems += busctl.problems(name, text)
    readme = source.text("README.md").splitlines()
    for command in COMMANDS:
        if not any(line.strip().startswith(command) for line in readme):
            problems.append(f"README.md: does not show the command {command}")
    source.report(problems, ", ".join(LIMITS))


main()
