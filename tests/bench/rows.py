# SPDX-License-Identifier: GPL-2.0-only
"""The rows of the benchmark: what is run, and which figures are read from what it prints.

A new row is one entry of ROWS. Each runs under every scheduler in turn; measure.py runs it.
"""

import difflib
import re
from dataclasses import dataclass

LOWER, HIGHER, NEITHER = "lower", "higher", "neither"


def elapsed(output):
    """Seconds that the command took."""
    return output.seconds


def missed(output):
    """Percent of a frame loop's refreshes."""
    def count(key):
        return int(re.search(rf'"{key}":(\d+)', output.text)[1])
    return 100 * count("missed") / count("refreshes")


def stressor(name):
    """Operations per second of one of stress-ng's stressors."""
    return rf"\] {name}\s+\d+\s+[\d.]+\s+[\d.]+\s+[\d.]+\s+([\d.]+)"


@dataclass(frozen=True)
class Figure:
    """One number of a row. find: a pattern with one group, or a function of measure.Output."""
    key: str
    unit: str
    better: str
    find: object
    digits: int = 0
    scale: float = 1        # what was found, times this, is in the unit


@dataclass(frozen=True)
class Row:
    """
    One load. In the command {cpus} is the number of CPUs, {seconds} how long to run, and {server}
    the folder of the server's data. A row with `alone` also gives its first figure as a share of
    that row's first figure under the same scheduler.
    """
    name: str
    title: str
    command: object = ""    # words for a shell-less start, or the name of a function in costs.py
    figures: tuple = ()
    cpus: tuple = (1, 2)    # numbers of CPUs that it belongs to; it runs with others when named
    hogs: str = ""          # options of the hogs beside it
    server: str = ""        # which of servers.py must be up
    alone: str = ""
    profile: str = ""       # a row of this profile of ours only
    programs: tuple = ()    # beyond the command's first word: read in beforehand
    warm: bool = False      # run once, unmeasured: it looks for many files, and waiting is no work


P50 = Figure("p50", "us", LOWER, r'"p50_us":([\d.]+)', 0)
P99 = Figure("p99", "us", LOWER, r'"p99_us":([\d.]+)', 0)
FRAME = (
    Figure("missed", "%", LOWER, missed, 1),
    Figure("p50", "ms", LOWER, r'"p50_us":([\d.]+)', 2, 1e-3),
    Figure("p99", "ms", LOWER, r'"p99_us":([\d.]+)', 2, 1e-3),
)
TPS = Figure("rate", "tps", HIGHER, r"tps = ([\d.]+)")
REQUESTS = Figure("rate", "req/s", HIGHER, r"Requests/sec:\s+([\d.]+)")
TWO_PER_CPU = "--per-cpu 2"
NICE_19 = "--per-cpu 2 --nice 19"
PGBENCH = "pgbench --host=/run/bench --username=postgres -n -c 4 -j 2 -T {seconds} postgres"
WRK = "wrk -t2 -c8 -d{seconds}s http://127.0.0.1:"
STRESS = "stress-ng --timeout {seconds} --metrics --temp-path /run/bench/tmp "
# Who may not make its threads real-time ones: those would keep the only CPU from everybody else.
AS_NOBODY = "setpriv --reuid=nobody --regid=nogroup --clear-groups "


def stress(name, title, options, user=""):
    return Row(f"stress-{name}", title, user + STRESS + options,
               (Figure("rate", "ops/s", HIGHER, stressor(name)),), programs=("stress-ng",),
               warm=True)


