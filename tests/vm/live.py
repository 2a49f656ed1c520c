# SPDX-License-Identifier: GPL-2.0-only
"""Changes over the bus while the scheduler works: in force, whole, and with nothing detached."""

import os
import sys

import messages
from cases import case, main
from guest import (DOMAINS, LOADER, MANAGER, NAME, SOURCE, TUNABLES, Hogs, Journal, Monitor,
                   attached, call, check, enable_seq, equal, get, get_all, measure, put, refused,
                   run, set_tunables, start, wait_loader, write)

ASK = "/run/bpfland-test-introspect"
SHIPPED = ["balanced", "gaming", "latency", "powersave", "throughput"]


def tunables():
    return {k: v for k, v in get_all(TUNABLES).items() if k != "Generation"}


@case
def hundreds_of_changes_under_load():
    seq = start()
    with Hogs("--per-cpu", "2") as hogs:
        result = measure(["dbus-latency", "--changes", "300"])[0]
        equal(result["generation_after"] - result["generation_before"], 300, "generations counted")
        equal(get(TUNABLES, "Generation"), result["generation_after"], "Generation")
        equal(enable_seq(), seq, "enable_seq")
        check(attached(), "not attached any more")
    check(hogs.result["units"] > 0, "the hogs stood still")


@case
def slices_follow_the_tunable():
    seq = start()
    rates = []
    with Hogs("--per-cpu", "2") as hogs:
        for usec in (500000, 4000, 500000):
            put(TUNABLES, "SliceMaxUSec", "t", usec)
            # Whatever else wakes up in the guest adds switches; and after a long slice the others
            # have one to catch up with.
            pick = max if usec == 4000 else min
            rates.append(pick(hogs.involuntary_rate(1) for _ in range(2)))
    check(rates[1] > 2 * max(rates[0], rates[2]), "switches per second with slices of 500, 4 and "
          f"again 500 ms: {rates[0]:.0f}, {rates[1]:.0f}, {rates[2]:.0f}")
    equal(enable_seq(), seq, "enable_seq")


@case
def one_bad_of_five_applies_nothing():
    start()
    before, generation = tunables(), get(TUNABLES, "Generation")
    good = [("SliceMaxUSec", "t", 8000), ("SliceMinUSec", "t", 900), ("SliceLagUSec", "t", 7000),
            ("WakeSync", "b", "false")]
    bad = {("StarvationUSec", "t", 1): ("StarvationUSec", "1"),
           ("InteractiveThreshold", "u", 4000000000): ("InteractiveThreshold", "4000000000"),
           ("StickyTasks", "s", "perhaps"): ("StickyTasks",),
           ("SliceMaximum", "t", 5000): ("SliceMaximum",)}
    for wrong, names in bad.items():
        for position in (0, 2, 4):
            five = good[:position] + [wrong] + good[position:]
            refused(set_tunables, *five, names=names)
    equal(tunables(), before, "tunables after Sets with one bad member")
    equal(get(TUNABLES, "Generation"), generation, "Generation")

    set_tunables(*good, ("StarvationUSec", "t", 60000))
    equal(get(TUNABLES, "Generation"), generation + 1, "Generation after one Set of five")
    equal(tunables() | {"SliceMaxUSec": 8000, "SliceMinUSec": 900, "SliceLagUSec": 7000,
                        "WakeSync": False, "StarvationUSec": 60000}, tunables(), "tunables")


@case
def bad_values_are_explained():
    start()
    before = tunables()
    refused(put, TUNABLES, "SliceMaxUSec", "t", 99, names=("SliceMaxUSec", "99", "100"))
    refused(put, TUNABLES, "SliceMaxUSec", "t", 2**64 - 1, names=("SliceMaxUSec", "1000000"))
    refused(put, TUNABLES, "SliceMaxUSec", "u", 1000, names=())
    refused(put, TUNABLES, "SliceMinUSec", "t", 90000, names=("SliceMinUSec", "SliceMaxUSec"))
    refused(put, TUNABLES, "Nonsense", "t", 1, names=())
    refused(put, TUNABLES, "Generation", "t", 1, names=())
    refused(set_tunables, ("SliceMaxUSec", "s", "long"), names=("SliceMaxUSec",))
    refused(call, MANAGER, "SetProfile", "s", "turbo", names=("turbo",))
    refused(put, MANAGER, "Profile", "s", "turbo", names=("turbo",))
    equal(tunables(), before, "tunables after refused changes")
    equal(get(MANAGER, "Profile"), "balanced", "Profile")


