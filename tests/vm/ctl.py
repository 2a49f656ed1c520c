# SPDX-License-Identifier: GPL-2.0-only
"""bpflandctl with the real service, bus and polkit: every verb, as root, as the user at the
machine, and with a password; and what it costs."""

import json
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import time

from cases import Skip, case, main
from guest import (DOMAINS, MANAGER, PATIENCE, SOURCE, TUNABLES, UNIT, attached, check, equal, get,
                   get_all, read, run, start, systemctl, wait_active, wait_until)
from login import NOBODY, connect, password_of_root, reads_password, session
from ppd import POWER, choose_power, power_daemon_installed

MEMORY = "/run/bpfland-test"
USERS_PATIENCE = PATIENCE // 3	# for one command: who runs them is to say which one hangs
STATUS_LIMIT_MS = 30
LAUNCH_LIMIT_MS = 10
HOLD, CHOOSE, TUNE, PLACE, ADMIN = (f"org.bpfland1.{action}" for action in (
    "hold-profile", "set-profile", "set-tunables", "set-domains", "manage-scheduler"))


def ctl(*args, **kwargs):
    return run("bpflandctl", *args, **kwargs)


def names_of_verbs():
    """All that are offered to who types."""
    return {line.split("\t")[0] for line in ctl("__complete", "--", "").splitlines()}


def see():
    """The verbs that show something; what each prints is in the transcripts of the bus suite."""
    out = ctl("status")
    for word in ("State: running since", "Profile: balanced", "Interactive"):
        check(word in out, f"status does not say {word!r}: {out}")
    check("State: running since" in ctl(), "without a verb it does not say the state")
    shown = json.loads(ctl("status", "-j"))
    equal(shown["Manager"]["Kernel"], os.uname().release, "the kernel in JSON")
    check(shown["Latency"]["Other"]["Count"] > 0, "no waits are counted")
    out = ctl("task", str(os.getpid()))
    check(re.search(rf" \({os.getpid()}\) is (not )?interactive", out), out)
    check(json.loads(ctl("task", "-j", "systemd"))[0]["CPUTimeUSec"] > 0, "task systemd")
    check("queue" in ctl("dump"), "the dump names no queue")
    check(re.search(r"^balanced +active", ctl("list"), re.M), ctl("list"))
    check(json.loads(ctl("stats", "-j")), "stats")
    check("<svg" in ctl("plot"), "plot draws nothing")
    check(ctl("doctor", ok=False).returncode in (0, 2), "doctor finds that it cannot run")


def watch():
    with subprocess.Popen(["bpflandctl", "monitor"], stdout=subprocess.PIPE, text=True) as monitor:
        monitor.stdout.readline()
        ctl("set-profile", "latency")
        lines = [""]
        while lines[-1] not in ("ActiveProfile: latency", None):
            lines.append(monitor.stdout.readline().strip()[9:] or None)
        monitor.kill()
    equal(lines[-1], "ActiveProfile: latency", "what monitor tells last")
    ctl("set-profile", "balanced")


def choose():
    ctl("set-profile", "gaming")
    equal((get(MANAGER, "Profile"), get(MANAGER, "FollowPowerProfile")), ("gaming", False),
          "after set-profile")
    ctl("set-profile", "balanced")
    equal(ctl("launch", "-p", "latency", "--", "bpflandctl", "list", "--no-legend").split()[:2],
          ["balanced", "selected"], "the profile while a command runs")
    wait_active("balanced")


def shows(*lines):
    out = ctl("status")
    for line in lines:
        check(line in out, f"status does not say {line!r}: {out}")


def tune():
    ctl("set", "SliceMax=2ms", "wake_sync=off")
    equal(ctl("get", "slicemax", "WakeSync"), "SliceMaxUSec=2ms\nWakeSync=no", "after set")
    ctl("reset", "slicemax")
    equal((get(TUNABLES, "SliceMaxUSec"), get(TUNABLES, "WakeSync")), (3000, False), "after reset")
    out = ctl("try", "-t", "50ms", "SliceMax=9ms", ok=False, stdin=subprocess.DEVNULL)
    equal((out.returncode, get(TUNABLES, "SliceMaxUSec")), (2, 3000), "after the time of a try")
    ctl("try", "SliceMax=9ms", input="\n")
    equal(get(TUNABLES, "SliceMaxUSec"), 9000, "after Enter")
    ctl("domain", "primary=0", "interactive=all")
    equal((get(DOMAINS, "Primary"), get(DOMAINS, "PrimaryCPUs")), ("0", "0"), "after domain")
    check("primary" in ctl("domain"), "domain does not show it")
    ctl("reset")
    equal((get(TUNABLES, "SliceMaxUSec"), get(DOMAINS, "Primary")), (3000, "auto"), "after reset")


