# SPDX-License-Identifier: GPL-2.0-only
"""The benchmark's own logic, without a guest: reading figures, judging them, choosing rows."""

import os
import sys
import xml.etree.ElementTree as xml

_HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [_HERE, os.path.join(_HERE, "..", "vm")]

import costs                                    # noqa: E402
import measure                                  # noqa: E402
import plot                                     # noqa: E402
import report                                   # noqa: E402
import rows as table                            # noqa: E402
from guest import Failed, check, equal          # noqa: E402

# What the programs print, as their versions in Debian 13 do.
PRINTED = {
    ("hackbench", "time"): ("Running in process mode with 10 groups\nTime: 0.314\n", 0.314),
    ("nginx", "rate"): ("  2 threads\nRequests/sec:  12345.67\nTransfer/sec: 1.2MB\n", 12345.67),
    ("pgbench", "rate"): ("latency average = 0.5 ms\ntps = 7520.113 (without ...)\n", 7520.113),
    ("pipe", "time"): ('{"rounds":20000,"round_trip_us":11.402}\n', 11.402),
    ("frame", "missed"): ('{"refreshes":60,"missed":15,"samples":45}', 25.0),
    ("wake", "p99"): ('{"samples":9,"p50_us":55.1,"p99_us":1450.5,"max_us":2}', 1450.5),
    ("four-hogs", "work"): ('{"seconds":2.000000,"units":19950,"fairness":0.9951', 9975.0),
    ("stress-futex", "rate"): ("stress-ng: metrc: [88] stressor bogo ops real time\n"
                               "stress-ng: metrc: [88] futex  72693  1.00  0.41  0.58  72693.50"
                               "  73427.2\n", 72693.5),
}


def test_figures():
    by_name = {row.name: row for row in table.ROWS}
    for (name, key), (text, expected) in PRINTED.items():
        figure = next(f for f in by_name[name].figures if f.key == key)
        value = measure.read(figure, measure.Output(text, 1.0))
        check(abs(value - expected) < 1e-6 * expected, f"{name} {key}: {value}, not {expected}")
    try:
        measure.read(by_name["nginx"].figures[0], measure.Output("unable to connect", 1.0))
    except Failed as e:
        check("unable to connect" in str(e), f"the message hides what was printed: {e}")
    else:
        raise Failed("a figure was read from an error message")


def test_verdicts():
    for ours, theirs, better, expected in (
            ([90, 94, 99], [1450, 1500, 1650], table.LOWER, "better"),
            ([94], [90, 95], table.LOWER, "equal"),
            ([16.5], [12.6, 12.7], table.LOWER, "worse"),
            ([100.5], [100], table.LOWER, "equal"),
            ([7700], [7520, 7600], table.HIGHER, "better"),
            ([0], [0, 0], table.LOWER, "equal"),
            ([0.2], [0.6], table.NEITHER, "")):
        equal(report.verdict(ours, theirs, better)[1], expected, f"{ours} against {theirs}")


def test_rows():
    names = [row.name for row in table.ROWS]
    equal(len(set(names)), len(names), "names, each once")
    for row in table.ROWS:
        check(not row.alone or row.alone in names, f"{row.name} is a share of no row")
        check(" " in row.command or row.command == "switch_over" or hasattr(costs, row.command),
              f"{row.name}: neither a command nor a function: {row.command}")
    chosen = [row.name for row in table.choose(["nginx-hogs"], 2)]
    equal(chosen, ["nginx", "nginx-hogs"], "a share comes with what it is a share of")
    check("wake" not in [row.name for row in table.choose([], 2)], "wake belongs to one CPU")
    try:
        table.choose(["ngnix"], 2)
    except table.UnknownRow as e:
        check("nginx" in str(e), f"no suggestion: {e}")
    else:
        raise Failed("an unknown row was taken")


def test_report():
    rows = table.choose(["nginx-hogs", "instructions"], 2)
    results = {"nginx": {"EEVDF": [{"rate": 1000.0}], "bpflandd": [{"rate": 1100.0}]},
               "nginx-hogs": {"EEVDF": [{"rate": 400.0, "hogs keep": 0.6}],
                              "bpflandd": [{"rate": 990.0, "hogs keep": 0.1}]},
               "instructions": {"EEVDF": [None], "bpflandd": [{"switch": 1300.0}]}}
    figures = report.collect(rows, ["EEVDF", "bpflandd"], results)
    share = next(f for f in figures if f["figure"] == measure.SHARE)
    equal(share["schedulers"], {"EEVDF": [0.4], "bpflandd": [0.9]}, "shares of the speed alone")
    equal(share["against"]["EEVDF"]["verdict"], "better", "verdict")
    equal(report.values_of(rows[1], results["nginx-hogs"]["EEVDF"][0]),
          "rate 400 req/s, of its speed alone 0.40, hogs keep 0.60", "one run in a line")
    _, body = report.lines(figures, ["EEVDF", "bpflandd"])
    equal(body[-1][2:4], ["-", "1,300"], "a scheduler without the figure")
    picture = xml.fromstring(plot.draw(figures, ["EEVDF", "bpflandd"], "1 < 2 & more"))
    bars = picture.findall(".//{http://www.w3.org/2000/svg}rect")
    check(len(bars) == 1 + 2 + 2 * 4, f"{len(bars)} rectangles for four figures of two")


if __name__ == "__main__":
    for name, function in list(globals().items()):
        if name.startswith("test_"):
            function()
            print(f"{name} ok")
