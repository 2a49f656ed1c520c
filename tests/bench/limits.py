# SPDX-License-Identifier: GPL-2.0-only
"""No callback of the scheduler may become more expensive unnoticed.

On one CPU in virtual time a nanosecond is an instruction, and the same binary gives the same
numbers within a few percent. hackbench runs with the kernel's statistics of BPF programs on; each
callback's instructions per call, and the sum per switch of tasks, are held against limits.json,
with 3 % to spare, the sum with 10 %. What a task costs once in its life is not in the sum: with as
few switches as hackbench needs, that would tell mostly how few there were. `limits.py --update` in
such a guest prints the table anew:

    tests/lab run --virtual-time -- python3 -B /src/tests/bench/limits.py --update
"""

import json
import os
import statistics
import subprocess
import sys

_HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [_HERE, os.path.join(_HERE, "..", "vm")]

import costs                                    # noqa: E402
import guest                                    # noqa: E402

SPARE = 1.03
SPARE_SUM = 1.10
SUM = "per_switch"
# What does not run at least at every other switch is judged by the sum only.
RARE = 0.5
# And what does once in the life of a task: by its own limit only.
ONCE = {"bpfland_init_task", "bpfland_enable", "bpfland_set_weight", "bpfland_disable"}
# Who wakes whom first differs from run to run, and from boot to boot: up to a tenth of the sum.
RUNS = 15


def wrong_place():
    if not os.path.exists("/lab/xfer/booted"):
        return "not in the lab's guest: run it with tests/lab test cost"
    if os.environ.get("BPFLAND_LAB_CLOCK") != "virtual" or os.cpu_count() != 1:
        return "only one CPU in virtual time counts instructions"
    return None


def count_once():
    """Name → instructions per call, and the sum for each switch of tasks."""
    switches, programs = costs.programs_of_hackbench()
    found = {name: took / calls for name, (calls, took) in programs.items()
             if calls > RARE * switches or name in ONCE}
    return found | {SUM: sum(took for name, (_, took) in programs.items()
                             if name not in ONCE) / switches}


def count():
    """The same as the median of a few runs."""
    daemon = subprocess.Popen(["/usr/sbin/bpflandd"], stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL)
    try:
        guest.wait_attached()
        guest.run("hackbench", "-g", "1", "-l", "20", timeout=600)
        runs = [count_once() for _ in range(RUNS)]
        guest.check(guest.attached(), "the scheduler has left the kernel")
    finally:
        daemon.terminate()
        daemon.wait(guest.PATIENCE)
    names = set().union(*runs)
    return {name: round(statistics.median(run.get(name, 0) for run in runs)) for name in names}


def main():
    reason = wrong_place()
    if reason:
        print(reason)
        return 77
    found = count()
    if "--update" in sys.argv:
        print(json.dumps(dict(sorted(found.items())), indent="\t"))
        return 0
    limits = json.loads(guest.read(os.path.join(_HERE, "limits.json")))
    bad = 0
    for name in sorted(set(found) | set(limits)):
        value, limit = found.get(name), limits.get(name)
        good = value is not None and limit is not None and value <= limit * (
            SPARE_SUM if name == SUM else SPARE)
        bad += not good
        print(f"{name}: {value} instructions, limit {limit}{'' if good else '  <-- NOT WITHIN IT'}")
    if bad:
        print("Dearer, new or gone on purpose? limits.py --update makes the table.")
    return 1 if bad else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except guest.Failed as failure:
        print(failure, file=sys.stderr)
        sys.exit(1)
