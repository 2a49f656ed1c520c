# SPDX-License-Identifier: GPL-2.0-only
"""Clients that never rest, each a process of its own: until told to stop, they call and call.

Run as a program with what to do (`hold`, `set`, `try`, `read`), it prints its name on
the bus, goes on until its input ends, and then prints what it has seen, in JSON:

  rounds   how often it has done it
  kept     the cookies of what it took at first and never released
  errors   how often it got which error, by name
  wrong    sentences about what must not be
  pairs    for `read`: all values that (SliceLagUSec, StarvationUSec) had

A call whose answer a restart of the service takes away is made again, as a patient client does.
"""

import json
import select
import subprocess
import sys

from guest import MANAGER, NAME, PATH, PATIENCE, TUNABLES, check

# What the bus says for a service that is away, or goes away before it answers.
AWAY = ("org.freedesktop.DBus.Error.ServiceUnknown", "org.freedesktop.DBus.Error.NameHasNoOwner",
        "org.freedesktop.DBus.Error.NoReply")
NO_SUCH_COOKIE = "org.bpfland1.Error.NoSuchCookie"

# What sets and tries write, always both; and so they must be read.
PAIRS = ((7000, 60000), (9000, 90000))
TRIED = (11000, 110000)


class Busy:
    """One of them, by what it does, from the start of the block to its end."""

    def __init__(self, what):
        self.what = what
        self.result = None

    def __enter__(self):
        self.process = subprocess.Popen([sys.executable, "-B", __file__, self.what], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.name = self.process.stdout.readline().strip()
        check(self.name.startswith(":"), f"the client that is to {self.what} is not on the bus")
        return self

    def stop(self):
        """Lets it end its round and stay on the bus; what it has seen."""
        self.process.stdin.write("stop\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        check(line, f"the client that was to {self.what} died")
        self.result = json.loads(line)
        return self.result

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate(timeout=PATIENCE)


class Worker:
    """The same from within."""

    def __init__(self):
        import dbus  # pylint: disable=import-outside-toplevel
        self.dbus = dbus
        self.bus = dbus.SystemBus(private=True)
        self.seen = {"rounds": 0, "kept": [], "errors": {}, "wrong": [], "pairs": []}

    def pair(self, values):
        lag, starvation = values
        return self.dbus.Dictionary({"SliceLagUSec": self.dbus.UInt64(lag),
                                     "StarvationUSec": self.dbus.UInt64(starvation)},
                                    signature="sv")

    def call(self, interface, method, signature, *args, fine=()):
        """Until it is answered; None for an error that is @fine."""
        asked_before = False
        while True:
            try:
                return self.bus.call_blocking(NAME, PATH, interface, method, signature, args,
                                              timeout=PATIENCE)
            except self.dbus.DBusException as e:
                name = e.get_dbus_name()
                self.seen["errors"][name] = self.seen["errors"].get(name, 0) + 1
                if name in AWAY:
                    asked_before = True
                    select.select([], [], [], 0.02)
                    continue
                # What was done although nobody could say so cannot be done again.
                if name not in fine and not (asked_before and name == NO_SUCH_COOKIE):
                    self.seen["wrong"].append(f"{method}{args}: {name}: {e.get_dbus_message()}")
                return None

    def hold(self):
        cookie = self.call(MANAGER, "HoldProfile", "sss", "gaming", "busy", "")
        if cookie is not None:
            self.call(MANAGER, "ReleaseProfile", "u", cookie)
        cookie = self.call(MANAGER, "RequestLatency", "tss", 500, "busy", "")
        if cookie is not None:
            self.call(MANAGER, "ReleaseLatency", "u", cookie)

    def set(self):
        self.call(TUNABLES, "Set", "a{sv}", self.pair(PAIRS[self.seen["rounds"] % len(PAIRS)]))

    def try_(self):
        """A try ends with the daemon, so that its cookie may be one of the one before."""
        cookie = self.call(TUNABLES, "Try", "a{sv}t", self.pair(TRIED), 3600 * 10**6)
        if cookie is not None:
            self.call(TUNABLES, "Revert", "u", cookie, fine=(NO_SUCH_COOKIE,))

    def read(self):
        values = self.call("org.freedesktop.DBus.Properties", "GetAll", "s", TUNABLES)
        if values is not None:
            pair = [int(values["SliceLagUSec"]), int(values["StarvationUSec"])]
            if pair not in self.seen["pairs"]:
                self.seen["pairs"].append(pair)

    def work(self, what):
        if what == "hold":
            taken = (self.call(MANAGER, "HoldProfile", "sss", "latency", "kept", ""),
                     self.call(MANAGER, "RequestLatency", "tss", 700, "kept", ""))
            self.seen["kept"] = [int(cookie) for cookie in taken]
        print(self.bus.get_unique_name(), flush=True)
        step = self.try_ if what == "try" else getattr(self, what)
        while not select.select([sys.stdin], [], [], 0)[0]:
            step()
            self.seen["rounds"] += 1
        print(json.dumps(self.seen), flush=True)
        sys.stdin.readline()
        sys.stdin.readline()	# stays on the bus until it is killed


if __name__ == "__main__":
    Worker().work(sys.argv[1])
