# SPDX-License-Identifier: GPL-2.0-only
"""A client on the bus in a process of its own: what it holds lives as long as that process.

Run as a program, it prints its name on the bus, then reads one call in each line of its input, as
[interface, method, signature, arguments] in JSON, and prints each answer, or {"error": …}.
"""

import json
import os
import signal
import subprocess
import sys

from guest import MANAGER, NAME, PATH, PATIENCE, TUNABLES, BusError, check, equal


class Client:
    """Started by `with`; killed at its end, if not before. @bus: the address, if not the usual."""

    def __init__(self, bus=None):
        self.env = {**os.environ, "DBUS_SYSTEM_BUS_ADDRESS": bus} if bus else None

    def __enter__(self):
        self.process = subprocess.Popen([sys.executable, "-B", __file__], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True, env=self.env)
        self.name = self.process.stdout.readline().strip()
        check(self.name.startswith(":"), "the client is not on the bus")
        return self

    def __exit__(self, *_):
        self.kill()
        self.process.stdin.close()
        self.process.stdout.close()

    def kill(self):
        """Ends it as a crash does, and waits until the process is gone."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(timeout=PATIENCE)

    def call(self, interface, method, signature, *args):
        print(json.dumps([interface, method, signature, args]), file=self.process.stdin, flush=True)
        line = self.process.stdout.readline()
        check(line, f"the client died of {method}")
        answer = json.loads(line)
        if isinstance(answer, dict):
            raise BusError(answer["error"])
        return answer

    def hold(self, profile):
        return self.call(MANAGER, "HoldProfile", "sss", profile, "a test", "org.example.Test")

    def request_latency(self, usec):
        return self.call(MANAGER, "RequestLatency", "tss", usec, "a test", "")

    def try_slice(self, slice_usec, usec):
        """Tries a SliceMaxUSec for a while."""
        return self.call(TUNABLES, "Try", "a{sv}t", {"SliceMaxUSec": slice_usec}, usec)


def main():
    import dbus  # pylint: disable=import-outside-toplevel

    bus = dbus.SystemBus(private=True)
    print(bus.get_unique_name(), flush=True)
    for line in sys.stdin:
        interface, method, signature, args = json.loads(line)
        args = [{k: dbus.UInt64(v) for k, v in a.items()} if isinstance(a, dict) else a
                for a in args]
        try:
            answer = bus.call_blocking(NAME, PATH, interface, method, signature, args,
                                       timeout=PATIENCE)
            print(json.dumps(None if answer is None else int(answer)), flush=True)
        except dbus.DBusException as e:
            print(json.dumps({"error": f"{e.get_dbus_name()}: {e.get_dbus_message()}"}),
                  flush=True)


if __name__ == "__main__":
    equal(len(sys.argv), 1, "arguments")
    main()
