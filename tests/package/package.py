# SPDX-License-Identifier: GPL-2.0-only
"""The Debian package from the first installation to the purge, as a newcomer goes through it.

The guest has nothing of this project but what the package brings; tests/package/build made it.
"""

import glob
import json
import os
import re
import shutil
import sys
import time

for folder in ("vm", "bus"):
    sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", folder))

# pylint: disable=wrong-import-position
import exposition
from cases import case, main
from guest import (DROP_IN_DIR, MANAGER, STATE_DIR, UNIT, attached, check, daemon_ready, equal, get,
                   main_pid, read, run, scx_state, systemctl, unit, wait_until)
from login import NOBODY
from metrics import SOCKET, ask_for_metrics

PACKAGES = "/lab/xfer/packages"
PICTURE = "/run/waits.svg"
NAME = "bpflandd"
DOCUMENTATION = f"/usr/share/doc/{NAME}"
MAX_DEB = 1_000_000
MAX_INSTALLED = 3_000_000

# Where a package or its service could leave something, and what belongs to those who log it.
WATCHED = ("/etc", "/var/lib", "/var/cache", "/usr/lib/systemd", "/usr/share/dbus-1",
           "/usr/share/polkit-1", "/usr/share/man", "/usr/share/doc")
NOT_OURS = ("/var/lib/dpkg/", "/var/cache/debconf", "/var/cache/man", "/var/cache/ldconfig",
            "/var/lib/systemd/", "/etc/systemd/system/lab.", "/var/lib/polkit-1")


def deb(folder=""):
    found = glob.glob(f"{PACKAGES}/{folder}/{NAME}_*.deb")
    equal(len(found), 1, f"number of packages named {NAME}")
    return found[0]


def timed(what, function, *args):
    """Packages are slow to handle in emulation: it is shown where the time goes."""
    start = time.monotonic()
    result = function(*args)
    print(f"{time.monotonic() - start:6.1f} s  {what}")
    return result


def dpkg(*args):
    # The tree was made without documentation; this package is to bring all that it has.
    timed(f"dpkg {args[0]}", run, "dpkg", "--path-include=/usr/share/*", "--force-unsafe-io", *args)


def field(name):
    return run("dpkg-query", "--show", f"--showformat=${{{name}}}", NAME)


def property_of(name):
    return systemctl("show", "--value", f"--property={name}", UNIT)


def enabled(name=UNIT):
    return systemctl("is-enabled", name, ok=False).stdout.strip()


def active():
    return unit("ActiveState") == "active"


def files():
    found = set()
    for top in WATCHED:
        for folder, folders, names in os.walk(top):
            found.update(os.path.join(folder, name) for name in names + folders)
    return {path for path in found if not path.startswith(NOT_OURS)}


def run_autopkgtest():
    """What debian/tests/control names, as autopkgtest itself would run it, which would add
    minutes."""
    with open("/src/debian/tests/control", encoding="utf-8") as f:
        names = [line.split(":")[1].split() for line in f if line.startswith("Tests:")]
    check(names, "debian/tests/control names no tests")
    for name in sum(names, []):
        run(f"/src/debian/tests/{name}")


@case
def package_is_clean_and_small():
    equal(read(f"{PACKAGES}/lintian"), "", "what lintian has to say")
    size = os.path.getsize(deb())
    check(size <= MAX_DEB, f"the package has {size} bytes, more than {MAX_DEB}")
    installed = int(run("dpkg-deb", "--field", deb(), "Installed-Size")) * 1024
    check(installed <= MAX_INSTALLED, f"installed, it has {installed} bytes, more than "
                                      f"{MAX_INSTALLED}")
    print(f"{size} bytes, installed {installed}")


def documentation(name):
    """A text of the package, which dpkg-buildpackage may have compressed."""
    return run("zcat", "--force", *glob.glob(f"{DOCUMENTATION}/{name}*"))


def install():
    dpkg("--install", deb())
    equal(field("db:Status-Status"), "installed", "the package")
    equal(run("dpkg", "--verify", NAME), "", "files that differ from the package's")
    equal((active(), enabled()), (False, "disabled"), "active, enabled after the installation")
    equal(enabled(SOCKET), "disabled", "whether the metrics' socket is enabled")
    equal(scx_state(), "disabled", "the kernel's state")
    check("bpfland" in run("journalctl", "--list-catalog"), "the journal's catalog is not updated")
    for page in ("bpflandd", "bpflandctl", "org.bpfland1"):
        run("man", "--where", page)
    pictures = re.findall(r"!\[.*?\]\((.*?)\)", documentation("README.md"))
    check(pictures, "README.md has no picture")
    for picture in pictures:
        check("<svg" in read(f"{DOCUMENTATION}/{picture}"), f"{picture} of README.md is not there")
    check("scx_bpfland" in documentation("MIGRATION.md"), "MIGRATION.md is another text")


def ctl(*args, status=0, before=(), **kwargs):
    p = run(*before, "bpflandctl", *args, ok=False, **kwargs)
    equal(p.returncode, status, f"exit status of bpflandctl {' '.join(args)}, which said "
                                f"{p.stdout}{p.stderr}")
    return p.stdout + p.stderr


