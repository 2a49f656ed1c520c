# SPDX-License-Identifier: GPL-2.0-only
"""Who may do what, decided by the real polkit: every method and every writable property, called by
root, by the user at the machine, by one who is not at it any more, by one from another machine, and
by a service."""

import json
import os
import xml.etree.ElementTree as ElementTree

try:
    import dbus
except ImportError:		# only the guest must have it, and the build lists the cases, too
    dbus = None

from cases import case, main
from guest import (LOADER, MANAGER, NAME, PATH, TUNABLES, UNIT, check, equal, get_all, put, refused,
                   run, systemctl, wait_loader)
from login import FOREVER, ask, connect, session

PREFIX = "org.bpfland1."
LOADER_PATH = "/org/scx/Loader"
PROPERTIES = "org.freedesktop.DBus.Properties"
CHALLENGE = "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired"
DENIED = (CHALLENGE, "org.freedesktop.DBus.Error.AccessDenied")
# Nor does one who may do it hear these. (Failed is heard: what does not run cannot be restarted.)
NOT_DONE = (*DENIED, "org.bpfland1.Error.NotOwner", "org.freedesktop.DBus.Error.UnknownMethod")

ADMIN, TUNE, PLACE, HOLD, CHOOSE = (PREFIX + action for action in (
    "manage-scheduler", "set-tunables", "set-domains", "hold-profile", "set-profile"))
# Selecting a profile ends what others hold, so it comes last.
ORDER = (None, ADMIN, TUNE, PLACE, HOLD, CHOOSE)

# Who, as which user, and what polkit lets this one do without asking for a password.
PEOPLE = {
    "not at the machine any more": ("games", ()),
    "from another machine": ("man", ()),
    "a service": ("nobody", ()),
    "at the machine": ("lp", (HOLD, CHOOSE)),
    "root": ("root", (ADMIN, TUNE, PLACE, HOLD, CHOOSE)),
}


def methods(cookies):
    """What each method needs and is called with: an action, or several in the order of the
    questions. One that is missing here fails the test."""
    slices = dbus.Dictionary({"SliceMaxUSec": dbus.UInt64(8000)}, signature="sv")
    return {
        (MANAGER, "Start"): (ADMIN, "", ()),
        (MANAGER, "Stop"): (ADMIN, "", ()),
        (MANAGER, "Restart"): (ADMIN, "", ()),
        (MANAGER, "Reload"): (ADMIN, "", ()),
        (MANAGER, "SetProfile"): (CHOOSE, "s", ("latency",)),
        (MANAGER, "HoldProfile"): (HOLD, "sss", ("gaming", "a test", "test")),
        (MANAGER, "RequestLatency"): (HOLD, "tss", (500, "a test", "test")),
        # What belongs to somebody else.
        (MANAGER, "ReleaseProfile"): (ADMIN, "u", (cookies["hold"],)),
        (MANAGER, "ReleaseLatency"): (ADMIN, "u", (cookies["request"],)),
        (TUNABLES, "Confirm"): (ADMIN, "u", (cookies["try"],)),
        (TUNABLES, "Revert"): (ADMIN, "u", (cookies["try"],)),
        (TUNABLES, "Set"): (TUNE, "a{sv}", (slices,)),
        (TUNABLES, "Try"): (TUNE, "a{sv}t", (slices, FOREVER * 1000000)),
        (TUNABLES, "Reset"): (TUNE, "as", (["SliceMaxUSec"],)),
        (TUNABLES, "Describe"): (None, "", ()),
        ("org.bpfland1.Statistics", "GetStatistics"): (None, "", ()),
        ("org.bpfland1.Statistics", "GetLatency"): (None, "", ()),
        ("org.bpfland1.Statistics", "GetTask"): (None, "u", (1,)),
        ("org.bpfland1.Statistics", "GetDump"): (ADMIN, "", ()),
        (LOADER, "StartScheduler"): (ADMIN, "su", ("scx_bpfland", 3)),
        (LOADER, "StartSchedulerWithArgs"): ((ADMIN, TUNE), "sas", ("scx_bpfland", ["-s8000"])),
        (LOADER, "StopScheduler"): (ADMIN, "", ()),
        (LOADER, "RestartScheduler"): (ADMIN, "", ()),
        (LOADER, "SwitchScheduler"): (CHOOSE, "su", ("scx_bpfland", 3)),
        (LOADER, "SwitchSchedulerWithArgs"): ((CHOOSE, TUNE), "sas", ("scx_bpfland", ["-s8000"])),
        (LOADER, "RestoreDefault"): (CHOOSE, "", ()),
    }


