# SPDX-License-Identifier: GPL-2.0-only
"""The table as a picture (SVG): a bar for each scheduler, relative to the first one."""

import statistics
from xml.sax.saxutils import escape

import rows as table

COLOURS = ("#888888", "#4477aa", "#66ccee", "#ccbb44", "#aa3377", "#bbbbbb")
OURS_COLOUR = "#228833"
LEFT, WIDTH, BAR, GAP, TOP = 400, 420, 11, 14, 64
# Bars longer than this are cut, with their figure beside them.
MOST = 2.5


def text(x, y, words, anchor="start", size=12, weight="normal"):
    return (f'<text x="{x:.0f}" y="{y:.0f}" font-size="{size}" font-weight="{weight}" '
            f'text-anchor="{anchor}">{escape(words)}</text>')


def bar(x, y, length, colour):
    return (f'<rect x="{x:.0f}" y="{y:.0f}" width="{length:.1f}" height="{BAR - 2}" '
            f'fill="{colour}"/>')


def whisker(y, low, high):
    middle = y + (BAR - 2) / 2
    return f'<path d="M{low:.1f} {middle:.1f}H{high:.1f}" stroke="black" stroke-width="1"/>'


def draw_entry(entry, names, colours, y):
    """One figure: its title, and below each other the schedulers' bars."""
    arrow = {table.LOWER: "shorter is better", table.HIGHER: "longer is better"}
    label = f"{entry['title']}: {entry['figure']}"
    unit = f" ({entry['unit']})" if entry["unit"] else ""
    parts = [text(LEFT - 12, y + BAR, label + unit, "end"),
             text(LEFT - 12, y + BAR + 13, arrow.get(entry["better"], ""), "end", 9)]
    scale = statistics.median(entry["schedulers"][names[0]])
    for name in names:
        values = entry["schedulers"].get(name)
        if values:
            unit_length = WIDTH / MOST
            lengths = [min(v / scale, MOST) * unit_length for v in values]
            middle = min(statistics.median(values) / scale, MOST) * unit_length
            parts.append(bar(LEFT, y, middle, colours[name]))
            parts.append(whisker(y, LEFT + min(lengths), LEFT + max(lengths)))
            figure = f"{statistics.median(values):,.{entry['digits']}f}"
            parts.append(text(LEFT + max(lengths) + 5, y + BAR - 2, figure, size=10))
        y += BAR
    return parts, max(y, 0)


def draw(figures, names, caption):
    """All figures that the first scheduler has, as one SVG document."""
    colours = dict(zip(names, COLOURS * len(names)))
    colours[names[-1]] = OURS_COLOUR
    parts, x, y = [text(16, 22, caption, size=14, weight="bold")], 16, TOP
    for name in names:
        parts += [bar(x, 36, 12, colours[name]), text(x + 17, 45, name)]
        x += 40 + 7 * len(name)
    for entry in figures:
        if entry["schedulers"].get(names[0]) and statistics.median(entry["schedulers"][names[0]]):
            drawn, y = draw_entry(entry, names, colours, y)
            y += max(GAP, 2 * BAR + 8 - BAR * len(names))
            parts += drawn
    height = y + 10
    parts.append(f'<path d="M{LEFT + WIDTH / MOST:.0f} {TOP - 6}V{height - 12}" stroke="#888888" '
                 'stroke-dasharray="3 3"/>')
    body = "\n".join(parts)
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{LEFT + WIDTH + 90}" '
            f'height="{height:.0f}" font-family="sans-serif">\n'
            f'<rect width="100%" height="100%" fill="white"/>\n{body}\n</svg>\n')
