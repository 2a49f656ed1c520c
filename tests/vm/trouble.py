# SPDX-License-Identifier: GPL-2.0-only
"""What goes wrong around the daemon: each a sentence that names the thing, and life goes on."""

import os
import signal
import subprocess

import messages
from cases import case, main
from guest import (CONFIG_DIR, MANAGER, NAME, OPS, PATIENCE, STATE_DIR, TUNABLES, UNIT, Failed,
                   Hogs, Journal, attached, call, check, daemon_ready, drop_in, enable_seq,
                   equal, get, main_pid, message_of, owner, put, refused, run, scx_ops, scx_state,
                   systemctl, unit, wait_attached, wait_detached, wait_until, write)

PROFILES = f"{CONFIG_DIR}/profiles.d"
SHIPPED = {"balanced", "gaming", "latency", "powersave", "throughput"}


def start():
    systemctl("start", UNIT)
    check(attached(), "not attached after start")


def start_and_fail(*words):
    """The service must be up, its state failed, and the reason must have these words."""
    journal = Journal()
    systemctl("start", UNIT)
    equal(get(MANAGER, "State"), "failed", "State")
    equal((scx_state(), get(MANAGER, "Scheduler")), ("disabled", ""), "what the kernel says")
    entry = journal.wait("why", messages.has("GAVE_UP"))
    for text, what in ((unit("StatusText"), "STATUS"), (message_of(entry), "the journal")):
        for word in words:
            check(word in text, f"{what} does not name {word!r}: {text}")
    equal(unit("ActiveState"), "active", "the service")


def profile(name, text):
    os.makedirs(PROFILES, exist_ok=True)
    write(f"{PROFILES}/{name}", text)


def profile_names():
    return {p["Name"] for p in get(MANAGER, "Profiles")}


@case
def bad_profiles_are_skipped_loudly():
    profile("broken.json", '{"description": "no end"')
    profile("unknown-key.json", '{"description": "x", "tunables": {"slice_maximum_usec": 1}}')
    profile("out-of-range.json", '{"description": "x", "tunables": {"slice_max_usec": 5}}')
    profile("huge.json", '{"description": "' + "x" * 10_000_000 + '"}')
    profile("good.json", '{"description": "mine", "tunables": {"slice_max_usec": 4242}}')
    os.makedirs(f"{PROFILES}/folder.json")
    os.symlink("/dev/null", f"{PROFILES}/gaming.json")
    journal = Journal()
    start()
    bad = [message_of(e) for e in journal.entries() if messages.has("BAD_CONFIGURATION")(e)]
    for name, word in (("broken.json", ""), ("unknown-key.json", "slice_maximum_usec"),
                       ("out-of-range.json", "slice_max_usec"), ("huge.json", ""),
                       ("folder.json", "")):
        check(any(name in m and word in m for m in bad),
              f"no message names {name} {word}: {bad}")
    check(not any("good.json" in m or "gaming.json" in m for m in bad), f"blamed: {bad}")
    equal(profile_names(), SHIPPED - {"gaming"} | {"good"}, "the profiles")
    put(MANAGER, "Profile", "s", "good")
    equal(get(TUNABLES, "SliceMaxUSec"), 4242, "SliceMaxUSec of the good one")


@case
def an_administrators_profile_wins():
    profile("gaming.json", '{"description": "mine", "tunables": {"slice_max_usec": 4242}}')
    start()
    put(MANAGER, "Profile", "s", "gaming")
    equal(get(TUNABLES, "SliceMaxUSec"), 4242, "SliceMaxUSec")


@case
def unreadable_configuration():
    profile("secret.json", '{"description": "x"}')
    os.chmod(f"{PROFILES}/secret.json", 0)
    write(f"{CONFIG_DIR}/bpflandd.json", '{"default_profile": "gaming"}')
    os.chmod(f"{CONFIG_DIR}/bpflandd.json", 0)
    journal = Journal()
    start()
    bad = [message_of(e) for e in journal.entries() if messages.has("BAD_CONFIGURATION")(e)]
    for name in ("secret.json", "bpflandd.json"):
        check(any(name in m for m in bad), f"no message names {name}: {bad}")
    equal(get(MANAGER, "ActiveProfile"), "balanced", "ActiveProfile")


