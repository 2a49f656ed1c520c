#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""The manual says what the program does: options, tunables, configuration keys, states, files; and
every page is found by its name and free of mistakes of form. The interface's XML says it of the
tunables, too.

usage: man.py DUMP-TABLES [--self-test]
"""

import pathlib
import re
import shutil
import subprocess
import sys

import busctl
import source
import tables

PAGE = "man/bpflandd.8"
CONFIG = "man/bpflandd.json.5"
PROFILE = "man/bpfland-profile.5"
INTERFACE = "dbus/org.bpfland1.xml"


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
    for name in set(found) - {tunable["name"] for tunable in tunables}:
        yield f"{PAGE}: there is no tunable {name}"


def check_interface(xml, tunables):
    comments = dict(re.findall(r'<!--\s+(\w+):((?:(?!-->).)*)-->\s*<property name="\1"', xml, re.S))
    for tunable in tunables:
        line = f"Default: {tables.default(tunable)}."
        if tunable["signature"] != "b" and not tunable["words"]:
            line = f"Range: {tunable['min']} to {tunable['max']}. {line}"
        if line not in " ".join(comments.get(tunable["name"], "").replace("`", "").split()):
            yield f"{INTERFACE}: {tunable['name']}: '{line}' is not there"


def keys_of(page):
    """The keys of a file of JSON that a page describes, and what it says about each."""
    return {head[3:]: body for head, body in items(section(page, "DESCRIPTION"))
            if head.startswith("Va ")}


def check_configuration(configuration, profile, config, power):
    keys = {
        "daemon/config.c": (CONFIG, keys_of(configuration)),
        "daemon/profiles.c": (PROFILE, keys_of(profile)),
    }
    found = keys["daemon/config.c"][1]
    code = source.text("daemon/config.c")
    ranges = re.findall(r'"restart\.(\w+)", (\d+), (\d+)', code)
    for key, low, high in ranges:
        line = f"Range: {low} to {high}; default: {config[key]}."
        if line not in found.get(key, "").splitlines():
            yield f"{CONFIG}: restart.{key}: the line '{line}' is not there"
    if len(ranges) != len(config) - 1:
        yield f"daemon/config.c: {len(ranges)} ranges found, {len(config) - 1} defaults known"
    if f"Default: {config['default_profile']}." not in found.get("default_profile", ""):
        yield f"{CONFIG}: the default of default_profile is {config['default_profile']}"
    for key, default in power.items():
        if f"Default: {default}." not in found.get(key, "").splitlines():
            yield f"{CONFIG}: the default of {key} is {default}"
    for file, (page, found) in keys.items():
        known = re.findall(r'!strcmp\(key, "(\w+)"\)', source.text(file))
        for key in known:
            if key not in found:
                yield f"{page}: the key {key} of {file} is missing"
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
    text = section(page, "DESCRIPTION")
    for path in source.files():
        if path.parts[0] == "profiles" and path.suffix == ".json" and path.stem != "bpflandd":
            if not re.search(rf"^\.Cm {path.stem}\b", text, re.M):
                yield f"{PROFILE}: the shipped profile {path.stem} is missing"


def check_members(page):
    """Every member of every interface is at least named."""
    words = set(re.findall(r"\w+", section(page, "D-BUS") + section(page, "TUNABLES")))
    for interface, members in busctl.interfaces().items():
        for member in members:
            if member not in words:
                yield f"{PAGE}: {interface}.{member} is not mentioned"


def check_lint(path):
    """A page without mistakes of form, that man -k finds by the name of its file."""
    done = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", source.ROOT / path],
                          capture_output=True, text=True, check=False)
    yield from done.stdout.splitlines()
    done = subprocess.run(["lexgrog", source.ROOT / path], capture_output=True, text=True,
                          check=False)
    if f'"{pathlib.PurePath(path).stem} - ' not in done.stdout:
        yield f"{path}: man -k would not find it by its name: {done.stdout.strip()}"


def check_cross_references(path, text, pages):
    """What is ours and referred to is there."""
    for name, number in re.findall(r"^\.Xr (\S+) (\d)", text, re.M):
        if "bpfland" in name and f"man/{name}.{number}" not in pages:
            yield f"{path}: there is no page {name}({number})"


def check(pages, known):
    page = pages[PAGE]
    return [
        *check_options(page, known["options"]),
        *check_tunables(page, known["tunables"]),
        *check_interface(pages[INTERFACE], known["tunables"]),
        *check_configuration(pages[CONFIG], pages[PROFILE], known["config"], known["power"]),
        *check_states(page, known["states"]),
        *check_files(page),
        *check_profiles(pages[PROFILE]),
        *check_members(page),
        *busctl.problems(PAGE, page),
        *(p for path, text in pages.items() for p in check_cross_references(path, text, pages)),
    ]


def plant_in_all(pages, right, wrong):
    return {path: re.sub(right, wrong, text, flags=re.M) for path, text in pages.items()}


def self_test(pages, known):
    """The real pages, wrong in one place at a time."""
    planted = [
        (r"default: 3000\.", "default: 3001."),
        (r"Range: 100 to 1000000", "Range: 10 to 1000000"),
        (r"Range: 1000 to 500000\. ", "Range: 1000 to 5000000. "),
        (r"Default: `off`", "Default: `auto`"),
        (r"Pq Va smt_aware", "Pq Va smt"),
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
        (r"^\.Xr bpfland-profile 5", ".Xr bpfland-profiles 5"),
    ]
    source.self_test(pages, planted, lambda changed: check(changed, known), plant_in_all)


def main():
    for program, package in (("mandoc", "mandoc"), ("lexgrog", "man-db")):
        if not shutil.which(program):
            source.skip(f"{program} is missing (Debian package {package})")
    known = tables.load(sys.argv[1])
    pages = {str(path): source.text(path) for path in source.files()
             if path.parts[0] == "man" and re.fullmatch(r"\.\d", path.suffix)}
    documents = {**pages, INTERFACE: source.text(INTERFACE)}
    if "--self-test" in sys.argv:
        self_test(documents, known)
    source.report([*(p for path in pages for p in check_lint(path)), *check(documents, known)],
                  f"{len(pages)} pages and the interface")


main()
