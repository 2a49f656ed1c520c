# SPDX-License-Identifier: GPL-2.0-only
"""Runs one row under the scheduler that is on, and reads its figures from what it printed."""

import contextlib
import os
import re
import shlex
import subprocess
import time

import costs
import guest
import servers
from schedulers import OURS

# Key of the figure that every row beside hogs has: their work, as a share of what they do alone.
KEPT = "hogs keep"
SHARE = "of its speed alone"


class Output:
    """What a command printed, how long it took, and what the hogs beside it did."""

    def __init__(self, text, seconds):
        self.text = text
        self.seconds = seconds

    def hog_seconds(self):
        return float(re.search(r'"seconds":([\d.]+)', self.text)[1])


class Bench:
    """What the rows of one boot share."""

    def __init__(self, seconds):
        self.seconds = seconds
        self.hog_rate = None

    def calibrate(self):
        """Units of work per second that hogs do when nothing else runs."""
        hogs = guest.Hogs("--per-cpu", "2")
        with hogs:
            guest.run("sleep", "1", timeout=600)
        self.hog_rate = hogs.result["units"] / hogs.result["seconds"]

    def warm_up(self, rows):
        """Each program once that looks for many files."""
        for words in {words_of(row, 1)[0]: words_of(row, 1) for row in rows if row.warm}.values():
            execute(words, 1)

    def run(self, row, scheduler):
        """Key → value for all figures of the row; None when this scheduler has no such row."""
        if row.profile and scheduler.name != OURS:
            return None
        function = getattr(costs, str(row.command), None)
        if function:
            found = function(scheduler)
            return found and {f.key: found[f.find] * f.scale for f in row.figures}
        with in_profile(row.profile):
            return self._load(row)

    def _load(self, row):
        words = words_of(row, self.seconds)
        if not row.hogs:
            output = execute(words, self.seconds)
            return {f.key: read(f, output) for f in row.figures}
        hogs = guest.Hogs(*row.hogs.split())
        with hogs:
            output = execute(words, self.seconds)
        values = {f.key: read(f, output) for f in row.figures}
        values[KEPT] = hogs.result["units"] / hogs.result["seconds"] / self.hog_rate
        return values


def words_of(row, seconds):
    return shlex.split(row.command.format(cpus=os.cpu_count(), seconds=seconds))


@contextlib.contextmanager
def in_profile(name):
    """Ours in another profile for the length of a block."""
    if not name:
        yield
        return
    before = guest.get(guest.MANAGER, "Profile")
    guest.call(guest.MANAGER, "SetProfile", "s", name)
    try:
        yield
    finally:
        guest.call(guest.MANAGER, "SetProfile", "s", before)


def find_program(name):
    with contextlib.suppress(guest.Failed):
        return guest.workload(name)
    return servers.program(name) or name


def execute(words, seconds):
    """A load that has not ended after many times its length never will."""
    command = [find_program(words[0]), *words[1:]]
    begin = time.monotonic()
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False, cwd=servers.FOLDER,
                          env={**os.environ, "TMPDIR": f"{servers.FOLDER}/tmp"},
                          timeout=600 + 60 * float(seconds))
    took = time.monotonic() - begin
    guest.equal(done.returncode, 0,
                f"exit status of {' '.join(words)}: {done.stdout.strip()[-300:]}")
    return Output(done.stdout, took)


def read(figure, output):
    if callable(figure.find):
        return figure.find(output) * figure.scale
    found = re.search(figure.find, output.text)
    guest.check(found, f"no {figure.key} in what was printed: {output.text.strip()[-300:]}")
    return float(found[1]) * figure.scale
