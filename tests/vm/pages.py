# SPDX-License-Identifier: GPL-2.0-only
"""What the manual pages show: commands, and files."""

import re

from guest import SOURCE, check, read


def examples(page):
    return read(f"{SOURCE}/man/{page}").split("\n.Sh EXAMPLES\n", 1)[1].split("\n.Sh ", 1)[0]


def blocks(text):
    """All that is to be typed or written as it stands, continued lines joined."""
    return [re.sub(r"\\e\n\s*", "", block)
            for block in re.findall(r"^\.Bd -literal.*?\n(.*?)^\.Ed$", text, re.M | re.S)]


def commands(page, programs):
    """The commands in the EXAMPLES of a page."""
    lines = [line for block in blocks(examples(page)) for line in block.splitlines()]
    return [line for line in lines if line.split(" ")[0] in programs]


def block_with(page, word):
    """The one in a whole page that has this word."""
    found = [b for b in blocks(read(f"{SOURCE}/man/{page}")) if word in b]
    check(len(found) == 1, f"{len(found)} blocks of {page} have {word}")
    return found[0]


def files(page):
    """(path, content) of the files in the EXAMPLES of a page: the path is the last one before."""
    found, path = [], None
    for match in re.finditer(r"^\.Pa (/etc/\S+)|^\.Bd -literal.*?\n(.*?)^\.Ed$", examples(page),
                             re.M | re.S):
        path = match[1] or path
        if match[2]:
            found.append((path, match[2]))
    return found
