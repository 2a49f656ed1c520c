# SPDX-License-Identifier: GPL-2.0-only
"""Text for people: paragraphs, commands, histograms side by side, the closing table; 80 columns."""

import textwrap

WIDTH = 78
BAR = 22


def say(text="", indent=3):
    """One paragraph."""
    print(textwrap.fill(" ".join(text.split()), WIDTH, initial_indent=" " * indent,
                        subsequent_indent=" " * indent), flush=True)


def heading(text):
    print(f"\n{text}\n{'-' * len(text)}", flush=True)


def command(*words):
    """A command as a person would type it."""
    print("\n" + textwrap.fill(" ".join(words), WIDTH, initial_indent="   # ",
                               subsequent_indent="       ", break_on_hyphens=False,
                               break_long_words=False) + "\n", flush=True)


def quote(lines):
    for line in lines:
        print(textwrap.fill(line, WIDTH, initial_indent="   | ", subsequent_indent="   |     "),
              flush=True)


def usec(value):
    """A duration in µs, in the unit that reads best."""
    return f"{value:,.0f} us" if value < 10000 else f"{value / 1000:,.1f} ms"


def seconds(value):
    return f"{value:.2f} s" if value >= 1 else f"{value * 1000:.0f} ms"


def _merge(histogram, width):
    """Buckets [start, count] of µs, put together until each is at least `width` µs wide."""
    merged = []
    for start, count in histogram:
        if merged and start - merged[-1][0] < width:
            merged[-1][1] += count
        else:
            merged.append([start, count])
    return merged


def _bar(count, most):
    """Any count shows, however small."""
    return "#" * (max(1, round(count / most * BAR)) if count else 0)


def side_by_side(title, names, histograms, width=0):
    """Two histograms with the same buckets, each bar as long as its share of all samples."""
    left, right = (_merge(h, width) for h in histograms)
    most = max(count for _, count in left + right) or 1
    used = [i for i in range(len(left)) if left[i][1] or right[i][1]]
    columns = [f"{name:<{BAR + 7}}" for name in names]
    print(f"\n   {title:<17}{columns[0]}{columns[1].rstrip()}")
    for i in range(used[0], used[-1] + 1):
        cells = [f"{_bar(h[i][1], most):<{BAR}} {h[i][1] or '':>5} " for h in (left, right)]
        print(f"   from {usec(left[i][0]):>9}   {cells[0]}{cells[1]}".rstrip())
    print(flush=True)


def table(head, rows):
    """Columns as wide as their widest cell; the first is words, the others figures."""
    widths = [max(len(str(row[i])) for row in [head, *rows]) for i in range(len(head))]
    for row in [head, ["-" * w for w in widths], *rows]:
        cells = [f"{row[0]:<{widths[0]}}"]
        cells += [f"{cell:>{w}}" for cell, w in zip(row[1:], widths[1:])]
        print("   " + "  ".join(cells).rstrip())
    print(flush=True)
