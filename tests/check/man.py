#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""The manual says what the program does: options, tunables, configuration keys, states, files.

usage: man.py DUMP-TABLES [--self-test]
"""

import re
import shutil
import subprocess
import sys

import busctl
import source
import tables

PAGE = "man/bpflandd.8"


def section(page, name):
    match = re.search(rf'^\.S[hs] "?{re.escape(name)}"?\n(.*?)(?=^\.S[hs] |\Z)', page, re.M | re.S)
    return match[1] if match else ""


def items(text):
    """The items of all lists in @text as [(heading, body)], at any depth."""
    parts = re.split(r"^\.(?:It (.*)|(?:Bl|El).*)\n", text, flags=re.M)
    return [(head, body) for head, body in zip(parts[1::2], parts[2::2]) if head]


def check_options(page, options):
    found = {}
    for head, body in items(section(page, "DESCRIPTION")):
        match = re.fullmatch(r"(?:Fl (\w) , )?Fl -([\w-]+)(?: Ar (\S+))?", head)
        if match:
            found[match[2]] = (match[1] or "", match[3] or "", body)
    for option in options:
        name = option["name"]
        if name not in found:
            yield f"{PAGE}: the option --{name} is missing"
            continue
        letter, argument, body = found[name]
        if (letter, argument) != (option["letter"], option["argument"]):
            yield (f"{PAGE}: --{name} has the letter '{letter}' and takes '{argument}', in the "
                   f"code '{option['letter']}' and '{option['argument']}'")
        if len(body.split()) < 3:
            yield f"{PAGE}: --{name} is not explained"
    for name in set(found) - {option["name"] for option in options}:
        yield f"{PAGE}: there is no option --{name}"


def check_tunables(page, tunables):
    found = {}
    for head, body in items(section(page, "TUNABLES")):
        match = re.fullmatch(r"Va (\w+) Pq Va (\w+)", head)
        if match:
            found[match[1]] = (match[2], body)
    for tunable in tunables:
        name = tunable["name"]
        key, body = found.get(name, ("", ""))
        if key != tunable["key"]:
            yield f"{PAGE}: {name} ({tunable['key']}) is missing or has another key"
            continue
        line = f"Range: {tables.allowed(tunable)}; default: {tables.default(tunable)}."
        if line not in body.splitlines():
            yield f"{PAGE}: {name}: the line '{line}' is not there"
        if ("No effect in this version." in body) == tunable["implemented"]:
            yield f"{PAGE}: {name}: says wrongly whether it has an effect in this version"
    for name in set(found) - {tunable["name"] for tunable in tunables}:
        yield f"{PAGE}: there is no tunable {name}"


def check_configuration(page, config, power):
    found = {}
    text = section(page, "bpflandd.json") + section(page, "Profiles")
    for head, body in items(text):
        if head.startswith("Va "):
            found[head[3:]] = body
    code = source.text("daemon/config.c")
    ranges = re.findall(r'"restart\.(\w+)", (\d+), (\d+)', code)
    for key, low, high in ranges:
        line = f"Range: {low} to {high}; default: {config[key]}."
        if line not in found.get(key, "").splitlines():
            yield f"{PAGE}: restart.{key}: the line '{line}' is not there"
    if len(ranges) != len(config) - 1:
        yield f"daemon/config.c: {len(ranges)} ranges found, {len(config) - 1} defaults known"
    if f"Default: {config['default_profile']}." not in found.get("default_profile", ""):
        yield f"{PAGE}: the default of default_profile is {config['default_profile']}"
    for key, default in power.items():
        if f"Default: {default}." not in found.get(key, "").splitlines():
            yield f"{PAGE}: the default of {key} is {default}"
    for file in ("daemon/config.c", "daemon/profiles.c"):
        known = re.findall(r'!strcmp\(key, "(\w+)"\)', source.text(file))
        for key in known:
            if key not in found:
                yield f"{PAGE}: the key {key} of {file} is missing"
        if not known:
            yield f"{file}: no keys found"


def check_states(page, states):
    found = [head[3:] for head, _ in items(section(page, "STATES"))]
    if sorted(found) != sorted(states):
        yield f"{PAGE}: the states are {found}, in the code {states}"


def check_files(page):
    names = dict(re.findall(r'^#define ((?:FILE|DIR)_\w+) "([^"]+)"', source.text("daemon/names.h"),
                            re.M))
    text = section(page, "FILES")
    for name, value in names.items():
        if name.startswith("FILE_") and value not in text:
            yield f"{PAGE}: FILES says nothing about {value} ({name})"
    for match in re.findall(r"(?:/etc|/usr/share|/var/lib|/run)/bpfland", text):
        if match not in names.values():
            yield f"{PAGE}: {match} is no folder of daemon/names.h"


def check_profiles(page):
    text = section(page, "Profiles")
    for path in source.files():
        if path.parts[0] == "profiles" and path.suffix == ".json" and path.stem != "bpflandd":
            if not re.search(rf"^\.Cm {path.stem}\b", text, re.M):
                yield f"{PAGE}: the shipped profile {path.stem} is missing"


def check_members(page):
    """Every member of every interface is at least named."""
    words = set(re.findall(r"\w+", section(page, "D-BUS") + section(page, "TUNABLES")))
    for interface, members in busctl.interfaces().items():
        for member in members:
            if member not in words:
                yield f"{PAGE}: {interface}.{member} is not mentioned"


def check_lint():
    done = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", source.ROOT / PAGE],
                          capture_output=True, text=True, check=False)
    yield from done.stdout.splitlines()
    name = re.search(r"^\.Sh NAME\n\.Nm (\w+)\n\.Nd \S", source.text(PAGE), re.M)
    if not name or name[1] != "bpflandd":
        yield f"{PAGE}: man -k would not find it: no name and one-line description"


def check(page, known):
    return [
        *check_options(page, known["options"]),
        *check_tunables(page, known["tunables"]),
        *check_configuration(page, known["config"], known["power"]),
        *check_states(page, known["states"]),
        *check_files(page),
        *check_profiles(page),
        *check_members(page),
        *busctl.problems(PAGE, page),
    ]


def self_test(page, known):
    """The real page, wrong in one place at a time."""
    planted = [
        (r"default: 3000\.", "default: 3001."),
        (r"Range: 100 to 1000000", "Range: 10 to 1000000"),
        (r"Pq Va smt_aware", "Pq Va smt"),
        (r"No effect in this version\.\n", ""),
        (r"default: 60000\.", "default: 60."),
        (r"Default: true\.", "Default: false."),
        (r"performance: gaming", "performance: latency"),
        (r"\.It Va default_profile", ".It Va standard_profile"),
        (r"\.It Cm backoff", ".It Cm waiting"),
        (r"selection\.json", "choice.json"),
        (r"\.Cm gaming", ".Cm games"),
        (r"Fn Describe", "Fn List"),
        (r"\.It Fl V , Fl -version", ".It Fl V , Fl -versions"),
        (r"\.It Fl h , ", ".It "),
        (r"SliceMaxUSec t 2000 Interactive", "SliceMaxUSec u 2000 Interactive"),
        (r"Profile s latency", "Profil s latency"),
    ]
    problems = [f"found in what is right: {p}" for p in check(page, known)]
    for right, wrong in planted:
        changed = re.sub(right, wrong, page)
        if changed == page:
            problems.append(f"cannot be planted: {right}")
        elif not check(changed, known):
            problems.append(f"planted, not found: {wrong or 'nothing'} for {right}")
    source.report(problems, f"the rule itself, {len(planted)} planted mistakes")


def main():
    if not shutil.which("mandoc"):
        source.skip("mandoc is missing (Debian package mandoc)")
    page, known = source.text(PAGE), tables.load(sys.argv[1])
    if "--self-test" in sys.argv:
        self_test(page, known)
    source.report([*check_lint(), *check(page, known)], PAGE)


main()
