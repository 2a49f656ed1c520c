# SPDX-License-Identifier: GPL-2.0-only
"""What was measured, as a table for people and as JSON: medians, spread, ratios, verdicts."""

import statistics

import measure
import rows as table
from schedulers import OURS

# Two runs of the same thing in virtual time differ by as much.
NOISE = 0.01


def figures_of(row):
    """(key, unit, better, digits) of all figures, also those that every such row has."""
    found = [(f.key, f.unit, f.better, f.digits) for f in row.figures]
    if row.alone:
        found.append((measure.SHARE, "", table.HIGHER, 2))
    if row.hogs:
        found.append((measure.KEPT, "", table.NEITHER, 2))
    return found


def values_of(row, values):
    """What one run of a row gave, in one line."""
    known = figures_of(row)
    return ", ".join(f"{key} {values[key]:,.{digits}f} {unit}".rstrip()
                     for key, unit, _, digits in known if values and key in values) or "-"


def add_shares(rows, results):
    """results: row → scheduler → a dictionary of figures for each round, or None."""
    first = {row.name: row.figures[0].key for row in rows if row.figures}
    for row in rows:
        for scheduler, rounds in results[row.name].items() if row.alone else ():
            for values, alone in zip(rounds, results[row.alone][scheduler]):
                if values and alone:
                    values[measure.SHARE] = values[first[row.name]] / alone[first[row.alone]]


def verdict(ours, theirs, better):
    """better, worse, or equal: our median is in the range of theirs. And the ratio of medians."""
    middle, other = statistics.median(ours), statistics.median(theirs)
    ratio = middle / other if other else None
    if better == table.NEITHER:
        return ratio, ""
    if min(theirs) * (1 - NOISE) <= middle <= max(theirs) * (1 + NOISE):
        return ratio, "equal"
    return ratio, "better" if (middle < other) == (better == table.LOWER) else "worse"


def collect(rows, names, results):
    """The figures in the order of the table, each with all that is known of it."""
    add_shares(rows, results)
    figures = []
    for row in rows:
        for key, unit, better, digits in figures_of(row):
            values = {name: [r[key] for r in results[row.name].get(name, []) if r and key in r]
                      for name in names}
            values = {name: v for name, v in values.items() if v}
            if not values:
                continue
            entry = {"row": row.name, "title": row.title, "figure": key, "unit": unit,
                     "better": better, "digits": digits, "schedulers": values, "against": {}}
            for name, theirs in values.items():
                if name != OURS and OURS in values:
                    ratio, word = verdict(values[OURS], theirs, better)
                    entry["against"][name] = {"ratio": ratio, "verdict": word}
            figures.append(entry)
    return figures


def cell(values, digits):
    """The median, and half of the range in percent of it when rounds differ."""
    if not values:
        return "-"
    middle = statistics.median(values)
    text = f"{middle:,.{digits}f}"
    spread = (max(values) - min(values)) / 2
    if len(values) == 1 or not middle:
        return text
    return f"{text} ±{100 * spread / abs(middle):.0f}%"


def rank(entry):
    """Where ours stands among all of the table, by medians."""
    middles = {n: statistics.median(v) for n, v in entry["schedulers"].items()}
    if OURS not in middles or entry["better"] == table.NEITHER:
        return ""
    better = [n for n, m in middles.items() if m != middles[OURS] and
              (m < middles[OURS]) == (entry["better"] == table.LOWER)]
    return f"{len(better) + 1} of {len(middles)}"


def lines(figures, names):
    """The table as rows of cells, its head first."""
    first = names[0]
    head = ["", "unit", *names]
    head += [f"ratio to {first}", "verdict"] if first != OURS else []
    head += ["rank"] if len(names) > 2 else []
    body, title = [], None
    for entry in figures:
        label = f"{entry['title']}: " if entry["title"] != title else "  "
        title = entry["title"]
        line = [label + entry["figure"], entry["unit"]]
        line += [cell(entry["schedulers"].get(n), entry["digits"]) for n in names]
        if first != OURS:
            found = entry["against"].get(first, {"ratio": None, "verdict": ""})
            line += ["" if found["ratio"] is None else f"{found['ratio']:.2f}", found["verdict"]]
        if len(names) > 2:
            line.append(rank(entry))
        body.append(line)
    return head, body


def print_table(figures, names):
    head, body = lines(figures, names)
    widths = [max(len(row[i]) for row in [head, *body]) for i in range(len(head))]
    for line in [head, ["-" * w for w in widths], *body]:
        cells = [f"{line[0]:<{widths[0]}}", f"{line[1]:<{widths[1]}}"]
        cells += [f"{c:>{w}}" for c, w in zip(line[2:], widths[2:])]
        print("  ".join(cells).rstrip())
    print(f"\nratio: {OURS} / {names[0]}, of medians. equal: within the range of {names[0]}'s"
          f" rounds, or within {100 * NOISE:.0f}% of it.", flush=True)
