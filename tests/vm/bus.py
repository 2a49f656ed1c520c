# SPDX-License-Identifier: GPL-2.0-only
"""The daemon on its bus: what it asks of it, and all of it anew when the bus was restarted."""

import signal
import subprocess

from cases import case, main
from client import Client
from guest import (LOADER, MANAGER, PATIENCE, TUNABLES, Monitor, attached, busctl, check,
                   enable_seq, equal, get, main_pid, owner, plain, put, refused, run, start,
                   systemctl, wait_active, wait_until)

BUS_SOCKET = "/run/dbus/system_bus_socket"
PROXY_SOCKET = "/run/bpfland-test-proxy"


def ask_bus(interface, method, *args):
    return plain(busctl("call", "org.freedesktop.DBus", "/org/freedesktop/DBus", interface, method,
                        *args)["data"])


def matches():
    """How many matches of the daemon the bus has; dbus-broker does not tell."""
    rules = ask_bus("org.freedesktop.DBus.Debug.Stats", "GetAllMatchRules")[0]
    return len(rules[owner()])


@case
def one_match_follows_all_holders():
    start()
    before = matches()
    with Client() as game, Client() as music, Client() as tuner:
        game.hold("gaming")
        equal(matches(), before + 1, "matches with one holder")
        music.request_latency(500)
        cookie = music.hold("latency")
        tuner.try_slice(7000, 3600 * 10**6)
        equal(matches(), before + 1, "matches with three clients that hold something")
        game.kill()
        tuner.kill()
        music.call(MANAGER, "ReleaseProfile", "u", cookie)
        wait_active("balanced")
        equal(matches(), before + 1, "matches while one request is left")
        music.kill()
        wait_until("the match is taken back", lambda: matches() == before, step=0.05)


class Proxy:
    """What a container has between its programs and the bus: a process that passes on bytes."""

    def __enter__(self):
        self.process = subprocess.Popen(
            ["systemd-socket-activate", f"--listen={PROXY_SOCKET}",
             "/usr/lib/systemd/systemd-socket-proxyd", BUS_SOCKET], stderr=subprocess.PIPE)
        check(b"Listening" in self.process.stderr.readline(), "the proxy does not listen")
        return self

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(timeout=PATIENCE)

    def __exit__(self, *_):
        self.kill()
        self.process.stderr.close()
        run("rm", "-f", PROXY_SOCKET)


@case
def a_hold_dies_with_the_proxy_of_its_client():
    seq = start()
    with Proxy() as proxy, Client(bus=f"unix:path={PROXY_SOCKET}") as game:
        game.hold("gaming")
        game.request_latency(300)
        equal(get(MANAGER, "ProfileHolds")[0]["Owner"], game.name, "Owner")
        proxy.kill()
        wait_active("balanced")
        equal((get(MANAGER, "ProfileHolds"), get(MANAGER, "LatencyRequests")), ([], []),
              "what is left of it")
        check(game.process.poll() is None, "the client has ended as well, which proves nothing")
    equal(enable_seq(), seq, "enable_seq")


def names_are_ours():
    """Both names have the same owner, and it is the daemon."""
    ours = owner()
    done = run("busctl", "--json=short", "call", "org.freedesktop.DBus", "/org/freedesktop/DBus",
               "org.freedesktop.DBus", "GetNameOwner", "s", LOADER, ok=False)
    return ours is not None and done.returncode == 0 and ours in done.stdout


@case
def all_is_back_after_a_restart_of_the_bus():
    seq = start()
    put(MANAGER, "Profile", "s", "gaming")
    put(TUNABLES, "SliceLagUSec", "t", 8000)
    pid, generation = main_pid(), get(TUNABLES, "Generation")
    with Client() as game:
        game.hold("latency")
        game.request_latency(300)
        systemctl("restart", "dbus.service")
        wait_until("the names are ours again", names_are_ours, step=0.02)
        equal((get(MANAGER, "ProfileHolds"), get(MANAGER, "LatencyRequests")), ([], []),
              "what clients of the old bus held")
    equal((main_pid(), enable_seq(), attached()), (pid, seq, True), "process, enable_seq, attached")
    equal((get(MANAGER, "State"), get(MANAGER, "Profile"), get(MANAGER, "ActiveProfile"),
           get(TUNABLES, "SliceLagUSec")), ("running", "gaming", "gaming", 8000),
          "what is in force")
    check(get(TUNABLES, "Generation") > generation, "the end of the request was not published")
    # New clients are followed as the old ones were, and asked for their rights.
    systemctl("restart", "polkit.service")
    with Client() as game, Monitor() as monitor:
        game.hold("latency")
        monitor.wait_property(MANAGER, "ActiveProfile", "latency")
        game.kill()
        monitor.wait_property(MANAGER, "ActiveProfile", "gaming")
    refused(put, TUNABLES, "SliceMaxUSec", "t", 8000, as_nobody=True,
            names=("set-tunables", "authenticate"))
    equal(enable_seq(), seq, "enable_seq")


if __name__ == "__main__":
    main()
