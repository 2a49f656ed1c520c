# SPDX-License-Identifier: GPL-2.0-only
"""The daemon's message ids, from the header that the daemon is built with."""

import os
import re

_HEADER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "daemon", "names.h")


def table():
    with open(_HEADER, encoding="utf-8") as f:
        return dict(re.findall(r'#define MESSAGE_ID_(\w+) "([0-9a-f]{32})"', f.read()))


def ids():
    return list(table().values())


def has(name):
    """A condition for Journal.wait(): the entry is that message."""
    identifier = table()[name]
    return lambda entry: entry.get("MESSAGE_ID") == identifier