@case
def selected_profile_that_has_gone():
    profile("mine.json", '{"description": "mine", "tunables": {"slice_max_usec": 4242}}')
    start()
    put(MANAGER, "Profile", "s", "mine")
    systemctl("stop", UNIT)
    os.unlink(f"{PROFILES}/mine.json")
    journal = Journal()
    start()
    journal.wait_text("mine")
    equal(get(MANAGER, "ActiveProfile"), "balanced", "ActiveProfile")


@case
def unwritable_state_folder():
    with drop_in(f"[Service]\nReadOnlyPaths={STATE_DIR}\n"):
        journal = Journal()
        start()
        put(MANAGER, "Profile", "s", "gaming")
        equal(get(MANAGER, "ActiveProfile"), "gaming", "the change is in force")
        entry = journal.wait("that it is not stored", messages.has("NOT_STORED"))
        check(STATE_DIR in message_of(entry), f"the folder is not named: {message_of(entry)}")
        call(MANAGER, "Restart")
        equal(get(MANAGER, "State"), "running", "State")
        systemctl("stop", UNIT)


@case
def full_disk():
    os.makedirs(STATE_DIR, exist_ok=True)
    run("mount", "-t", "tmpfs", "-o", "size=8k,mode=755", "tmpfs", STATE_DIR)
    with open(f"{STATE_DIR}/filler", "wb", buffering=0) as f:
        try:
            while True:
                f.write(b"x" * 4096)
        except OSError:
            pass
    journal = Journal()
    start()
    put(MANAGER, "Profile", "s", "gaming")
    equal(get(MANAGER, "ActiveProfile"), "gaming", "the change is in force")
    journal.wait("that it is not stored", messages.has("NOT_STORED"))
    equal(sorted(os.listdir(STATE_DIR)), ["filler"], "what was left in the full folder")


@case
def broken_state():
    os.makedirs(STATE_DIR, exist_ok=True)
    for name in ("selection.json", "last-exit.json"):
        write(f"{STATE_DIR}/{name}", "\x00\xff{nonsense")
    start()
    equal(get(MANAGER, "ActiveProfile"), "balanced", "ActiveProfile")
    put(MANAGER, "Profile", "s", "gaming")
    systemctl("restart", UNIT)
    equal(get(MANAGER, "ActiveProfile"), "gaming", "ActiveProfile stored over the nonsense")


@case
def no_sched_ext():
    with drop_in("[Service]\nTemporaryFileSystem=/sys/kernel:ro\n"):
        start_and_fail("sched_ext", os.uname().release, "CONFIG_SCHED_CLASS_EXT")
        refused(call, MANAGER, "Start", names=("sched_ext",))
        equal(get(MANAGER, "Features"), [], "Features")
        put(MANAGER, "Profile", "s", "gaming")
        equal(get(MANAGER, "Profile"), "gaming", "Profile, selected for a better kernel")
        systemctl("stop", UNIT)


@case
def no_btf():
    with drop_in("[Service]\nTemporaryFileSystem=/sys/kernel:ro\n"
                 "BindReadOnlyPaths=/sys/kernel/sched_ext\n"):
        start_and_fail("/sys/kernel/btf/vmlinux", "CONFIG_DEBUG_INFO_BTF")
        systemctl("stop", UNIT)


@case
def no_permission():
    with drop_in("[Service]\nCapabilityBoundingSet=\nCapabilityBoundingSet=CAP_CHOWN\n"):
        start_and_fail("CAP_BPF", "CAP_PERFMON")
        systemctl("stop", UNIT)