@case
def unsupported_is_refused_and_not_a_feature():
    start()
    features = get(MANAGER, "Features")
    described = call(TUNABLES, "Describe")[0]
    for name, about in described.items():
        equal(name in features, about["Supported"], f"{name} is a feature")
    missing = [name for name, about in described.items() if not about["Supported"]]
    for name in missing:
        kind = described[name]["Type"]
        value = {"b": "true", "s": "off"}.get(kind, described[name]["Default"])
        refused(put, TUNABLES, name, kind, value, names=(name,))
        refused(set_tunables, ("SliceMaxUSec", "t", 8000), (name, kind, value), names=(name,))
    check(get(TUNABLES, "SliceMaxUSec") != 8000, "half of the Set was applied")


@case
def profiles_switch_live():
    seq = start()
    equal(sorted(p["Name"] for p in get(MANAGER, "Profiles")), SHIPPED, "Profiles")
    wanted = {p["Name"]: p["Tunables"] for p in get(MANAGER, "Profiles")}
    with Hogs("--per-cpu", "2"):
        for name in SHIPPED:
            call(MANAGER, "SetProfile", "s", name)
            equal((get(MANAGER, "Profile"), get(MANAGER, "ActiveProfile")), (name, name),
                  "Profile, ActiveProfile")
            now = tunables()
            equal({k: now[k] for k in wanted[name]}, wanted[name], f"tunables of {name}")
    equal(enable_seq(), seq, "enable_seq")
    check(attached(), "not attached any more")


@case
def a_change_that_changes_nothing_counts_nothing():
    start()
    put(TUNABLES, "SliceMaxUSec", "t", 8000)
    generation = get(TUNABLES, "Generation")
    put(TUNABLES, "SliceMaxUSec", "t", 8000)
    call(MANAGER, "SetProfile", "s", "balanced")
    call(MANAGER, "SetProfile", "s", "balanced")
    equal(get(TUNABLES, "Generation"), generation + 1,
          "Generation after the end of an override, and nothing else")


@case
def overrides_end():
    start()
    profile = get(TUNABLES, "SliceMaxUSec")
    put(TUNABLES, "SliceMaxUSec", "t", 8000)
    put(TUNABLES, "SliceLagUSec", "t", 7000)
    call(TUNABLES, "Reset", "as", 1, "SliceMaxUSec")
    equal((get(TUNABLES, "SliceMaxUSec"), get(TUNABLES, "SliceLagUSec")), (profile, 7000),
          "after Reset of one")
    call(TUNABLES, "Reset", "as", 0)
    check(get(TUNABLES, "SliceLagUSec") != 7000, "an override survived Reset of all")

    put(TUNABLES, "SliceMaxUSec", "t", 8000)
    put(MANAGER, "Profile", "s", "balanced")
    equal(get(TUNABLES, "SliceMaxUSec"), profile, "an override after Profile was written")
    refused(call, TUNABLES, "Reset", "as", 1, "Nonsense", names=("Nonsense",))


@case
def changes_are_signalled():
    start()
    generation = get(TUNABLES, "Generation")
    with Monitor() as monitor:
        put(TUNABLES, "SliceMaxUSec", "t", 8000)
        monitor.wait_property(TUNABLES, "SliceMaxUSec", 8000)
    with Monitor() as monitor:
        put(TUNABLES, "SliceMaxUSec", "t", 9000)
        monitor.wait_property(TUNABLES, "Generation", generation + 2)
    with Monitor() as monitor:
        put(MANAGER, "Profile", "s", "gaming")
        monitor.wait_property(MANAGER, "ActiveProfile", "gaming")


