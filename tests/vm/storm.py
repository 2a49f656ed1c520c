# SPDX-License-Identifier: GPL-2.0-only
"""The service is reloaded and restarted while clients hold, request, set, try and read without
pause: who holds something keeps it, nobody sees half of a change, nothing fails but what must."""

import contextlib

from busy import AWAY, NO_SUCH_COOKIE, PAIRS, TRIED, Busy
from cases import case, main
from guest import (MANAGER, TUNABLES, UNIT, attached, check, daemon_ready, enable_seq, equal, get,
                   get_all, main_pid, start, systemctl, unit, wait_until)

EVERYBODY = ("hold", "set", "try", "read")
RELOADS, RESTARTS = 3, 2


def kept():
    """What clients that never rest have at this moment and mean to keep."""
    return sorted((c["Owner"], c["Cookie"]) for name in ("ProfileHolds", "LatencyRequests")
                  for c in get(MANAGER, name) if c["Reason"] == "kept")


def pairs_of_profiles():
    """(SliceLagUSec, StarvationUSec) as any profile has them."""
    return {tuple(p["Tunables"].get(name, default) for name, default in
                  (("SliceLagUSec", 10000), ("StarvationUSec", 100000)))
            for p in get(MANAGER, "Profiles")}


@contextlib.contextmanager
def storm(*errors):
    """Everybody at work during the block, and no error but these."""
    with contextlib.ExitStack() as stack:
        busy = [stack.enter_context(Busy(what)) for what in EVERYBODY]
        yield
        results = {b.name: b.stop() for b in busy}
        for client, result in zip(busy, results.values()):
            print(f"{client.what}: {result['rounds']} times, errors: {result['errors']}")
            equal(result["wrong"], [], f"what must not be, seen by: {client.what}")
            unknown = set(result["errors"]) - set(errors)
            check(not unknown, f"errors seen by {client.what}: {result['errors']}")
            check(result["rounds"] >= 5, f"{client.what}: {result['rounds']} rounds only")
        equal(kept(), sorted((name, cookie) for name, r in results.items() for cookie in r["kept"]),
              "what is held of all that was")
        whole = set(PAIRS) | {TRIED} | pairs_of_profiles()
        seen = {tuple(pair) for r in results.values() for pair in r["pairs"]}
        check(seen <= whole, f"halves of changes were read: {seen - whole}")
    wait_until("nothing is held any more", lambda: not get(MANAGER, "ProfileHolds") and
               not get(MANAGER, "LatencyRequests"), step=0.05)
    check((get_all(TUNABLES)["SliceLagUSec"], get_all(TUNABLES)["StarvationUSec"]) != TRIED,
          "a try has outlived its client")


def check_health():
    equal((get(MANAGER, "State"), get(MANAGER, "NRestarts"), unit("NRestarts"), attached()),
          ("running", 0, "0", True), "State, NRestarts, the service's NRestarts, attached")


@case
def reloads_beside_busy_clients():
    seq = start()
    pid = main_pid()
    with storm():
        for _ in range(RELOADS):
            systemctl("reload", UNIT)
    equal((main_pid(), enable_seq()), (pid, seq), "process and enable_seq")
    check_health()


@case
def restarts_beside_busy_clients():
    seq = start()
    with storm(NO_SUCH_COOKIE, *AWAY):
        for _ in range(RESTARTS):
            systemctl("restart", UNIT)
            daemon_ready()
            check(attached(), "not attached after restart")
    equal(enable_seq(), seq + RESTARTS, "enable_seq")
    check_health()


if __name__ == "__main__":
    main()
