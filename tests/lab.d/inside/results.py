#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Runs tests of a meson build folder and reports each as it ends.

Runs inside the tree: natively or in a guest. Two files pass between this program and the lab:
the list (suite, name) of what there is, and the results (state, name, seconds, explanation).
"""

import argparse
import json
import os
import pathlib
import re
import subprocess
import sys

STATES = {
    "OK": "pass",
    "EXPECTEDFAIL": "pass",
    "SKIP": "skip",
    "FAIL": "fail",
    "ERROR": "fail",
    "TIMEOUT": "fail",
    "INTERRUPT": "fail",
    "UNEXPECTEDPASS": "fail",
}


def list_tests(build):
    """Yields (suite, name) of every test; meson writes suites as project:suite."""
    text = subprocess.run(
        ["meson", "introspect", "--tests", build], check=True, capture_output=True, text=True
    ).stdout
    for test in json.loads(text):
        for suite in test["suite"]:
            yield suite.rpartition(":")[2], test["name"]


def plain_name(name):
    """Turns meson's 'project:suite / name' or 'name' into the name."""
    return name.rpartition(" / ")[2]


def last_line(text):
    lines = [line.strip() for line in (text or "").splitlines() if line.strip()]
    return lines[-1].replace("\t", " ") if lines else ""


def explain(record, state):
    """One line: why a test was skipped, or in what way it failed."""
    if state == "skip":
        reason = last_line(record.get("stdout")) or last_line(record.get("stderr"))
        return reason or "no reason given"
    if record["result"] == "TIMEOUT":
        return "ran out of its time"
    if state == "fail":
        return f"exit status {record.get('returncode')}"
    return ""


class Report:
    """What is known of each test: at once that it ended, and in the end what it had to say."""

    def __init__(self, results, details, suffix):
        self.path = pathlib.Path(results)
        self.details = pathlib.Path(details)
        self.details.mkdir(parents=True, exist_ok=True)
        self.suffix = suffix
        self.rows = {}

    def add(self, result, name, seconds):
        """A test ended. Written at once: the machine may not live to tell later."""
        if name + self.suffix in self.rows:
            return
        state = STATES[result]
        self.rows[name + self.suffix] = [state, seconds, ""]
        self.write()
        print(f"{state:4}  {name + self.suffix:<44} {seconds:8.2f} s", flush=True)

    def complete(self, record):
        """meson's record of the test, with all of its output."""
        name = plain_name(record["name"])
        self.add(record["result"], name, float(record.get("duration") or 0))
        row = self.rows[name + self.suffix]
        row[2] = explain(record, row[0])
        if row[0] == "fail":
            output = (record.get("stdout") or "") + (record.get("stderr") or "")
            path = self.details / (name + self.suffix).replace("/", "_")
            path.write_text(output, encoding="utf-8")

    def write(self):
        with open(self.path, "w", encoding="utf-8") as results:
            for name, (state, seconds, reason) in self.rows.items():
                results.write(f"{state}\t{name}\t{seconds:.2f}\t{reason}\n")
            results.flush()
            os.fsync(results.fileno())

    def has_failures(self):
        return any(row[0] == "fail" for row in self.rows.values())


# meson's line of a test that ended: " 3/20 bpflandd:unit / config     OK     0.03s".
ENDED = re.compile(r"\s*\d+/\d+ (.*\S)\s+(" + "|".join(STATES) + r")\s+([0-9.]+)s")


def run_tests(args):
    log = pathlib.Path(args.build, "meson-logs", "testlog.json")
    log.unlink(missing_ok=True)
    command = ["meson", "test", "-C", args.build, "--no-rebuild"]
    command += ["--timeout-multiplier", str(args.multiplier)]
    if args.jobs:
        command += ["--num-processes", str(args.jobs)]
    for suite in args.suite:
        command += ["--suite", suite]
    command += args.names

    report = Report(args.results, args.details, args.suffix)
    text = []
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    with subprocess.Popen(command, **pipes) as meson:
        for line in meson.stdout:
            text.append(line)
            ended = ENDED.match(line)
            if ended:
                report.add(ended[2], plain_name(ended[1]), float(ended[3]))
    if log.exists():
        for line in log.read_text(encoding="utf-8").splitlines():
            report.complete(json.loads(line))
        report.write()

    if report.has_failures():
        return 1
    # No test failed, so a status tells of meson itself.
    if meson.returncode != 0:
        sys.stderr.write("".join(text[-20:]))
        return 2
    return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)

    listing = commands.add_parser("list")
    listing.add_argument("build")

    run = commands.add_parser("run")
    run.add_argument("build")
    run.add_argument("--results", required=True)
    run.add_argument("--details", required=True)
    run.add_argument("--suffix", default="")
    run.add_argument("--multiplier", type=float, default=1)
    run.add_argument("--jobs", type=int, default=0)
    run.add_argument("--suite", action="append", default=[])
    run.add_argument("names", nargs="*")

    args = parser.parse_args()
    if args.command == "list":
        for suite, name in sorted(set(list_tests(args.build))):
            print(f"{suite}\t{name}")
        return 0
    return run_tests(args)


if __name__ == "__main__":
    sys.exit(main())