@case
def only_root_changes_and_everyone_reads():
    start()
    before, generation = tunables(), get(TUNABLES, "Generation")
    equal(get(MANAGER, "State", as_nobody=True), "running", "State, read by nobody")
    equal(get(TUNABLES, "SliceMaxUSec", as_nobody=True), before["SliceMaxUSec"],
          "SliceMaxUSec, read by nobody")
    call(TUNABLES, "Describe", as_nobody=True)
    # Who has no session would have to authenticate for everything, and nothing here can ask.
    for method in ("Start", "Stop", "Restart", "Reload"):
        refused(call, MANAGER, method, names=("manage-scheduler", "authenticate"), as_nobody=True)
    profile, tuning = ("set-profile", "authenticate"), ("set-tunables", "authenticate")
    refused(call, MANAGER, "SetProfile", "s", "gaming", names=profile, as_nobody=True)
    refused(put, MANAGER, "Profile", "s", "gaming", names=profile, as_nobody=True)
    refused(put, TUNABLES, "SliceMaxUSec", "t", 8000, names=tuning, as_nobody=True)
    refused(set_tunables, ("SliceMaxUSec", "t", 8000), names=tuning, as_nobody=True)
    refused(call, TUNABLES, "Reset", "as", 0, names=tuning, as_nobody=True)
    equal((tunables(), get(TUNABLES, "Generation")), (before, generation),
          "tunables and Generation after all that")
    check(attached(), "not attached any more")


@case
def overrides_outlive_a_restart_of_the_scheduler():
    start()
    put(TUNABLES, "SliceMaxUSec", "t", 8000)
    call(MANAGER, "Restart")
    equal(get(TUNABLES, "SliceMaxUSec"), 8000, "an override after the scheduler was attached anew")
    check(get(TUNABLES, "Generation") >= 1, "nothing was published to the new scheduler")


@case
def domains_change_over_the_bus():
    """On one CPU there is nothing to prefer; words and lists, resolved, are there all the same."""
    seq = start()
    cpus = get(DOMAINS, "PrimaryCPUs")
    equal(get(DOMAINS, "Primary"), "auto", "Primary at first")
    for value in ("all", "performance", "powersave", "turbo", "0"):
        put(DOMAINS, "Primary", "s", value)
        put(DOMAINS, "Interactive", "s", value)
        equal(get(DOMAINS, "Primary"), value, "Primary")
    equal(get(DOMAINS, "InteractiveCPUs"), "0", "InteractiveCPUs of 0")
    refused(put, DOMAINS, "Primary", "s", "0-1000", names=("Primary", "0-1000", "allowed"))
    refused(put, DOMAINS, "Primary", "s", "fast", names=("Primary", "fast", "turbo"))
    refused(put, DOMAINS, "Primary", "s", "0", as_nobody=True, names=("Primary",))
    equal(get(DOMAINS, "Primary"), "0", "Primary after refusals")
    described = get(DOMAINS, "CPUs")
    equal(described[0]["Id"], 0, "the first CPU's Id")
    check(described[0]["Online"] and described[0]["Capacity"] == 1024, f"CPU 0: {described[0]}")
    put(MANAGER, "Profile", "s", "latency")
    equal(get(DOMAINS, "Primary"), "auto", "Primary after a profile was selected")
    equal(get(DOMAINS, "PrimaryCPUs"), cpus, "PrimaryCPUs after a profile was selected")
    equal(enable_seq(), seq, "enable_seq")


@case
def the_installed_interfaces_are_the_live_ones():
    start()
    wait_loader()
    # The object's path is its name with slashes.
    write(ASK, '#!/bin/sh\n'
          'exec busctl introspect --xml-interface "$(echo "${1#/}" | tr / .)" "$1"\n')
    os.chmod(ASK, 0o755)
    run(sys.executable, "-B", f"{SOURCE}/tests/bus/check-introspection.py", ASK,
        *(f"/usr/share/dbus-1/interfaces/{name}.xml" for name in (NAME, LOADER)))


@case
def detached_changes_wait_for_the_start():
    journal, _ = Journal(), start()
    call(MANAGER, "Stop")
    journal.wait("detached", messages.has("DETACHED"))
    put(TUNABLES, "SliceMaxUSec", "t", 8000)
    equal(get(TUNABLES, "Generation"), 0, "Generation while nothing is attached")
    call(MANAGER, "Start")
    equal(get(TUNABLES, "SliceMaxUSec"), 8000, "SliceMaxUSec after Start")
    equal(get(TUNABLES, "Generation"), 1, "Generation of a new scheduler")


if __name__ == "__main__":
    main()
