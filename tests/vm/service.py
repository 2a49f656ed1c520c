# SPDX-License-Identifier: GPL-2.0-only
"""The service under systemd: start, stop, reload, death and return, and what stays stopped."""

import json
import os
import signal
import stat
import threading

import messages
from cases import case, main
from guest import (MANAGER, OPS, STATE_DIR, TUNABLES, UNIT, Journal, Monitor, attached, call, check,
                   configure, daemon_ready, enable_seq, equal, get, main_pid, put, run,
                   scx_ops, scx_state, set_tunables, start, systemctl, unit, wait_attached,
                   wait_detached, wait_until, write)


@case
def start_attaches():
    journal = Journal()
    start()
    equal(get(MANAGER, "State"), "running", "State")
    equal(get(MANAGER, "Scheduler"), OPS, "Scheduler")
    equal(get(MANAGER, "Kernel"), os.uname().release, "Kernel")
    equal(get(MANAGER, "ActiveProfile"), "balanced", "ActiveProfile")
    equal(get(MANAGER, "NRestarts"), 0, "NRestarts")
    check(get(TUNABLES, "Generation") >= 1, "nothing was published to the scheduler")
    check("balanced" in unit("StatusText"), f"STATUS does not name the profile: "
                                            f"{unit('StatusText')!r}")
    equal(unit("Type"), "notify-reload", "Type")
    journal.wait("attached", messages.has("ATTACHED"))


@case
def stop_detaches():
    journal = Journal()
    start()
    systemctl("stop", UNIT)
    equal((scx_state(), scx_ops()), ("disabled", ""), "what the kernel says after stop")
    equal(unit("Result"), "success", "how the service ended")
    equal(unit("ExecMainStatus"), "0", "exit status of the daemon")
    journal.wait("detached", messages.has("DETACHED"))
    check(not any(messages.has("EXITED")(e) for e in journal.entries()),
          "an ordinary stop was reported as a failure of the scheduler")


@case
def restart_attaches_again():
    start()
    pid, seq = main_pid(), enable_seq()
    systemctl("restart", UNIT)
    check(attached(), "not attached after restart")
    check(main_pid() != pid, "restart kept the process")
    equal(enable_seq(), seq + 1, "enable_seq")
    equal(get(MANAGER, "State"), "running", "State")


@case
def reload_keeps_the_scheduler():
    start()
    pid, seq = main_pid(), enable_seq()
    set_tunables(("SliceMaxUSec", "t", 7000))
    systemctl("reload", UNIT)
    equal((main_pid(), enable_seq()), (pid, seq), "process and enable_seq after reload")
    equal(get(TUNABLES, "SliceMaxUSec"), 7000, "an override after reload")


@case
def reload_reads_configuration():
    start()
    put(MANAGER, "Profile", "s", "latency")
    configure('{"default_profile": "gaming"}')
    systemctl("reload", UNIT)
    equal((get(MANAGER, "Profile"), get(MANAGER, "ActiveProfile")), ("gaming", "gaming"),
          "profile after the configuration has a new default")
    check(attached(), "not attached after reload")


@case
def reload_of_bad_configuration_keeps_the_old():
    configure('{"default_profile": "gaming"}')
    start()
    pid, seq, journal = main_pid(), enable_seq(), Journal()
    configure('{"default_profile": "gaming"')
    systemctl("reload", UNIT, ok=False)
    entry = journal.wait("the bad file", messages.has("BAD_CONFIGURATION"))
    check("bpflandd.json" in entry["MESSAGE"], f"the file is not named: {entry['MESSAGE']}")
    equal((main_pid(), enable_seq(), get(MANAGER, "ActiveProfile")), (pid, seq, "gaming"),
          "process, enable_seq, profile")


@case
def sighup_reloads():
    configure('{"default_profile": "gaming"}')
    start()
    journal, seq = Journal(), enable_seq()
    configure('{"default_profil": "latency"}')
    os.kill(main_pid(), signal.SIGHUP)
    entry = journal.wait("the unknown key", messages.has("BAD_CONFIGURATION"))
    check("default_profil" in entry["MESSAGE"], f"the key is not named: {entry['MESSAGE']}")
    equal(get(MANAGER, "ActiveProfile"), "gaming", "profile after the bad configuration")
    configure('{"default_profile": "latency"}')
    with Monitor() as monitor:
        os.kill(main_pid(), signal.SIGHUP)
        monitor.wait_property(MANAGER, "ActiveProfile", "latency")
    equal(enable_seq(), seq, "enable_seq")


@case
def profile_survives_restart():
    start()
    put(MANAGER, "Profile", "s", "latency")
    wanted = get(TUNABLES, "SliceMaxUSec")
    set_tunables(("SliceMaxUSec", "t", 9000))
    systemctl("restart", UNIT)
    equal((get(MANAGER, "Profile"), get(MANAGER, "ActiveProfile")), ("latency", "latency"),
          "profile after restart")
    equal(get(TUNABLES, "SliceMaxUSec"), wanted, "an override ends with the daemon; SliceMaxUSec")


