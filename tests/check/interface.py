#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""The D-Bus interface is a document: well-formed, and every member of it is explained."""

import re
import shutil
import subprocess
import sys

import source

MEMBER = re.compile(r'<(interface|method|signal|property)\s+name="([\w.]+)"')


def undocumented(name, text):
    """Members with no comment of at least four words right before or right inside them."""
    lines = text.split("\n")
    for number, line in enumerate(lines):
        match = MEMBER.search(line)
        if not match:
            continue
        before = "\n".join(lines[:number]).rstrip()
        comment = before[before.rfind("<!--"):] if before.endswith("-->") else ""
        if not comment:
            inside = "\n".join(lines[number:]).split(">", 1)[1].lstrip()
            comment = inside.split("-->", 1)[0] if inside.startswith("<!--") else ""
        if len(re.findall(r"[A-Za-z]{2,}", comment)) < 4:
            yield f"{name}:{number + 1}: the {match[1]} {match[2]} has no comment that explains it"


GOOD = """<!-- One interface of the daemon. -->
<interface name="a.b">
<!-- This does the thing asked for. -->
<method name="One"/>
<method name="Two">
  <!-- And this does the other thing. -->
  <arg name="how"/>
</method>
</interface>
"""


def self_test():
    problems = [f"found in what is right: {p}" for p in undocumented("a", GOOD)]
    for comment, member in (("This does the thing asked for.", "One"),
                            ("And this does the other thing.", "Two"),
                            ("One interface of the daemon.", "a.b")):
        text = GOOD.replace(comment, "hm")
        if not any(member in p for p in undocumented("a", text)):
            problems.append(f"planted, not found: {member} without an explanation")
    source.report(problems, "the rule itself, 3 members left unexplained")


def main():
    if sys.argv[1:] == ["--self-test"]:
        self_test()
    if not shutil.which("xmllint"):
        source.skip("xmllint is missing (Debian package libxml2-utils)")
    found = [p for p in source.files()
             if p.parts[0] == "dbus" and p.suffix in (".xml", ".conf", ".policy")]
    problems = [] if any(p.suffix == ".xml" for p in found) else ["dbus/: there is no XML at all"]
    for path in found:
        done = subprocess.run(["xmllint", "--nonet", "--noout", source.ROOT / path],
                              capture_output=True, text=True, check=False)
        if done.returncode:
            problems.append(done.stderr.strip())
        elif path.suffix == ".xml":
            problems += undocumented(str(path), source.text(path))
    source.report(problems, f"{len(found)} XML files")


main()
