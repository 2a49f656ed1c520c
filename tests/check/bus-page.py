#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""org.bpfland1(5) lists the members of every interface, each with its signature, and no others.

Tunables are listed in bpflandd(8), which check-man compares with their table.
"""

import re
import sys
import xml.etree.ElementTree as ET

import busctl
import source

PAGE = "man/org.bpfland1.5"


def signature(member):
    """As the page writes it: "sss -> u" for methods, "s rw" for properties."""
    if member.tag == "property":
        return member.get("type") + (" rw" if member.get("access") == "readwrite" else "")
    given = "".join(a.get("type") for a in member.findall("arg") if a.get("direction") != "out")
    returned = "".join(a.get("type") for a in member.findall("arg") if a.get("direction") == "out")
    return f"{given} -> {returned}".strip() if returned else given


def members(xml):
    """{interface: {member: signature}}; of the tunables only what is not in their table."""
    found = {}
    for interface in ET.fromstring(xml).iter("interface"):
        found[interface.get("name")] = {
            m.get("name"): signature(m)
            for m in interface
            if m.tag in ("method", "signal", "property")
            and not (interface.get("name").endswith(".Tunables")
                     and m.get("access") == "readwrite")
        }
    return found


def listed(page):
    """The same from the page."""
    found = {}
    for part in re.split(r"^\.Ss ", page, flags=re.M)[1:]:
        name, body = part.split("\n", 1)
        body = body.split("\n.Sh ")[0]
        found[name] = {
            match[1]: match[2] or ""
            for match in re.finditer(r"^\.It (?:Fn|Va) (\w+)(?: Pq Ql (.+))?$", body, re.M)
        }
    return found


def check(page, xml):
    wanted, found = members(xml), listed(page)
    for interface, expected in wanted.items():
        there = found.get(interface)
        if there is None:
            yield f"{PAGE}: the interface {interface} is missing"
            continue
        for name, types in expected.items():
            if name not in there:
                yield f"{PAGE}: {interface}.{name} is missing"
            elif there[name] != types:
                yield f"{PAGE}: {interface}.{name} has the signature '{types}', not '{there[name]}'"
        for name in there.keys() - expected.keys():
            yield f"{PAGE}: there is no {interface}.{name}"
    for interface in found.keys() - wanted.keys():
        yield f"{PAGE}: there is no interface {interface}"
    yield from busctl.problems(PAGE, page)


def self_test(page, xml):
    """The real page, wrong in one place at a time."""
    planted = [
        ("HoldProfile Pq Ql sss -> u", "HoldProfile Pq Ql ss -> u"),
        ("Va Profile Pq Ql s rw", "Va Profile Pq Ql s"),
        (".It Fn Stop\n", ""),
        (".It Va State Pq", ".It Va Status Pq"),
        (".Ss org.bpfland1.Tunables", ".Ss org.bpfland1.Tunable"),
        ("Tunables SliceMaxUSec t 2000", "Tunables SliceMaxUSec u 2000"),
    ]
    source.self_test(page, planted, lambda changed: check(changed, xml))


def main():
    page, xml = source.text(PAGE), source.text("dbus/org.bpfland1.xml")
    if "--self-test" in sys.argv:
        self_test(page, xml)
    source.report(list(check(page, xml)), PAGE)


main()