@case
def kill_and_return():
    start()
    put(MANAGER, "Profile", "s", "gaming")
    journal, pid, seq = Journal(), main_pid(), enable_seq()
    os.kill(pid, signal.SIGKILL)
    took = wait_detached()
    check(took < 1, f"on the kernel's own scheduler only after {took:.3f} s")
    wait_attached()
    daemon_ready()
    check(main_pid() != pid, "the same process?")
    equal(enable_seq(), seq + 1, "enable_seq")
    equal((get(MANAGER, "State"), get(MANAGER, "ActiveProfile")), ("running", "gaming"),
          "what is in force again")
    journal.wait("that the previous run died", messages.has("PREVIOUS_RUN_DIED"))
    journal.wait_text("code=killed")


@case
def restart_method():
    start()
    pid, seq = main_pid(), enable_seq()
    call(MANAGER, "Restart")
    check(attached(), "not attached after Restart")
    equal((main_pid(), enable_seq()), (pid, seq + 1), "process, enable_seq")
    equal(get(MANAGER, "State"), "running", "State")


@case
def attaching_is_real_time():
    # Or a busy CPU may hang the machine (tests/bpf/attach.c); the unit must leave the right to it.
    start()
    pid, journal, seen = main_pid(), Journal(), set()
    restart = threading.Thread(target=call, args=(MANAGER, "Restart"))
    restart.start()
    while restart.is_alive():
        seen.add(os.sched_getscheduler(pid))
    equal(seen, {os.SCHED_OTHER, os.SCHED_FIFO}, "the daemon's classes while it attached")
    equal((main_pid(), attached()), (pid, True), "process, attached")
    equal(os.sched_getscheduler(pid), os.SCHED_OTHER, "the daemon's class from then on")
    worse = [e for e in journal.entries() if int(e["PRIORITY"]) < 6]
    equal(worse, [], "warnings in the journal")


@case
def stop_is_sticky():
    start()
    with Monitor() as monitor:
        call(MANAGER, "Stop")
        equal((scx_state(), scx_ops()), ("disabled", ""), "what the kernel says after Stop")
        monitor.wait_property(MANAGER, "State", "stopped")
    seq = enable_seq()
    equal((get(MANAGER, "Scheduler"), get(TUNABLES, "Generation")), ("", 0),
          "Scheduler and Generation when stopped")

    systemctl("reload", UNIT)
    put(MANAGER, "Profile", "s", "latency")
    set_tunables(("SliceMaxUSec", "t", 5000))
    pid = main_pid()
    os.kill(pid, signal.SIGKILL)
    wait_until("systemd has started the daemon again",
               lambda: main_pid() not in (0, pid), step=0.02)
    daemon_ready()
    equal(get(MANAGER, "State"), "stopped", "State after the daemon was killed")
    equal(enable_seq(), seq, "enable_seq: something attached against Stop")

    call(MANAGER, "Start")
    check(attached(), "not attached after Start")
    equal(get(MANAGER, "ActiveProfile"), "latency", "the profile chosen while stopped")


@case
def start_of_the_service_ends_a_stop():
    start()
    call(MANAGER, "Stop")
    systemctl("restart", UNIT)
    check(attached(), "systemctl restart did not end the Stop")
    call(MANAGER, "Stop")
    systemctl("stop", UNIT)
    start()
    equal(get(MANAGER, "State"), "running", "State")


@case
def start_and_stop_twice():
    start()
    seq = enable_seq()
    call(MANAGER, "Start")
    equal(enable_seq(), seq, "enable_seq after a Start while running")
    call(MANAGER, "Stop")
    call(MANAGER, "Stop")
    equal(get(MANAGER, "State"), "stopped", "State")


@case
def thrown_out_by_the_administrator():
    start()
    put(MANAGER, "Profile", "s", "gaming")
    journal = Journal()
    with Monitor() as monitor:
        write("/proc/sysrq-trigger", "S")
        report = monitor.wait("SchedulerExited", lambda m: m.get("member") == "SchedulerExited")
    check(report["payload"]["data"][0], "the signal carries nothing")
    last = get(MANAGER, "LastExit")
    equal(last["Kind"], 67, "LastExit's Kind")
    check("Dump" not in last, "the dump is on the bus, where everyone reads it")

    entry = journal.wait("the exit report", messages.has("EXITED"))
    equal(entry["BPFLAND_EXIT_KIND"], "67", "the journal's field")
    equal(entry["BPFLAND_PROFILE"], "gaming", "the journal's field")
    path = f"{STATE_DIR}/last-exit.json"
    wait_until(f"{path} is there", lambda: os.path.exists(path))
    equal(stat.S_IMODE(os.stat(path).st_mode), 0o600, f"mode of {path}")
    with open(path, encoding="utf-8") as f:
        equal(json.load(f)["kind"], 67, f"kind in {path}")


@case
def the_catalog_explains():
    run("journalctl", "--update-catalog")
    text = run("journalctl", "--dump-catalog", *messages.ids())
    for name, identifier in messages.table().items():
        check(f"-- {identifier}" in text, f"the catalog has no text for {name}")


if __name__ == "__main__":
    main()