def action_of_property(interface):
    return {MANAGER: CHOOSE, TUNABLES: TUNE, "org.bpfland1.Domains": PLACE}[interface]


def members_at(bus, place, known):
    """Of the object at @place, a name and a path."""
    text = ask(bus, "org.freedesktop.DBus.Introspectable", "Introspect", name=place[0],
               path=place[1])
    for interface in ElementTree.fromstring(text).iter("interface"):
        name = interface.get("name")
        if name.startswith("org.freedesktop."):
            continue
        for method in interface.iter("method"):
            row = (name, method.get("name"))
            check(row in known, f"{'.'.join(row)} has no row in methods()")
            actions, signature, args = known[row]
            actions = actions if isinstance(actions, tuple) else (actions,)
            yield (*row, actions, (*place, name, row[1], signature, args))
        for prop in interface.iter("property"):
            if prop.get("access") != "readwrite":
                continue
            # The value that it has already: allowed, and without effect.
            value = ask(bus, PROPERTIES, "Get", "ss", (name, prop.get("name")))
            yield (name, prop.get("name"), (action_of_property(name),),
                   (*place, PROPERTIES, "Set", "ssv", (name, prop.get("name"), value)))


def members(bus, cookies):
    """A row for each method and writable property there is: interface, member, actions, call."""
    known = methods(cookies)
    rows = [*members_at(bus, (NAME, PATH), known), *members_at(bus, (LOADER, LOADER_PATH), known)]
    equal({row[:2] for row in rows if row[3][2] != PROPERTIES}, set(known), "methods")
    return sorted(rows, key=lambda row: (ORDER.index(row[2][0]), row[:2]))


def try_one(bus, name, path, interface, member, signature, args):
    """The name and the text of the error, or None."""
    try:
        bus.call_blocking(name, path, interface, member, signature, args, timeout=FOREVER)
    except dbus.DBusException as e:
        return e.get_dbus_name(), e.get_dbus_message()
    return None


def become_and_try(user, rows, go, out):
    """In a process of its own: waits for its session, then makes all calls as that user."""
    if not os.read(go, 1):	# the test has given up
        return
    ids = [int(i) for i in run("getent", "passwd", user).split(":")[2:4]]
    os.setgroups([])
    os.setgid(ids[1])
    os.setuid(ids[0])
    bus = connect()
    results = [try_one(bus, *call) for _, _, _, call in rows]
    with os.fdopen(out, "w") as f:
        json.dump(results, f)


def tries_of(bus, who, user, rows):
    go, out = os.pipe(), os.pipe()
    pid = os.fork()
    if pid == 0:
        status = 1
        os.close(go[1])
        try:
            become_and_try(user, rows, go[0], out[1])
            status = 0
        finally:
            os._exit(status)
    os.close(go[0])
    os.close(out[1])
    try:
        with session(bus, who, user, pid), os.fdopen(out[0]) as f:
            os.write(go[1], b"!")
            text = f.read()
    finally:
        os.close(go[1])
        status = os.waitpid(pid, 0)[1]
    equal(status, 0, f"exit status of the process of {who}")
    return json.loads(text)


def state():
    return [get_all(MANAGER), get_all(TUNABLES)]


