# SPDX-License-Identifier: GPL-2.0-only
"""The servers that some rows ask: started when first wanted, all data in memory, up to the end.

Whoever schedules while they are measured, they were started under the kernel's own scheduler.
"""

import glob
import os
import shutil
import subprocess

import guest

FOLDER = "/run/bench"
PAGE = "x" * 1023 + "\n"
SETPRIV = ("setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups")

NGINX = """
worker_processes auto;
user www-data;
pid {folder}/nginx.pid;
error_log {folder}/nginx.log;
events {{ worker_connections 256; }}
http {{
    access_log off;
    server {{ listen 127.0.0.1:8080; root {folder}/www; }}
}}
"""

APACHE = """
ServerRoot /usr/lib/apache2
LoadModule mpm_event_module modules/mod_mpm_event.so
LoadModule authz_core_module modules/mod_authz_core.so
LoadModule dir_module modules/mod_dir.so
ServerName localhost
Listen 127.0.0.1:8081
User www-data
Group www-data
PidFile {folder}/apache.pid
ErrorLog {folder}/apache.log
DocumentRoot {folder}/www
DirectoryIndex index.html
"""


def configure(name, text):
    os.makedirs(f"{FOLDER}/www", exist_ok=True)
    guest.write(f"{FOLDER}/www/index.html", PAGE)
    path = f"{FOLDER}/{name}.conf"
    guest.write(path, text.format(folder=FOLDER))
    return path


def start_postgres():
    data = f"{FOLDER}/postgres"
    shutil.copytree("/srv/bench/postgres", data, ignore=shutil.ignore_patterns("*.pid"))
    guest.run("chown", "-R", "postgres:", data)
    os.chmod(data, 0o700)
    ctl = glob.glob("/usr/lib/postgresql/*/bin/pg_ctl")[0]
    guest.run(*SETPRIV, ctl, f"--pgdata={data}", "--wait", f"--log={FOLDER}/tmp/postgres.log",
              f"--options=-c unix_socket_directories={FOLDER}", "--timeout=600", "start",
              timeout=700)
    return lambda: guest.run(*SETPRIV, ctl, f"--pgdata={data}", "--wait", "--mode=immediate",
                             "stop", timeout=600)


def start_nginx():
    path = configure("nginx", NGINX)
    guest.run("nginx", "-c", path)
    return lambda: guest.run("nginx", "-c", path, "-s", "stop")


def start_apache():
    path = configure("apache", APACHE)
    guest.run("apache2", "-f", path, "-k", "start")
    return lambda: guest.run("apache2", "-f", path, "-k", "stop")


STARTERS = {"postgres": start_postgres, "nginx": start_nginx, "apache": start_apache}


class Servers:
    """Those that the rows want, for the length of a block."""

    def __init__(self, rows):
        self.names = sorted({row.server for row in rows if row.server})
        self.stops = []

    def __enter__(self):
        os.makedirs(f"{FOLDER}/tmp", exist_ok=True)
        os.chmod(FOLDER, 0o1777)
        os.chmod(f"{FOLDER}/tmp", 0o1777)
        for name in self.names:
            self.stops.append(STARTERS[name]())
        return self

    def __exit__(self, *_):
        for stop in reversed(self.stops):
            stop()


def program(name):
    """Where the program is, also those that Debian keeps out of the path; '' if nowhere."""
    found = shutil.which(name) or next(iter(glob.glob(f"/usr/lib/postgresql/*/bin/{name}")), "")
    if not found:
        answer = subprocess.run(["gcc", f"-print-prog-name={name}"], capture_output=True,
                                text=True, check=False).stdout.strip()
        found = answer if answer.startswith("/") else ""
    return found


def with_libraries(paths):
    """The paths, and those of all that the dynamic linker loads for them."""
    files = set(paths)
    for path in paths:
        out = subprocess.run(["ldd", path], capture_output=True, text=True, check=False).stdout
        files |= {word for word in out.split() if word.startswith("/")}
    return sorted(files)


def read_in(names):
    """Programs with their libraries into the page cache, for whoever comes first would wait."""
    for path in with_libraries({program(name) for name in names} - {""}):
        with open(path, "rb") as f:
            while f.read(1 << 20):
                pass
