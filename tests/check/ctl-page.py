#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""bpflandctl(1) has every verb and every option of the program's own table, and no others.

usage: ctl-page.py DUMP-VERBS [--self-test]
"""

import re
import sys

import source
import tables

PAGE = "man/bpflandctl.1"
COMMON = "Options of all verbs"


def bodies(page):
    """{verb: what is said about it}, of the items of lists that begin with a verb."""
    found, verb = {}, None
    description = re.search(r"^\.Sh DESCRIPTION\n(.*?)^\.Sh ", page, re.M | re.S)[1]
    for line in description.splitlines():
        head = re.match(r"\.It Cm ([a-z][a-z-]*)(.*)", line)
        if head:
            verb = head[1]
            found[verb] = head[2] + "\n"
        elif line.startswith(".Ss "):
            verb = None
        elif verb:
            found[verb] += line + "\n"
    return found


def check_options(where, body, options):
    """Each option by its name and its letter, and none besides."""
    for option in options:
        if option["name"] and not re.search(rf"\bFl -{option['name']}\b", body):
            yield f"{PAGE}: {where}: the option --{option['name']} is missing"
        if option["letter"] and not re.search(rf"\bFl {option['letter']}\b", body):
            yield f"{PAGE}: {where}: the option -{option['letter']} is missing"


def check_known(where, body, options):
    names = {option["name"] for option in options}
    letters = {option["letter"] for option in options}
    for name in re.findall(r"\bFl -([a-z][a-z-]*)", body):
        if name not in names:
            yield f"{PAGE}: {where}: there is no option --{name}"
    for letter in re.findall(r"\bFl ([A-Za-z])\b", body):
        if letter not in letters:
            yield f"{PAGE}: {where}: there is no option -{letter}"


def check(page, ctl):
    found = bodies(page)
    common = re.search(rf"^\.Ss {COMMON}\n(.*?)^\.S[hs] ", page, re.M | re.S)
    common = common[1] if common else ""
    for verb in ctl["verbs"]:
        name = verb["name"]
        if name not in found:
            yield f"{PAGE}: the verb {name} is missing"
            continue
        if len(found[name].split()) < 3:
            yield f"{PAGE}: the verb {name} is not explained"
        yield from check_options(name, found[name], verb["options"])
        yield from check_known(name, found[name], verb["options"] + ctl["options"])
    for name in set(found) - {verb["name"] for verb in ctl["verbs"]}:
        yield f"{PAGE}: there is no verb {name}"
    yield from check_options(COMMON, common, ctl["options"])
    yield from check_known(COMMON, common, ctl["options"])


def self_test(page, ctl):
    planted = [
        (r"\.It Cm try ", ".It Cm attempt "),
        (r"\.It Cm domain ", ".It domain "),
        (r"Fl t\b", "Fl u"),
        (r"Fl -reason", "Fl -cause"),
        (r"\.It Fl -value", ".It Fl -valu"),
        (r"\.It Fl q , Fl -quiet", ".It Fl -quiet"),
        (r"\.It Fl -no-legend", ".It Fl -no-legends"),
    ]
    source.self_test(page, planted, lambda changed: check(changed, ctl),
                     lambda text, right, wrong: re.sub(right, wrong, text))


def main():
    page, known = source.text(PAGE), tables.load(sys.argv[1])
    if "--self-test" in sys.argv:
        self_test(page, known)
    source.report(list(check(page, known)), PAGE)


main()
