# SPDX-License-Identifier: GPL-2.0-only
"""org.scx.Loader on the real bus: the calls of the clients that exist for it."""

from cases import case, main
from guest import (LOADER, MANAGER, TUNABLES, UNIT, attached, busctl, check, configure,
                   daemon_ready, enable_seq, equal, get, plain, refused, scx_state, start,
                   systemctl, wait_loader)

PATH = "/org/scx/Loader"


def start_owned():
    start()
    wait_loader()


def call(method, *args, **kwargs):
    return busctl("--", "call", LOADER, PATH, LOADER, method, *[str(a) for a in args], **kwargs)


def prop(name):
    return plain(busctl("get-property", LOADER, PATH, LOADER, name))


@case
def session_of_a_loader_client():
    """scxctl: list, get, switch by mode and by arguments, restart, stop, start, restore."""
    start_owned()
    seq = enable_seq()
    equal(prop("SupportedSchedulers"), ["scx_bpfland"], "SupportedSchedulers")
    equal((prop("CurrentScheduler"), prop("SchedulerMode")), ("scx_bpfland", 0), "what runs")
    for mode, profile in enumerate(("balanced", "gaming", "powersave", "latency", "throughput")):
        call("SwitchScheduler", "su", "scx_bpfland", mode)
        equal((get(MANAGER, "ActiveProfile"), prop("SchedulerMode")), (profile, mode),
              f"after mode {mode}")
    call("SwitchSchedulerWithArgs", "sas", "scx_bpfland", 4, "-s", 15000, "-m", "all")
    equal(prop("CurrentSchedulerArgs"), ["-s", "15000", "-m", "all"], "CurrentSchedulerArgs")
    equal(get(TUNABLES, "SliceMaxUSec"), 15000, "SliceMaxUSec")
    equal(enable_seq(), seq, "enable_seq: something was attached anew")
    call("RestartScheduler")
    equal(enable_seq(), seq + 1, "enable_seq after a restart")
    call("StopScheduler")
    equal((prop("CurrentScheduler"), scx_state()), ("unknown", "disabled"), "after a stop")
    call("StartScheduler", "su", "scx_bpfland", 3)
    check(attached(), "not attached after StartScheduler")
    equal(get(MANAGER, "Profile"), "latency", "Profile")
    call("RestoreDefault")
    equal((get(MANAGER, "Profile"), prop("SchedulerMode")), ("balanced", 0), "after a restore")


@case
def session_of_the_graphical_client():
    """scx-manager: looks, applies a mode, flags, and none; disables, and applies again."""
    start_owned()
    seq = enable_seq()
    equal((prop("SupportedSchedulers"), prop("CurrentScheduler"), prop("SchedulerMode")),
          (["scx_bpfland"], "scx_bpfland", 0), "what it shows")
    call("SwitchScheduler", "su", "scx_bpfland", 1)
    equal(get(MANAGER, "ActiveProfile"), "gaming", "after a mode")
    call("SwitchSchedulerWithArgs", "sas", "scx_bpfland", 4, "-m", "all", "-s", 9000)
    equal(get(TUNABLES, "SliceMaxUSec"), 9000, "SliceMaxUSec after flags")
    # An empty line of flags.
    call("SwitchSchedulerWithArgs", "sas", "scx_bpfland", 0)
    check(get(TUNABLES, "SliceMaxUSec") != 9000, "the flags are still in force")
    equal(enable_seq(), seq, "enable_seq: something was attached anew")
    call("StopScheduler")
    equal(scx_state(), "disabled", "after it was disabled")
    call("SwitchScheduler", "su", "scx_bpfland", 3)
    check(attached(), "not attached after a mode was applied again")
    equal(get(MANAGER, "ActiveProfile"), "latency", "after a mode was applied again")
    call("StopScheduler")
    call("SwitchSchedulerWithArgs", "sas", "scx_bpfland", 2, "-s", 9000)
    check(attached(), "not attached after flags were applied again")
    equal(get(TUNABLES, "SliceMaxUSec"), 9000, "SliceMaxUSec after flags were applied again")


@case
def loader_calls_of_others_are_authorized():
    start_owned()
    seq, before = enable_seq(), get(MANAGER, "Profile")
    for method, *args in (("StartScheduler", "su", "scx_bpfland", 1), ("StopScheduler",),
                          ("RestartScheduler",), ("RestoreDefault",),
                          ("SwitchScheduler", "su", "scx_bpfland", 1),
                          ("SwitchSchedulerWithArgs", "sas", "scx_bpfland", 2, "-s", 5000),
                          ("StartSchedulerWithArgs", "sas", "scx_bpfland", 0)):
        refused(call, method, *args, as_nobody=True)
    equal(plain(busctl("get-property", LOADER, PATH, LOADER, "CurrentScheduler", as_nobody=True)),
          "scx_bpfland", "what everybody may read")
    equal((enable_seq(), get(MANAGER, "Profile")), (seq, before), "what refused calls changed")


@case
def loader_name_follows_the_configuration():
    start_owned()
    configure('{"scx_loader": false}')
    systemctl("reload", UNIT)
    wait_loader(False)
    configure('{"scx_loader": true}')
    systemctl("reload", UNIT)
    wait_loader()
    configure('{"scx_loader": false}')
    systemctl("restart", UNIT)
    daemon_ready()
    wait_loader(False)


if __name__ == "__main__":
    main()
