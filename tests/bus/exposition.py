# SPDX-License-Identifier: GPL-2.0-only
"""Reads OpenMetrics text as strictly as its specification is, and returns what is in it."""

import re

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
SAMPLE = re.compile(rf"({NAME})(?:\{{(.*)\}})? (\S+)$")
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)')
SUFFIXES = {"counter": ("_total",), "gauge": ("",), "info": ("_info",),
            "histogram": ("_bucket", "_sum", "_count")}


class Bad(Exception):
    """What is wrong, and where."""


def need(condition, line, what):
    if not condition:
        raise Bad(f"{what}: {line!r}")


def read_labels(text, line):
    labels, at = {}, 0
    while at < len(text):
        match = LABEL.match(text, at)
        need(match, line, "labels")
        need(match[1] not in labels, line, "a label twice")
        labels[match[1]] = match[2]
        at = match.end()
    return labels


class Family:
    def __init__(self, name):
        self.name, self.type, self.help, self.unit, self.samples = name, None, None, None, []

    def check_histogram(self):
        series = {}
        for name, labels, value in self.samples:
            rest = tuple(sorted((k, v) for k, v in labels.items() if k != "le"))
            series.setdefault(rest, {"buckets": []})
            if name.endswith("_bucket"):
                series[rest]["buckets"].append((float(labels["le"]), value))
            else:
                series[rest][name[len(self.name):]] = value
        for rest, s in series.items():
            bounds = [b for b, _ in s["buckets"]]
            counts = [c for _, c in s["buckets"]]
            need(bounds == sorted(set(bounds)) and bounds[-1] == float("inf"), rest, "bounds")
            need(counts == sorted(counts), rest, "buckets are not cumulative")
            need(counts[-1] == s["_count"] and s["_sum"] >= 0, rest, "count and sum")

    def check(self):
        need(self.type and self.help, self.name, "no TYPE or no HELP")
        need(self.samples or self.type == "gauge", self.name, "no samples")
        need(not self.unit or self.name.endswith("_" + self.unit), self.name, "unit and name")
        seen = [(n, tuple(sorted(labels.items()))) for n, labels, _ in self.samples]
        need(len(seen) == len(set(seen)), self.name, "a sample twice")
        if self.type == "histogram":
            self.check_histogram()


def read_sample(family, line):
    match = SAMPLE.match(line)
    need(match and family, line, "no sample")
    name, labels, value = match[1], read_labels(match[2] or "", line), float(match[3])
    need(name in [family.name + s for s in SUFFIXES[family.type]], line, "not of its family")
    need(family.type == "gauge" or value >= 0, line, "below 0")
    family.samples.append((name, labels, value))


def read(text):
    """{name: Family}. Raises Bad."""
    need(text.endswith("\n# EOF\n"), text[-20:], "the end")
    families, family = {}, None
    for line in text.splitlines()[:-1]:
        if not line.startswith("# "):
            read_sample(family, line)
            continue
        word, name, value = line[2:].split(" ", 2)
        need(word in ("HELP", "TYPE", "UNIT"), line, "unknown comment")
        if family is None or family.name != name:
            need(name not in families, line, "a family in two places")
            family = families[name] = Family(name)
        need(not family.samples, line, "after the samples of its family")
        need(getattr(family, word.lower()) is None, line, "twice")
        need(word != "TYPE" or value in SUFFIXES, line, "type")
        setattr(family, word.lower(), value)
    for family in families.values():
        family.check()
    return families
