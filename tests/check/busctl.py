# SPDX-License-Identifier: GPL-2.0-only
"""The busctl commands in documents, compared with the interface that they call."""

import re
import shlex
import xml.etree.ElementTree as ET

import source

NAME, PATH = "org.bpfland1", "/org/bpfland1"


def interfaces():
    """{interface: {member: (kind, signature)}} from the installed description."""
    found = {}
    for interface in ET.fromstring(source.text("dbus/org.bpfland1.xml")).iter("interface"):
        members = found.setdefault(interface.get("name"), {})
        for method in interface.findall("method"):
            members[method.get("name")] = ("method", "".join(
                arg.get("type") for arg in method.findall("arg")
                if arg.get("direction") != "out"))
        for prop in interface.findall("property"):
            kind = "property" if prop.get("access") == "readwrite" else "constant"
            members[prop.get("name")] = (kind, prop.get("type"))
    return found


def commands(text):
    """Every busctl command of a document as a list of words, continued lines joined."""
    text = re.sub(r"\\e?\n\s*", " ", text)
    return [shlex.split(line.strip(" `$#"), comments=True)
            for line in text.splitlines() if re.match(r"\s*[$#]?\s*`?busctl ", line)]


def check_values(words, signature, known):
    """The values after the signature; for a{sv} the members of Tunables count too."""
    if signature == "a{sv}":
        count, rest = int(words[0]), words[1:]
        if len(rest) != 3 * count:
            return f"{count} entries are announced, {len(rest) / 3:g} are there"
        for name, kind in zip(rest[::3], rest[1::3]):
            if known["org.bpfland1.Tunables"].get(name) != ("property", kind):
                return f"{name} is no writable tunable of type {kind}"
    elif signature == "as":
        if len(words) != int(words[0]) + 1:
            return "the number of strings is not the number announced"
    elif len(words) != len(signature):
        return f"{len(words)} values for the signature {signature}"
    return None


def check(words, known):
    """What is wrong with one command, or None."""
    words = [w for w in words[1:] if not w.startswith("--") and w != "--"]
    verb, *rest = words
    if verb in ("monitor", "introspect", "tree"):
        return None if rest[0] == NAME else f"{rest[0]} is not our name"
    if rest[:2] != [NAME, PATH] or rest[2] not in known:
        return f"{' '.join(rest[:3])} is not ours"
    members, names, values = known[rest[2]], rest[3:4], rest[4:]
    if verb == "get-property":
        names, values = rest[3:], []
    for name in names:
        kind, signature = members.get(name, (None, None))
        wanted = {"call": ("method",), "set-property": ("property",),
                  "get-property": ("property", "constant")}.get(verb, ())
        if kind not in wanted:
            return f"{verb} does not fit {rest[2]}.{name}"
        if verb != "get-property" and (values[:1] or [""])[0] != signature:
            return f"{name} takes the signature '{signature}'"
        if verb != "get-property" and signature:
            return check_values(values[1:], signature, known)
    return None


def problems(name, text):
    """Every wrong busctl command in the document @name."""
    known = interfaces()
    for words in commands(text):
        wrong = check(words, known)
        if wrong:
            yield f"{name}: {' '.join(words)}: {wrong}"