ROWS = (
    Row("wake", "timer wake-up beside hogs", "wake --json --seconds {seconds}", (P50, P99),
        cpus=(1,), hogs=TWO_PER_CPU),
    Row("wake-nice19", "timer wake-up beside nice 19 hogs", "wake --json --seconds {seconds}",
        (P50, P99), cpus=(1,), hogs=NICE_19),
    Row("frame", "60 Hz frame beside hogs", "frame --json --seconds {seconds}", FRAME,
        hogs=TWO_PER_CPU),
    Row("frame-nice19", "60 Hz frame beside nice 19 hogs", "frame --json --seconds {seconds}",
        FRAME, hogs=NICE_19),
    Row("pipe", "pipe round trip", "pipe --json --rounds 20000",
        (Figure("time", "us", LOWER, r'"round_trip_us":([\d.]+)', 2),)),
    Row("hackbench", "hackbench -g CPUs -l 100", "hackbench -g {cpus} -l 100",
        (Figure("time", "s", LOWER, r"Time: ([\d.]+)", 3),)),
    Row("four-hogs", "four hogs", "hog --threads 4 --seconds {seconds} --json",
        (Figure("fairness", "least/most", HIGHER, r'"fairness":([\d.]+)', 3),
         Figure("work", "units/s", HIGHER,
                lambda o: int(re.search(r'"units":(\d+)', o.text)[1]) / o.hog_seconds()))),
    Row("requests", "requests to 2 workers a CPU", "request --json --seconds {seconds}",
        (Figure("rate", "req/s", HIGHER, r'"rate":([\d.]+)'), P50, P99)),
    Row("requests-hogs", "requests beside hogs", "request --json --seconds {seconds}",
        (Figure("rate", "req/s", HIGHER, r'"rate":([\d.]+)'), P50, P99), hogs=TWO_PER_CPU),
    Row("pgbench", "pgbench -S -c 4 -j 2", PGBENCH.replace(" -n", " -S -n"), (TPS,), cpus=(2,),
        server="postgres", programs=("postgres",)),
    Row("pgbench-rw", "pgbench read/write", PGBENCH, (TPS,), cpus=(2,), server="postgres",
        programs=("postgres",)),
    Row("pgbench-hogs", "pgbench read/write beside hogs", PGBENCH, (TPS,), cpus=(2,),
        server="postgres", hogs=TWO_PER_CPU, alone="pgbench-rw"),
    Row("pgbench-fair", "pgbench read/write beside hogs, profile throughput", PGBENCH, (TPS,),
        cpus=(2,), server="postgres", hogs=TWO_PER_CPU, alone="pgbench-rw", profile="throughput"),
    Row("nginx", "nginx, wrk -t2 -c8", WRK + "8080/", (REQUESTS,), cpus=(2,), server="nginx"),
    Row("nginx-hogs", "nginx beside hogs", WRK + "8080/", (REQUESTS,), cpus=(2,),
        server="nginx", hogs=TWO_PER_CPU, alone="nginx"),
    Row("nginx-fair", "nginx beside hogs, profile throughput", WRK + "8080/", (REQUESTS,),
        cpus=(2,), server="nginx", hogs=TWO_PER_CPU, alone="nginx", profile="throughput"),
    Row("apache", "Apache (event), wrk -t2 -c8", WRK + "8081/", (REQUESTS,), cpus=(2,),
        server="apache"),
    Row("ffmpeg", "FFmpeg x264, 1 s of 320x180, beside hogs",
        "ffmpeg -nostdin -loglevel error -f lavfi -i testsrc2=size=320x180:rate=30:duration=1 "
        "-c:v libx264 -f null -",
        (Figure("time", "s", LOWER, elapsed, 2),), cpus=(2,), hogs=TWO_PER_CPU, warm=True),
    Row("compile", "gcc -O2, two files a CPU at once", "/src/tests/bench/compile {cpus}",
        (Figure("time", "s", LOWER, r'"seconds": ([\d.]+)', 2),), warm=True),
    stress("switch", "stress-ng context switches", "--switch {cpus}"),
    stress("futex", "stress-ng futex", "--futex {cpus}"),
    stress("mutex", "stress-ng mutex", "--mutex {cpus}", AS_NOBODY),
    stress("fork", "stress-ng fork", "--fork {cpus}"),
    Row("instructions", "BPF instructions (hackbench)", "instructions",
        (Figure("switch", "a switch", LOWER, "per_switch"),), cpus=(1,)),
    Row("switch-over", "the scheduler's process", "switch_over",
        (Figure("start", "s", LOWER, "start", 3), Figure("stop", "s", LOWER, "stop", 3)),
        cpus=(1,)),
    Row("idle", "its process, 60 s idle", "idle",
        (Figure("wake-ups", "", LOWER, "wakeups"), Figure("memory", "MB", LOWER, "pss_mb", 1),
         Figure("threads", "", LOWER, "threads")), cpus=(1,)),
    Row("change", "a tunable over D-Bus until in force", "change",
        (Figure("idle p50", "us", LOWER, "idle_p50"), Figure("idle p99", "us", LOWER, "idle_p99"),
         Figure("hogs p50", "us", LOWER, "load_p50"), Figure("hogs p99", "us", LOWER, "load_p99")),
        cpus=(1,)),
)


class UnknownRow(Exception):
    """Its message names the nearest rows there are."""


def choose(names, cpus):
    """The named rows, or all that belong to that number of CPUs; with what they are shares of."""
    known = {row.name: row for row in ROWS}
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(name, known, 3, 0.4)
            hint = f"did you mean {' or '.join(near)}?" if near else "--list shows all."
            raise UnknownRow(f"there is no row '{name}': {hint}")
    # A larger machine gets what belongs to two CPUs.
    chosen = set(names) or {r.name for r in ROWS if min(cpus, 2) in r.cpus}
    chosen |= {known[name].alone for name in chosen if known[name].alone}
    return [row for row in ROWS if row.name in chosen]


def print_list():
    for row in ROWS:
        figures = ", ".join(f"{f.key} ({f.unit})" if f.unit else f.key for f in row.figures)
        print(f"{row.name:<14} {'/'.join(map(str, row.cpus))} CPU  {row.title}: {figures}")