def hold_something(bus):
    """Cookies that belong to this connection."""
    slices = dbus.Dictionary({"SliceMaxUSec": dbus.UInt64(9000)}, signature="sv")
    return {
        "hold": ask(bus, MANAGER, "HoldProfile", "sss", ("gaming", "", "")),
        "request": ask(bus, MANAGER, "RequestLatency", "tss", (900, "", "")),
        "try": ask(bus, TUNABLES, "Try", "a{sv}t", (slices, FOREVER * 1000000)),
    }


def check_row(who, row, error, granted, supported):
    interface, member, actions, _ = row
    what = f"{interface}.{member}, called by: {who}: {error}"
    missing = [action for action in actions if action is not None and action not in granted]
    if not missing:
        check(error is None or error[0] not in NOT_DONE, what)
    elif supported.get(member, True):
        check(error is not None, what)
        equal(error[0], CHALLENGE, what)
        check(missing[0] in error[1], what)
        # None of these calls allows a question. Clients of the other loader never do, but expect
        # one, so that there it was put all the same, to nobody who could answer.
        check(("authentication agent" if interface == LOADER else "allow interactive") in error[1],
              what)
    else:
        check(error is not None, what)


@case
def everyone_may_do_what_polkit_says():
    systemctl("start", "polkit.service", UNIT)
    bus = connect()
    wait_loader()
    described = ask(bus, TUNABLES, "Describe")
    supported = {str(name): bool(about["Supported"]) for name, about in described.items()}
    for who, (user, granted) in PEOPLE.items():
        # The last one's profile, and the cookies that it may have ended.
        ask(bus, MANAGER, "SetProfile", "s", ("balanced",))
        owner = connect()
        cookies = hold_something(owner)
        rows = members(bus, cookies)
        before = state()
        errors = tries_of(bus, who, user, rows)
        for row, error in zip(rows, errors, strict=True):
            check_row(who, row, error, granted, supported)
        if not granted:
            equal(state(), before, f"what changed by calls of: {who}")
        owner.close()
    # What the last one, root, asked for was done: everything was stopped, and then switched on.
    equal([get_all(MANAGER)[name] for name in ("State", "Profile")], ["running", "latency"],
          "State and Profile")


@case
def polkit_knows_the_actions():
    actions = [line for line in run("pkaction").splitlines() if line.startswith(PREFIX)]
    equal(sorted(actions), sorted([ADMIN, TUNE, PLACE, HOLD, CHOOSE]), "actions")
    defaults = {}
    for action in actions:
        text = run("pkaction", "--verbose", "--action-id", action)
        implicit = [line for line in text.splitlines() if "implicit" in line]
        defaults[action] = tuple(line.split()[-1] for line in implicit)
    for action, allowed in defaults.items():
        active = "yes" if action in (HOLD, CHOOSE) else "auth_admin_keep"
        equal(allowed, ("auth_admin", "auth_admin", active), f"any, inactive, active of {action}")


@case
def without_polkit_only_root():
    systemctl("start", UNIT)
    systemctl("mask", "--runtime", "--now", "polkit.service")
    try:
        put(TUNABLES, "SliceMaxUSec", "t", 8000)
        bus = connect()
        row = (TUNABLES, "Reset", (TUNE,),
               (NAME, PATH, TUNABLES, "Reset", "as", (["SliceMaxUSec"],)))
        error = tries_of(bus, "a service", "nobody", [row])[0]
        equal(error[0], "org.freedesktop.DBus.Error.AccessDenied", "error")
        check(TUNE in error[1] and "polkit" in error[1] and "root" in error[1], error[1])
        equal(get_all(TUNABLES)["SliceMaxUSec"], 8000, "SliceMaxUSec")
    finally:
        systemctl("unmask", "--runtime", "polkit.service")
        systemctl("start", "polkit.service")
    refused(put, TUNABLES, "SliceMaxUSec", "t", 9000, names=(TUNE, "authenticate"), as_nobody=True)


if __name__ == "__main__":
    main()
