#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Every function of bpf/policy.h and its parts is in the table of tests/bpf/parity.h, which
compares BPF with native code, and its entry calls it.

`parity.py --self-test` plants mistakes and wants each one found.
"""

import re
import sys

import source

POLICY = "bpf/policy.h"
PARTS = (POLICY, "bpf/balance.h", "bpf/vtime.h", "bpf/weight.h")
TABLE = "tests/bpf/parity.h"
FUNCTION = re.compile(r"^(?:static|inline|__\w+)[\w\s*]*?\b(\w+)\(", re.M)
ENTRY = re.compile(r"^\s*X\((\w+),(.*?)\)\s*\\?$", re.M)


def check(policy, table):
    functions = FUNCTION.findall(policy)
    entries = dict(ENTRY.findall(table))
    if not functions or not entries:
        yield f"nothing found in {POLICY} or {TABLE}: has their form changed?"
    for name in functions:
        if not name.startswith("policy_"):
            yield f"{POLICY}: {name}() does not start with policy_"
        elif name.removeprefix("policy_") not in entries:
            yield f"{TABLE}: no entry for {name}()"
    for name, call in entries.items():
        if f"policy_{name}" not in functions:
            yield f"{TABLE}: {POLICY} has no policy_{name}()"
        elif f"policy_{name}(" not in call:
            yield f"{TABLE}: the entry {name} does not call policy_{name}()"


def self_test():
    policy = "static inline u64 policy_a(u64 x)\n{\n}\nstatic inline bool policy_bc(const u8 *p,\n"
    table = "#define T(X) \\\n\tX(a, policy_a(at->a))\t\\\n\tX(bc, (policy_bc(&at->b), 0))\n"
    planted = [
        (policy + "static inline void policy_d(void)\n", table),
        (policy + "static __always_inline struct x *policy_d(void)\n", table),
        (policy + "static inline void other(void)\n", table),
        (policy, table.replace("policy_a(at", "policy_b(at")),
        (policy, table.replace("X(a,", "X(ab,")),
        (policy, ""),
    ]
    problems = [f"found in what is right: {p}" for p in check(policy, table)]
    problems += [f"planted, not found: {p}" for p in planted if not any(check(*p))]
    source.report(problems, f"the rule itself, {len(planted)} planted mistakes")


def main():
    if "--self-test" in sys.argv:
        self_test()
    policy = "".join(source.text(part) for part in PARTS)
    problems = list(check(policy, source.text(TABLE)))
    source.report(problems, f"{len(FUNCTION.findall(policy))} functions of the policy")


main()
