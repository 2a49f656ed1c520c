#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Every shipped profile is strict JSON with known keys, and each value is in its range.

usage: profiles.py DUMP-TABLES [--self-test]
"""

import json
import re
import sys

import source
import tables

SHIPPED = {"balanced", "latency", "gaming", "throughput", "powersave"}
CONFIG = "bpflandd"
KEYS = {"name", "description", "priority", "tunables", "domains"}
DOMAIN = re.compile(r"all|performance|powersave|turbo|\d+(-\d+)?(,\d+(-\d+)?)*")


def no_duplicates(pairs):
    keys = [key for key, _ in pairs]
    twice = {key for key in keys if keys.count(key) > 1}
    if twice:
        raise ValueError(f"the key {', '.join(sorted(twice))} is there twice")
    return dict(pairs)


def check_tunable(key, value, tunable):
    """What is wrong with one value, or None."""
    if tunable is None:
        return f"there is no tunable {key}"
    if tunable["signature"] == "b":
        good = isinstance(value, bool)
    elif tunable["words"]:
        good = value in tunable["words"]
    else:
        good = (isinstance(value, int) and not isinstance(value, bool)
                and tunable["min"] <= value <= tunable["max"])
    return None if good else f"{key} is {value!r}, allowed is {tables.allowed(tunable)}"


def check(stem, profile, known):
    for key in sorted(set(profile) - KEYS):
        yield f"unknown key {key}"
    if profile.get("name", stem) != stem:
        yield f"its name is {profile['name']}, its file's is {stem}"
    if len(str(profile.get("description", "")).split()) < 3:
        yield "no description that says whom it is for"
    if not isinstance(profile.get("priority", 0), int) or abs(profile.get("priority", 0)) > 1000:
        yield "priority is not between -1000 and 1000"
    values = profile.get("tunables", {})
    for key, value in values.items():
        yield check_tunable(key, value, known.get(key))
    for key, value in profile.get("domains", {}).items():
        if key not in ("primary", "interactive") or not DOMAIN.fullmatch(str(value)):
            yield f"domains: {key} is {value!r}"
    in_force = {key: values.get(key, tunable["default"]) for key, tunable in known.items()}
    if in_force["slice_min_usec"] > in_force["slice_max_usec"]:
        yield "slice_min_usec is larger than slice_max_usec"


def self_test(known):
    good = {"description": "For the test alone", "tunables": {"slice_max_usec": 1000}}
    planted = [
        {"tunable": {}},
        {"name": "other"},
        {"description": ""},
        {"priority": 1001},
        {"tunables": {"slice": 1}},
        {"tunables": {"slice_max_usec": 0}},
        {"tunables": {"slice_max_usec": "1000"}},
        {"tunables": {"wake_sync": 1}},
        {"tunables": {"numa_aware": 1}},
        {"domains": {"primary": "auto"}},
        {"domains": {"primary": "0-"}},
        {"domains": {"secondary": "all"}},
        {"tunables": {"slice_max_usec": 1000, "slice_min_usec": 2000}},
    ]
    problems = [f"found in what is right: {p}" for p in check("a", good, known) if p]
    for change in planted:
        if not any(check("a", {**good, **change}, known)):
            problems.append(f"planted, not found: {change}")
    try:
        json.loads('{"a": 1, "a": 2}', object_pairs_hook=no_duplicates)
        problems.append("planted, not found: a key that is there twice")
    except ValueError:
        pass
    source.report(problems, f"the rule itself, {len(planted) + 1} planted mistakes")


def main():
    known = {tunable["key"]: tunable for tunable in tables.load(sys.argv[1])["tunables"]}
    if "--self-test" in sys.argv:
        self_test(known)
    found, problems = set(), []
    for path in source.files():
        if path.parent.name != "profiles" or path.suffix != ".json" or path.stem == CONFIG:
            continue
        found.add(path.stem)
        try:
            profile = json.loads(source.text(path), object_pairs_hook=no_duplicates)
            wrong = [p for p in check(path.stem, profile, known) if p]
        except ValueError as error:
            wrong = [str(error)]
        problems += [f"{path}: {p}" for p in wrong]
    if found != SHIPPED:
        problems.append(f"profiles/ holds {sorted(found)}, but {sorted(SHIPPED)} are promised")
    source.report(problems, f"{len(found)} profiles")


main()
