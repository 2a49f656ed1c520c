# SPDX-License-Identifier: GPL-2.0-only
"""The daemon's tables, asked of a program that is linked with them."""

import json
import subprocess


def load(program):
    """What tests/check/dump-tables.c prints."""
    done = subprocess.run([program], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def allowed(tunable):
    """The range of a tunable, as the documents write it."""
    if tunable["signature"] == "b":
        return "true or false"
    if tunable["words"]:
        return "one of " + ", ".join(tunable["words"])
    unit = {"us": " us", "switches/s": " per second"}.get(tunable["unit"], "")
    text = f"{max(tunable['min'], 0)} to {tunable['max']}{unit}"
    return f"-1 or {text}" if tunable["min"] == -1 else text


def default(tunable):
    """The default of a tunable, as the documents write it."""
    if tunable["signature"] == "b":
        return "true" if tunable["default"] else "false"
    if tunable["words"]:
        return tunable["words"][tunable["default"]]
    return str(tunable["default"])