class Foreign:
    """Another sched_ext scheduler, named "somebody", held by a small process."""

    def __enter__(self):
        build = os.environ.get("BPFLAND_BUILD") or "/build/release"
        self.process = subprocess.Popen([f"{build}/tests/vm/hold-sched"],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        if self.process.stdout.readline() != "attached\n":
            raise Failed("the other scheduler did not attach")
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(timeout=PATIENCE)
        self.process.stdout.close()


@case
def foreign_scheduler_is_left_alone():
    with Foreign():
        equal(scx_ops(), "somebody", "the attached scheduler")
        seq, journal = enable_seq(), Journal()
        systemctl("start", UNIT)
        equal((get(MANAGER, "State"), get(MANAGER, "Scheduler")), ("foreign", "somebody"),
              "State and Scheduler")
        check("somebody" in unit("StatusText"), f"STATUS: {unit('StatusText')!r}")
        entry = journal.wait("the other one", messages.has("FOREIGN"))
        equal(entry["BPFLAND_SCHEDULER"], "somebody", "the journal's field")
        systemctl("reload", UNIT)
        put(MANAGER, "Profile", "s", "gaming")
        equal((scx_ops(), enable_seq()), ("somebody", seq), "what is attached")
    wait_until("the daemon sees that the other one has left",
               lambda: get(MANAGER, "State") == "stopped", step=0.05)
    equal((scx_state(), get(MANAGER, "Scheduler")), ("disabled", ""), "after the other one left")
    call(MANAGER, "Start")
    equal(scx_ops(), OPS, "after Start")


@case
def foreign_scheduler_refuses_start_then_is_followed():
    with Foreign():
        systemctl("start", UNIT)
        refused(call, MANAGER, "Start", names=("somebody",))
        equal(scx_ops(), "somebody", "what is attached after Start")
    wait_attached()
    equal(get(MANAGER, "State"), "running", "State: Start was wished while the other was there")


@case
def foreign_scheduler_appears_while_stopped():
    start()
    call(MANAGER, "Stop")
    with Foreign():
        wait_until("the daemon sees the other one", lambda: get(MANAGER, "State") == "foreign",
                   step=0.05)
        equal(get(MANAGER, "Scheduler"), "somebody", "Scheduler")
    wait_until("the daemon sees that it has left", lambda: get(MANAGER, "State") == "stopped",
               step=0.05)
    equal(scx_state(), "disabled", "what the kernel says")


@case
def second_daemon():
    start()
    pid, seq = main_pid(), enable_seq()
    p = run("/usr/sbin/bpflandd", ok=False)
    check(p.returncode != 0, "a second daemon ended with success")
    check(NAME in p.stderr, f"it does not name {NAME}: {p.stderr}")
    equal((main_pid(), enable_seq(), get(MANAGER, "State")), (pid, seq, "running"),
          "the first daemon")


@case
def bus_restarts():
    start()
    put(MANAGER, "Profile", "s", "gaming")
    put(TUNABLES, "SliceMaxUSec", "t", 8000)
    pid, seq, journal = main_pid(), enable_seq(), Journal()
    systemctl("kill", "--signal=KILL", "dbus.service")
    journal.wait("that the bus has gone", lambda e: "bus" in message_of(e).lower()
                 and e.get("_COMM") == "bpflandd")
    check(attached() and enable_seq() == seq, "the scheduler went with the bus")
    systemctl("start", "dbus.service")
    wait_until("the daemon is on the bus again", lambda: owner() is not None, step=0.02)
    equal((main_pid(), enable_seq()), (pid, seq), "process and enable_seq")
    equal((get(MANAGER, "ActiveProfile"), get(TUNABLES, "SliceMaxUSec")), ("gaming", 8000),
          "what is in force")


@case
def no_bus_at_start():
    systemctl("stop", "dbus.socket", "dbus.service")
    try:
        systemctl("start", UNIT)
        check(attached(), "without a bus the machine has no scheduler")
    finally:
        systemctl("start", "dbus.socket", "dbus.service")
    wait_until("the daemon is on the bus", lambda: owner() is not None, step=0.02)
    equal(get(MANAGER, "State"), "running", "State")


@case
def killed_again_and_again():
    start()
    journal = Journal()
    with Hogs("--per-cpu", "1"):
        for _ in range(3):
            os.kill(main_pid(), signal.SIGKILL)
            wait_detached()
            wait_attached()
            daemon_ready()
    died = [e for e in journal.entries() if messages.has("PREVIOUS_RUN_DIED")(e)]
    equal(len(died), 3, "messages about a run that died")
    equal(get(MANAGER, "State"), "running", "State")


if __name__ == "__main__":
    main()