def manage():
    ctl("stop")
    check(not attached(), "it is still attached after stop")
    equal(ctl("status", "-q", ok=False).returncode, 3, "the status of status while it is stopped")
    ctl("start")
    check(attached(), "it is not attached after start")
    ctl("restart")
    check(attached(), "it is not attached after restart")
    ctl("reload")
    equal(ctl("status", "-q"), "", "the status of status while it runs")


TRIED = {
    see: ("status", "task", "dump", "list", "stats", "plot", "doctor"),
    watch: ("monitor",),
    choose: ("set-profile", "launch"),
    tune: ("set", "get", "reset", "try", "domain"),
    manage: ("stop", "start", "restart", "reload"),
}
# Those that stay, in hold.py and the suite bus; and the one that takes another daemon, below.
ELSEWHERE = {"hold", "top", "follow"}


@case
def every_verb_as_root():
    start()
    equal(names_of_verbs() - ELSEWHERE, {verb for verbs in TRIED.values() for verb in verbs},
          "verbs")
    for function in TRIED:
        function()
    systemctl("stop", UNIT)
    out = ctl("status", ok=False)
    equal(out.returncode, 3, "the status of status without the service")
    check("systemctl start bpflandd" in out.stderr, f"what to do is not said: {out.stderr}")


@case
def follow_as_root():
    start()
    with power_daemon_installed():
        systemctl("start", POWER)
        choose_power("power-saver")
        ctl("set-profile", "latency")
        wait_until("the daemon hears of it",
                   lambda: get(MANAGER, "PowerProfile") == "power-saver")
        shows("Profile: latency, selected", "Power: power-saver, not followed")
        ctl("follow")
        shows("Profile: powersave, for the power profile power-saver",
              "Power: power-saver, followed")
        choose_power("performance")
        wait_active("gaming")
        ctl("follow", "no")
        shows("Profile: latency, selected", "Power: performance, not followed")
        ctl("follow", "yes")
        shows("Profile: gaming, for the power profile performance")
    wait_active("latency")
    shows("Profile: latency, selected", "Power: no power daemon, followed")


# What the user at the machine may, and what it takes otherwise.
AS_A_USER = [
    (None, "status"), (None, "list"), (None, "get"), (None, "domain"), (None, "task", "1"),
    (None, "stats"), (None, "plot"), (None, "doctor"), (None, "monitor"), (None, "top"),
    (None, "set-profile", "latency"), (None, "follow", "no"),
    (None, "hold", "gaming"), (None, "launch", "-p", "gaming", "--", "bpflandctl", "list"),
    (TUNE, "set", "SliceMax=2ms"), (TUNE, "try", "SliceMax=2ms"), (TUNE, "reset"),
    (PLACE, "domain", "primary=0"),
    (ADMIN, "dump"), (ADMIN, "stop"), (ADMIN, "start"), (ADMIN, "restart"), (ADMIN, "reload"),
]


# How they end that do not by themselves (user.py), and what is no failure of whom.
ENDS = {"monitor": "first-line", "hold": "first-line", "top": "screen"}
FINE = {"monitor": (-signal.SIGTERM,), "doctor": (0, 2)}
# What they say, of those whose output another test does not compare.
SAID = {"launch": "^gaming +active, held ", "monitor": "State: running$",
        "hold": "^Holding gaming", "top": "WAKE-UPS",
        "doctor": "without an administrator's password you may hold profiles, select profiles$"}