def start():
    """What is to be done says the program that one tries first."""
    check("bpflandd is not running" in ctl(status=3), "what status says before the start")
    advice = re.search(r"^ +(?:→|->) (.*)", ctl("doctor", status=3), re.M)[1]
    equal(advice, "systemctl enable --now bpflandd", "what doctor advises")
    run("sh", "-c", advice)
    check(attached(), f"after {advice} the kernel says {scx_state()}")
    equal(enabled(), "enabled", "the unit")
    check("State: running since" in ctl(), "status does not say that it runs")
    ctl("doctor")
    # Whoever sits at another machine's bus reads this: the bus has taken the package's policy.
    check("State: running since" in ctl(before=NOBODY), "nobody may not read the status")
    check("org.bpfland1.set-profile" in ctl("set-profile", "gaming", status=1, before=NOBODY),
          "what nobody is not allowed to is not named")
    run("pkaction", "--action-id", "org.bpfland1.set-profile")


def use():
    ctl("set-profile", "latency")
    check("Profile: latency, selected" in ctl(), "status does not say what was selected")
    check(os.listdir(STATE_DIR), f"{STATE_DIR} is empty after a profile was selected")
    check(re.search(r"^gaming +active, held ", ctl("launch", "-p", "gaming", "--", "bpflandctl",
                                                   "list"), re.M), "launch holds nothing")
    ctl("try", "SliceMax=1.2ms", input="\n")
    check("SliceMaxUSec=1.2ms (set by hand)" in ctl(), "status does not say what was kept")
    ctl("reset")
    equal(ctl("get", "SliceMax"), "SliceMaxUSec=1.5ms\n", "SliceMaxUSec after reset")
    ctl("stop")
    equal(scx_state(), "disabled", "the kernel's state after stop")
    ctl("start")
    check(attached(), "not attached after start")


def waits():
    latency = json.loads(ctl("stats", "--json=short"))["Latency"]
    return sum(latency[name]["Count"] for name in ("Interactive", "Other", "Background"))


def measure():
    before = waits()
    run("hackbench", "--groups=1", "--loops=50")
    check(waits() - before > 100, f"{waits() - before} waits were counted")
    check(re.search(r"^Other +[1-9]", ctl("stats"), re.M), "stats shows no waits")
    run("sh", "-c", f"bpflandctl plot >{PICTURE}")
    check("<rect" in read(PICTURE), "the picture is empty")
    os.remove(PICTURE)


def instances():
    return systemctl("list-units", "--all", "--plain", "--no-legend", "bpfland-metrics@*.service")


def collect_metrics():
    run("ip", "link", "set", "lo", "up")
    systemctl("start", SOCKET)
    equal(instances(), "", "what runs before anybody asks for metrics")
    status, text = ask_for_metrics(Accept="application/openmetrics-text; version=1.0.0")
    equal(status, 200, f"the answer {text}")
    states = exposition.read(text)["bpfland_state"].samples
    equal([labels["state"] for _, labels, value in states if value], ["running"],
          "the state in the metrics")
    wait_until("nothing runs any more", lambda: instances() == "", step=0.1)
    systemctl("stop", UNIT)
    status, text = ask_for_metrics()
    equal((status, "bpflandd" in text), (503, True), "the answer without a service")
    systemctl("start", UNIT)


def upgrade():
    before, version = main_pid(), field("Version")
    dpkg("--install", deb("newer"))
    check(field("Version") != version, "the version is still the old one")
    daemon_ready()
    check(main_pid() != before, "the old program runs after the upgrade")
    check(property_of("Description").endswith("newer"), "systemd has not read the new unit")
    equal((get(MANAGER, "ActiveProfile"), enabled()), ("latency", "enabled"),
          "the selected profile, and whether the service is enabled, after the upgrade")
    wait_until("the scheduler is attached again", attached)

    # What an administrator has stopped stays so.
    systemctl("stop", UNIT)
    dpkg("--install", deb())
    equal(field("Version"), version, "the version after the downgrade")
    equal((active(), enabled()), (False, "enabled"), "active, enabled after an upgrade")


def remove():
    systemctl("start", UNIT, SOCKET)
    check(attached(), "not attached after the upgrade")
    os.makedirs("/etc/bpfland/profiles.d")
    with open("/etc/bpfland/profiles.d/mine.json", "w", encoding="utf-8") as f:
        f.write('{"name": "mine"}')
    dpkg("--remove", NAME)
    equal((active(), scx_state()), (False, "disabled"), "active, the kernel's state after removal")
    equal(property_of("LoadState"), "not-found", "the unit after removal")
    equal(shutil.which("bpflandctl"), None, "bpflandctl after removal")
    equal(systemctl("is-active", SOCKET, ok=False).stdout.strip(), "inactive",
          "the metrics' socket after removal")
    check(os.listdir(STATE_DIR), f"what was in {STATE_DIR} went with the removal")
    check(os.path.exists("/etc/bpfland/profiles.d/mine.json"), "a profile went with the removal")


@case
def package_comes_and_goes():
    check(not os.path.exists("/usr/sbin/bpflandd"), "the guest has a bpflandd of its own")
    before = timed("files", files)
    timed("install", install)
    timed("autopkgtest", run_autopkgtest)
    equal((active(), scx_state()), (False, "disabled"), "active, the kernel's state after the test")
    timed("start", start)
    timed("use", use)
    timed("measure", measure)
    timed("metrics", collect_metrics)
    timed("upgrade", upgrade)
    timed("remove", remove)
    dpkg("--purge", NAME)
    equal(sorted(files() - before), [], "what the purge left behind")
    equal(sorted(before - files()), [], "what the purge took that was not the package's")
    check(not os.path.exists("/run/bpfland"), "/run/bpfland is still there")
    check(not os.path.exists(DROP_IN_DIR), f"{DROP_IN_DIR} is still there")


if __name__ == "__main__":
    main()
