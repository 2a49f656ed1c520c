# SPDX-License-Identifier: GPL-2.0-only
"""bpflandctl stats, plot and doctor over a service whose numbers are known (with-service.c).

What is for people is compared with golden/, word by word; BPFLAND_GOLDEN=write writes it anew.
What is for programs is read as they do.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import xml.dom.minidom

import exposition

WITH_SERVICE, CTL = sys.argv[1:3]
GOLDEN = os.path.join(os.environ["BPFLAND_SOURCE"], "tests/bus/golden")
NO_BUS = 77

failures = 0


def check(condition, what):
    global failures  # pylint: disable=global-statement
    if not condition:
        print(f"FAILED: {what}")
        failures += 1


def run(*args, service=True, status=(0,), **env):
    command = [WITH_SERVICE, CTL] if service else [CTL]
    p = subprocess.run([*command, *args], capture_output=True, text=True, check=False,
                       env={**os.environ, "LC_ALL": "C.UTF-8", "TZ": "UTC", **env})
    if p.returncode == NO_BUS:
        print(p.stdout.strip() or p.stderr.strip())
        sys.exit(NO_BUS)
    check(p.returncode in status, f"{args} ended with {p.returncode}: {p.stderr}")
    return p


def check_golden(name, text):
    # When it was is the only thing that is not known before.
    text = re.sub(r"attached for .*; counted since .*", "attached for TIME; counted since DATE",
                  text)
    path = os.path.join(GOLDEN, name)
    if os.environ.get("BPFLAND_GOLDEN") == "write":
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
    with open(path, encoding="utf-8") as f:
        check(f.read() == text, f"not as in {name}:\n{text}")


def stats_for_people():
    check_golden("stats.txt", run("stats").stdout)
    check_golden("stats-narrow.txt", run("stats", COLUMNS="60", LC_ALL="C").stdout)
    # Once what there is, then what was counted in each second: nothing, for nobody counts.
    twice = run("stats", "--count=2").stdout
    check("PER SECOND" in twice and twice.count("DirectDispatches") == 2, f"--count=2:\n{twice}")
    for bad in (["--count=0"], ["--count=x"], ["--openmetrics", "--watch"]):
        p = run("stats", *bad, status=(1,))
        check(bad[0].split("=")[0] in p.stderr, f"the mistake is not named: {p.stderr}")


def stats_for_programs():
    saved = json.loads(run("stats", "--json=short").stdout)
    check(saved["Statistics"]["DirectDispatches"] == 1000, "a counter")
    check(saved["Latency"]["Other"]["Count"] == 19992, "a count of waits")
    check(saved["Manager"]["ActiveProfile"] == "balanced", "the profile")
    lines = run("stats", "--json=short", "--count=2").stdout.splitlines()
    check([json.loads(line)["Statistics"]["Yields"] for line in lines] == [14013, 14013],
          "a line for each time")

    families = exposition.read(run("stats", "--openmetrics").stdout)
    counters = {k for k, v in saved["Statistics"].items()
                if isinstance(v, int) and k not in ("Time", "Since", "UptimeUSec", "Generation",
                                            "QueuedTasks")}
    found = {f.samples[0][2] for f in families.values() if f.type == "counter"}
    check({float(saved["Statistics"][k]) for k in counters} <= found, "counters in the metrics")
    waits = families["bpfland_wake_latency_seconds"]
    count = [v for n, labels, v in waits.samples
             if n.endswith("_count") and labels == {"class": "other"}]
    check(count == [19992], f"waits in the metrics: {count}")
    bounds = [labels["le"] for n, labels, _ in waits.samples
              if n.endswith("_bucket") and labels["class"] == "other"]
    check(len(bounds) == 24 and bounds[1] == "0.000002", f"bounds: {bounds}")


def any_name_will_do(folder, saved):
    """Names of files are bytes; the picture stays XML, and says what it can of them."""
    names = (b"\xff<a>&\"b\".json", b"\x01\xc3\xa4\xed\xa0\x80\xef\xbf\xbe",
             "ä".encode() * 60 + b"x", b"x" + "ä".encode() * 120)
    for name in names:
        path = os.path.join(os.fsencode(folder), name)
        shutil.copy(saved, path)
        svg = run("plot", path, saved, service=False).stdout
        text = "".join(node.data for node in all_text(xml.dom.minidom.parseString(svg)))
        shown = name.decode(errors="replace").translate({1: " ", 0xfffd: "?", 0xfffe: "?"})[:40]
        check(shown in text, f"{name} is not in the picture: {text}")


def all_text(node):
    if node.nodeType == node.TEXT_NODE:
        yield node
    for child in node.childNodes:
        yield from all_text(child)


def pictures():
    with tempfile.TemporaryDirectory() as folder:
        before, after = f"{folder}/before.json", f"{folder}/after.json"
        for path in (before, after):
            with open(path, "w", encoding="utf-8") as f:
                f.write(run("stats", "--json=pretty").stdout)
        live = run("plot").stdout
        saved = run("plot", before, service=False).stdout
        check(live == saved, "the picture of what was saved differs from that of now")
        both = run("plot", before, after, service=False).stdout
        for svg in (live, both):
            root = xml.dom.minidom.parseString(svg).documentElement
            check(root.tagName == "svg" and root.getAttribute("role") == "img", "no picture")
            check([n.tagName for n in root.childNodes if n.nodeType == n.ELEMENT_NODE][:2] ==
                  ["title", "desc"], "title and description come first")
        check("Other: p50 2us, p99 128us" in live, "the figures in words")
        check("before.json, Other" in both and "after.json, Other" in both, "names of both")
        # Twelve buckets of three classes, each with a bar of each file.
        check((live.count("<rect"), both.count("<rect")) == (36, 72), "bars")
        any_name_will_do(folder, before)
        with open(before, "w", encoding="utf-8") as f:
            f.write("{}")
        p = run("plot", before, service=False, status=(1,))
        check("before.json" in p.stderr and "stats -j" in p.stderr, f"refusal: {p.stderr}")


def doctor():
    """The machine is whatever this is; the service is known, and runs without a unit."""
    p = run("doctor", "--json=short", status=(2, 3))
    found = {f["Subject"]: f for f in json.loads(p.stdout)}
    check(found["bus"]["Severity"] == "ok", "the bus")
    check(found["service"]["Severity"] == "ok" and "balanced" in found["service"]["Text"],
          f"the service: {found['service']}")
    check(found["polkit"]["Severity"] == "warning" and "root" in found["polkit"]["Text"],
          f"a bus without polkit: {found['polkit']}")
    for f in found.values():
        check((f["Severity"] == "ok") == (f["Remedy"] == ""), f"a remedy for what is bad: {f}")
    p = run("doctor", service=False, status=(3,), DBUS_SYSTEM_BUS_ADDRESS="unix:path=/nowhere")
    check("the system bus does not answer" in p.stdout and "systemctl start" in p.stdout,
          f"no bus: {p.stdout}")
    quiet = run("doctor", "--quiet", service=False, status=(3,),
                DBUS_SYSTEM_BUS_ADDRESS="unix:path=/nowhere").stdout
    check("bad" in quiet and "\nok " not in "\n" + quiet, f"--quiet: {quiet}")


for test in (stats_for_people, stats_for_programs, pictures, doctor):
    test()
sys.exit(1 if failures else 0)