def all_as(user, who, *options):
    """[(status, output, errors)] of each of AS_A_USER, run by @user in a session of its own."""
    commands = [[ENDS.get(args[0], "done"), "bpflandctl", *options, *args]
                for _, *args in AS_A_USER]
    process = subprocess.Popen(["setpriv", f"--reuid={user}", "--clear-groups", "python3", "-c",
                                read(f"{SOURCE}/tests/vm/user.py"), json.dumps(commands),
                                str(USERS_PATIENCE)],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    with process, session(connect(), who, user, process.pid):
        out, _ = process.communicate("!", timeout=PATIENCE)
    return json.loads(out)


@case
def a_user_at_the_machine_is_told_what_is_missing():
    systemctl("start", "polkit.service", UNIT)
    equal({args[0] for _, *args in AS_A_USER}, names_of_verbs(), "verbs")
    before = [get_all(TUNABLES), get_all(DOMAINS)]
    for options, words in (((), ("pkttyagent", "root")),
                           (("--no-ask-password",), ("without --no-ask-password", "root"))):
        results = all_as("lp", "at the machine", *options)
        for (action, *args), (status, out, err) in zip(AS_A_USER, results, strict=True):
            what = f"bpflandctl {' '.join(args)} ended with {status}: {err}"
            if action is None:
                check(status in FINE.get(args[0], (0,)), what)
                check(out + err != "" or args[0] in ("set-profile", "follow"), what)
                check(re.search(SAID.get(args[0], ""), out, re.M), f"{what}; it said {out}")
                continue
            check(status == 1 and err.count("\n") == 1 and action in err, what)
            check(all(word in err for word in words), what)
    equal((get(MANAGER, "Profile"), get(MANAGER, "FollowPowerProfile"),
           get(MANAGER, "ProfileHolds")), ("latency", False, []),
          "what was selected, whether the power profile is followed, and who holds one")
    put_back = get_all(TUNABLES)
    equal({k for k in before[0] if before[0][k] != put_back[k]} - {"Generation"},
          {"SliceMaxUSec", "SliceMinUSec", "SliceLagUSec", "StarvationUSec"},
          "what differs, which is the profile's")
    check(attached(), "the scheduler was stopped")


def typed(command, question, answer):
    """What a terminal shows of @command, at which @answer is typed after @question."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execvp(command[0], command)
    text, asked, end = "", False, time.monotonic() + PATIENCE
    while True:
        check(time.monotonic() < end, f"not within {PATIENCE} s: {text!r}")
        if not asked and question in text and reads_password(terminal):
            os.write(terminal, f"{answer}\n".encode())
            asked = True
        if not select.select([terminal], [], [], 0.1)[0]:
            continue
        try:
            text += os.read(terminal, 4096).decode(errors="replace")
        except OSError:		# nobody is at the other end any more
            break
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), text


@case
def a_password_is_asked_for_on_the_terminal():
    systemctl("start", "polkit.service", UNIT)
    with password_of_root() as password:
        status, text = typed([*NOBODY, "bpflandctl", "set", "SliceMax=8ms"], "assword:", password)
    check(status == 0 and TUNE in text, f"it ended with {status}: {text}")
    equal(get(TUNABLES, "SliceMaxUSec"), 8000, "SliceMaxUSec")


def in_memory(*programs):
    """They and their libraries, copied to where no read waits for the host, which would count. What
    a command begins with to run them from there."""
    os.makedirs(MEMORY, exist_ok=True)
    for program in programs:
        libraries = re.findall(r"(/lib\S+) \(0x", run("ldd", program))
        for path in (program, *libraries):
            shutil.copy(path, MEMORY)
    linker = next(name for name in os.listdir(MEMORY) if name.startswith("ld-linux"))
    return f"{MEMORY}/{linker}", "--inhibit-cache", "--library-path", MEMORY


def shortest_ms(*command, times=9):
    """Of some runs: what it takes itself, whatever else the machine does."""
    environment = {"LC_ALL": "C", "TZ": "UTC0", "PATH": "/usr/bin"}
    quiet = [(os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0)]
    took = []
    for _ in range(times):
        begin = time.monotonic_ns()
        pid = os.posix_spawn(command[0], command, environment, file_actions=quiet)
        status = os.waitpid(pid, 0)[1]
        took.append((time.monotonic_ns() - begin) / 1e6)
        equal(status, 0, f"the status of {command}")
    return min(took)


@case
def it_costs_little():
    if os.environ.get("BPFLAND_LAB_CLOCK") != "virtual":
        raise Skip("time is real here, and depends on the machine: --virtual-time counts")
    start()
    linker = in_memory("/usr/bin/bpflandctl", "/usr/bin/true")
    program, true = (*linker, f"{MEMORY}/bpflandctl"), (*linker, f"{MEMORY}/true")
    try:
        status = shortest_ms(*program, "status")
        alone = shortest_ms(*true)
        launched = shortest_ms(*program, "launch", "-p", "gaming", "--", *true)
    finally:
        shutil.rmtree(MEMORY)
    print(f"status: {status:.1f} ms; launch adds {launched - alone:.1f} ms to {alone:.1f} ms")
    check(status <= STATUS_LIMIT_MS, f"status takes {status:.1f} ms")
    check(launched - alone <= LAUNCH_LIMIT_MS, f"launch adds {launched - alone:.1f} ms")


if __name__ == "__main__":
    main()
