#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Compares the documented XML with what the daemon answers to Introspect.

usage: check-introspection.py PROGRAM XML...

PROGRAM prints the daemon's introspection of the object that an XML is about. Every interface,
member, argument (name, type, direction), property (type, access) and annotation must be in both;
and every member of the XML must be documented by a comment that starts with its name.
"""

import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

STANDARD = "org.freedesktop.DBus."


def annotations(element):
    return {a.get("name"): a.get("value") for a in element.findall("annotation")}


def argument(arg, member):
    default = "in" if member.tag == "method" else "out"
    return (arg.get("name"), arg.get("type"), arg.get("direction", default))


def facts(text):
    """All that can differ, as a dictionary from what to how."""
    found = {}
    for interface in ElementTree.fromstring(text).findall("interface"):
        name = interface.get("name")
        if name.startswith(STANDARD):
            continue
        found[name] = "interface"
        for member in interface:
            key = f"{member.tag} {name}.{member.get('name')}"
            if member.tag == "property":
                how = (member.get("type"), member.get("access"))
            else:
                how = [argument(a, member) for a in member.findall("arg")]
            found[key] = (how, annotations(member))
    return found


def undocumented(text):
    comments = re.findall(r"<!--\s*(\S+):\n(.*?)-->", text, re.S)
    described = {name for name, body in comments if body.strip()}
    root = ElementTree.fromstring(text)
    for element in root.iter():
        if element.tag in ("interface", "method", "signal", "property"):
            if element.get("name") not in described:
                yield f"{element.tag} {element.get('name')} has no comment in the XML"
    for name, body in comments:
        for member in root.iter():
            if member.get("name") == name and member.tag in ("method", "signal"):
                for arg in member.findall("arg"):
                    if f"@{arg.get('name')}:" not in body:
                        yield f"{name}: argument {arg.get('name')} is not described in the XML"


def compare(program, path):
    """The number of things compared, and what is wrong with them."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    where = ElementTree.fromstring(text).get("name")
    live = facts(subprocess.run([program, where], check=True, capture_output=True,
                                text=True).stdout)
    documented = facts(text)
    problems = list(undocumented(text))
    for key in sorted(live.keys() | documented.keys()):
        if live.get(key) != documented.get(key):
            problems.append(f"{key}: daemon {live.get(key)}, XML {documented.get(key)}")
    if len(documented) < 10:
        problems.append(f"{path}: only {len(documented)} members: is it read?")
    return len(documented), problems


def main(program, *paths):
    found = [compare(program, path) for path in paths]
    for _, problems in found:
        for problem in problems:
            print(problem, file=sys.stderr)
    print(f"{sum(n for n, _ in found)} interfaces and members compared")
    return 1 if any(problems for _, problems in found) else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
